"""The figure of profiles of several estimators: what is drawn is the study's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gfe_mc import GFE, InputError, Misclassification, MultiStart, Profiles
from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.dgp.sample import DGP
from gfe_mc.report.figures.profiles_compared import profiles_compared
from gfe_mc.report.figures.style import GREYS
from tests import small
from tests.helpers import refused
from tests.report.figures.studies import (
    SEARCH,
    assert_the_same_bytes,
    caption,
    lines,
    points,
    run,
)


def four_groups(panel: Panel | None, G: int) -> DGP:  # noqa: ARG001
    """Samples of four groups, in all cells."""
    return CalibratedDGP(small.calibration(4))


def compared(folder: Path) -> xr.Dataset:
    """Cells with three and four groups; a good search and one with a single start."""
    return run(
        folder,
        factors={"G": (3, 4)},
        dgp=four_groups,
        estimators=lambda G: {"many": GFE(G, SEARCH), "one": GFE(G, MultiStart(starts=1))},
        record=(Misclassification(), Profiles()),
        replications=3,
    )


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return compared(tmp_path_factory.mktemp("compared"))


@pytest.fixture
def study(stored: xr.Dataset) -> xr.Dataset:
    """The second estimator has the profiles of the first plus 0.25, its groups in another order."""
    study = stored.copy(deep=True)
    own = study["profiles"].transpose("cell", "estimator", "replication", "group", "period")
    own[1, 1] = own[1, 0].to_numpy()[:, [2, 0, 3, 1]] + 0.25
    study["profiles"] = own
    return study


def test_lines_are_the_profiles_of_the_first_replication(study: xr.Dataset) -> None:
    (axes,) = profiles_compared(study).axes
    assert len(axes.lines) == 8
    profiles = study["profiles"].to_numpy()[1, 0, 0]
    for g in range(4):
        expected = [[1, 2, 3, 4], profiles[g]]
        np.testing.assert_array_equal(points(axes, f"many, group {g + 1}").T, expected)


def test_groups_are_matched_to_those_of_the_first_estimator(study: xr.Dataset) -> None:
    figure = profiles_compared(study)
    for g in range(4):
        first = points(figure.axes[0], f"many, group {g + 1}")[:, 1]
        second = points(figure.axes[0], f"one, group {g + 1}")[:, 1]
        np.testing.assert_allclose(second, first + 0.25)
    assert caption(figure).endswith("mean absolute difference 0.25")


def test_styles_tell_groups_and_estimators_apart(study: xr.Dataset) -> None:
    (axes,) = profiles_compared(study).axes
    markers = set()
    for g in range(4):
        (first,), (second,) = (lines(axes, f"{name}, group {g + 1}") for name in ("many", "one"))
        assert (first.get_linestyle(), second.get_linestyle()) == ("-", "--")
        assert first.get_marker() == second.get_marker()
        assert first.get_color() == second.get_color()
        assert first.get_color() in GREYS
        markers.add(str(first.get_marker()))
    assert len(markers) == 4
    assert axes.get_xlabel() == "period t"


def test_a_study_as_it_is_run(stored: xr.Dataset) -> None:
    (axes,) = profiles_compared(stored).axes
    drawn = np.array([points(axes, f"one, group {g}")[:, 1] for g in range(1, 5)])
    own = stored["profiles"].to_numpy()[1, 1, 0]
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(own, axis=0))


def test_refusals(study: xr.Dataset) -> None:
    with refused("The study must have profiles with four groups"):
        profiles_compared(study.isel(cell=[0]))
    with refused("The study must have profiles with four groups"):
        profiles_compared(study.drop_vars("profiles"))
    with refused("The study must have profiles with four groups"):
        profiles_compared(study.drop_vars("G"))


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("replications", [1, 3])
def test_an_estimator_without_profiles_is_not_drawn(
    study: xr.Dataset, position: int, replications: int
) -> None:
    """In no replication, or not in the first, which failed: left out, or refused in words."""
    study["profiles"][1, position, :replications] = np.nan
    try:
        figure = profiles_compared(study)
    except InputError:
        return
    assert all(np.isfinite(line.get_ydata()).all() for line in figure.axes[0].lines)


def test_another_cell_may_have_more_periods(study: xr.Dataset) -> None:
    longer = study.pad(period=(0, 2))
    assert len(profiles_compared(longer).axes[0].lines) == 8


def test_it_is_the_same_each_time(study: xr.Dataset, tmp_path: Path) -> None:
    assert_the_same_bytes(lambda: profiles_compared(study), tmp_path)
