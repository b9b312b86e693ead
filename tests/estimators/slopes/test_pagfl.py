"""PAGFL, against plain ADMM on the raw panel and a smooth minimiser of its objective."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from gfe_mc import PAGFL, MinimumSize, Panel, Pooled, StaticSlopes, UnitByUnit
from gfe_mc.fit import SlopeFit, Status
from tests.helpers import refused
from tests.reference import slopes_numpy as ref

ANY = MinimumSize(1, 0.0)
RNG = np.random.default_rng(0)


def random_panel(seed: int, n_units: int = 9, n_slopes: int = 2) -> Panel:
    return ref.grouped_panel(np.random.default_rng(seed), n_units, 8, n_slopes, 3)


def gappy(seed: int, n_units: int = 9, n_slopes: int = 2) -> Panel:
    rng = np.random.default_rng(1000 + seed)
    return ref.with_gaps(random_panel(seed, n_units, n_slopes), rng, n_slopes + 2)


def fit(estimator: PAGFL, panel: Panel) -> SlopeFit:
    return estimator.fit(panel, RNG)


def alone(panel: Panel) -> np.ndarray:
    return UnitByUnit().fit(panel, RNG).unit_slopes


def objective(panel: Panel, beta: np.ndarray, penalty: float, kappa: float, eps: float) -> float:
    """The objective as it is printed, from the panel; `eps` rounds the corners of the norms."""
    y, x = ref.deviations(panel)
    before, value = alone(panel), 0.0
    n_periods = panel.observed.sum(axis=1).mean()
    value = ((y - np.einsum("itk,ik->it", x, beta)) ** 2).sum() / n_periods
    for i, j in combinations(range(len(beta)), 2):
        weight = np.linalg.norm(before[i] - before[j]) ** -kappa
        length = np.sqrt(((beta[i] - beta[j]) ** 2).sum() + eps**2)
        value += penalty / len(beta) * weight * length
    return float(value)


def plain(panel: Panel, penalty: float, kappa: float) -> np.ndarray:
    """ADMM with matrices written out: all pairs' differences, and one system for all slopes.

    A row is a cell that is observed, and their number over that of units is what T is.
    """
    n_units, _, n_slopes = panel.shape
    owners = np.nonzero(panel.observed)[0]
    demean = np.eye(len(owners))
    for i in range(n_units):
        rows = np.flatnonzero(owners == i)
        demean[np.ix_(rows, rows)] -= 1 / len(rows)
    big = np.zeros((len(owners), n_units * n_slopes))
    for row, (i, t) in enumerate(np.argwhere(panel.observed)):
        big[row, i * n_slopes : (i + 1) * n_slopes] = panel.x[i, t]
    big = demean @ big
    pairs = list(combinations(range(n_units), 2))
    differences = np.zeros((len(pairs), n_units))
    for row, (i, j) in enumerate(pairs):
        differences[row, i], differences[row, j] = 1.0, -1.0
    all_of = np.kron(differences, np.eye(n_slopes))
    before = alone(panel)
    weights = np.array([np.linalg.norm(before[i] - before[j]) ** -kappa for i, j in pairs])
    limits = len(owners) / n_units * penalty / (2 * n_units) * weights
    step = 3.0
    system = np.linalg.inv(big.T @ big + step * all_of.T @ all_of)
    side = big.T @ panel.y[panel.observed]
    gaps, multiplier = all_of @ before.ravel(), np.zeros(len(pairs) * n_slopes)
    for _ in range(1500):
        beta = system @ (side + all_of.T @ (step * gaps - multiplier))
        away = (all_of @ beta + multiplier / step).reshape(len(pairs), n_slopes)
        lengths = np.maximum(np.linalg.norm(away, axis=1), 1e-300)
        gaps = (np.maximum(1 - limits / step / lengths, 0)[:, None] * away).ravel()
        multiplier = multiplier + step * (all_of @ beta - gaps)
    return np.asarray(beta.reshape(n_units, n_slopes))


def test_two_units_by_hand() -> None:
    # x'x is 2 in both, slopes alone are 0 and 2: 1/3 [2 b^2 + 2 (2 - c)^2 + what is left] and
    # lambda / 2 (c - b) / 2^kappa. With kappa 1: 4/3 b = lambda / 4, so b = 3/16 lambda, c = 2 - b.
    left, x = np.array([1.0, -2.0, 1.0]), np.array([-1.0, 0.0, 1.0])
    panel = Panel.from_arrays([left + 5.0, 2 * x + left], np.array([x, x + 7.0])[:, :, None])
    for penalty, expected in ((0.0, (0, 2)), (1.6, (0.3, 1.7)), (16 / 3, (1, 1)), (9.0, (1, 1))):
        found = PAGFL(kappa=1.0, tolerance=1e-9).shrink(panel, penalty)
        np.testing.assert_allclose(found[:, 0], expected, atol=1e-7)
    assert fit(PAGFL((16.0 / 3 + 0.1,), kappa=1.0), panel).groups.tolist() == [0, 0]
    apart = fit(PAGFL((5.0,), kappa=1.0), panel)
    assert apart.groups.tolist() == [0, 1]
    # Post-Lasso slopes are those of least squares.
    np.testing.assert_allclose(apart.beta[:, 0], [0.0, 2.0], atol=1e-12)


@pytest.mark.parametrize("of", [random_panel, gappy])
@pytest.mark.parametrize("kappa", [0.0, 1.0, 2.0])
def test_slopes_are_those_of_plain_admm(kappa: float, of: Any) -> None:
    for seed, n_slopes in ((0, 1), (1, 2), (2, 3)):
        panel = of(seed, 6, n_slopes)
        for penalty in (0.05, 0.5, 5.0):
            found = PAGFL(kappa=kappa, tolerance=1e-9).shrink(panel, penalty)
            expected = plain(panel, penalty, kappa)
            np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(random_panel, marks=pytest.mark.long),
        pytest.param(gappy, marks=pytest.mark.slow),
    ],
)
def test_slopes_minimise_the_objective(of: Any) -> None:
    panel = of(3, 6, 2)
    for penalty in (0.3, 3.0):
        found = PAGFL(tolerance=1e-9).shrink(panel, penalty)
        value = objective(panel, found, penalty, 2.0, 0.0)
        start, eps = alone(panel), 1.0
        while eps > 1e-7:
            eps /= 4

            def smooth(b: np.ndarray, eps: float = eps, penalty: float = penalty) -> float:
                return objective(panel, b.reshape(6, 2), penalty, 2.0, eps)

            start = minimize(smooth, start.ravel(), method="BFGS").x
        lowest = objective(panel, start.reshape(6, 2), penalty, 2.0, 0.0)
        assert value <= lowest + 1e-9
        assert value == pytest.approx(lowest, rel=1e-4)


def test_the_criterion_with_gaps_is_of_the_observations() -> None:
    panel, penalties = gappy(9, 10), (0.1, 10.0)
    size, n_slopes = int(panel.observed.sum()), panel.shape[2]
    rho = 0.07 * np.log(size) / np.sqrt(size)
    each = [fit(PAGFL((one,), minimum=ANY), panel) for one in penalties]
    means = [ref.ols(panel, one.groups)[1] / size for one in each]
    numbers = [len(one.beta) for one in each]
    assert numbers[0] > numbers[1]
    logs = [np.log(mean) + rho * n_slopes * g for mean, g in zip(means, numbers, strict=True)]
    chosen = fit(PAGFL(penalties, minimum=ANY), panel)
    assert len(chosen.beta) == numbers[int(np.argmin(logs))]
    # At one unit of measurement of y the two are as good by the mean; one percent either way.
    same = np.sqrt(rho * n_slopes * (numbers[0] - numbers[1]) / (means[1] - means[0]))
    for of_y, best in ((0.99 * same, 1), (1.01 * same, 0)):
        changed = Panel.from_arrays(of_y * panel.y, panel.x, observed=panel.observed)
        scaled = tuple(of_y**3 * one for one in penalties)
        chosen = fit(PAGFL(scaled, minimum=ANY, fitness="mean"), changed)
        assert chosen.groups.tolist() == each[best].groups.tolist()


@pytest.mark.parametrize("of", [random_panel, gappy])
def test_limits_are_units_alone_and_pooled_least_squares(of: Any) -> None:
    panel = of(4)
    none = fit(PAGFL((0.0,), minimum=ANY), panel)
    assert none.groups.tolist() == list(range(9))
    np.testing.assert_allclose(none.unit_slopes, alone(panel), rtol=1e-9)
    # The largest of the grid is known to pool all; so is anything above.
    pooled = Pooled().fit(panel, RNG)
    for estimator in (PAGFL(grid=1), PAGFL((1e9,))):
        found = fit(estimator, panel)
        assert len(found.beta) == 1
        assert found.objective == pooled.objective
        np.testing.assert_array_equal(found.theta, pooled.theta)
    # Somewhere below, slopes come apart: the number of groups falls along the grid.
    numbers = [len(fit(PAGFL((one,), minimum=ANY), panel).beta) for one in (1e-6, 0.5, 1e3)]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] == 9
    assert numbers[2] == 1


@settings(max_examples=10)
@given(
    st.integers(0, 1000),
    st.floats(0.1, 10),
    st.floats(0.1, 10),
    st.floats(-100, 100),
    st.booleans(),
)
def test_units_order_scales_and_effects_do_not_matter(
    seed: int, of_y: float, of_x: float, effect: float, gaps: bool
) -> None:
    rng, panel = np.random.default_rng(seed), (gappy if gaps else random_panel)(seed, 12)
    order, effects = rng.permutation(12), effect * rng.standard_normal((12, 1))
    changed = Panel.from_arrays(
        (of_y * panel.y + effects)[order], of_x * panel.x[order], observed=panel.observed[order]
    )
    before, after = PAGFL(minimum=ANY), PAGFL(minimum=ANY)
    # Slopes are of_y / of_x times what they were: lambda by the same objective.
    for penalty in (0.3, 3.0):
        same = before.shrink(panel, penalty)
        factor = of_y**2 * (of_y / of_x) ** (before.kappa - 1)
        found = after.shrink(changed, penalty * factor)
        scale = np.abs(same).max()
        np.testing.assert_allclose(found * of_x / of_y, same[order], atol=1e-4 * scale)
    # The grid and the criterion take care of themselves.
    grouped, turned = fit(before, panel), fit(after, changed)
    together = grouped.groups[:, None] == grouped.groups
    np.testing.assert_array_equal(
        turned.groups[:, None] == turned.groups, together[np.ix_(order, order)]
    )
    assert turned.objective == pytest.approx(of_y**2 * grouped.objective, rel=1e-6)


@pytest.mark.parametrize("gaps", [False, True])
def test_groups_of_a_design_that_is_clear(gaps: bool) -> None:
    truth = np.arange(30) % 3
    beta = ((0.4, 1.6), (1.0, 1.0), (1.6, 0.4))
    design = StaticSlopes(60, beta, tuple(truth.tolist()), x_mean=0.0, x_variance=1.0)
    panel = design.draw(np.random.default_rng(5)).panel
    if gaps:
        panel = ref.with_gaps(panel, np.random.default_rng(6), 40)
    for fitness in ("log", "mean"):  # The error variance is one: they are nearly the same.
        found = fit(PAGFL(fitness=fitness), panel)
        assert found.groups.tolist() == truth.tolist()
        assert found.status == Status.SUCCESS
        assert found.n_tries == 20
        assert 1 <= found.n_best <= 20
    slopes, ssr = ref.ols(panel, truth)
    np.testing.assert_allclose(found.unit_slopes, slopes, rtol=1e-8)
    assert found.objective == pytest.approx(ssr, rel=1e-9)
    # Nothing that is asked of the criterion: without its penalty the most groups fit best.
    assert len(fit(PAGFL(rho=0.0, minimum=ANY), panel).beta) > 3
    assert len(fit(PAGFL(rho=10.0), panel).beta) == 1


def test_units_of_small_groups_go_where_they_fit_best() -> None:
    x = np.tile([-1.0, 0.0, 1.0, 2.0, 0.5], (7, 1))
    slopes = np.array([0.0, 0.1, 5.0, 0.05, 5.1, 4.9, 3.0])
    left = np.array([0.1, -0.1, 0.1, -0.1, 0.1])
    panel = Panel.from_arrays(slopes[:, None] * x + left, x[:, :, None])
    # One that draws slopes together within 0.2, but not the last.
    free = fit(PAGFL((0.5,), minimum=ANY), panel)
    assert free.groups.tolist() == [0, 0, 1, 0, 1, 1, 2]
    held = fit(PAGFL((0.5,), minimum=MinimumSize(2, 0.0)), panel)
    assert held.groups.tolist() == [0, 0, 1, 0, 1, 1, 1]
    # No group is as large: nothing is moved.
    assert fit(PAGFL((0.5,), minimum=MinimumSize(5, 0.0)), panel).groups.tolist() == (
        free.groups.tolist()
    )


@pytest.mark.parametrize("of", [random_panel, gappy])
def test_slopes_of_units_own_are_taken_out(of: Any) -> None:
    panel = of(6, 10, 3)
    found = fit(PAGFL(individual=("x2",)), panel)
    slopes, ssr = ref.ols(panel, found.groups, individual=(1,))
    assert found.objective == pytest.approx(ssr, rel=1e-9)
    np.testing.assert_allclose(found.unit_slopes, slopes, rtol=1e-7, atol=1e-9)
    assert found.model.unit_slopes == ("x2",)


def test_units_that_are_the_same_are_one_group_from_the_start() -> None:
    panel = random_panel(7, 5)
    twice = Panel.from_arrays(np.tile(panel.y, (2, 1)), np.tile(panel.x, (2, 1, 1)))
    found = fit(PAGFL((1e-6,), minimum=ANY), twice)
    assert found.groups.tolist() == [0, 1, 2, 3, 4] * 2
    same = Panel.from_arrays(panel.y[[0, 0, 0]], panel.x[[0, 0, 0]])
    assert fit(PAGFL(), same).groups.tolist() == [0, 0, 0]


def test_too_few_iterations_are_said() -> None:
    found = fit(PAGFL((0.5,), limit=1), random_panel(8))
    assert found.status == Status.ITERATION_LIMIT
    assert found.status.usable


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"penalties": (-1.0,)}, "`penalties` must be values of lambda from 0"),
        ({"penalties": (np.nan,)}, "`penalties` must be values of lambda from 0"),
        ({"penalties": 0.5}, "`penalties` must be values of lambda from 0"),
        ({"grid": 0}, "`grid` must be a whole number"),
        ({"kappa": -1.0}, "`kappa` must be a number from 0"),
        ({"rho": "small"}, "`rho` must be a number from 0"),
        ({"lowest": 1.0}, "`lowest` must be a share between 0 and 1"),
        ({"together": 0.0}, "`together` must be a share between 0 and 1"),
        ({"fitness": "aic"}, "`fitness` must be known"),
        ({"minimum": 3}, "`minimum` must be a minimum size"),
        ({"limit": 0}, "`limit` must be a whole number"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with refused(message):
        PAGFL(**options)


def test_bad_panels_are_refused() -> None:
    panel = random_panel(0)
    with refused("PAGFL estimates every unit alone, from more than K + 1 periods"):
        fit(PAGFL(), Panel.from_arrays(panel.y[:, :3], panel.x[:, :3]))
    with refused("PAGFL needs a regressor with group-specific slopes"):
        fit(PAGFL(individual=("x1", "x2")), panel)
    with refused("must be different regressors of the panel"):
        fit(PAGFL(individual=("x9",)), panel)
    with refused("`penalties` must be values of lambda from 0"):
        PAGFL().shrink(panel, -1.0)
