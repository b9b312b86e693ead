"""Nuclear norms with gaps: conditions of the optimum, soft-impute, and the steps from there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gfe_mc import (
    Bootstrap,
    FactorErrors,
    InteractiveFixedEffects,
    NuclearNorm,
    Panel,
    PostNuclearNorm,
    ProfileNewton,
)
from gfe_mc.estimators.factors.shrinkage import noise, series_of
from gfe_mc.fit import FactorFit, Status
from gfe_mc.kernels.factors.shrink import fill_gaps, weighted_moments
from tests.estimators.factors.test_nuclear import with_factors
from tests.helpers import refused
from tests.reference import factors_numpy


def with_gaps(panel: Panel, share: float = 0.2, seed: int = 0, least: int = 4) -> Panel:
    """The panel without a share of its cells, at random, but for the first `least` of each unit."""
    observed = np.random.default_rng(seed).random(panel.y.shape) >= share
    observed[:, :least] = True
    return Panel.from_arrays(panel.y, panel.x, observed=observed)


def reordered(panel: Panel, order: np.ndarray) -> Panel:
    return Panel.from_arrays(panel.y[order], panel.x[order], observed=panel.observed[order])


def fit(estimator: Any, panel: Panel) -> FactorFit:
    found: FactorFit = estimator.fit(panel, np.random.default_rng(0))
    return found


def conditions(panel: Panel, found: FactorFit, penalty: float) -> dict[str, float]:
    """By how much a fit misses the conditions of the optimum, by a decomposition of its own.

    Residuals of observed cells, over psi sqrt(n), are a subgradient of the norm at the effects:
    U V' along these, and of norm at most one elsewhere. Regressors are orthogonal to them.
    """
    effects = found.loadings @ found.factors.T
    residuals = (panel.y - panel.x @ found.theta - effects) * panel.observed
    u, _, vt = np.linalg.svd(effects)
    r = found.model.factors
    ours = residuals / (penalty * np.sqrt(panel.observed.sum()))
    elsewhere = u[:, r:].T @ ours @ vt[r:].T
    scale = np.sqrt((residuals**2).sum() * (panel.x**2).sum(axis=(0, 1)))
    return {
        "columns": float(np.abs(ours @ vt[:r].T - u[:, :r]).max(initial=0.0)),
        "rows": float(np.abs(u[:, :r].T @ ours - vt[:r]).max(initial=0.0)),
        "norm": max(float(np.linalg.norm(elsewhere, 2)) - 1.0, 0.0),
        "slopes": float(
            np.abs(np.einsum("it,itk->k", residuals, panel.x) / scale).max(initial=0.0)
        ),
    }


def test_effects_by_hand() -> None:
    """One cell of four is missing, and effects stay there zero: 4 less psi sqrt(3) is left of 4."""
    observed = np.array([[True, True], [True, False]])
    panel = Panel.from_arrays([[4.0, 0.0], [0.0, 9.0]], observed=observed)
    found = fit(NuclearNorm(1.0 / np.sqrt(3.0)), panel)
    np.testing.assert_allclose(found.loadings @ found.factors.T, [[3.0, 0.0], [0.0, 0.0]])
    # 1^2 / (2 * 3) of residuals, and psi * 3 / sqrt(3) of the norm.
    assert found.objective == pytest.approx(1.0 / 6.0 + 1.0)


@pytest.mark.parametrize(("n_units", "n_periods", "k"), [(25, 6, 1), (8, 12, 2), (9, 5, 0)])
@pytest.mark.parametrize("penalty", [0.02, 0.3, 5.0, None])
def test_conditions_of_the_optimum(
    n_units: int, n_periods: int, k: int, penalty: float | None
) -> None:
    panel = with_gaps(with_factors(n_units, n_periods, k))
    found = fit(NuclearNorm(penalty), panel)
    assert found.status == Status.SUCCESS
    known = penalty if penalty is not None else noise(series_of(panel, "", gaps=True), 10_000)
    missed = conditions(panel, found, known)
    assert max(missed.values()) < 1e-7, missed
    if found.model.factors:  # Conditions tell: of another penalty they are not met.
        other = fit(NuclearNorm(1.01 * known), panel)
        assert max(conditions(panel, other, known).values()) > 1e-3


@pytest.mark.parametrize("penalty", [0.05, 0.4])
@pytest.mark.parametrize("k", [0, 2])
def test_it_is_soft_impute(penalty: float, k: int) -> None:
    panel = with_gaps(with_factors(12, 7, k, seed=3), 0.3)
    found = fit(NuclearNorm(penalty), panel)
    theta, effects = factors_numpy.soft_impute(panel.y, panel.x, panel.observed, penalty)
    np.testing.assert_allclose(found.theta, theta, atol=1e-7)
    np.testing.assert_allclose(found.loadings @ found.factors.T, effects, atol=1e-6)
    # The number of observations is what squares and norm are divided by.
    n = int(panel.observed.sum())
    squares = (((panel.y - panel.x @ theta - effects) * panel.observed) ** 2).sum()
    norm = np.linalg.svd(effects, compute_uv=False).sum()
    assert found.objective == pytest.approx(squares / (2 * n) + penalty * norm / np.sqrt(n))
    assert (found.residuals(panel) ** 2).sum() == pytest.approx(squares, rel=1e-6)


def test_a_large_penalty_leaves_least_squares_of_observed_cells() -> None:
    panel = with_gaps(with_factors(20, 6, 2))
    found = fit(NuclearNorm(1e4), panel)
    rows, y = panel.x[panel.observed], panel.y[panel.observed]
    expected, squares, *_ = np.linalg.lstsq(rows, y, rcond=None)
    np.testing.assert_allclose(found.theta, expected, rtol=1e-9)
    assert found.objective == pytest.approx(squares[0] / (2 * len(y)))
    assert found.factors.shape == (6, 0)


def test_a_unit_that_adds_gaps_alone_is_filled_from_the_model() -> None:
    """Without errors and with hardly a penalty, effects of rank one are found in gaps, too."""
    loadings, factors = np.arange(1.0, 9.0), np.array([1.0, -2.0, 3.0, 1.5, 2.0])
    effects = np.outer(loadings, factors)
    observed = np.ones(effects.shape, bool)
    observed[[0, 3, 6], [4, 2, 0]] = False
    found = fit(NuclearNorm(1e-5), Panel.from_arrays(effects, observed=observed))
    np.testing.assert_allclose(found.loadings @ found.factors.T, effects, atol=1e-3)


@pytest.mark.parametrize("estimator", [NuclearNorm(), NuclearNorm(0.2), PostNuclearNorm(2)])
def test_the_order_of_units_does_not_matter(estimator: Any) -> None:
    panel = with_gaps(with_factors(20, 8, 2, seed=5))
    order = np.random.default_rng(1).permutation(20)
    one, other = fit(estimator, panel), fit(estimator, reordered(panel, order))
    np.testing.assert_allclose(other.theta, one.theta, rtol=1e-6)
    assert other.objective == pytest.approx(one.objective, rel=1e-8)
    np.testing.assert_allclose(
        other.loadings @ other.factors.T, (one.loadings @ one.factors.T)[order], atol=1e-5
    )


def test_the_penalty_that_is_left_out_follows_the_scale() -> None:
    panel = with_gaps(with_factors(30, 15, 1))
    large = with_gaps(with_factors(30, 15, 1, scale=1000.0))
    one, other = (noise(series_of(p, "", gaps=True), 10_000) for p in (panel, large))
    assert other == pytest.approx(1000 * one, rel=1e-7)


@pytest.mark.parametrize(("share", "off"), [(0.1, 0.02), (0.4, 0.07)])
def test_the_penalty_that_is_left_out_is_that_of_errors(share: float, off: float) -> None:
    """Of errors alone: what their standard deviation makes it, less where much is missing."""
    n_units, n_periods, draws = 60, 20, 40
    rng = np.random.default_rng(2)
    found = []
    for draw in range(draws):
        panel = Panel.from_arrays(3.0 * rng.standard_normal((n_units, n_periods)))
        found.append(noise(series_of(with_gaps(panel, share, draw, 0), "", gaps=True), 10_000))
    expected = 3.0 * (1 / np.sqrt(n_units) + 1 / np.sqrt(n_periods))
    error = np.std(found) / np.sqrt(draws)
    assert abs(np.mean(found) - expected) < 4 * error + off * expected


def test_one_gap_changes_little() -> None:
    """The choice of the penalty is that without gaps where there are hardly any."""
    panel = with_factors(40, 20, 1)
    observed = np.ones(panel.y.shape, bool)
    observed[7, 3] = False
    one_gap = Panel.from_arrays(panel.y, panel.x, observed=observed)
    whole, known = (noise(series_of(p, "", gaps=True), 10_000) for p in (panel, one_gap))
    assert known == pytest.approx(whole, rel=0.02)
    estimates = [fit(NuclearNorm(), p).theta for p in (panel, one_gap)]
    np.testing.assert_allclose(estimates[1], estimates[0], rtol=0.01)


def test_moments_with_gaps_are_least() -> None:
    rng = np.random.default_rng(4)
    z, observed = rng.standard_normal((6, 3, 5)), rng.random((6, 5)) > 0.3
    root = rng.standard_normal((5, 5))
    weights, fills = root @ root.T + np.eye(5), np.zeros((6, 3, 5))
    moments = weighted_moments(z, observed, weights, fills)
    full = np.where(observed[:, None, :], z, 0.0) + fills
    np.testing.assert_allclose(moments, np.einsum("ias,st,ibt->ab", full, weights, full))
    inner = np.linalg.inv(weights)
    expected = np.zeros((3, 3))
    for i, seen in enumerate(observed):  # Of what is observed: the inverse of the inverse's block.
        own = z[i][:, seen]
        expected += own @ np.linalg.solve(inner[np.ix_(seen, seen)], own.T)
    np.testing.assert_allclose(moments, expected, rtol=1e-10)
    theta = np.array([0.5, -2.0])
    filled = z * observed[:, None, :]
    change, largest = fill_gaps(filled, observed, fills, theta)
    outcome = fills[:, 2] - 0.5 * fills[:, 0] + 2.0 * fills[:, 1]
    np.testing.assert_allclose(filled[:, 2][~observed], outcome[~observed])
    assert change == pytest.approx(np.abs(outcome[~observed]).max())
    assert largest == np.abs(filled[:, 2]).max()


# The steps from there.


def test_a_step_is_least_squares_off_factors_and_loadings() -> None:
    """Factors and loadings of observed cells by turns; dummies of both for what they explain."""
    panel = with_gaps(with_factors(14, 8, 2), 0.15)
    theta = fit(NuclearNorm(0.1), panel).theta
    filled = factors_numpy.complete(panel.y - panel.x @ theta, panel.observed, 2)
    u, s, vt = np.linalg.svd(filled, full_matrices=False)
    off = factors_numpy.off_effects(panel.x, panel.observed, vt[:2].T, u[:, :2] * s[:2])
    expected = np.linalg.lstsq(off.reshape(-1, 2), panel.y.ravel(), rcond=None)[0]
    found = fit(PostNuclearNorm(2, 1, 0.1), panel)
    np.testing.assert_allclose(found.theta, expected, rtol=1e-5)
    left = factors_numpy.complete(panel.y - panel.x @ expected, panel.observed, 2)
    singular = np.linalg.svd(left, compute_uv=False)
    assert found.objective == pytest.approx((singular[2:] ** 2).sum(), rel=1e-6)


def test_steps_lead_to_interactive_fixed_effects() -> None:
    panel = with_gaps(with_factors(25, 8, 2), 0.15)
    best = fit(InteractiveFixedEffects(2, ProfileNewton(random=5)), panel)
    apart = [np.abs(fit(PostNuclearNorm(2, n), panel).theta - best.theta).max() for n in (1, 9)]
    assert apart[0] > apart[1]
    assert apart[1] < 1e-6
    found = fit(PostNuclearNorm(2, 9), panel)
    assert found.status == Status.SUCCESS
    assert found.objective == pytest.approx(best.objective, rel=1e-9)
    assert (found.residuals(panel) ** 2).sum() == pytest.approx(found.objective, rel=1e-9)
    errors = FactorErrors().covariance(panel, found, np.random.default_rng(0))
    known = FactorErrors().covariance(panel, best, np.random.default_rng(0))
    np.testing.assert_allclose(errors.theta, known.theta, rtol=1e-4)


def test_no_factors_are_least_squares_of_observed_cells() -> None:
    panel = with_gaps(with_factors(12, 6, 2))
    expected = np.linalg.lstsq(panel.x[panel.observed], panel.y[panel.observed], rcond=None)[0]
    np.testing.assert_allclose(fit(PostNuclearNorm(0), panel).theta, expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("estimator", "unit", "period"),
    [
        (
            NuclearNorm(0.2),
            "1 units that are not, the first 3",
            "1 periods that are not, the first 2",
        ),
        (PostNuclearNorm(1), "0 of unit 3", "0 of period 2"),
    ],
)
def test_units_and_periods_without_observations_are_named(
    estimator: Any, unit: str, period: str
) -> None:
    panel = with_factors(8, 6, 1)
    for cells, name in (((3, slice(None)), unit), ((slice(None), 2), period)):
        observed = np.ones((8, 6), bool)
        observed[cells] = False
        with refused(name, "Leave the"):
            fit(estimator, Panel.from_arrays(panel.y, panel.x, observed=observed))


def test_iterations_that_are_too_few_are_said_and_resampling_goes_along() -> None:
    panel = with_gaps(with_factors(15, 6, 1))
    assert fit(NuclearNorm(0.1, limit=1), panel).status == Status.ITERATION_LIMIT
    found = fit(NuclearNorm(0.1), panel)
    errors = Bootstrap(draws=5).covariance(panel, found, np.random.default_rng(0))
    assert errors.theta[0, 0] > 0


@pytest.mark.slow
def test_effects_are_recovered_on_average() -> None:
    """Over 60 samples with a third of the cells missing steps have no bias that can be seen."""
    errors = []
    for seed in range(60):
        panel = with_gaps(with_factors(40, 15, 1, seed), 0.33, seed)
        errors.append(fit(PostNuclearNorm(2), panel).theta[0] - 1.0)
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(60)
