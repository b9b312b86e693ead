"""Zip plots of a small study: what is drawn is the study's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from scipy.stats import norm

from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.report.figures.zip import zip_plot
from tests.helpers import refused
from tests.report.figures.studies import (
    assert_grey_and_whole,
    assert_the_same_bytes,
    caption,
    inferred,
    points,
    with_long_run,
)

METHODS = ("known", "too_small")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return inferred(tmp_path_factory.mktemp("inferred"))


@pytest.fixture
def study(stored: xr.Dataset) -> xr.Dataset:
    return stored.copy(deep=True)


def drawn(axes: Axes, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Ends (n, 2) and heights (n,) of intervals that are drawn as one line with gaps."""
    xy = points(axes, label).reshape(-1, 3, 2)
    ends, heights = xy[:, :, 0], xy[:, :, 1]
    assert np.isnan(ends[:, 2]).all()
    assert (heights == heights[:, :1]).all()
    return ends[:, :2], heights[:, 0]


def panels(study: xr.Dataset, parameter: str | None = None) -> dict[tuple[int, str], Axes]:
    axes = iter(zip_plot(study, parameter).axes)
    return {(cell, method): next(axes) for cell in (0, 1) for method in METHODS}


def arrays(study: xr.Dataset, cell: int, method: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Estimates, half lengths and truths of the replications that have standard errors."""
    part = study.sel(estimator="gfe", inference=method, parameter="theta1").isel(cell=cell)
    errors = part["standard_error"].to_numpy()
    there = np.isfinite(errors)
    half = norm.isf(0.025) * errors[there]
    return part["estimate"].to_numpy()[there], half, part["truth"].to_numpy()[there]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cell", [0, 1])
def test_intervals_that_miss_are_those_of_the_summary(
    study: xr.Dataset, cell: int, method: str
) -> None:
    summary = summarize_study(study)
    where = (summary["cell"] == cell) & (summary["inference"] == method)
    covered = summary[where & (summary["statistic"] == "coverage")].iloc[0]
    panel = panels(study)[cell, method]
    missing, covering = (len(drawn(panel, name)[1]) for name in ("misses", "covers"))
    assert missing == round((1 - covered["value"]) * covered["used"])
    assert missing + covering == covered["used"]
    low, high = 100 * covered["low"], 100 * covered["high"]
    assert f"{100 * covered['value']:.1f}% ({low:.1f} to {high:.1f})" in panel.get_title()
    np.testing.assert_allclose(points(panel, "bounds"), [[1.0, low], [1.0, high]])
    if method == "too_small":
        assert missing > 5


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cell", [0, 1])
def test_every_interval_is_there_at_its_height(study: xr.Dataset, cell: int, method: str) -> None:
    estimates, half, truths = arrays(study, cell, method)
    order = np.argsort(np.abs(estimates - truths) / half)
    expected = np.column_stack([estimates - half, estimates + half])[order]
    panel = panels(study)[cell, method]
    parts = [drawn(panel, name) for name in ("covers", "misses")]
    ends, heights = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    by_height = np.argsort(heights)
    np.testing.assert_allclose(ends[by_height], expected)
    n = len(estimates)
    np.testing.assert_allclose(heights[by_height], 100 * (np.arange(n) + 0.5) / n)
    assert parts[0][1].max() < parts[1][1].min(initial=100.0), "those that miss are on top"


def test_truth_and_nominal_level(study: xr.Dataset) -> None:
    for panel in panels(study).values():
        assert points(panel, "truth")[:, 0].tolist() == [0.5, 0.5]
        assert points(panel, "nominal")[:, 1].tolist() == [95.0, 95.0]
        assert panel.get_ylim() == (0.0, 100.0)


def test_rows_columns_and_caption(study: xr.Dataset) -> None:
    figure = zip_plot(study)
    first, second, third, _ = figure.axes
    assert first.get_title().startswith("known\n")
    assert second.get_title().startswith("too small\n")
    assert [first.get_ylabel(), third.get_ylabel()] == ["G = 2", "G = 3"]
    assert "estimator gfe, 40 replications a cell; N = 12, T = 4" in caption(figure)
    assert third.get_xlabel() == r"$\theta_{1}$: estimate ± 1.96 s.e."


def test_replications_without_a_standard_error_are_counted(study: xr.Dataset) -> None:
    errors = study["standard_error"].sel(estimator="gfe", inference="too_small")
    without = int(np.isnan(errors.to_numpy()[1]).sum())
    assert 0 < without < 40
    found = panels(study)
    assert f"; {without} no s.e." in found[1, "too_small"].get_title()
    assert "no s.e." not in found[1, "known"].get_title()


def test_failed_replications_are_not_drawn(study: xr.Dataset) -> None:
    study["status"].loc[{"cell": 0, "estimator": "gfe", "replication": slice(0, 9)}] = int(
        Status.ESTIMATOR_FAILED
    )
    figure = zip_plot(study)
    parts = [drawn(figure.axes[0], name)[1] for name in ("covers", "misses")]
    assert sum(map(len, parts)) == 30
    assert "40 replications a cell, 30 to 40 used" in caption(figure)


def test_a_truth_that_varies_is_taken_off(study: xr.Dataset) -> None:
    shift = np.arange(40.0)
    study["truth"][1, :, 0] += shift
    study["estimate"].loc[{"cell": 1, "estimator": "gfe"}] += shift[:, None]
    panel = panels(study)[1, "known"]
    estimates, half, truths = arrays(study, 1, "known")
    low = np.concatenate([drawn(panel, name)[0][:, 0] for name in ("covers", "misses")])
    np.testing.assert_allclose(np.sort(low), np.sort(estimates - truths - half), atol=1e-9)
    assert points(panel, "truth")[:, 0].tolist() == [0.0, 0.0]
    assert panel.get_xlabel() == r"$\theta_{1}$: estimate - truth ± 1.96 s.e."


def test_the_parameter_may_be_chosen(study: xr.Dataset) -> None:
    more = with_long_run(study)
    chosen, first = panels(more, "long_run")[0, "known"], panels(more)[0, "known"]
    assert points(chosen, "truth")[0, 0] == 5.0
    assert points(first, "truth")[0, 0] == 0.5
    # Ten times the error with the standard error of one: more of them miss.
    assert len(drawn(chosen, "misses")[1]) > len(drawn(first, "misses")[1])
    assert "intervals of long run and" in caption(zip_plot(more, "long_run"))


def test_a_few_wide_intervals_do_not_hide_the_others(study: xr.Dataset) -> None:
    before = panels(study)[0, "known"].get_xlim()
    assert "cut" not in caption(zip_plot(study))
    study["standard_error"].loc[
        {"cell": 0, "estimator": "gfe", "inference": "known", "replication": 7}
    ] = 1e6
    after = zip_plot(study)
    assert np.ptp(after.axes[0].get_xlim()) < 3 * np.ptp(before)
    assert "(the widest are cut)" in caption(after)
    lengths = np.ptp(drawn(after.axes[0], "covers")[0], axis=1)
    assert lengths.max() > 1e6, "it is drawn all the same"


def test_a_method_that_is_missing_in_a_cell(study: xr.Dataset) -> None:
    where = {"cell": 1, "estimator": "gfe", "inference": "known"}
    study["inference_status"].loc[where] = int(InferenceStatus.NOT_RUN)
    study["standard_error"].loc[where] = np.nan
    never = panels(study)[1, "known"]
    assert never.get_title() == "not run"
    assert not never.lines
    study["inference_status"].loc[where] = int(InferenceStatus.SINGULAR)
    failed = panels(study)[1, "known"]
    assert failed.get_title() == "no s.e. in 40"
    assert not failed.lines


def test_refusals(study: xr.Dataset) -> None:
    with refused("A zip plot must have standard errors; got a study without inference methods"):
        zip_plot(study.drop_vars("standard_error"))
    with refused("A study has no such parameter; got theta9"):
        zip_plot(study, "theta9")
    unknown = study.copy(deep=True)
    unknown["truth"][:] = np.nan
    with refused("A zip plot must have true values"):
        zip_plot(unknown)
    study["inference_status"][:] = InferenceStatus.NOT_RUN
    with refused("whose inference was never run"):
        zip_plot(study)


@pytest.mark.slow
def test_it_is_grey_and_whole_and_the_same_each_time(study: xr.Dataset, tmp_path: Path) -> None:
    assert_the_same_bytes(lambda: zip_plot(study), tmp_path)
    assert_grey_and_whole(zip_plot(study))
    assert_grey_and_whole(zip_plot(study.isel(cell=[0], inference=[0])))
