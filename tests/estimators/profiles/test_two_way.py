"""Least squares with unit and period effects, against explicit dummies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import Panel
from gfe_mc.estimators.profiles.two_way import TwoWay
from gfe_mc.fit import Fit, Status
from tests.helpers import refused
from tests.reference.linear_groups_numpy import least_squares


def dummies(panel: Panel) -> tuple[np.ndarray, float]:
    """Slopes and sum of squares of least squares with a dummy a unit and a period."""
    n_units, n_periods, n_regressors = panel.shape
    units = np.kron(np.eye(n_units), np.ones((n_periods, 1)))
    periods = np.kron(np.ones((n_units, 1)), np.eye(n_periods))
    design = np.column_stack([panel.x.reshape(panel.y.size, n_regressors), units, periods])
    y = panel.y.ravel()
    coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
    return coefficients[:n_regressors], float(((y - design @ coefficients) ** 2).sum())


def fit(panel: Panel) -> Fit:
    return TwoWay().fit(panel, np.random.default_rng(0))


def random_panel(n_units: int, n_periods: int, n_regressors: int, seed: int = 0) -> Panel:
    """Regressors that depend on large unit and period effects, which pooled slopes would show."""
    rng = np.random.default_rng([seed, n_units, n_periods, n_regressors])
    units, periods = 5.0 * rng.standard_normal((n_units, 1)), rng.standard_normal(n_periods)
    x = rng.standard_normal((n_units, n_periods, n_regressors)) + (units + periods)[:, :, None]
    y = x.sum(axis=2) + 3.0 * units - periods + rng.standard_normal((n_units, n_periods))
    return Panel.from_arrays(y, x)


def test_two_units_and_periods_by_hand() -> None:
    """The difference of differences of y over that of x: (7 - 1) / (4 - 1)."""
    panel = Panel.from_arrays([[0.0, 1.0], [3.0, 10.0]], [[[0.0], [1.0]], [[9.0], [13.0]]])
    result = fit(panel)
    assert result.theta == pytest.approx([2.0])
    assert result.objective == pytest.approx(0.0, abs=1e-12)


@given(st.integers(2, 12), st.integers(2, 8), st.integers(0, 3), st.integers(0, 50))
def test_it_is_least_squares_with_dummies(
    n_units: int, n_periods: int, n_regressors: int, seed: int
) -> None:
    # As many observations as parameters at least, so that the slopes are identified.
    n_regressors = min(n_regressors, (n_units - 1) * (n_periods - 1) - 1)
    panel = random_panel(n_units, n_periods, max(n_regressors, 0), seed)
    result, (theta, objective) = fit(panel), dummies(panel)
    np.testing.assert_allclose(result.theta, theta, rtol=1e-6, atol=1e-8)
    assert result.objective == pytest.approx(objective, rel=1e-8, abs=1e-9)
    assert result.status == Status.SUCCESS


def test_income_and_democracy(democracy: Panel) -> None:
    """Bonhomme and Manresa (2012), Table B2, last row: .284, -.031 and 17.517."""
    result = fit(democracy)
    assert result.theta == pytest.approx([0.283478, -0.031254], abs=5e-7)
    assert result.objective == pytest.approx(17.516570, abs=5e-7)
    theta, objective = dummies(democracy)
    np.testing.assert_allclose(result.theta, theta, rtol=1e-9)
    assert result.objective == pytest.approx(objective, rel=1e-10)


def test_period_effects_are_those_of_deviations() -> None:
    panel = random_panel(30, 5, 2)
    result = fit(panel)
    gaps = panel.y - panel.x @ result.theta
    gaps = gaps - gaps.mean(axis=1, keepdims=True)
    assert result.alpha is not None
    np.testing.assert_allclose(result.alpha, gaps.mean(axis=0)[None], atol=1e-12)
    assert result.alpha.sum() == pytest.approx(0.0, abs=1e-12)
    residuals = result.residuals(panel.within_units())
    assert (residuals**2).sum() == pytest.approx(result.objective, rel=1e-10)
    assert set(result.groups if result.groups is not None else ()) == {0}


def test_effects_of_units_and_periods_change_nothing() -> None:
    panel, rng = random_panel(15, 6, 2), np.random.default_rng(4)
    effects = 10.0 * rng.standard_normal((15, 1)) + 10.0 * rng.standard_normal(6)
    moved = fit(Panel.from_arrays(panel.y + effects, panel.x))
    np.testing.assert_allclose(moved.theta, fit(panel).theta, rtol=1e-10)


def test_order_of_units_does_not_matter() -> None:
    panel = random_panel(15, 6, 2)
    turned = fit(Panel.from_arrays(panel.y[::-1], panel.x[::-1]))
    np.testing.assert_allclose(turned.theta, fit(panel).theta, rtol=1e-10)


def test_nothing_is_drawn_for_the_estimate() -> None:
    panel = random_panel(15, 6, 2)
    one, other = (TwoWay().fit(panel, np.random.default_rng(seed)) for seed in (0, 1))
    assert one.theta.tobytes() == other.theta.tobytes()


def test_gaps() -> None:
    """Beside least squares with dummies of units and periods."""
    panel = random_panel(8, 4, 1)
    observed = np.ones((8, 4), bool)
    observed[1, 2] = observed[3, 0] = False
    gaps = Panel.from_arrays(panel.y, panel.x, observed=observed)
    found = fit(gaps)
    objective, _ = least_squares(gaps, np.zeros(8, np.int64), found.model)
    assert found.objective == pytest.approx(objective, rel=1e-9)


ABSORBED = {
    "by units": lambda units, periods: 0.1 * units + 0.0 * periods,
    "by periods": lambda units, periods: 0.0 * units + 0.1 * periods,
    "by both": lambda units, periods: 0.1 * units + 0.1 * periods,
}


@pytest.mark.parametrize("absorbed", ABSORBED.values(), ids=ABSORBED)
def test_a_regressor_that_the_effects_absorb_is_refused(absorbed: object) -> None:
    """Constant over the periods of every unit, over the units of every period, or a sum of both."""
    panel = random_panel(20, 7, 2)
    x = panel.x.copy()
    assert callable(absorbed)
    x[:, :, 1] = absorbed(np.arange(20.0)[:, None], np.arange(7.0))
    with refused("x2"):
        fit(Panel.from_arrays(panel.y, x))
