"""Standard errors of slopes by groups."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import Fit, InferenceStatus, Panel, Status
from gfe_mc.dgp.slope_groups import StaticSlopes, assigned_groups
from gfe_mc.estimators.slopes.given_groups import KnownGroups, Pooled, UnitByUnit
from gfe_mc.inference.covariance import Covariance
from gfe_mc.inference.slopes import ERRORS, SlopeErrors
from gfe_mc.published.loader import published
from tests.helpers import refused

RNG = np.random.default_rng(0)
NAMES = ("x1", "x2", "x3")
WHICH = [((), ()), (("x2",), ()), ((), ("x3",)), (("x1",), ("x3",)), (NAMES, ()), ((), ("x1",))]
"""Common slopes, and slopes of units' own."""


def panel_of(seed: int, n_units: int = 14, n_periods: int = 8, n_slopes: int = 3) -> Panel:
    """Regressors that depend on one another, units whose errors differ."""
    rng = np.random.default_rng([6, seed])
    x = rng.normal(size=(n_units, n_periods, n_slopes)) @ (np.eye(n_slopes) + 0.4)
    x += rng.normal(size=(n_units, 1, n_slopes))
    slopes = rng.normal(size=(n_units, n_slopes))
    errors = rng.uniform(0.2, 2.0, (n_units, 1)) * rng.normal(size=(n_units, n_periods))
    return Panel.from_arrays((x * slopes[:, None, :]).sum(axis=2) + errors, x)


def grouping(n_groups: int, n_units: int = 14) -> tuple[int, ...]:
    """Groups numbered by first appearance, of different sizes."""
    return tuple((np.arange(n_units) ** 2 % (2 * n_groups + 1) % n_groups).tolist())


def errors_of(found: Covariance, fit: Fit) -> np.ndarray:
    """Standard errors of the slopes of each group, (G, K)."""
    assert fit.beta is not None
    return found.profile_errors(*fit.beta.shape)


def reference(
    panel: Panel, fit: Fit, common: tuple[str, ...], individual: tuple[str, ...], errors: str
) -> tuple[np.ndarray, np.ndarray]:
    """Covariance of the slopes of groups, (G K, G K), by least squares with dummies, and they.

    Slopes of units' own are zero in it.
    """
    assert fit.groups is not None
    n_units, n_periods, n_slopes = panel.shape
    groups, n_groups = fit.groups, int(fit.groups.max()) + 1
    units = list(np.eye(n_units, dtype=bool))
    columns, pick = [np.outer(unit, np.ones(n_periods)) for unit in units], []
    for k, name in enumerate(panel.regressors):
        sets = [groups == g for g in range(n_groups)]
        if name in (*common, *individual):
            sets = [np.ones(n_units, bool)] if name in common else units
        for members in sets:
            of = [name not in individual and members[groups == g].all() for g in range(n_groups)]
            pick.append(np.outer(of, np.arange(n_slopes) == k).ravel())
            columns.append(members[:, None] * panel.x[:, :, k])
    design = np.stack(columns, axis=2)
    flat = design.reshape(n_units * n_periods, -1)
    solution = np.linalg.lstsq(flat, panel.y.ravel(), rcond=None)[0]
    residuals = panel.y - design @ solution
    bread, meat = np.linalg.inv(flat.T @ flat), np.zeros((flat.shape[1],) * 2)
    for g in range(n_groups):
        members, n = groups == g, int((groups == g).sum())
        own = design[members].reshape(n * n_periods, -1)
        freedom = n * (n_periods - 1 - len(individual)) - (n_slopes - len(individual))
        if errors == "clustered":
            scores = np.einsum("nt,ntp->np", residuals[members], design[members])
            meat += scores.T @ scores
        else:
            meat += (residuals[members] ** 2).sum() / freedom * own.T @ own
    which = np.array(pick, float).T
    variance = (bread @ meat @ bread)[n_units:, n_units:]
    return which @ variance @ which.T, (which @ solution[n_units:]).reshape(n_groups, n_slopes)


