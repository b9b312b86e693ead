"""What is made of a study, declared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gfe_mc import Criterion, PublishedTable, Report, SizeTable
from gfe_mc.report.figures.catalogue import NAMES
from gfe_mc.selection.criterion import PENALTIES
from tests.helpers import refused, study

WHOLE = Report(
    published=PublishedTable(
        "bm_table_b2",
        keys={"G": "G"},
        replications=1,
        statistics={"estimate": "mean", "se": "median_se"},
        columns={"variance": "inference"},
        ignored=("bic_choice", "note"),
    ),
    misses=(("one", "other"), ("other", "one")),
    compared=("one", "third"),
    penalties=("steep_bic", "bic"),
    figures=("zip", "profile_bias"),
    layout=SizeTable((Criterion("coverage", "theta1", "large_t"),), ("T",), "note"),
)


@pytest.mark.parametrize("report", [WHOLE, Report()])
def test_what_is_described_can_be_read(report: Report) -> None:
    assert Report.read(report.describe()) == report
    assert Report.read(json.loads(json.dumps(report.describe(), sort_keys=True))) == report


def test_nothing_said_is_an_empty_report() -> None:
    assert Report.read({}) == Report()
    assert Report().estimators_named() == set()


def test_estimators_that_it_names() -> None:
    assert WHOLE.estimators_named() == {"one", "other", "third"}


@pytest.mark.parametrize(
    ("what", "known"), [("figures", list(NAMES)), ("penalties", list(PENALTIES))]
)
def test_unknown_names_are_refused_with_those_there_are(what: str, known: list[str]) -> None:
    def report(*names: str) -> Report:
        return Report(**{what: names})  # type: ignore[arg-type]

    with refused(f"`{what}` must be known; got 'pie'"):
        report(known[0], "pie")
    with refused(", ".join(known)):
        report("pie")
    assert getattr(report(*known), what) == tuple(known)


@pytest.mark.parametrize("what", ["misses", "compared", "penalties", "figures"])
def test_text_in_the_place_of_a_tuple_is_refused(what: str) -> None:
    with refused(f"`{what}` must be a tuple; got 'bic'"):
        Report(**{what: "bic"})  # type: ignore[arg-type]


@pytest.mark.parametrize("pair", [("one",), ("one", "two", "three"), ("one", "one"), "ab"])
def test_what_is_no_pair_is_refused(pair: Any) -> None:
    with refused("`misses` must hold pairs of different estimators"):
        Report(misses=(pair,))


def test_a_table_that_there_is_not_is_refused() -> None:
    with refused("bm_table99"):
        Report(published=PublishedTable("bm_table99", {"G": "G"}))
    with refused("`published` must be a PublishedTable; got 'bm_table3'"):
        Report(published="bm_table3")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "report", [Report(compared=("ols", "nobody")), Report(misses=(("ols", "nobody"),))]
)
def test_estimators_that_the_study_has_not_are_refused(report: Report) -> None:
    with refused("must name estimators of the study; got nobody"):
        study(report=report).plan()


def test_something_else_is_refused() -> None:
    with refused("`report` must be a Report"):
        study(report="bm_table3")


def test_it_is_no_part_of_any_identity() -> None:
    one, other = study(report=Report(misses=(("ols", "shifted"),))), study()
    assert list(one.plan().methods) == list(other.plan().methods)
    assert one.plan().describe()["report"] == {
        **Report().describe(),
        "misses": [["ols", "shifted"]],
    }
    assert other.plan().describe()["report"] == {}


def test_a_layout_is_a_table() -> None:
    with refused("`layout` must be the table of a paper; got 'booktabs'"):
        Report(layout="booktabs")  # type: ignore[arg-type]
