"""A part of a study: other values of factors, some of its estimators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gfe_mc import GFE, Criterion, Report
from gfe_mc.study.part import parsed, part_of
from tests import small
from tests.helpers import refused


def test_other_values_and_fewer_estimators() -> None:
    whole = small.experiment()
    part = part_of(whole, {"G": (2, 4)}, ["gfe"])
    assert part.factors == {"G": (2, 4)}
    assert part.name == whole.name
    (two, four) = part.plan(replications=2).cells
    assert [list(cell.methods) for cell in (two, four)] == [["gfe"], ["gfe"]]
    assert four.methods["gfe"].method.estimator.groups == 4  # type: ignore[attr-defined]
    # A pair that one of is left out is not reported.
    assert part.report is not None
    assert part.report.misses == ()
    assert part_of(whole).plan(replications=1).cells[0].methods.keys() == {"gfe", "ols"}


def test_replications_that_both_have_are_the_same(tmp_path: Path) -> None:
    whole = small.experiment((2, 3), 3).run(folder=tmp_path / "whole")
    part = part_of(small.experiment((2,), 3), {"G": (3, 4)}, ["gfe"]).run(folder=tmp_path / "part")
    got = part["estimate"].isel(cell=0).sel(estimator="gfe")
    np.testing.assert_array_equal(got, whole["estimate"].isel(cell=1).sel(estimator="gfe"))


def test_what_is_written() -> None:
    experiment = small.experiment()
    assert parsed(["G=2, 5"], experiment) == {"G": (2, 5)}
    assert parsed([], experiment) == {}
    from dataclasses import replace

    kinds: dict[str, Any] = {"s": (0.5, 1), "errors": ("normal", "serial"), "flag": (True, False)}
    kinds["estimator_of"] = (GFE(2), GFE(3))
    several = replace(experiment, factors=kinds)
    read = parsed(["s=2,1,.25", "errors=wild", "flag=True"], several)
    assert read == {"s": (2.0, 1, 0.25), "errors": ("wild",), "flag": (True,)}
    assert isinstance(read["s"][0], float)
    for wrong in ("G", "G=", "=2", " =2"):
        with refused("A grid must be given as NAME=VALUE", repr(wrong)):
            parsed([wrong], experiment)
    with refused("each factor once"):
        parsed(["G=2", "G=3"], experiment)
    for wrong in ("s=a", "flag=2", "estimator_of=GFE"):
        with refused("must be one that can be read", repr(wrong.partition("=")[2])):
            parsed([wrong], several)


def test_what_the_study_does_not_have() -> None:
    whole = small.experiment()
    with refused("The grid must be of factors of small", "H"):
        part_of(whole, {"H": (1,)})
    with refused("Estimators must be those of the study", "fcr"):
        part_of(whole, None, ["gfe", "fcr"]).plan(replications=1)


def test_estimators_are_ranked_where_the_report_says_so(tmp_path: Path) -> None:
    from dataclasses import replace

    from gfe_mc.report.study import SUMMARY, tables, write_report

    criteria = (Criterion("rmse", "theta1"), Criterion("misclassification_percent"))
    declared = replace(small.experiment(), report=Report(criteria=criteria, rates=("G",)))
    study = declared.run(folder=tmp_path / "ranked")
    titles = [table.title for table in tables(study, declared)]
    assert titles[:4] == [
        "Which estimator is best: theta1 rmse",
        "Cells in which each is best: theta1 rmse",
        "Rates: slopes of log theta1 rmse in logs of factors",
        "Which estimator is best: misclassification percent",
    ]
    best = tables(study, declared)[0]
    assert best.header == ("G", "N", "T", "gfe", "ols")
    assert [mark for *_, mark in best.marks].count("best") == 2
    write_report(tmp_path / "ranked", study, declared)
    assert "influence" not in (tmp_path / "ranked" / SUMMARY).read_text()


def test_reports_that_cannot_be(tmp_path: Path) -> None:
    with refused("`criteria` must hold figures by which estimators are ranked", "rmse"):
        Report(criteria=("rmse",))  # type: ignore[arg-type]
    with refused("Estimators must be compared by a figure of the study", "theta2 rmse"):
        from dataclasses import replace

        from gfe_mc.report.study import tables

        declared = replace(
            small.experiment(), report=Report(criteria=(Criterion("rmse", "theta2"),))
        )
        tables(declared.run(replications=2, folder=tmp_path / "small"), declared)


@pytest.mark.parametrize("words", [("--grid", "G=2", "--estimators", "gfe")])
def test_from_the_command_line(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from gfe_mc.cli import app

    monkeypatch.chdir(tmp_path)
    declaration = small.write_declaration(tmp_path / "small.py")
    options = ["--replications", "2", "--threads", "1"]
    made = CliRunner().invoke(app, ["run", str(declaration), *words, *options])
    assert made.exit_code == 0, made.output
    assert (tmp_path / "results" / "small-part" / "table.md").exists()
    shown = (tmp_path / "results" / "small-part" / "table.md").read_text()
    assert "gfe" in shown
    assert "ols" not in shown
