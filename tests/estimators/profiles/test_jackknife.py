"""The half-panel jackknife: by hand, against least squares with dummies, and what it corrects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gfe_mc import (
    GFE,
    Bootstrap,
    FixedT,
    Genetic,
    HalfPanelJackknife,
    InferenceStatus,
    LargeT,
    Panel,
    Polynomial,
    ProfileFit,
    Status,
)
from gfe_mc.data.panel import Panel as PanelType
from gfe_mc.estimators.profiles.jackknife import halves
from tests.helpers import refused

QUICK = Genetic(population=6, patience=20, hits=5)
RNG = np.random.default_rng


def dynamic(seed: int, n_units: int = 60, n_periods: int = 8, gaps: int = 0) -> PanelType:
    """Two groups far apart, unit effects, and a lag with slope 0.5, as it is in the long run."""
    rng = RNG(seed)
    groups, before = np.arange(n_units) % 2, 30
    alpha = np.zeros((2, before + n_periods))
    time = np.arange(n_periods)
    alpha[:, before:] = [np.where(time % 4 < 2, 3.0, 0.0), -2.0 * np.cos(time)]
    mu = rng.standard_normal(n_units)
    y = np.empty((n_units, before + n_periods + 1))
    y[:, 0] = 2.0 * mu
    for t in range(before + n_periods):
        y[:, t + 1] = 0.5 * y[:, t] + mu + alpha[groups, t] + rng.standard_normal(n_units)
    y = y[:, before:]
    seen = np.ones((n_units, n_periods), bool)
    seen[rng.permutation(n_units)[:gaps], rng.integers(n_periods, size=gaps)] = False
    return Panel.from_arrays(y[:, 1:], y[:, :-1, None], observed=seen, regressors=["lag"])


def least_squares(
    panel: PanelType, cells: np.ndarray, groups: np.ndarray, *, by_group: bool = False
) -> np.ndarray:
    """Slopes (G or 1, K) of least squares in some cells, with dummies for everything else."""
    n_units, n_periods, n_slopes = panel.shape
    i, t = np.nonzero(cells)
    n_groups = int(groups.max()) + 1
    effects = np.zeros((len(i), n_units + n_groups * n_periods))
    effects[np.arange(len(i)), i] = 1.0
    effects[np.arange(len(i)), n_units + groups[i] * n_periods + t] = 1.0
    x = panel.x[i, t]
    if by_group:
        x = np.concatenate([x * (groups[i] == g)[:, None] for g in range(n_groups)], axis=1)
    found = np.linalg.lstsq(np.concatenate([x, effects], axis=1), panel.y[i, t], rcond=None)[0]
    return np.asarray(found[: x.shape[1]]).reshape(-1, n_slopes)


def corrected(panel: PanelType, groups: np.ndarray, *, by_group: bool = False) -> np.ndarray:
    """The definition, slope by slope: each division counts alike, each half by its cells."""
    found = 2.0 * least_squares(panel, panel.observed, groups, by_group=by_group)
    divisions = halves(panel.observed)
    for division in divisions:
        for cells in division:
            share = cells.sum() / panel.observed.sum() / len(divisions)
            found = found - share * least_squares(panel, cells, groups, by_group=by_group)
    return found


def fitted(panel: PanelType, *, regroup: bool = False, **options: object) -> ProfileFit:
    estimator = GFE(2, QUICK, unit_effects=True, **options)  # type: ignore[arg-type]
    return HalfPanelJackknife(estimator, regroup).fit(panel, RNG(0))


def test_halves_by_hand() -> None:
    even = np.array([[1, 1, 1, 1], [1, 1, 1, 1]], bool)
    ((first, second),) = halves(even)
    np.testing.assert_array_equal(first, [[1, 1, 0, 0]] * 2)
    np.testing.assert_array_equal(second, [[0, 0, 1, 1]] * 2)
    # The second unit has five observations: the longer half is the first one, then the second.
    odd = np.array([[1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 1, 1]], bool)
    (longer, last), (shorter, rest) = halves(odd)
    np.testing.assert_array_equal(longer, [[1, 1, 0, 0, 0, 0], [0, 1, 1, 1, 0, 0]])
    np.testing.assert_array_equal(shorter, [[1, 1, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0]])
    for first, second in ((longer, last), (shorter, rest)):
        np.testing.assert_array_equal(first ^ second, odd)


@pytest.mark.parametrize(("n_periods", "gaps"), [(8, 0), (7, 0), (8, 40)])
def test_it_is_what_dummies_give(n_periods: int, gaps: int) -> None:
    panel = dynamic(1, 40, n_periods, gaps)
    fit = fitted(panel)
    plain = GFE(2, QUICK, unit_effects=True).fit(panel, RNG(0))
    np.testing.assert_array_equal(fit.groups, plain.groups)
    np.testing.assert_allclose(fit.theta, corrected(panel, fit.groups)[0], rtol=1e-9)
    assert fit.theta[0] > plain.theta[0] + 0.1
    assert fit.objective > plain.objective
    assert fit.model == replace(plain.model, jackknife=True)
    assert fit.model.describe(2).endswith("unit effects, slopes by the half-panel jackknife")


def test_slopes_by_group_and_patterns() -> None:
    panel = dynamic(2, 40, 7)
    fit = fitted(panel, group_slopes=True)
    assert fit.beta is not None
    np.testing.assert_allclose(fit.beta, corrected(panel, fit.groups, by_group=True), rtol=1e-9)
    np.testing.assert_allclose(fit.theta, fit.beta[fit.groups].mean(axis=0))
    # As many functions of time as periods in the shorter half are free profiles there.
    trends = fitted(panel, time_basis=Polynomial(2))
    assert trends.patterns is not None
    assert np.isfinite(trends.theta).all()
    residuals = (trends.residuals(panel) ** 2).sum()
    assert residuals == pytest.approx(trends.objective, rel=1e-9)


@pytest.mark.parametrize("gaps", [0, 30])
def test_profiles_and_unit_effects_are_least_squares_at_the_slopes(gaps: int) -> None:
    panel = dynamic(3, 30, 6, gaps)
    fit = fitted(panel)
    assert fit.mu is not None
    left = panel.y - panel.x[:, :, 0] * fit.theta[0] - fit.mu[:, None] - fit.alpha[fit.groups]
    left = np.where(panel.observed, left, 0.0)
    np.testing.assert_allclose(left.sum(axis=1), 0.0, atol=1e-9)
    for g in range(2):
        np.testing.assert_allclose(left[fit.groups == g].sum(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(fit.alpha.sum(axis=1), 0.0, atol=1e-9)
    assert (left**2).sum() == pytest.approx(fit.objective, rel=1e-9)
    assert (fit.residuals(panel) ** 2).sum() == pytest.approx(fit.objective, rel=1e-9)


def test_halves_can_be_grouped_anew() -> None:
    panel = dynamic(4, 30, 7)
    estimator = GFE(2, QUICK, unit_effects=True)
    fit = HalfPanelJackknife(estimator, regroup=True).fit(panel, RNG(0))
    theta = 2.0 * estimator.fit(panel, RNG(0)).theta
    for cut in (4, 3):
        for part, share in ((slice(0, cut), cut / 7), (slice(cut, 7), 1.0 - cut / 7)):
            half = Panel.from_arrays(panel.y[:, part], panel.x[:, part])
            theta = theta - share / 2 * estimator.fit(half, RNG(1)).theta
    np.testing.assert_allclose(fit.theta, theta, rtol=1e-9)


def test_a_unit_that_counts_twice_is_there_twice() -> None:
    panel = dynamic(5, 24, 7, 6)
    weights = np.ones(24)
    weights[[3, 8]] = 2.0
    again = panel.resampled(np.repeat(np.arange(24), weights.astype(int)))
    estimator = HalfPanelJackknife(GFE(2, QUICK, unit_effects=True))
    one, other = estimator.fit(panel, RNG(0), weights=weights), estimator.fit(again, RNG(0))
    np.testing.assert_allclose(one.theta, other.theta, rtol=1e-9)
    np.testing.assert_allclose(one.alpha, other.alpha, atol=1e-9)
    assert one.objective == pytest.approx(other.objective, rel=1e-9)


def test_a_prior_costs_what_it_does_without_the_jackknife() -> None:
    panel = dynamic(6, 20, 6)
    prior = np.full((20, 2), 0.5)
    plain, fit = (
        estimator.fit(panel, RNG(0))
        for estimator in (
            GFE(2, QUICK, unit_effects=True, prior=prior),
            HalfPanelJackknife(GFE(2, QUICK, unit_effects=True, prior=prior)),
        )
    )
    costs = [f.objective - (f.residuals(panel) ** 2).sum() for f in (plain, fit)]
    assert costs[0] > 1.0
    assert costs[1] == pytest.approx(costs[0], rel=1e-9)


def test_it_takes_away_the_bias_of_a_lag() -> None:
    """Bias of least squares is near -(1 + rho) / (T - 1) = -0.21; corrected, an order less."""
    errors = []
    for seed in range(40):
        panel = dynamic(1000 + seed)
        plain = GFE(2, QUICK, unit_effects=True).fit(panel, RNG(0)).theta[0]
        errors.append((plain - 0.5, fitted(panel).theta[0] - 0.5))
    bias = np.mean(errors, axis=0)
    monte_carlo = np.std(errors, axis=0, ddof=1) / np.sqrt(40)
    assert bias[0] < -0.15 - 3 * monte_carlo[0]
    assert abs(bias[1]) < 0.04 + 3 * monte_carlo[1]
    assert monte_carlo[1] < 0.015


def test_standard_errors_are_of_many_periods_or_of_refits() -> None:
    panel = dynamic(7, 60, 8)
    fit = fitted(panel)
    large = LargeT().covariance(panel, fit, RNG(0))
    refits = Bootstrap(60, QUICK).covariance(panel, fit, RNG(0))
    assert large.status == refits.status == InferenceStatus.SUCCESS
    # Over 60 samples the standard deviation was 0.076, with mean errors of 0.052 by LargeT.
    assert 0.03 < large.standard_errors[0] < refits.standard_errors[0] < 0.13
    with refused("slopes that are not corrected", "Use LargeT or Bootstrap"):
        FixedT().covariance(panel, fit, RNG(0))


def test_what_cannot_be_halved_is_refused() -> None:
    with refused("with unit effects", "GFE(groups=2"):
        HalfPanelJackknife(GFE(2))
    with refused("same groups in both halves"):
        HalfPanelJackknife(GFE(2, unit_effects=True, group_slopes=True), regroup=True)
    panel = dynamic(8, 12, 5)
    seen = panel.observed.copy()
    seen[4, :2] = False
    few = Panel.from_arrays(panel.y, panel.x, observed=seen, units=list("abcdefghijkl"))
    with refused("4 observations of every unit", "the first e with 3"):
        fitted(few)
    x = np.zeros((12, 6, 1))
    x[:, :3, 0] = RNG(0).standard_normal((12, 3))
    with refused("in each half of the panel", "without the jackknife"):
        fitted(Panel.from_arrays(RNG(1).standard_normal((12, 6)), x))


def test_slopes_that_the_groups_absorb_are_none() -> None:
    """Both groups of two units; in each, the regressor is the same in all units of a period."""
    level = np.repeat([0.0, 9.0], 4)[:, None]
    y = level * np.arange(6) + 0.01 * RNG(2).standard_normal((8, 6))
    x = np.repeat(RNG(3).standard_normal((2, 6)), 4, axis=0)[:, :, None]
    fit = fitted(Panel.from_arrays(y, x))
    assert fit.status == Status.COLLINEAR
    assert np.isnan(fit.theta).all()