@pytest.mark.parametrize("errors", ERRORS)
def test_by_hand(errors: str) -> None:
    """One group, x demeaned -1, 0, 1 in each unit: X'X = 4, slope 2, residuals 1, -2, 1 and -.

    SSR 12 over 2 units times 2 periods less 1: 4, so that the variance is 4 / 4. Scores are the
    sums over x times residual, 0 in both units; with slope 1 in their place, they are 2 and 2.
    """
    x = np.tile([[[0.0], [1.0], [2.0]]], (2, 1, 1))
    rest = np.array([[1.0, -2.0, 1.0], [-1.0, 2.0, -1.0]])
    panel = Panel.from_arrays(2 * x[:, :, 0] + rest + [[5.0], [-3.0]], x)
    fit = Pooled().fit(panel, RNG)
    np.testing.assert_allclose(fit.theta, [2.0], rtol=1e-14)
    found = SlopeErrors(errors).covariance(panel, fit, RNG)
    expected = 1.0 if errors == "homoskedastic" else 0.0
    np.testing.assert_allclose(found.theta, [[expected]], rtol=1e-14, atol=1e-28)
    one = np.ones((1, 1))
    off = replace(fit, objective=np.nan, theta=one[0], beta=one, unit_slopes=np.ones((2, 1)))
    found = SlopeErrors("clustered").covariance(panel, off, RNG)
    np.testing.assert_allclose(found.theta, [[(2**2 + 2**2) / 4**2]], rtol=1e-14)


@pytest.mark.parametrize("errors", ERRORS)
@pytest.mark.parametrize(("common", "individual"), WHICH)
@pytest.mark.parametrize("n_groups", [1, 2, 3])
def test_it_is_that_of_least_squares_with_dummies(
    n_groups: int, common: tuple[str, ...], individual: tuple[str, ...], errors: str
) -> None:
    panel = panel_of(n_groups)
    fit = KnownGroups(grouping(n_groups), common, individual).fit(panel, RNG)
    state = RNG.bit_generator.state
    found = SlopeErrors(errors).covariance(panel, fit, RNG)
    assert RNG.bit_generator.state == state
    assert found.status == InferenceStatus.SUCCESS
    assert found.joint is not None
    expected, slopes = reference(panel, fit, common, individual, errors)
    own = np.array([name not in individual for name in NAMES])
    every = np.tile(own, n_groups)
    of_beta = found.joint[3:, 3:]
    np.testing.assert_allclose(
        of_beta[np.ix_(every, every)], expected[np.ix_(every, every)], rtol=1e-7, atol=1e-12
    )
    assert np.isnan(of_beta[~every]).all()
    # The t values.
    assert fit.beta is not None
    t = slopes[:, own] / np.sqrt(np.diag(expected)).reshape(n_groups, 3)[:, own]
    np.testing.assert_allclose((fit.beta / errors_of(found, fit))[:, own], t, rtol=1e-7)
    # Theta is the mean of groups' slopes by their shares of the units.
    assert fit.groups is not None
    mean = np.kron(np.bincount(fit.groups) / 14, np.eye(3))
    own_theta = np.ix_(own, own)
    np.testing.assert_allclose(
        found.theta[own_theta], (mean @ expected @ mean.T)[own_theta], rtol=1e-7, atol=1e-12
    )
    np.testing.assert_allclose(
        found.joint[:3, 3:][np.ix_(own, every)], (mean @ expected)[np.ix_(own, every)], atol=1e-10
    )
    np.testing.assert_array_equal(found.theta, found.joint[:3, :3])


@pytest.mark.parametrize("n_groups", [1, 3])
def test_slopes_of_units_have_the_variance_of_their_mean(n_groups: int) -> None:
    """Where their regressors and the others are at right angles in every unit."""
    panel = panel_of(n_groups)
    base = np.linalg.qr(panel.x - panel.x.mean(axis=1, keepdims=True))[0]
    apart = Panel.from_arrays(panel.y, base * [1.0, 2.0, 3.0] + 5.0)
    fit = KnownGroups(grouping(n_groups), individual=("x1", "x3")).fit(apart, RNG)
    found = SlopeErrors().covariance(apart, fit, RNG)
    # Each unit's regressions on one of them alone: base'y, over the scale.
    alone = np.einsum("ntk,nt->nk", base, panel.y)[:, [0, 2]] / [1.0, 3.0]
    spread = (alone - alone.mean(axis=0)).T @ (alone - alone.mean(axis=0)) / 13
    np.testing.assert_allclose(found.theta[np.ix_([0, 2], [0, 2])], spread / 14, rtol=1e-9)
    np.testing.assert_allclose(found.theta[1, [0, 2]], 0.0, atol=1e-12)


