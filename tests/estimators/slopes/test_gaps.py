"""Groups by slopes in panels with gaps: against least squares with dummies, and what collapses."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from gfe_mc import (
    PAGFL,
    BaiNg,
    Bootstrap,
    ChosenByBIC,
    ChosenByCriterion,
    ChosenByTest,
    CKMeans,
    CLasso,
    GroupedSlopes,
    InferenceStatus,
    KnownGroups,
    Mehrabani,
    MinimumSize,
    Panel,
    Pooled,
    Pseudo,
    SlopeErrors,
    StandardizedPseudo,
    SuShiPhillips,
    UnitByUnit,
    UnitMoves,
    dispersion,
)
from gfe_mc.estimators.slopes.products import unit_cross_products
from gfe_mc.estimators.slopes.standardized import standard_errors
from gfe_mc.selection.criterion import slope_bic
from tests.helpers import refused

ANY = MinimumSize(1, 0.0)
RNG = np.random.default_rng


def gappy(seed: int, n_units: int = 8, n_periods: int = 7, gaps: int = 14) -> Panel:
    """Two groups by slopes and unit effects, without some cells, two of a unit at most."""
    rng = RNG(seed)
    beta = np.array([[1.0, 0.5], [-0.5, 1.5]])[np.arange(n_units) % 2]
    x = rng.standard_normal((n_units, n_periods, 2)) + 1.0
    y = np.einsum("itk,ik->it", x, beta) + rng.standard_normal((n_units, 1))
    y += 0.5 * rng.standard_normal(y.shape)
    seen = np.ones(y.shape, bool)
    for cell in range(gaps):
        seen[cell % n_units, rng.integers(n_periods)] = False
    return Panel.from_arrays(y, x, observed=seen)


def least_squares(
    panel: Panel, groups: np.ndarray, common: tuple[int, ...] = ()
) -> tuple[np.ndarray, float, np.ndarray]:
    """Slopes (G, K), the sum of squares, and residuals (N, T), by dummies of units and groups."""
    n_units, _, n_slopes = panel.shape
    i, t = np.nonzero(panel.observed)
    n_groups = int(groups.max()) + 1
    columns, place = [np.eye(n_units)[i]], np.zeros((n_groups, n_slopes), int)
    for k in range(n_slopes):
        for g in range(1 if k in common else n_groups):
            member = np.ones(len(i), bool) if k in common else groups[i] == g
            place[slice(None) if k in common else g, k] = sum(c.shape[1] for c in columns)
            columns.append((panel.x[i, t, k] * member)[:, None])
    design = np.concatenate(columns, axis=1)
    found = np.linalg.lstsq(design, panel.y[i, t], rcond=None)[0]
    residuals = np.zeros(panel.y.shape)
    residuals[i, t] = panel.y[i, t] - design @ found
    return found[place], float((residuals**2).sum()), residuals


@pytest.mark.parametrize("common", [(), ("x2",)])
def test_given_groups_are_what_dummies_give(common: tuple[str, ...]) -> None:
    panel = gappy(1)
    groups = np.array([0, 1, 0, 1, 0, 1, 1, 0])
    fit = KnownGroups(tuple(groups.tolist()), common=common).fit(panel, RNG(0))
    beta, ssr, residuals = least_squares(panel, groups, (1,) if common else ())
    np.testing.assert_allclose(fit.beta, beta, rtol=1e-9)
    assert fit.objective == pytest.approx(ssr, rel=1e-9)
    np.testing.assert_allclose(fit.residuals(panel), residuals, atol=1e-9)
    np.testing.assert_allclose(
        fit.group_objectives, np.bincount(groups, (residuals**2).sum(axis=1)), rtol=1e-9
    )


def test_one_slope_for_all_and_slopes_of_each_unit() -> None:
    panel = gappy(2)
    n_units = panel.shape[0]
    pooled = Pooled().fit(panel, RNG(0))
    one, ssr, _ = least_squares(panel, np.zeros(n_units, int))
    np.testing.assert_allclose(pooled.theta, one[0], rtol=1e-9)
    assert pooled.objective == pytest.approx(ssr, rel=1e-9)
    alone = UnitByUnit().fit(panel, RNG(0))
    each, ssr, _ = least_squares(panel, np.arange(n_units))
    np.testing.assert_allclose(alone.unit_slopes, each, rtol=1e-8)
    np.testing.assert_allclose(alone.theta, each.mean(axis=0), rtol=1e-8)
    assert alone.objective == pytest.approx(ssr, rel=1e-8)
    own = Pooled(individual=("x1",)).fit(panel, RNG(0))
    # The common slope of x2, with a slope of x1 for each unit.
    x1 = panel.x[:, :, 0]
    wide = np.zeros((n_units, panel.shape[1], n_units + 1))
    wide[np.arange(n_units), :, np.arange(n_units)] = x1
    wide[:, :, n_units] = panel.x[:, :, 1]
    one, ssr, _ = least_squares(
        Panel.from_arrays(panel.y, wide, observed=panel.observed), np.zeros(n_units, int)
    )
    np.testing.assert_allclose(own.unit_slopes[:, 0], one[0, :n_units], rtol=1e-8)
    np.testing.assert_allclose(own.unit_slopes[:, 1], one[0, n_units], rtol=1e-8)
    assert own.objective == pytest.approx(ssr, rel=1e-8)


@pytest.mark.parametrize("estimator", [UnitMoves(2, 20, ANY), GroupedSlopes(2, ANY)])
def test_searches_meet_the_least_of_all_groupings(estimator: Any) -> None:
    panel = gappy(3)
    fit = estimator.fit(panel, RNG(0))
    least = min(
        least_squares(panel, np.array((0, *groups)))[1]
        for groups in product((0, 1), repeat=panel.shape[0] - 1)
        if any(groups)
    )
    assert fit.objective == pytest.approx(least, rel=1e-9)


def test_thresholds_are_of_slopes_over_observed_periods() -> None:
    panel = gappy(4)
    fit = Pseudo(2, ANY).fit(panel, RNG(0))
    own = UnitByUnit().fit(panel, RNG(0)).unit_slopes
    values = [
        least_squares(panel, (own[:, k] > cut).astype(int))[1]
        for k in range(2)
        for cut in np.sort(own[:, k])[:-1]
    ]
    assert fit.objective == pytest.approx(min(values), rel=1e-9)


def test_standard_errors_of_units_are_of_their_own_periods() -> None:
    panel = gappy(5)
    data = unit_cross_products(panel, "the test")
    alone = UnitByUnit().fit(panel, RNG(0))
    found = standard_errors(data, alone.unit_slopes)
    for i in range(panel.shape[0]):
        seen = panel.observed[i]
        x = np.column_stack([np.ones(seen.sum()), panel.x[i, seen]])
        left = panel.y[i, seen] - x @ np.linalg.lstsq(x, panel.y[i, seen], rcond=None)[0]
        variance = left @ left / (seen.sum() - 3) * np.linalg.inv(x.T @ x)
        np.testing.assert_allclose(found[i], np.sqrt(np.diag(variance))[1:], rtol=1e-8)
    assert StandardizedPseudo(2, ANY).fit(panel, RNG(0)).n_groups == 2


def test_the_test_of_equal_slopes_by_its_formula() -> None:
    panel = gappy(6)
    x, y, seen = panel.within_units().x, panel.within_units().y, panel.observed
    inner, cross = np.einsum("itk,itj->ikj", x, x), np.einsum("itk,it->ik", x, y)
    beta = np.linalg.solve(inner.sum(axis=0), cross.sum(axis=0))
    s2 = ((y - x @ beta) ** 2).sum(axis=1) / (seen.sum(axis=1) - 1)
    mean = np.linalg.solve((inner / s2[:, None, None]).sum(axis=0), (cross / s2[:, None]).sum(0))
    away = np.linalg.solve(inner, cross[:, :, None])[:, :, 0] - mean
    xi = (np.einsum("ik,ikj,ij->i", away, inner, away) / s2).sum()
    n = len(y)
    statistic = np.sqrt(n) * (xi / n - 2) / 2.0
    assert dispersion(panel)[0] == pytest.approx(statistic, rel=1e-9)


@pytest.mark.parametrize("errors", ["homoskedastic", "clustered"])
def test_standard_errors_by_their_formula(errors: str) -> None:
    panel = gappy(7, 10)
    groups = np.arange(10) % 2
    fit = KnownGroups(tuple(groups.tolist())).fit(panel, RNG(0))
    covariance = SlopeErrors(errors).covariance(panel, fit, RNG(0))
    assert covariance.group_slopes is not None
    seen = panel.within_units()
    for g in range(2):
        x, v = seen.x[groups == g], fit.residuals(panel)[groups == g]
        bread = np.linalg.inv(np.einsum("itk,itj->kj", x, x))
        freedom = panel.observed[groups == g].sum() - 5 - 2
        scores = np.einsum("itk,it->ik", x, v)
        variance = (v**2).sum() / freedom * bread
        if errors == "clustered":
            variance = bread @ scores.T @ scores @ bread
        np.testing.assert_allclose(
            covariance.group_slopes[g], np.sqrt(np.diag(variance)), rtol=1e-8
        )


ALL = [
    CKMeans(2, minimum=ANY),
    UnitMoves(2, minimum=ANY, individual=("x1",)),
    GroupedSlopes(2, ANY, common=("x1",)),
    Pseudo(2, ANY),
    StandardizedPseudo(2, ANY),
    Pooled(),
    UnitByUnit(),
    ChosenByBIC(UnitMoves(3, minimum=ANY)),
    ChosenByTest(Pseudo(3, ANY)),
    CLasso(2),
    PAGFL(minimum=ANY),
    ChosenByCriterion(CLasso(3)),
]


@pytest.mark.parametrize("estimator", ALL, ids=lambda one: type(one).__name__)
def test_a_period_that_nobody_has_is_as_if_it_were_not(estimator: Any) -> None:
    whole = gappy(8, gaps=0)
    seen = whole.observed.copy()
    seen[:, 3] = False
    without = np.flatnonzero(seen[0])
    fits = [
        estimator.fit(panel, RNG(0))
        for panel in (
            Panel.from_arrays(whole.y, whole.x, observed=seen),
            Panel.from_arrays(whole.y[:, without], whole.x[:, without]),
        )
    ]
    np.testing.assert_array_equal(fits[0].groups, fits[1].groups)
    np.testing.assert_allclose(fits[0].beta, fits[1].beta, rtol=1e-7)
    np.testing.assert_allclose(fits[0].theta, fits[1].theta, rtol=1e-7)
    assert fits[0].objective == pytest.approx(fits[1].objective, rel=1e-9)


@pytest.mark.parametrize("estimator", [CLasso(2), PAGFL(minimum=ANY)])
def test_the_order_of_units_and_periods_does_not_matter(estimator: Any) -> None:
    panel, rng = gappy(13, 12, 9, 24), RNG(0)
    before = estimator.fit(panel, RNG(0))
    units, periods = rng.permutation(12), rng.permutation(9)
    y, x, seen = (part[units][:, periods] for part in (panel.y, panel.x, panel.observed))
    after = estimator.fit(Panel.from_arrays(y, x, observed=seen), RNG(0))
    together = before.groups[:, None] == before.groups
    np.testing.assert_array_equal(
        after.groups[:, None] == after.groups, together[np.ix_(units, units)]
    )
    np.testing.assert_allclose(after.unit_slopes, before.unit_slopes[units], rtol=1e-9)
    assert after.objective == pytest.approx(before.objective, rel=1e-9)


@pytest.mark.parametrize("estimator", [CLasso(2), PAGFL((0.2,), minimum=ANY)])
def test_observations_that_are_there_twice_change_no_mean(estimator: Any) -> None:
    panel = gappy(14)
    twice = Panel.from_arrays(
        *(np.tile(part, (1, 2, 1)[: part.ndim]) for part in (panel.y, panel.x)),
        observed=np.tile(panel.observed, (1, 2)),
    )
    if isinstance(estimator, PAGFL):  # Of which lambda is given.
        np.testing.assert_allclose(
            estimator.shrink(twice, 0.2), estimator.shrink(panel, 0.2), atol=1e-4
        )
        return
    # lambda is c s^2 T^(-1/3), and s^2 has one degree of freedom less than observations.
    size = int(panel.observed.sum())
    same = replace(estimator, constant=0.5 * 2 ** (1 / 3) * (2 * size - 1) / (2 * size - 2))
    one, other = estimator.shrink(panel), same.shrink(twice)
    np.testing.assert_allclose(other.centres, one.centres, rtol=1e-5)
    np.testing.assert_allclose(other.slopes, one.slopes, rtol=1e-5)


def test_penalties_for_the_number_of_groups_count_observations() -> None:
    panel = gappy(15)
    n_units, n_periods, n_slopes = panel.shape
    size = int(panel.observed.sum())
    for penalty, rho in (
        (SuShiPhillips(0.5), 0.5 / np.sqrt(size)),
        (Mehrabani(), 0.07 * np.log(size) / np.sqrt(size)),
    ):
        assert penalty(n_units, n_periods, 3, n_slopes, size) == pytest.approx(rho * 6)
        chooser = ChosenByCriterion(CLasso(3), penalty)
        path = CLasso(3).path(panel, RNG(0))
        expected = [
            np.log(least_squares(panel, fit.groups)[1] / size) + rho * 2 * len(fit.beta)
            for fit in path
        ]
        np.testing.assert_allclose(chooser.values(path, panel), expected, rtol=1e-9)
        assert chooser.fit(panel, RNG(0)).n_groups == len(path[int(np.argmin(expected))].beta)
    uncounted = ChosenByCriterion(CLasso(3), BaiNg())
    for refuses in (lambda: uncounted.fit(panel, RNG(0)), lambda: uncounted.values(path, panel)):
        with refused("The penalty must be one for panels with gaps", "BaiNg", "SuShiPhillips()"):
            refuses()


def test_the_criterion_counts_observations() -> None:
    panel = gappy(9)
    fit = UnitMoves(2, minimum=ANY).fit(panel, RNG(0))
    own = panel.observed.sum(axis=1)
    size, n = int(own.sum()), panel.shape[0]
    of_groups = np.bincount(fit.groups, own)
    sigma2 = np.mean(fit.group_objectives / of_groups)
    penalty = 2 * 2 * np.sqrt(min(n, size / n)) * np.log(size) / size + np.log(n**2) / n**2
    found = slope_bic(fit, 7, 2, observations=own)
    assert found == pytest.approx(np.log(sigma2) + penalty, rel=1e-9)
    pooled = slope_bic(fit, 7, 2, "pooled", own)
    assert pooled == pytest.approx(np.log(fit.objective / size) + penalty, rel=1e-9)
    chosen = ChosenByBIC(UnitMoves(3, minimum=ANY)).fit(panel, RNG(0))
    path = UnitMoves(3, minimum=ANY).path(panel, RNG(0))
    values = [slope_bic(one, 7, 2, observations=own) for one in path]
    assert chosen.n_groups == int(np.argmin(values)) + 1


def test_refits_keep_the_gaps() -> None:
    panel = gappy(10, 16)
    fit = UnitMoves(2, minimum=ANY).fit(panel, RNG(0))
    for made in (fit, CLasso(2).fit(panel, RNG(0))):
        refits = Bootstrap(20).covariance(panel, made, RNG(0))
        assert refits.status == InferenceStatus.SUCCESS
        assert refits.group_slopes is not None
        assert (refits.group_slopes > 0).all()


def test_units_of_too_few_periods_are_named() -> None:
    panel = gappy(11, gaps=0)
    seen = panel.observed.copy()
    seen[5, 1:] = False
    few = Panel.from_arrays(panel.y, panel.x, observed=seen, units=list("abcdefgh"))
    with refused("observed in 2 periods", "the first f in 1"):
        Pooled().fit(few, RNG(0))
    seen[5, :3] = True
    few = Panel.from_arrays(panel.y, panel.x, observed=seen, units=list("abcdefgh"))
    assert np.isfinite(Pooled().fit(few, RNG(0)).theta).all()
    with refused("estimates every unit alone", "the first f in 3", "CKMeans"):
        Pseudo(2, ANY).fit(few, RNG(0))
    for shrunk in (CLasso(2), PAGFL()):
        who = type(shrunk).__name__
        with refused(f"{who} estimates every unit alone", "the first f in 3", "Leave them out"):
            shrunk.fit(few, RNG(0))
    with refused("Every regressor must vary over time"):
        Pooled().fit(Panel.from_arrays(panel.y, 0 * panel.x + 7.0, observed=seen), RNG(0))


@pytest.mark.parametrize("estimator", [CLasso(2), PAGFL()])
def test_units_whose_regressor_is_constant_where_it_is_observed_are_named(estimator: Any) -> None:
    panel = gappy(12, gaps=0)
    seen, x = panel.observed.copy(), panel.x.copy()
    seen[5, :2], x[5, 2:, 1] = False, 3.0
    names = list("abcdefgh")
    flat = Panel.from_arrays(panel.y, x, observed=seen, units=names)
    with refused("must vary over time, given the others", "1 units", "the first f"):
        estimator.fit(flat, RNG(0))
    seen[5, :2] = True
    assert estimator.fit(Panel.from_arrays(panel.y, x, observed=seen), RNG(0)).status.usable
