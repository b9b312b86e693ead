"""A user's own metrics and statistics in every table and format."""

from __future__ import annotations

from collections.abc import Hashable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc.metrics import moments
from gfe_mc.report.digits import ABSENT, with_error
from gfe_mc.report.render import FORMATS, Table
from gfe_mc.report.study import figures, render_report, tables, write_report
from tests.metrics import own

EXPERIMENT = own.experiment()
HEADINGS = {
    "trimmed RMSE": "trimmed",
    "again": "again",
    "largest residual, %": "largest",
    "largest residual, %: sd": "largest_sd",
    "slope too high": "too_high",
    "median range": "median_range",
    "smallest range": "smallest_range",
}
"""Statistics by their headings."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def study(folder: Path) -> xr.Dataset:
    return own.run(folder)


@pytest.fixture(scope="module")
def summary(study: xr.Dataset) -> pd.DataFrame:
    return figures(study, EXPERIMENT)


def row(frame: pd.DataFrame, **where: object) -> dict[Hashable, Any]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    (record,) = frame.to_dict("records")
    return record


def test_figures_stand_under_their_titles(study: xr.Dataset, summary: pd.DataFrame) -> None:
    table = tables(study, EXPERIMENT)[-1]
    shown = pd.DataFrame(list(table.rows), columns=list(table.header))
    assert set(HEADINGS) <= set(table.header)
    assert len(set(table.header)) == len(table.header)
    assert len(shown) == 4
    for label in shown.to_dict("records"):
        cell = ["2", "3"].index(label["G"])
        for heading, statistic in HEADINGS.items():
            found = row(summary, cell=cell, estimator=label["estimator"], statistic=statistic)
            assert label[heading] == with_error(found["value"], found["error"])
    assert all(ABSENT not in shown[name].to_list() for name in ("trimmed RMSE", "again"))


def test_what_is_written_holds_them(study: xr.Dataset, folder: Path) -> None:
    write_report(folder, study, EXPERIMENT)
    text = (folder / "table.md").read_text()
    header = next(line for line in text.splitlines() if "trimmed RMSE" in line)
    assert set(HEADINGS) <= {name.strip() for name in header.split("|")}
    written = pd.read_csv(folder / "summary.csv")
    assert set(HEADINGS.values()) <= set(written["statistic"])
    values = study["largest"].sel(cell=0, estimator="ols").to_numpy()
    found = row(written, cell=0, estimator="ols", statistic="largest")
    expected = moments.mean(values)
    assert (found["value"], found["error"]) == pytest.approx((expected.value, expected.error))
    bounds = written.loc[written["statistic"] == "too_high", ["low", "high"]]
    assert np.isfinite(bounds.to_numpy()).any()


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_their_headings(study: xr.Dataset, format: str) -> None:  # noqa: A002
    # A report in CSV is its first table, here of what failed.
    whole = study.drop_vars(["metric_status", "metric_message"])
    text = render_report(whole, format, experiment=EXPERIMENT)
    for heading in HEADINGS:
        said = heading.replace("%", "\\%") if format == "latex" else heading
        assert said in text
    if format == "csv":
        frame = pd.read_csv(StringIO(text))
        assert set(HEADINGS) <= set(frame)
        assert len(frame) == 4


def test_without_the_declaration_there_are_those_of_the_dataset(study: xr.Dataset) -> None:
    table = tables(study)[-1]
    assert {"largest residual, %", "slope too high", "range of outcomes"} <= set(table.header)
    assert not {"trimmed RMSE", "again", "median range"} & set(table.header)


def test_a_metric_that_failed_is_in_the_table_of_failures(study: xr.Dataset) -> None:
    failed, _ = tables(study, EXPERIMENT)
    assert failed.title == "What did not end well"
    assert failed.rows
    column = {name: n for n, name in enumerate(failed.header)}
    for entries in failed.rows:
        assert entries[column["inference"]] == "metric Worst"
        assert entries[column["status"]] == "METRIC_FAILED"
        message = entries[column["message"]]
        assert message.startswith("ValueError: the first outcome is negative (own.py:")
        assert int(entries[column["count"]]) > 0
    text = render_report(study, "markdown", experiment=EXPERIMENT)
    assert text.count("| metric Worst ") == len(failed.rows)


@pytest.mark.parametrize(
    "name", ["n_units", "chosen_percent", "mean", "true", "sd", "bias", "coverage"]
)
def test_a_scalar_may_have_the_name_of_a_statistic(study: xr.Dataset, name: str) -> None:
    """It belongs to the estimator, theirs to a parameter, a group or a number of groups."""
    renamed = study.drop_vars(["metric_status", "metric_message"]).rename(largest=name)
    (table,) = tables(renamed)
    (expected,) = tables(study.drop_vars(["metric_status", "metric_message"]))
    assert isinstance(table, Table)
    assert table == expected