def test_groups_alone_are_regressions_of_their_units() -> None:
    """With slopes of groups only, nothing is shared between groups."""
    panel, groups = panel_of(4), np.array(grouping(3))
    fit = KnownGroups(grouping(3)).fit(panel, RNG)
    for errors in ERRORS:
        found = errors_of(SlopeErrors(errors).covariance(panel, fit, RNG), fit)
        for g in range(3):
            part = Panel.from_arrays(panel.y[groups == g], panel.x[groups == g])
            alone = SlopeErrors(errors).covariance(part, Pooled().fit(part, RNG), RNG)
            np.testing.assert_allclose(found[g], alone.standard_errors, rtol=1e-9)


def test_units_alone_are_groups_of_one() -> None:
    panel = panel_of(5)
    fit = UnitByUnit().fit(panel, RNG)
    found = SlopeErrors().covariance(panel, fit, RNG)
    variances = errors_of(found, fit) ** 2
    np.testing.assert_allclose(found.standard_errors**2, variances.mean(axis=0) / 14, rtol=1e-9)


def test_lost_degrees_of_freedom_by_hand() -> None:
    """Groups of N_g units with 7 periods each beside the effects: 7 N_g - 3 by itself."""
    panel = panel_of(6)
    fit = KnownGroups(grouping(2)).fit(panel, RNG)
    sizes = np.bincount(grouping(2))
    itself = errors_of(SlopeErrors().covariance(panel, fit, RNG), fit)
    for lost in (0, 3, 10):
        found = errors_of(SlopeErrors(lost=lost).covariance(panel, fit, RNG), fit)
        factor = np.sqrt((7 * sizes - 3) / (7 * sizes - lost))
        np.testing.assert_allclose(found, factor[:, None] * itself, rtol=1e-12)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    errors=st.sampled_from(ERRORS),
    which=st.sampled_from(WHICH),
    order=st.permutations(range(14)),
    scale=st.floats(1e-6, 1e6),
)
def test_order_of_units_and_scale(
    seed: int,
    errors: str,
    which: tuple[tuple[str, ...], tuple[str, ...]],
    order: list[int],
    scale: float,
) -> None:
    """The groups of the reordered units have other numbers too: those of first appearance."""
    panel, groups = panel_of(seed), np.array(grouping(3))
    fit = KnownGroups(tuple(groups), *which).fit(panel, RNG)
    other = Panel.from_arrays(100 * panel.y[order], scale * panel.x[order])
    of_other = KnownGroups(tuple(groups[order]), *which).fit(other, RNG)
    before = SlopeErrors(errors).covariance(panel, fit, RNG)
    after = SlopeErrors(errors).covariance(other, of_other, RNG)
    np.testing.assert_allclose(
        after.standard_errors, 100 / scale * before.standard_errors, rtol=1e-6
    )
    assert fit.groups is not None
    assert of_other.groups is not None
    np.testing.assert_allclose(
        errors_of(after, of_other)[of_other.groups],
        100 / scale * errors_of(before, fit)[fit.groups][order],
        rtol=1e-6,
    )


# How it can end.


