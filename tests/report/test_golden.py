"""What is committed in results/ is what is made of the replications there, to the last byte."""

from __future__ import annotations

import json
from functools import cache
from io import StringIO

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc.report.compared import COLUMNS, COMPARED, compare_methods, figures_compared
from gfe_mc.report.content import Content
from gfe_mc.report.declaration import Report
from gfe_mc.report.folders import read_study
from gfe_mc.report.study import SUMMARY, TABLE, figures, render_report
from gfe_mc.study.catalogue import find
from gfe_mc.study.experiment import Experiment
from tests.committed import RESULTS, with_file

SMALL = ("bm_table3", "bm_table_s3", "ln_table4", "bm_figure_s1", "fcr_figure3")
ROUNDED = ("bm_table_b1", "bm_table_b2", "bm_table_b3")
"""Errors of what is the same in all replications are rounding, which another machine has not."""
SUMMARISED = ("bm_interactive",)
NAMES = with_file("replications.nc")
DECLARED = with_file("provenance.json")

every = pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in SMALL else pytest.mark.slow) for n in NAMES]
)


@cache
def study_of(name: str) -> xr.Dataset:
    return read_study(RESULTS / name)


def own(name: str) -> Experiment | None:
    """The experiment, where its file has summaries of its own."""
    return find(name) if name in SUMMARISED else None


def test_there_are_results() -> None:
    assert set(SMALL) | set(ROUNDED) < set(NAMES) < set(DECLARED)


@every
def test_table(name: str) -> None:
    expected = (RESULTS / name / TABLE).read_bytes()
    made = render_report(study_of(name), "markdown", experiment=own(name))
    assert made.encode() == expected


@every
def test_summary_and_beside_print(name: str) -> None:
    content = Content.of(study_of(name), own(name))
    beside = [file for file in (COMPARED, COLUMNS) if (RESULTS / name / file).exists()]
    assert content.beside_print() == {f: (RESULTS / name / f).read_text() for f in beside}
    expected = (RESULTS / name / SUMMARY).read_text()
    made = content.figures.to_csv(index=False)
    if name not in ROUNDED:
        assert made == expected
        return
    ours, theirs = (pd.read_csv(StringIO(text), dtype={"G": str}) for text in (made, expected))
    for frame in (ours, theirs):
        # Values have sixteen digits, so that errors below are of their last one.
        frame.loc[frame["error"] <= 1e-15 * frame["value"].abs(), "error"] = 0.0
    without = [frame.drop(columns="error") for frame in (ours, theirs)]
    pd.testing.assert_frame_equal(without[0], without[1], check_exact=True)
    np.testing.assert_allclose(ours["error"], theirs["error"], rtol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(with_file(COMPARED)) - set(NAMES)))
def test_beside_print_where_there_is_no_store(name: str) -> None:
    """By the figures of the summary, which has all but what they are together."""
    said = json.loads((RESULTS / name / "provenance.json").read_text())["study"]
    printed = Report.read(said["report"]).published
    assert printed is not None
    expected = (RESULTS / name / COMPARED).read_text()
    methods = pd.read_csv(StringIO(expected))["method"].unique()
    text = {"parameter": str, "inference": str}
    summary = pd.read_csv(RESULTS / name / SUMMARY, dtype=text, keep_default_na=False, na_values="")
    made = figures_compared(compare_methods(summary, printed, methods), printed)
    assert made.to_csv(index=False) == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_the_declaration_of_today_adds_nothing(name: str) -> None:
    study, experiment = study_of(name), find(name)
    assert render_report(study, "markdown", experiment=experiment) == render_report(
        study, "markdown"
    )
    pd.testing.assert_frame_equal(figures(study, experiment), figures(study), check_exact=True)


# What provenance says.


@pytest.mark.parametrize("name", DECLARED)
def test_provenance_says_the_report_of_today(name: str) -> None:
    said = json.loads((RESULTS / name / "provenance.json").read_text())["study"]
    declared = find(name).report
    reported = Report.read(said["report"])
    assert reported == (Report() if declared is None else declared)
    assert said["experiment"] == name
    assert said["title"] == find(name).title
    assert said["parameters"] == find(name).reported().names
    assert said["seed"] == find(name).seed
    assert said["methods"]
    for method in said["methods"]:
        assert set(method) >= {"cell", "factors", "name", "replications"}
