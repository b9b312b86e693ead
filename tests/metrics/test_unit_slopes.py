"""How far slopes of units are from the true ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from gfe_mc import Fit, Truth, UnitSlopes
from gfe_mc.metrics import moments
from gfe_mc.metrics.unit_slopes import NAME, RMSE, slope_mse
from tests.metrics.outcomes import outcome

SLOPES = np.array([[1.0, 2.0], [3.0, 4.0]])


def test_mean_squared_error_by_hand() -> None:
    truth = np.array([[1.0, 0.0], [2.0, 1.0]])
    assert slope_mse(SLOPES, truth) == (0 + 4 + 1 + 9) / 4
    assert slope_mse(truth, truth) == 0.0


def test_units_are_beside_the_slopes_of_their_true_groups() -> None:
    truth = Truth(np.ones(2), beta=np.array([[2.0, 1.0], [1.0, 0.0]]), groups=np.array([1, 0]))
    found = UnitSlopes().record(outcome(Fit(np.ones(2), unit_slopes=SLOPES), truth))
    assert found == {NAME: (0 + 4 + 1 + 9) / 4}


@pytest.mark.parametrize("missing", ["unit_slopes", "beta", "groups"])
def test_without_slopes_of_units_there_is_none(missing: str) -> None:
    fit = Fit(np.ones(2), unit_slopes=None if missing == "unit_slopes" else SLOPES)
    truth = Truth(
        np.ones(2),
        beta=None if missing == "beta" else SLOPES,
        groups=None if missing == "groups" else np.array([0, 1]),
    )
    assert UnitSlopes().record(outcome(fit, truth)) == {}


def test_its_figure_is_the_root_times_a_hundred(make_study: Callable[..., xr.Dataset]) -> None:
    study = make_study(np.zeros((1, 1, 4, 1)))
    squares = np.array([0.01, 0.04, 0.04, np.nan])
    study[NAME] = (("cell", "estimator", "replication"), squares.reshape(1, 1, 4))
    ((parameter, statistic, figure),) = UnitSlopes.figures(study.isel(cell=0, estimator=0))
    assert (parameter, statistic, figure.used) == ("none", RMSE, 3)
    assert figure.value == pytest.approx(100 * np.sqrt(0.03))
    assert figure.error == pytest.approx(moments.rmse(100 * np.sqrt(squares)).error)
    study[NAME][:] = np.nan
    assert list(UnitSlopes.figures(study.isel(cell=0, estimator=0))) == []