def test_what_cannot_be_computed_is_a_status() -> None:
    panel = panel_of(7)
    fit = KnownGroups(grouping(2)).fit(panel, RNG)

    def status(panel: Panel, fit: Fit, method: SlopeErrors | None = None) -> InferenceStatus:
        found = (method or SlopeErrors()).covariance(panel, fit, RNG)
        assert np.isnan(found.theta).all()
        assert found.theta.shape == (3, 3)
        assert found.joint is None
        assert found.notes == (found.status.message,)
        return found.status

    for failed in (
        replace(fit, status=Status.COLLINEAR),
        replace(fit, status=Status.GROUP_TOO_SMALL),
        replace(fit, unit_slopes=np.full((14, 3), np.nan)),
    ):
        assert status(panel, failed) == InferenceStatus.FIT_FAILED
    # Seven periods less one, of one unit, for three slopes: 7 - 3 > 0; but not for seven lost.
    single = KnownGroups((0, *[1] * 13)).fit(panel, RNG)
    assert status(panel, single, SlopeErrors(lost=7)) == InferenceStatus.NO_FREEDOM
    assert SlopeErrors(lost=6).covariance(panel, single, RNG).status == InferenceStatus.SUCCESS
    short = Panel.from_arrays(panel.y[:, :4], panel.x[:, :4])
    of_short = KnownGroups((0, *[1] * 13)).fit(short, RNG)
    assert status(short, of_short) == InferenceStatus.NO_FREEDOM
    # A regressor that is another one in the second group, at slopes that some fit has.
    x = panel.x.copy()
    second = np.array(fit.groups) == 1
    x[second, :, 2] = 2.0 * x[second, :, 0]
    told = replace(fit, objective=np.nan)
    for errors in ERRORS:
        assert status(Panel.from_arrays(panel.y, x), told, SlopeErrors(errors)) == (
            InferenceStatus.SINGULAR
        )
    # A search that was cut short has estimates all the same.
    cut = replace(fit, status=Status.ITERATION_LIMIT)
    assert SlopeErrors().covariance(panel, cut, RNG).status == InferenceStatus.SUCCESS


def test_options_and_other_panels_are_refused() -> None:
    with refused("`errors` must be known"):
        SlopeErrors("white")
    for lost in (-1, 1.5, True):
        with refused("`lost` must be a whole number"):
            SlopeErrors(lost=lost)  # type: ignore[arg-type]
    with refused("2 with clustered errors"):
        SlopeErrors("clustered", lost=2)
    panel = panel_of(8)
    fit = KnownGroups(grouping(2)).fit(panel, RNG)
    with refused("The fit must be one of this panel"):
        SlopeErrors().covariance(panel_of(8, n_units=13), fit, RNG)
    observed = np.ones(panel.y.shape, bool)
    observed[0, 0] = False
    with refused("The fit must be one of this panel"):  # It has gaps that the fitted one had not.
        SlopeErrors().covariance(Panel.from_arrays(panel.y, panel.x, observed=observed), fit, RNG)


def test_one_unit_alone_has_no_clustered_errors() -> None:
    panel = panel_of(9)
    fit = KnownGroups((0, *[1] * 13)).fit(panel, RNG)
    found = SlopeErrors("clustered").covariance(panel, fit, RNG)
    assert found.status != InferenceStatus.SUCCESS or np.isnan(errors_of(found, fit)[0]).all()


def test_mean_of_slopes_of_units_covers_where_regressors_go_together() -> None:
    """Own slopes move with the common one, by which the other regressor is cleaned: -.9 of it."""
    rng, replications, covered = np.random.default_rng(22), 400, 0.0
    for _ in range(replications):
        x = rng.normal(size=(50, 10, 2)) @ [[1.0, 0.9], [0.0, np.sqrt(0.19)]]
        panel = Panel.from_arrays(x.sum(axis=2) + rng.normal(size=(50, 10)), x)
        fit = Pooled(individual=("x2",)).fit(panel, RNG)
        found = SlopeErrors().covariance(panel, fit, RNG)
        covered += abs(fit.theta[1] - 1.0) <= 1.96 * found.standard_errors[1]
    assert abs(covered / replications - 0.95) < 4 * np.sqrt(0.95 * 0.05 / replications)


def test_with_slopes_of_units_alone_there_is_the_mean_group_variance() -> None:
    panel = panel_of(10)
    fit = Pooled(individual=NAMES).fit(panel, RNG)
    found = SlopeErrors().covariance(panel, fit, RNG)
    assert found.status == InferenceStatus.SUCCESS
    assert fit.unit_slopes is not None
    np.testing.assert_allclose(found.theta, np.cov(fit.unit_slopes.T) / 14, rtol=1e-12)


def test_one_unit_has_no_mean_group_variance() -> None:
    panel = panel_of(11, n_units=1)
    fit = Pooled(individual=("x3",)).fit(panel, RNG)
    assert SlopeErrors().covariance(panel, fit, RNG).status != InferenceStatus.SUCCESS


def test_an_exact_fit_has_no_negative_variance() -> None:
    design = StaticSlopes(5, ((0.3,), (0.9,)), grouping(2), error_variance=0.0)
    for seed in range(20):
        panel = design.draw(np.random.default_rng(seed)).panel
        found = SlopeErrors().covariance(panel, KnownGroups(grouping(2)).fit(panel, RNG), RNG)
        assert found.status != InferenceStatus.SUCCESS or (np.diag(found.theta) >= 0.0).all()


