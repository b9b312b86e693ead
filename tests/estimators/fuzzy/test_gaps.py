"""Fuzzy clustering regression of panels with gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gfe_mc import (
    FCR,
    GFE,
    Annealing,
    Bootstrap,
    DirectMinimization,
    FuzzyFit,
    FuzzySandwich,
    InferenceStatus,
    LargeT,
    Panel,
    PaperProgram,
    Status,
    summarize,
)
from gfe_mc.estimators.fuzzy.gaps import fit_gaps
from gfe_mc.inference.objective import require_objective
from tests.helpers import refused
from tests.inference.panels import grouped

RNG = np.random.default_rng
SOFT = FCR(2, 1.5, Annealing(20))


def gappy(seed: int = 2, n_units: int = 24, n_periods: int = 5) -> Panel:
    """Groups that overlap, without one cell of each unit, and of the first unit two."""
    whole = grouped(seed, n_units, n_periods)
    seen = np.ones(whole.y.shape, bool)
    seen[np.arange(n_units), RNG(seed).integers(n_periods, size=n_units)] = False
    seen[0, :2] = False
    return Panel.from_arrays(whole.y, whole.x, observed=seen)


def objective(panel: Panel, m: float, alpha: np.ndarray, beta: np.ndarray, *, unit: bool) -> float:
    """The definition: distances over observed periods, unit by unit."""
    total = 0.0
    for i, seen in enumerate(panel.observed):
        y, x, effects = panel.y[i, seen], panel.x[i, seen], alpha[:, seen]
        if unit:
            y, x = y - y.mean(), x - x.mean(axis=0)
            effects = effects - effects.mean(axis=1, keepdims=True)
        d = ((y - effects - beta @ x.T) ** 2).sum(axis=1)
        total += ((d / d.min()) ** (-1 / (m - 1))).sum() ** (1 - m) * d.min()
    return total


@pytest.mark.parametrize(
    "estimator",
    [
        FCR(3),
        SOFT,
        replace(SOFT, groups=3, m=2.0),
        replace(SOFT, group_specific=("x2",)),
        replace(SOFT, unit_effects=True),
    ],
)
def test_without_gaps_it_is_the_search_of_balanced_panels(estimator: FCR) -> None:
    panel = grouped(2, 24, 5)
    one, other = estimator.fit(panel, RNG(0)), fit_gaps(estimator, panel, RNG(0))
    assert other.objective == pytest.approx(one.objective, rel=1e-9)
    np.testing.assert_array_equal(other.groups, one.groups)
    # Where a descent that lowers the objective by less than 1e-10 of itself ends.
    for part in ("theta", "alpha", "memberships"):
        np.testing.assert_allclose(getattr(other, part), getattr(one, part), atol=1e-3)
    assert (other.status, other.model) == (one.status, one.model)


@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("own", [(), ("x1",)])
def test_it_is_a_minimum_of_the_definition(own: tuple[str, ...], unit: bool) -> None:
    panel = gappy()
    estimator = FCR(2, 1.6, Annealing(20), own, unit_effects=unit)
    fit = estimator.fit(panel, RNG(0))
    assert fit.status == Status.SUCCESS
    beta = np.tile(fit.theta, (2, 1)) if fit.beta is None else fit.beta
    least = objective(panel, 1.6, fit.alpha, beta, unit=unit)
    assert fit.objective == pytest.approx(least, rel=1e-9)
    np.testing.assert_allclose(fit.memberships.sum(axis=1), 1.0)
    require_objective(fit.seen(panel), fit)
    for sign in (-1e-3, 1e-3):
        for g in range(2):
            for t in range(panel.shape[1]):
                moved = fit.alpha.copy()
                moved[g, t] += sign
                assert objective(panel, 1.6, moved, beta, unit=unit) > least
            turned = beta.copy()
            turned[g, 0] += sign
            if own:
                assert objective(panel, 1.6, fit.alpha, turned, unit=unit) > least
        assert objective(panel, 1.6, fit.alpha, beta + sign * np.eye(2)[1], unit=unit) > least


@pytest.mark.parametrize("unit", [False, True])
def test_near_one_it_is_hard_groups(unit: bool) -> None:
    panel = gappy(3)
    soft = FCR(3, unit_effects=unit).fit(panel, RNG(0))
    hard = GFE(3, unit_effects=unit).fit(panel, RNG(0))
    gap = hard.objective - soft.objective
    assert -1e-9 <= gap <= (1 - 3.0 ** (1 - 1.001)) * hard.objective
    np.testing.assert_array_equal(soft.groups, hard.groups)
    np.testing.assert_allclose(soft.theta, hard.theta, atol=1e-3)


def test_effects_that_nobody_tells_are_none() -> None:
    """Units of one group, which is far from the other, are not observed in the third period."""
    level = np.repeat([0.0, 9.0], 6)[:, None]
    y = level + 0.3 * RNG(0).standard_normal((12, 5))
    seen = np.ones(y.shape, bool)
    seen[6:, 2] = False
    panel = Panel.from_arrays(y, observed=seen)
    fit = FCR(2).fit(panel, RNG(0))
    np.testing.assert_array_equal(
        np.isnan(fit.alpha), [[False] * 5, [False, False, True] + 2 * [False]]
    )
    residuals = fit.residuals(panel)
    assert np.isfinite(residuals).all()
    assert (residuals**2).sum() == pytest.approx(fit.objective, rel=1e-9)
    errors = Bootstrap(10).covariance(panel, fit, RNG(0))
    assert errors.status == InferenceStatus.SUCCESS
    profile = errors.profile_errors(2, 5)
    np.testing.assert_array_equal(np.isnan(profile), np.isnan(fit.alpha))


def test_standard_errors_are_of_refits_or_of_many_periods() -> None:
    panel = gappy(4)
    fit = SOFT.fit(panel, RNG(0))
    refits = Bootstrap(10).covariance(panel, fit, RNG(0))
    assert refits.status == InferenceStatus.SUCCESS
    assert (refits.standard_errors > 0).all()
    assert LargeT().covariance(panel, fit, RNG(0)).status == InferenceStatus.SUCCESS
    with refused("FuzzySandwich needs a balanced panel", "Use Bootstrap"):
        FuzzySandwich().covariance(panel, fit, RNG(0))
    assert list(summarize(panel, fit).covariances) == ["bootstrap"]


def test_searches_by_derivatives_are_refused() -> None:
    panel = gappy(5)
    for search in (DirectMinimization(2), PaperProgram(2)):
        with refused("Panels with gaps need a search on cross-products", "Annealing()"):
            FCR(2, 1.5, search).fit(panel, RNG(0))


def test_what_cannot_be_estimated_is_said() -> None:
    panel = gappy(6, 8)
    seen = panel.observed.copy()
    seen[:, 1] = False
    with refused("Every period must be observed", "the first 1"):
        SOFT.fit(Panel.from_arrays(panel.y, panel.x, observed=seen), RNG(0))
    exact = np.repeat([1.0, 4.0], 4)[:, None] * np.arange(1.0, 6.0)
    fit = SOFT.fit(Panel.from_arrays(exact, observed=panel.observed), RNG(0))
    assert isinstance(fit, FuzzyFit)
    assert fit.status == Status.EXACT_FIT
    x = np.zeros((8, 5, 1))
    x[:4, :, 0] = 1.0
    flat = np.repeat([0.0, 9.0], 4)[:, None] * np.array([1.0, -2.0, 3.0, -1.0, 2.0])
    flat = flat + 0.1 * RNG(0).standard_normal((8, 5))
    collinear = FCR(2).fit(Panel.from_arrays(flat, x, observed=panel.observed), RNG(0))
    assert collinear.status == Status.COLLINEAR
    assert np.isnan(collinear.theta).all()
