"""The figure of estimates by the number of groups: what is drawn is the study's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.report.figures.numbers_of_groups import numbers_of_groups
from tests.helpers import refused
from tests.report.figures.studies import (
    assert_grey_and_whole,
    assert_the_same_bytes,
    caption,
    lines,
    numbered,
    points,
    shade,
    with_long_run,
)

# Cells with 1, 2 and 3 groups, in this order.
CELLS = [1, 2, 0]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """With a second parameter, ten times the first."""
    return with_long_run(numbered(tmp_path_factory.mktemp("numbered")))


@pytest.fixture
def study(stored: xr.Dataset) -> xr.Dataset:
    return stored.copy(deep=True)


@pytest.mark.parametrize(("panel", "scale"), [(0, 1.0), (1, 10.0)])
def test_lines_are_means_percentiles_and_truths(
    study: xr.Dataset, panel: int, scale: float
) -> None:
    axes = numbers_of_groups(study).axes[panel]
    estimates = scale * study["estimate"].to_numpy()[CELLS, 0, :, 0]
    for label, expected in [
        ("mean", estimates.mean(axis=1)),
        ("2.5%", np.quantile(estimates, 0.025, axis=1)),
        ("97.5%", np.quantile(estimates, 0.975, axis=1)),
        ("true", np.full(3, 0.5 * scale)),
    ]:
        np.testing.assert_allclose(points(axes, label).T, [[1, 2, 3], expected])
    half = 1.96 * estimates.std(axis=1, ddof=1) / np.sqrt(30)
    for g in range(3):
        bounds = (estimates[g].mean() - half[g], estimates[g].mean() + half[g])
        assert shade(axes, 0, g + 1) == pytest.approx(bounds)


def test_styles_tell_lines_apart(study: xr.Dataset) -> None:
    axes = numbers_of_groups(study).axes[0]
    mean, low, high, true = (lines(axes, name)[0] for name in ("mean", "2.5%", "97.5%", "true"))
    assert low.get_linestyle() == high.get_linestyle() == "--"
    assert mean.get_linestyle() == true.get_linestyle() == "-"
    assert mean.get_linewidth() > 2 * true.get_linewidth()


def test_panels_labels_and_caption(study: xr.Dataset) -> None:
    figure = numbers_of_groups(study)
    assert [panel.get_title() for panel in figure.axes] == [r"$\theta_{1}$", "long run"]
    assert figure.axes[0].get_ylabel() == "estimate"
    assert figure.axes[0].get_xlabel() == "number of groups G that is fitted"
    assert list(figure.axes[0].get_xticks()) == [1, 2, 3]
    assert "estimator gfe, 30 replications a cell; N = 12, T = 4" in caption(figure)


def test_only_replications_that_are_used(study: xr.Dataset) -> None:
    study["status"][0, 0, 10:] = Status.NOT_FINITE
    study["estimate"][0, 0, 4, 1] = np.inf
    figure = numbers_of_groups(study)
    used = study["estimate"].to_numpy()[0, 0, :10]
    means = [points(axes, "mean")[2, 1] for axes in figure.axes]
    assert means == pytest.approx([used[:, 0].mean(), np.delete(used[:, 1], 4).mean()])
    assert "30 replications a cell, 10 to 30 used" in caption(figure)


def test_a_cell_without_estimates_is_a_gap(study: xr.Dataset) -> None:
    study["status"][2] = Status.NOT_RUN
    axes = numbers_of_groups(study).axes[0]
    mean = points(axes, "mean")[:, 1]
    np.testing.assert_array_equal(np.isnan(mean), [False, True, False])


def test_refusals(study: xr.Dataset) -> None:
    with refused("The study must have the factor G, the number of groups; got the factors N, T"):
        numbers_of_groups(study.drop_vars("G"))
    with refused("must have one cell; got none"):
        numbers_of_groups(study.isel(cell=[3]))
    doubled = study.assign_coords(G=("cell", ["1", "2", "2", "none"]))
    with refused("must have one cell; got 1, 2, 2, none"):
        numbers_of_groups(doubled)


@pytest.mark.slow
def test_it_is_grey_and_whole_and_the_same_each_time(study: xr.Dataset, tmp_path: Path) -> None:
    assert_the_same_bytes(lambda: numbers_of_groups(study), tmp_path)
    assert_grey_and_whole(numbers_of_groups(study))
    assert_grey_and_whole(numbers_of_groups(study.isel(parameter=[0])))