# Published numbers.


@pytest.fixture(scope="module")
def income(data_folder: Path) -> pd.DataFrame:
    """Log income per head, a row a country, a column a year."""
    frame = pd.read_csv(data_folder / "growth_pwt62.csv")
    return frame.pivot(index="country", columns="year", values="log_rgdpch")


@pytest.mark.parametrize(("model", "first", "lost"), [("A", 1965, 0), ("B", 1967, 2)])
def test_pooled_growth_regressions(income: pd.DataFrame, model: str, first: int, lost: int) -> None:
    """Lin and Ng (2011), Table 4; model B with the mean growth of the years t and t - 1."""
    levels, means = income.to_numpy(), income.mean().to_numpy()
    at = np.array([income.columns.get_loc(year) for year in range(first, 2004)])
    ones = np.ones((len(levels), 1))
    x = [levels[:, at - 1], ones * (1 + np.arange(len(at)))]
    if model == "B":
        x += [ones * (means[at - lag] - means[at - lag - 1]) for lag in (0, 1)]
    panel = Panel.from_arrays(levels[:, at], np.stack(x, axis=2))
    fit = Pooled().fit(panel, RNG)
    found = SlopeErrors(lost=lost).covariance(panel, fit, RNG)
    t = fit.theta / found.standard_errors
    printed = published("ln_table4")
    printed = printed[(printed["model"] == model) & (printed["method"] == "pooled")]
    expected = dict(zip(printed["statistic"], printed["value"], strict=True))
    ours = {"rho": fit.theta[0], "phi": fit.theta[1], "rho_t": t[0], "phi_t": t[1]}
    assert {name: round(float(value), 4) for name, value in ours.items()} == expected
    if model == "A":
        assert fit.theta[0] == pytest.approx(0.968291, abs=5e-7)


# Monte Carlo.


@pytest.mark.slow
@pytest.mark.parametrize("errors", ERRORS)
def test_coverage_with_known_groups(errors: str) -> None:
    """Both groups' slopes and theta, within four errors of 95%."""
    groups, replications = assigned_groups(90, 2), 800
    design = StaticSlopes(5, ((0.3,), (0.9,)), groups)
    rng = np.random.default_rng(20)
    covered = np.zeros(3)
    for _ in range(replications):
        sample = design.draw(rng)
        fit = KnownGroups(groups).fit(sample.panel, RNG)
        found = SlopeErrors(errors).covariance(sample.panel, fit, RNG)
        assert fit.beta is not None
        assert found.joint is not None
        # Groups are numbered by first appearance, and so are the true ones here after sorting.
        estimates = np.concatenate([fit.theta, np.sort(fit.beta[:, 0])])
        se = np.sqrt(np.diag(found.joint))[[0, *(1 + np.argsort(fit.beta[:, 0]))]]
        truth = np.concatenate([sample.truth.theta, [0.3, 0.9]])
        covered += np.abs(estimates - truth) <= 1.96 * se
    assert np.abs(covered / replications - 0.95).max() < 4 * np.sqrt(0.95 * 0.05 / replications)


def test_clustered_errors_cover_where_errors_of_a_unit_go_together() -> None:
    """Errors with a trend of the unit's own, as the regressor has: 95%, where others have less."""
    rng, replications = np.random.default_rng(21), 400
    trend = np.arange(6) - 2.5
    covered = np.zeros(2)
    for _ in range(replications):
        steep, rest = rng.normal(size=(2, 100, 1)) * trend
        x = steep + rng.normal(size=(100, 6))
        panel = Panel.from_arrays(0.5 * x + rest + rng.normal(size=(100, 6)), x[:, :, None])
        fit = Pooled().fit(panel, RNG)
        for n, errors in enumerate(("clustered", "homoskedastic")):
            se = SlopeErrors(errors).covariance(panel, fit, RNG).standard_errors[0]
            covered[n] += abs(fit.theta[0] - 0.5) <= 1.96 * se
    share = covered / replications
    assert abs(share[0] - 0.95) < 4 * np.sqrt(0.95 * 0.05 / replications)
    assert share[1] < 0.8
