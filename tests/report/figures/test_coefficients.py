"""The figure of coefficients by the number of groups: what is drawn is the study's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.report.figures.coefficients import coefficients
from gfe_mc.report.figures.style import GREYS
from tests.helpers import refused
from tests.report.figures.studies import (
    assert_the_same_bytes,
    caption,
    inferred,
    run,
    with_long_run,
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """Cells with two and three groups; in the second, standard errors that fail at times."""
    return inferred(tmp_path_factory.mktemp("inferred"))


@pytest.fixture
def study(stored: xr.Dataset) -> xr.Dataset:
    return stored.copy(deep=True)


def drawn(axes: Any, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) of a line by its number, and the ends (any, 2) of the bars that are seen."""
    line, _, (bars,) = axes.containers[number].lines
    ends = [segment[:, 1] for segment in bars.get_segments() if len(segment)]
    return line.get_xydata(), np.array(ends)


def test_lines_are_medians_and_bars_are_by_the_first_method(study: xr.Dataset) -> None:
    (axes,) = coefficients(study).axes
    assert [one.get_label() for one in axes.containers] == ["ols", "gfe (known)"]
    own = study.sel(estimator="gfe").isel(parameter=0)
    middle = np.median(own["estimate"].to_numpy(), axis=1)
    half = 1.96 * np.median(own["standard_error"].sel(inference="known"), axis=1)
    points, bars = drawn(axes, 1)
    np.testing.assert_allclose(points.T, [[2.06, 3.06], middle])
    np.testing.assert_allclose(bars, np.column_stack([middle - half, middle + half]))
    assert (half > 0.01).all()


def test_an_estimator_without_standard_errors_has_no_bars(study: xr.Dataset) -> None:
    (axes,) = coefficients(study).axes
    points, bars = drawn(axes, 0)
    expected = np.median(study["estimate"].sel(estimator="ols")[..., 0].to_numpy(), axis=1)
    np.testing.assert_allclose(points.T, [[1.94, 2.94], expected])
    assert bars.size == 0


def test_replications_that_are_not_used_or_have_no_errors_are_left_out(study: xr.Dataset) -> None:
    errors = study["standard_error"].sel(inference=["too_small"])
    study = study.sel(inference=["too_small"])
    study["status"][0, 1, 5:] = Status.NOT_FINITE
    missing = np.isnan(errors.sel(estimator="gfe")[:, :, 0, 0])
    assert missing.any(axis=1).all()
    (axes,) = coefficients(study).axes
    assert axes.containers[1].get_label() == "gfe (too_small)"
    points, bars = drawn(axes, 1)
    for c, n_used in enumerate((5, 40)):
        own = study.sel(estimator="gfe").isel(cell=c, replication=slice(n_used), parameter=0)
        assert points[c, 1] == pytest.approx(float(np.median(own["estimate"])))
        half = 1.96 * float(np.nanmedian(own["standard_error"]))
        assert np.ptp(bars[c]) == pytest.approx(2 * half)


def test_cells_are_in_the_order_of_their_groups(study: xr.Dataset) -> None:
    (axes,), (turned,) = coefficients(study).axes, coefficients(study.isel(cell=[1, 0])).axes
    for one, other in zip(drawn(axes, 1), drawn(turned, 1), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_panel_for_each_parameter(study: xr.Dataset) -> None:
    more = with_long_run(study)
    more["standard_error"].loc[{"parameter": "long_run"}] *= 10.0
    figure = coefficients(more)
    assert [axes.get_ylabel() for axes in figure.axes] == [r"$\theta_{1}$", "long run"]
    assert figure.axes[1].get_xlabel() == "number of groups G"
    assert list(figure.axes[1].get_xticks()) == [2, 3]
    for first, second in zip(drawn(figure.axes[0], 1), drawn(figure.axes[1], 1), strict=True):
        np.testing.assert_allclose(second[:, -1], 10.0 * first[:, -1])
    assert caption(figure) == "Coefficients and 95% intervals by the number of groups"


def test_refusals(study: xr.Dataset, tmp_path: Path) -> None:
    with refused("The study must have the factor G"):
        coefficients(study.drop_vars("G"))
    with refused("The study must have standard errors"):
        coefficients(run(tmp_path, factors={"G": (2,)}, replications=2))


def test_cells_without_numbers_of_groups_are_refused(study: xr.Dataset) -> None:
    with refused("Each number of groups in the factor G must have one cell"):
        coefficients(study.assign_coords(G=("cell", ["none", "two"])))


def test_it_is_grey_and_the_same_each_time(study: xr.Dataset, tmp_path: Path) -> None:
    assert_the_same_bytes(lambda: coefficients(study), tmp_path)
    assert {line.get_color() for line in coefficients(study).axes[0].lines} <= set(GREYS)
