"""Slopes by groups from cross-products, and the searches for groupings, against least squares."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc import Panel
from gfe_mc.kernels.slopes.products import (
    Slopes,
    add_rest,
    empty_slopes,
    move_slopes,
    regroup_slopes,
    rest_without,
    solve,
    total_floor,
    unit_products,
    unit_ssr,
    unit_ssr_all,
)
from gfe_mc.kernels.slopes.pull import no_pull
from gfe_mc.kernels.slopes.search import (
    conditional_kmeans,
    move_singly,
    random_groups,
    search_slopes,
    split,
)
from tests.reference import slopes_numpy as ref

CASES = [(k, own) for k in (1, 2, 3) for own in range(k + 1)]
"""K, and how many of the slopes are group-specific: the first ones."""


def crossproducts(panel: Panel) -> np.ndarray:
    """Cross-products (N, D, D) of deviations from unit means, by NumPy."""
    within = panel.within_units()
    z = np.concatenate([within.x, within.y[:, :, None]], axis=2)
    return np.asarray(np.einsum("ntd,nte->nde", z, z))


def empty(products: np.ndarray, own: int, n_groups: int) -> Slopes:
    """Room for a grouping."""
    now = empty_slopes(len(products), n_groups, products.shape[1] - 1, own)
    total_floor(products, own, now.floor)
    return now


def by_slopes(*slopes: float) -> np.ndarray:
    """Cross-products of units y_i = b_i (-1, 1) on x_i = (-1, 1): residuals are 2 (b_i - b)^2."""
    x = np.tile([-1.0, 1.0], (len(slopes), 1))
    return crossproducts(Panel.from_arrays(np.array(slopes)[:, None] * x, x[:, :, None]))


def some_groups(rng: np.random.Generator, n_units: int, n_groups: int, each: int = 1) -> np.ndarray:
    """Random groups of at least `each` units."""
    sure = np.tile(np.arange(n_groups), each)
    return rng.permutation([*sure, *rng.integers(n_groups, size=n_units - len(sure))])


def test_cross_products_by_hand() -> None:
    products = np.empty((1, 2, 2))
    unit_products(np.array([[0.0, 2.0]]), np.array([[[1.0], [4.0]]]), products)
    assert products.tolist() == [[[4.5, 3.0], [3.0, 2.0]]]


@pytest.mark.parametrize("n_periods", range(1, 10))
def test_cross_products_about_large_means(n_periods: int) -> None:
    rng = np.random.default_rng(n_periods)
    x, y = rng.standard_normal((5, n_periods, 2)) + 1e5, rng.standard_normal((5, n_periods))
    products = np.empty((5, 3, 3))
    unit_products(y, x, products)
    np.testing.assert_allclose(products, crossproducts(Panel.from_arrays(y, x)), atol=1e-9)


@pytest.mark.parametrize(("n_slopes", "own"), CASES)
@pytest.mark.parametrize("n_groups", [1, 2, 4])
def test_a_grouping_is_a_regression_with_interactions(
    n_slopes: int, own: int, n_groups: int
) -> None:
    rng = np.random.default_rng([n_slopes, own, n_groups])
    panel = ref.grouped_panel(rng, 10, 5, n_slopes, n_groups)
    products, groups = crossproducts(panel), some_groups(rng, 10, n_groups)
    now, common = empty(products, own, n_groups), tuple(range(own, n_slopes))
    objective = regroup_slopes(products, groups, own, now)
    slopes, expected = ref.ols(panel, groups, common)
    assert objective == pytest.approx(expected, rel=1e-10)
    np.testing.assert_allclose(now.beta[groups], slopes, rtol=1e-8, atol=1e-9)
    assert now.counts.tolist() == np.bincount(groups).tolist()
    ssr, within = np.empty(10), panel.within_units()
    unit_ssr_all(products, now.groups, now.beta, ssr)
    residuals = within.y - np.einsum("ntk,nk->nt", within.x, slopes)
    np.testing.assert_allclose(ssr, (residuals**2).sum(axis=1), rtol=1e-9)
    rest = np.empty_like(now.rest)
    for g in range(n_groups):
        rest_without(now, own, g, rest)
        add_rest(now.factors, g, own, 1.0, rest)
        np.testing.assert_allclose(np.tril(rest), np.tril(now.rest), rtol=1e-12, atol=1e-12)


def test_residuals_of_a_unit_at_any_slopes() -> None:
    rng = np.random.default_rng(0)
    panel, beta = ref.grouped_panel(rng, 4, 5, 3, 2), rng.standard_normal((2, 3))
    within, products = panel.within_units(), crossproducts(panel)
    for i in range(4):
        direct = ((within.y[i] - within.x[i] @ beta[1]) ** 2).sum()
        assert unit_ssr(products, i, beta, 1) == pytest.approx(direct, rel=1e-11)


@pytest.mark.parametrize(("n_slopes", "own"), CASES)
def test_sums_and_slopes_stay_exact_over_many_moves(n_slopes: int, own: int) -> None:
    rng = np.random.default_rng([n_slopes, own])
    products = crossproducts(ref.grouped_panel(rng, 12, 5, n_slopes, 3))
    now, afresh = empty(products, own, 3), empty(products, own, 3)
    regroup_slopes(products, some_groups(rng, 12, 3), own, now)
    moves = 0
    while moves < 2000:
        i, g = int(rng.integers(12)), int(rng.integers(3))
        old = int(now.groups[i])
        if g != old and now.counts[old] > 2:
            move_slopes(products, i, g, own, now)
            solve(own, now)
            moves += 1
    objective = regroup_slopes(products, now.groups, own, afresh)
    np.testing.assert_allclose(np.tril(now.sums), np.tril(afresh.sums), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(now.beta, afresh.beta, rtol=1e-8, atol=1e-9)
    assert now.counts.tolist() == afresh.counts.tolist()
    assert solve(own, now) == pytest.approx(objective, rel=1e-10)


@pytest.mark.parametrize("own", [0, 1, 2])
def test_a_collinear_regressor_is_left_out(own: int) -> None:
    panel = ref.grouped_panel(np.random.default_rng(own), 6, 4, 1, 2)
    doubled = Panel.from_arrays(panel.y, np.concatenate([panel.x, 2.0 * panel.x], axis=2))
    groups, now = np.array([0, 0, 0, 1, 1, 1]), empty(crossproducts(doubled), own, 2)
    objective = regroup_slopes(crossproducts(doubled), groups, own, now)
    slopes, expected = ref.ols(panel, groups, () if own else (0,))
    assert objective == pytest.approx(expected, rel=1e-10)
    assert (now.beta[:, 1] == 0.0).all()
    np.testing.assert_allclose(now.beta[groups, 0], slopes[:, 0], rtol=1e-9)


def test_random_groups_have_their_fewest_units_and_favour_none() -> None:
    rng, units = np.random.default_rng(2), np.arange(10)
    groups, shares = np.empty(10, np.int64), np.zeros((10, 3))
    for _ in range(3000):
        random_groups(rng, 2, 3, units, groups)
        assert np.bincount(groups, minlength=3).min() >= 2
        shares[np.arange(10), groups] += 1 / 3000
    assert sorted(units) == list(range(10))
    # Each share has a standard deviation of .0086: five of them either way.
    np.testing.assert_allclose(shares, 1 / 3, atol=0.043)


@pytest.mark.parametrize(("start", "end"), [((0, 1, 1), [0, 0, 1]), ((1, 0, 0), [1, 0, 0])])
def test_conditional_kmeans_and_its_tie_by_hand(start: tuple[int, ...], end: list[int]) -> None:
    # Slopes 0 | 1, 3: one is as far from 0 as from 2, the mean of its own, and goes to the lower
    # group, which it is in already if the numbers are exchanged.
    products = by_slopes(0.0, 1.0, 3.0)
    now = empty(products, 1, 2)
    regroup_slopes(products, np.array(start), 1, now)
    objective, settled = conditional_kmeans(products, 1, 1, 100, no_pull(), now)
    assert now.groups.tolist() == end
    assert objective == pytest.approx(1.0 if end[1] == end[0] else 4.0, rel=1e-13)
    assert settled


def test_one_pass_in_which_a_unit_moves_is_not_the_last() -> None:
    products = by_slopes(0.0, 1.0, 3.0)
    now = empty(products, 1, 2)
    for limit, settled in ((1, False), (2, True)):
        regroup_slopes(products, np.array([0, 1, 1]), 1, now)
        objective, ended = conditional_kmeans(products, 1, 1, limit, no_pull(), now)
        assert objective == pytest.approx(1.0, rel=1e-13)
        assert ended == settled


@pytest.mark.parametrize(("n_slopes", "own"), [(1, 1), (2, 2), (2, 1), (3, 2)])
@pytest.mark.parametrize(("n_groups", "minimum"), [(2, 1), (2, 4), (3, 1), (3, 3)])
def test_conditional_kmeans_is_algorithm_3(
    n_slopes: int, own: int, n_groups: int, minimum: int
) -> None:
    moved = 0
    for seed in range(12):
        rng = np.random.default_rng([seed, n_slopes, n_groups, minimum])
        panel = ref.grouped_panel(rng, 12, 5, n_slopes, n_groups)
        start, common = some_groups(rng, 12, n_groups, minimum), tuple(range(own, n_slopes))
        expected = ref.conditional_kmeans(panel, start, minimum, common)
        products = crossproducts(panel)
        now = empty(products, own, n_groups)
        regroup_slopes(products, start, own, now)
        objective, settled = conditional_kmeans(products, own, minimum, 1000, no_pull(), now)
        assert settled
        assert now.groups.tolist() == expected.tolist()
        assert now.counts.min() >= minimum
        assert objective == pytest.approx(ref.ols(panel, expected, common)[1], rel=1e-9)
        moved += int((start != expected).any())
    assert moved >= 10


def test_a_move_that_conditional_kmeans_does_not_see() -> None:
    # Slopes 0, 0, 0, 4.5 | 10: 4.5 is nearer to its own mean, 1.125, than to 10, yet the sum of
    # squares falls from 2 * 15.1875 to 2 * 15.125 as it moves.
    products = by_slopes(0.0, 0.0, 0.0, 4.5, 10.0)
    now = empty(products, 1, 2)
    regroup_slopes(products, np.array([0, 0, 0, 0, 1]), 1, now)
    objective, _ = conditional_kmeans(products, 1, 1, 100, no_pull(), now)
    assert objective == pytest.approx(30.375, rel=1e-13)
    for done in (False, True):
        objective, ended = move_singly(products, 1, 1, 1, objective, no_pull(), now)
        assert objective == pytest.approx(30.25, rel=1e-13)
        assert ended == done
        assert now.groups.tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(("n_slopes", "own"), [(1, 1), (2, 2), (2, 1), (3, 1)])
@pytest.mark.parametrize(("n_groups", "minimum"), [(2, 1), (3, 2)])
def test_no_single_move_is_left(n_slopes: int, own: int, n_groups: int, minimum: int) -> None:
    for seed in range(8):
        rng = np.random.default_rng([seed, n_slopes, n_groups])
        panel, common = ref.grouped_panel(rng, 9, 5, n_slopes, 3), tuple(range(own, n_slopes))
        products = crossproducts(panel)
        now = empty(products, own, n_groups)
        before = regroup_slopes(products, some_groups(rng, 9, n_groups, minimum), own, now)
        objective, done = move_singly(products, own, minimum, 1000, before, no_pull(), now)
        assert done
        assert objective <= before
        assert objective == pytest.approx(ref.ols(panel, now.groups, common)[1], rel=1e-9)
        assert now.counts.min() >= minimum
        least = ref.after_one_move(panel, now.groups, n_groups, minimum, common=common)
        assert objective <= least * (1 + 1e-9)


def test_moves_are_seen_where_slopes_of_groups_are_not_identified() -> None:
    unidentified = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        panel = ref.grouped_panel(rng, 9, 5, 2, 3)
        x = panel.x.copy()
        x[:6, :, 1] = 0.0
        panel = Panel.from_arrays(panel.y, x)
        products = crossproducts(panel)
        now = empty(products, 2, 3)
        before = regroup_slopes(products, np.repeat([0, 1, 2], 3), 2, now)
        objective, done = move_singly(products, 2, 1, 1000, before, no_pull(), now)
        unidentified += int((now.factors[:, 1, 1] == 0.0).any())
        assert done
        assert objective == pytest.approx(ref.ols(panel, now.groups)[1], rel=1e-9)
        assert objective <= ref.after_one_move(panel, now.groups, 3, 1) * (1 + 1e-9)
    assert unidentified > 0


@pytest.mark.parametrize("singly", [False, True])
def test_a_search_keeps_the_best_start_and_counts_it(singly: bool) -> None:
    panel = ref.grouped_panel(np.random.default_rng(3), 20, 4, 2, 3)
    products, start, units = crossproducts(panel), np.empty(20, np.int64), np.arange(20)
    now, rng = empty(products, 2, 3), np.random.default_rng(4)
    found = []
    for _ in range(30):
        random_groups(rng, 2, 3, units, start)
        regroup_slopes(products, start, 2, now)
        objective, _ = conditional_kmeans(products, 2, 2, 100, no_pull(), now)
        if singly:
            objective, _ = move_singly(products, 2, 2, 100, objective, no_pull(), now)
        found.append(objective)
    options = 2, 2, 30, 100, singly, np.random.default_rng(4)
    objective, n_best, settled = search_slopes(products, *options, no_pull(), now)
    assert objective == pytest.approx(min(found), rel=1e-12)
    assert n_best == sum(value <= min(found) * (1 + 1e-9) for value in found) < 30
    assert settled
    assert objective == pytest.approx(ref.ols(panel, now.groups)[1], rel=1e-10)


def two_sides(products: np.ndarray, own: int, smallest: int, slopes: np.ndarray) -> tuple:
    """The objective of the best split of all units, and which are left of it."""
    now, left = empty(products, own, 1), np.zeros(len(products), np.bool_)
    members, rest = np.arange(len(products)), np.zeros_like(now.rest)
    objective = split(products, own, members, slopes, smallest, rest, now.floor, left)
    return objective, left.tolist()


def test_split_by_hand() -> None:
    slopes = np.array([[5.0], [0.0], [4.0], [0.0], [0.0]])
    products = by_slopes(*slopes[:, 0])
    assert two_sides(products, 1, 1, slopes) == (1.0, [False, True, False, True, True])
    # Four on one side: 0, 0, 0, 4 | 5, and the other way round equal slopes would be parted.
    assert two_sides(products, 1, 3, slopes) == (np.inf, [False] * 5)
    assert two_sides(products[1:], 1, 2, slopes[1:]) == (np.inf, [False] * 4)


@pytest.mark.parametrize(("n_slopes", "own"), [(1, 1), (2, 2), (2, 1), (3, 2)])
def test_split_beside_other_groups(n_slopes: int, own: int) -> None:
    for seed in range(5):
        rng = np.random.default_rng([seed, n_slopes])
        panel, common = ref.grouped_panel(rng, 14, 6, n_slopes, 3), tuple(range(own, n_slopes))
        products, groups = crossproducts(panel), some_groups(rng, 14, 2, 5)
        members = np.flatnonzero(groups == 1)
        now, left = empty(products, own, 2), np.zeros(len(members), np.bool_)
        regroup_slopes(products, groups, own, now)
        rest, inner = np.empty_like(now.rest), products[:, :n_slopes, :n_slopes]
        rest_without(now, own, 1, rest)
        slopes = np.linalg.solve(inner, products[:, :n_slopes, n_slopes:])[:, :own, 0].copy()
        objective = split(products, own, members, slopes, 2, rest, now.floor, left)
        expected = ref.threshold(panel, members, groups, 2, common)
        assert (expected[members] == 1).tolist() == left.tolist()
        assert objective == pytest.approx(ref.ols(panel, expected, common)[1], rel=1e-9)
