"""From a study to its tables."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc.compare import compare
from gfe_mc.fit import Status
from gfe_mc.metrics.paired import missed, paired
from gfe_mc.metrics.summary import summarize
from gfe_mc.published.reference import Print
from gfe_mc.render import FORMATS, Table, render
from gfe_mc.tables import comparison_table, figures_table, misses_table

TABLE3 = Print(
    "bm_table3",
    {"dgp": "errors", "G": "G"},
    statistics={"misclassification_percent": "misclassification_permutations_percent"},
)
TRUTH = np.array([0.407, 0.089, 0.150])


def make_study() -> xr.Dataset:
    """Two cells of Table 3, two estimators, 40 replications, one of them failed."""
    rng = np.random.default_rng(7)
    of = ("cell", "estimator", "replication")
    shape = (2, 2, 40)
    estimate = TRUTH + rng.normal(0, 0.03, (*shape, 3))
    estimate[:, 1] += 0.5
    status = np.full(shape, Status.SUCCESS, np.int8)
    status[0, 1, 5] = Status.ESTIMATOR_FAILED
    misclassification = rng.uniform(0, 0.2, shape)
    misclassification[1, 0, 0] = np.nan
    return xr.Dataset(
        {
            "truth": (("cell", "replication", "parameter"), np.tile(TRUTH, (2, 40, 1))),
            "estimate": ((*of, "parameter"), estimate),
            "objective": (of, np.where(rng.uniform(size=shape) < 0.3, 1.1, 1.0)),
            "misclassification": (of, misclassification),
            "misclassification_permutations": (of, rng.uniform(0, 0.2, shape)),
            "n_best": (of, np.ones(shape, int)),
            "n_tries": (of, np.full(shape, 2)),
            "seconds": (of, rng.exponential(size=shape)),
            "status": (of, status),
        },
        {
            "cell": [0, 1],
            "G": ("cell", [3, 5]),
            "errors": ("cell", ["normal", "normal"]),
            "estimator": ["vns", "genetic"],
            "parameter": ["theta1", "theta2", "cumulative"],
        },
    )


STUDY = make_study()
SUMMARY = summarize(STUDY)
COMPARISONS = {name: compare(SUMMARY, TABLE3, name) for name in ("vns", "genetic")}
PAIRED = paired(STUDY, "vns", "genetic")
COMPARISON = comparison_table(COMPARISONS, TABLE3, SUMMARY, PAIRED)
FIGURES = figures_table(SUMMARY)
MISSES = misses_table(missed(STUDY, "vns", "genetic"))


def row(frame: pd.DataFrame, **where: str) -> dict[Hashable, Any]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    (record,) = frame.to_dict("records")
    return record


def records(table: Table) -> pd.DataFrame:
    return pd.DataFrame(list(table.rows), columns=list(table.header))


def test_comparison_has_a_row_for_every_printed_figure() -> None:
    table = records(COMPARISON)
    assert len(table) == 21
    assert list(table) == [
        *["errors", "G", "figure", "printed"],
        *["vns", "vns: z", "genetic", "genetic: z", "genetic - vns"],
    ]
    theta = row(table, G="3", figure="theta1 mean")
    assert theta["printed"] == "0.391"
    assert theta["vns"].endswith(")")
    assert theta["genetic: z"].endswith("differs")
    assert theta["genetic - vns"].startswith(("0.5", "0.4"))
    last = row(table, G="10", figure="misclassification percent")
    assert list(last.values())[3:] == ["44.73", "not run", "-", "not run", "-", "-"]


def test_comparison_without_pairs() -> None:
    table = comparison_table({"vns": COMPARISONS["vns"]}, TABLE3, SUMMARY)
    assert table.header[-1] == "vns: z"
    assert not any("Last column" in note for note in table.notes)


def test_comparison_notes_hold_counts_verdicts_and_meanings() -> None:
    notes = COMPARISON.notes
    assert "vns, replications attempted 40, failed 0, used 40: G=3 errors=normal; " in "".join(
        notes
    )
    assert "genetic, replications attempted 40, failed 1, used 39: G=3 errors=normal." in notes
    assert any(note.startswith("genetic: Of 14 printed figures compared") for note in notes)
    assert any("misclassification_permutations_percent" in note for note in notes)
    assert "G=5 errors=normal, vns: misclassification percent rests on 39 replications." in notes


def test_further_keys_are_part_of_a_figures_name() -> None:
    print_ = Print("bm_table4", {"G": "G", "dgp": "errors"}, statistics={"mc_sd": "sd"})
    table = records(comparison_table({"vns": compare(SUMMARY, print_, "vns")}, print_, SUMMARY))
    assert row(table, G="3", figure="theta1 coverage large t")["vns"] == "not computed"
    assert row(table, G="3", figure="theta1 mc sd")["vns"].startswith("0.0")
    assert len(table.drop_duplicates(["G", "figure"])) == 63


def test_figures_have_a_row_for_every_cell_estimator_and_parameter() -> None:
    table = records(FIGURES)
    assert len(table) == 2 * 2 * 3
    theta = row(table, G="3", estimator="genetic", parameter="theta2")
    assert theta["true"] == "0.08900"
    assert theta["bias"].startswith(("0.5", "0.4"))
    assert (theta["attempted"], theta["failed"], theta["used"]) == ("40", "1", "39")
    assert "-" not in theta.values()


def test_misses() -> None:
    table = records(MISSES)
    frame = missed(STUDY, "vns", "genetic")
    assert list(table["missed"]) == [str(count) for count in frame["count"]]
    assert table["compared"].tolist() == ["39", "40"]
    assert " to " in table["95% bounds"][0]


def test_an_estimator_that_was_never_run_still_has_tables() -> None:
    study = STUDY.copy(deep=True)
    study["status"][:, 1] = Status.NOT_RUN
    summary = summarize(study)
    comparisons = {name: compare(summary, TABLE3, name) for name in ("vns", "genetic")}
    table = records(comparison_table(comparisons, TABLE3, summary, paired(study, "vns", "genetic")))
    assert set(table["genetic"]) == {"not computed", "not run"}
    assert set(table["genetic - vns"]) == {"-"}
    assert "-" in set(records(figures_table(summary))["mean"])
    assert "- to -" in set(records(misses_table(missed(study, "vns", "genetic")))["95% bounds"])


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("table", [COMPARISON, FIGURES, MISSES], ids=["print", "all", "missed"])
def test_every_format_holds_the_numbers(table: Table, format: str) -> None:  # noqa: A002
    text = render(table, format)
    numbers = [entry for row in table.rows for entry in row if entry[0].isdigit()]
    assert numbers
    assert all(number in text for number in numbers)
