"""The figure of time by the size of the panel: what is drawn is the study's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gfe_mc import GFE
from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.dgp.sample import DGP
from gfe_mc.dgp.stacked import Stacked
from gfe_mc.fit import Status
from gfe_mc.report.figures.style import GREYS
from gfe_mc.report.figures.time_by_size import time_by_size
from tests import small
from tests.helpers import refused
from tests.report.figures.studies import SEARCH, assert_the_same_bytes, points, run

SIZES = np.array([48.0, 96.0, 192.0])


def stacked(panel: Panel | None, G: int, copies: int) -> DGP:  # noqa: ARG001
    """Panels of 12, 24, ... units."""
    return Stacked(CalibratedDGP(small.calibration(G)), copies)


def sized(folder: Path) -> xr.Dataset:
    """Panels of three sizes, the larger first, with two and three groups."""
    return run(
        folder,
        factors={"G": (3, 2), "copies": (4, 1, 2)},
        dgp=stacked,
        estimators=lambda G, copies: {"gfe": GFE(G, SEARCH), "ols": small.PooledOLS()},  # noqa: ARG005
        replications=5,
    )


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return sized(tmp_path_factory.mktemp("sized"))


@pytest.fixture
def study(stored: xr.Dataset) -> xr.Dataset:
    """Seconds are powers of the size: the median, and others above and below."""
    study = stored.copy(deep=True)
    sizes = (study["N"] * study["T"]).astype(float)
    power = xr.DataArray([1.5, 1.0], dims="estimator")
    spread = xr.DataArray([1.0, 0.1, 50.0, 0.5, 2.0], dims="replication")
    study["seconds"] = (1e-6 * study["G"] * sizes**power * spread).transpose(*study["seconds"].dims)
    return study


def label(estimator: str, groups: int, slope: str) -> str:
    return f"{estimator}, G = {groups}: slope {slope}"


def test_lines_are_median_seconds_by_size(study: xr.Dataset) -> None:
    (axes,) = time_by_size(study).axes
    assert len(axes.lines) == 4
    for estimator, power, slope in (("gfe", 1.5, "1.50"), ("ols", 1.0, "1.00")):
        for groups in (2, 3):
            drawn = points(axes, label(estimator, groups, slope))
            np.testing.assert_allclose(drawn.T, [SIZES, 1e-6 * groups * SIZES**power])
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_xlabel() == "observations N T"


def test_the_slope_is_that_of_least_squares(study: xr.Dataset) -> None:
    seconds = np.array([2.0, 3.0, 40.0])
    for cell in range(6):
        place = SIZES.tolist().index(float(study["N"][cell] * study["T"][cell]))
        study["seconds"][cell, 0] = seconds[place]
    x, y = np.log(SIZES), np.log(seconds)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    (axes,) = time_by_size(study).axes
    assert points(axes, label("gfe", 2, f"{slope:.2f}"))[:, 1].tolist() == seconds.tolist()


def test_only_replications_that_are_used(study: xr.Dataset) -> None:
    study["status"][0, 0, :2] = Status.NOT_FINITE  # Three groups and the largest size.
    median = float(np.median(study["seconds"][0, 0, 2:]))
    (axes,) = time_by_size(study).axes
    (drawn,) = (line for line in axes.lines if str(line.get_label()).startswith("gfe, G = 3"))
    assert np.asarray(drawn.get_ydata())[-1] == pytest.approx(median)


def test_a_line_needs_two_sizes(study: xr.Dataset) -> None:
    study["status"][:2, 0] = Status.NOT_RUN
    labels = [str(line.get_label()) for line in time_by_size(study).axes[0].lines]
    assert [text.split(":")[0] for text in labels] == ["gfe, G = 2", "ols, G = 2", "ols, G = 3"]


def test_refusals(study: xr.Dataset) -> None:
    with refused("The study must have the factor G"):
        time_by_size(study.drop_vars("G"))
    with refused("Panels must differ in size; got N T = 48"):
        time_by_size(study.isel(cell=[1, 4]))


@pytest.mark.slow
def test_it_is_grey_and_the_same_each_time(study: xr.Dataset, tmp_path: Path) -> None:
    assert_the_same_bytes(lambda: time_by_size(study), tmp_path)
    assert {line.get_color() for line in time_by_size(study).axes[0].lines} <= set(GREYS)
