"""Nuclear norm regularised least squares against a search by simplex, and the steps from there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from gfe_mc import (
    BaiIteration,
    Bootstrap,
    FactorErrors,
    InteractiveFixedEffects,
    NuclearNorm,
    Panel,
    PostNuclearNorm,
)
from gfe_mc.estimators.factors.shrinkage import median_of_errors
from gfe_mc.fit import FactorFit, Status
from tests.helpers import refused


def with_factors(n_units: int, n_periods: int, k: int, seed: int = 0, scale: float = 1.0) -> Panel:
    """Two factors, which regressors go with."""
    rng = np.random.default_rng(seed)
    loadings, factors = rng.standard_normal((n_units, 2)), rng.standard_normal((n_periods, 2))
    effects = 2.0 * loadings @ factors.T
    x = rng.standard_normal((n_units, n_periods, k)) + 0.5 * effects[:, :, None]
    y = x.sum(axis=2) + effects + 0.3 * rng.standard_normal((n_units, n_periods))
    return Panel.from_arrays(scale * y, x)


def fit(estimator: Any, panel: Panel) -> FactorFit:
    found: FactorFit = estimator.fit(panel, np.random.default_rng(0))
    return found


def objective(panel: Panel, theta: np.ndarray, gamma: np.ndarray, penalty: float) -> float:
    """As it is written: squares, and singular values of the effects."""
    size = panel.y.size
    squares = ((panel.y - panel.x @ theta - gamma) ** 2).sum() / (2 * size)
    norm = np.linalg.svd(gamma, compute_uv=False).sum()
    return float(squares + penalty * norm / np.sqrt(size))


def best_effects(panel: Panel, theta: np.ndarray, penalty: float) -> np.ndarray:
    """Residuals with singular values less psi sqrt(NT), by a decomposition."""
    u, s, vt = np.linalg.svd(panel.y - panel.x @ theta, full_matrices=False)
    effects: np.ndarray = (u * np.maximum(s - penalty * np.sqrt(panel.y.size), 0.0)) @ vt
    return effects


def test_effects_by_hand() -> None:
    """Singular values 4 and 2 less psi sqrt(NT) = 1 * 2 are 2 and 0: half of 4 is left."""
    panel = Panel.from_arrays([[4.0, 0.0], [0.0, 2.0]])
    found = fit(NuclearNorm(1.0), panel)
    assert found.model.factors == 1
    np.testing.assert_allclose(found.loadings @ found.factors.T, [[2.0, 0.0], [0.0, 0.0]])
    # (2^2 + 2^2) / 8 of residuals, and 1 * 2 / 2 of the norm.
    assert found.objective == pytest.approx(2.0)


@pytest.mark.parametrize(("n_units", "n_periods", "k"), [(25, 6, 1), (8, 12, 2), (9, 4, 0)])
@pytest.mark.parametrize("penalty", [0.02, 0.3, 5.0])
def test_it_is_the_minimum(n_units: int, n_periods: int, k: int, penalty: float) -> None:
    panel = with_factors(n_units, n_periods, k)
    found = fit(NuclearNorm(penalty), panel)
    assert found.status == Status.SUCCESS
    gamma = found.loadings @ found.factors.T
    assert found.objective == pytest.approx(objective(panel, found.theta, gamma, penalty))
    np.testing.assert_allclose(gamma, best_effects(panel, found.theta, penalty), atol=1e-8)
    np.testing.assert_allclose(
        found.factors.T @ found.factors / n_periods, np.eye(found.model.factors), atol=1e-10
    )
    if k:
        profiled = minimize(  # type: ignore[call-overload]
            lambda theta: objective(panel, theta, best_effects(panel, theta, penalty), penalty),
            np.zeros(k),
            method="Nelder-Mead",
            tol=1e-13,
        )
        np.testing.assert_allclose(found.theta, profiled.x, atol=1e-5)
        assert found.objective <= profiled.fun + 1e-12


def test_a_large_penalty_leaves_least_squares() -> None:
    panel = with_factors(20, 6, 2)
    found = fit(NuclearNorm(1e4), panel)
    rows = panel.x.reshape(-1, 2)
    expected, squares, *_ = np.linalg.lstsq(rows, panel.y.ravel(), rcond=None)
    np.testing.assert_allclose(found.theta, expected, rtol=1e-9)
    assert found.objective == pytest.approx(squares[0] / (2 * 120))
    assert found.model.factors == 0
    assert found.factors.shape == (6, 0)


def test_the_penalty_that_is_left_out_follows_the_scale() -> None:
    panel, large = with_factors(40, 20, 1), with_factors(40, 20, 1, scale=1000.0)
    one, other = fit(NuclearNorm(), panel), fit(NuclearNorm(), large)
    np.testing.assert_allclose(other.theta, 1000 * one.theta, rtol=1e-7)
    # Slopes are off, but the factors are there.
    assert one.model.factors == other.model.factors >= 2


def test_median_of_singular_values_of_errors() -> None:
    """Beside 200 draws: the median of squared singular values of errors, over the longer side."""
    rng = np.random.default_rng(1)
    for few, many in ((7, 90), (40, 40)):
        medians = [
            np.median(np.linalg.svd(rng.standard_normal((few, many)), compute_uv=False) ** 2)
            for _ in range(200)
        ]
        error = np.std(medians) / np.sqrt(200) / many
        assert abs(np.mean(medians) / many - median_of_errors(few / many)) < 4 * error + 0.5 / many


def test_steps_lead_to_interactive_fixed_effects() -> None:
    panel = with_factors(25, 6, 2)
    best = fit(InteractiveFixedEffects(2), panel)
    gaps = [np.abs(fit(PostNuclearNorm(2, n), panel).theta - best.theta).max() for n in (1, 3, 9)]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 1e-8
    found = fit(PostNuclearNorm(2, 9), panel)
    assert found.objective == pytest.approx(best.objective, rel=1e-10)
    errors = FactorErrors().covariance(panel, found, np.random.default_rng(0))
    assert (np.diag(errors.theta) > 0).all()


def test_a_step_is_least_squares_off_factors_and_loadings() -> None:
    panel = with_factors(15, 7, 2)
    theta = fit(NuclearNorm(0.1), panel).theta
    u, _, vt = np.linalg.svd(panel.y - panel.x @ theta, full_matrices=False)
    m_f, m_l = np.eye(7) - vt[:2].T @ vt[:2], np.eye(15) - u[:, :2] @ u[:, :2].T
    off = np.stack([(m_l @ panel.x[:, :, k] @ m_f).ravel() for k in range(2)], axis=1)
    expected = np.linalg.lstsq(off, (m_l @ panel.y @ m_f).ravel(), rcond=None)[0]
    np.testing.assert_allclose(fit(PostNuclearNorm(2, 1, 0.1), panel).theta, expected, rtol=1e-8)


@pytest.mark.slow
def test_it_is_a_start_of_searches() -> None:
    panel = with_factors(25, 6, 1)
    found = fit(InteractiveFixedEffects(2, BaiIteration((NuclearNorm(),))), panel)
    best = fit(InteractiveFixedEffects(2), panel)
    assert found.objective == pytest.approx(best.objective, rel=1e-8)


def test_formulas_of_least_squares_are_refused_and_resampling_is_not() -> None:
    panel = with_factors(15, 5, 1)
    found = fit(NuclearNorm(), panel)
    assert found.description.endswith("nuclear norm penalty")
    with refused("Use Bootstrap"):
        FactorErrors().covariance(panel, found, np.random.default_rng(0))
    errors = Bootstrap(draws=5).covariance(panel, found, np.random.default_rng(0))
    assert errors.theta[0, 0] > 0


def test_iterations_that_are_too_few_are_said() -> None:
    assert fit(NuclearNorm(limit=1), with_factors(15, 5, 1)).status == Status.ITERATION_LIMIT


def test_bad_input() -> None:
    bad: list[Any] = [0.0, -1.0, np.nan, np.inf, "a", True]
    for penalty in bad:
        with refused("`penalty` must be a positive number"):
            NuclearNorm(penalty)
    panel = with_factors(6, 5, 1)
    with refused("several units and periods"):
        fit(NuclearNorm(), Panel.from_arrays(panel.y[:, :1], panel.x[:, :1]))
    with refused("Every regressor must vary"):
        fit(NuclearNorm(), Panel.from_arrays(panel.y, panel.x * 0.0))
    with refused("Give `penalty`"):
        fit(NuclearNorm(), Panel.from_arrays(np.outer(np.arange(1.0, 7.0), np.ones(5))))
    with refused("fewer factors than units"):
        fit(PostNuclearNorm(5), panel)
