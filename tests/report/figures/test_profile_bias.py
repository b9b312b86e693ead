"""The figure of true and mean profiles: what is drawn is the study's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.metrics.profiles import profile_figures
from gfe_mc.report.figures.profile_bias import profile_bias
from tests.helpers import refused
from tests.report.figures.studies import (
    assert_grey_and_whole,
    assert_the_same_bytes,
    caption,
    lines,
    points,
    profiled,
    shade,
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return profiled(tmp_path_factory.mktemp("profiled"))


@pytest.fixture
def study(stored: xr.Dataset) -> xr.Dataset:
    return stored.copy(deep=True)


@pytest.mark.parametrize(("cell", "groups"), [(0, 3), (1, 2)])
def test_lines_are_true_and_mean_profiles(study: xr.Dataset, cell: int, groups: int) -> None:
    panel = profile_bias(study).axes[cell]
    assert len(panel.lines) == 2 * groups
    own = study.sel(estimator="gfe").isel(cell=cell)
    for g in range(groups):
        (true,), (mean,) = (lines(panel, f"{name} {g + 1}") for name in ("true", "mean"))
        np.testing.assert_array_equal(
            points(panel, f"true {g + 1}").T, [[1, 2, 3, 4], own["true_profiles"][0, g]]
        )
        expected = own["profiles"].to_numpy()[:, g].mean(axis=0)
        np.testing.assert_allclose(points(panel, f"mean {g + 1}")[:, 1], expected)
        assert true.get_linestyle() == "-"
        assert mean.get_linestyle() == "--"
        assert true.get_color() == mean.get_color()


def test_shades_are_the_bounds_of_the_means(study: xr.Dataset) -> None:
    figures = profile_figures(study)
    panel = profile_bias(study).axes[1]
    for g in range(2):
        own = figures[(figures["cell"] == 1) & (figures["group"] == g + 1)]
        for period, mean, error in own[["period", "mean", "error"]].to_numpy():
            bounds = (mean - 1.96 * error, mean + 1.96 * error)
            assert shade(panel, g, period) == pytest.approx(bounds)


def test_panels_labels_and_caption(study: xr.Dataset) -> None:
    figure = profile_bias(study)
    assert [panel.get_title() for panel in figure.axes] == ["G = 3", "G = 2"]
    assert [panel.get_xlabel() for panel in figure.axes] == ["period t"] * 2
    assert "estimator gfe, 12 replications a cell; N = 12, T = 4" in caption(figure)
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "2", "3"]


def test_group_numbers_do_not_lie_on_one_another(study: xr.Dataset) -> None:
    study["profiles"][0, 1, :, :, 3] = study["profiles"][0, 1, :, :1, 3]
    panel = profile_bias(study).axes[0]
    heights = np.sort([float(text.xy[1]) for text in panel.texts])  # type: ignore[attr-defined]
    assert np.diff(heights).min() > 0.02 * np.ptp(panel.get_ylim())
    assert heights.mean() == pytest.approx(points(panel, "mean 1")[-1, 1])


def test_only_replications_that_are_used(study: xr.Dataset) -> None:
    study["status"][0, 1, 6:] = Status.COLLINEAR
    figure = profile_bias(study)
    expected = study["profiles"][0, 1, :6, 1].mean("replication")
    np.testing.assert_allclose(points(figure.axes[0], "mean 2")[:, 1], expected)
    assert "12 replications a cell, 6 to 12 used" in caption(figure)


def test_a_cell_without_profiles_has_no_panel(study: xr.Dataset) -> None:
    study["status"][0, 1] = Status.ESTIMATOR_FAILED
    assert [panel.get_title() for panel in profile_bias(study).axes] == ["G = 2"]


def test_many_cells_take_several_rows(study: xr.Dataset) -> None:
    four = xr.concat([study, study], dim="cell", data_vars="minimal").assign_coords(
        cell=np.arange(4), errors=("cell", ["normal", "normal", "wild", "wild"])
    )
    visible = [panel.get_title() for panel in profile_bias(four).axes if panel.get_visible()]
    assert visible[2] == "G = 3, errors = wild"
    assert len(visible) == 4


def test_refusals(study: xr.Dataset) -> None:
    with refused("The study must record profiles"):
        profile_bias(study.drop_vars("profiles"))
    with refused("The study must have profiles to draw"):
        profile_bias(study.sel(estimator=["ols"]))


@pytest.mark.slow
def test_it_is_grey_and_whole_and_the_same_each_time(study: xr.Dataset, tmp_path: Path) -> None:
    assert_the_same_bytes(lambda: profile_bias(study), tmp_path)
    assert_grey_and_whole(profile_bias(study))
    assert_grey_and_whole(profile_bias(study.isel(cell=[0])))
