"""Single-unit moves: the screen, the price, and the local search."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.bounds import MANY
from gfe_mc.kernels.profiles.crossproducts import move_unit, profile_out, regroup, update
from gfe_mc.kernels.profiles.iterate import begin, iterate
from gfe_mc.kernels.profiles.leverage import (
    hopeless,
    joining,
    leaving,
    squared_distance,
    squared_length,
)
from gfe_mc.kernels.profiles.moves import (
    LESS,
    add_deviation,
    improve_by_moves,
    take_stock,
    try_units,
)
from gfe_mc.kernels.profiles.screen import all_units
from tests.reference import gfe_numpy as twin
from tests.reference.panels import (
    SHAPES,
    counted_panel,
    kernel_arrays,
    put,
    random_groups,
    random_panel,
)


def ruled_out(data: Data, now: Grouping, scratch: Scratch, i: int, g: int) -> bool:
    """Whether the bound rules out the move of unit `i` to group `g`."""
    bounded = take_stock(data, now, scratch)
    moving, own = scratch.moving, now.groups[i]
    lost = leaving(now.counts[own], data.weights[i])
    gained = joining(now.counts[g], data.weights[i])
    residual = data.z[i, -1] - now.theta @ data.z[i, :-1]
    squares = ((residual - moving.across.T) ** 2).sum(axis=1)
    length = np.sqrt(max(squared_length(data.z, i, moving.inverse), 0.0))
    return bounded and hopeless(
        lost * squares[own],
        lost * squared_distance(data.z, i, moving.means, own, moving.inverse),
        gained * squares[g],
        gained * (length + moving.reaches[g]) ** 2,
    )


def price_move(data: Data, now: Grouping, scratch: Scratch, i: int, g: int) -> float:
    """The profiled objective after a move; W after it is left in `scratch.moving.trial`."""
    take_stock(data, now, scratch)
    means, trial = scratch.moving.means, scratch.moving.trial
    own, weight = now.groups[i], data.weights[i]
    trial[:] = now.within
    add_deviation(data.z, i, means, own, -leaving(now.counts[own], weight), trial)
    add_deviation(data.z, i, means, g, joining(now.counts[g], weight), trial)
    return profile_out(trial, data.floor, scratch.factor)


def test_price_by_hand() -> None:
    # 1, 3 | 10, 14: moving 3 over leaves 1 | 3, 10, 14, whose sum of squares is 36 + 1 + 25.
    data, now, scratch = kernel_arrays(
        np.array([[1.0], [3.0], [10.0], [14.0]]), np.zeros((4, 1, 0)), 2
    )
    put(data, np.array([0, 0, 1, 1]), now)
    assert price_move(data, now, scratch, 1, 1) == pytest.approx(62.0, rel=1e-13)


def test_move_that_algorithm_1_does_not_see() -> None:
    # 0, 0, 0, 4.5 | 10: 4.5 is nearer to its own mean, 1.125, than to 10, yet the sum of
    # squares falls from 15.1875 to 15.125 as it moves: the mean of the new group comes to meet it.
    y = np.array([[0.0], [0.0], [0.0], [4.5], [10.0]])
    solution = twin.update(y, np.zeros((5, 1, 0)), np.array([0, 0, 0, 0, 1]), 2)
    assert twin.algorithm_1(y, np.zeros((5, 1, 0)), solution)[0].objective == 15.1875
    data, now, scratch = kernel_arrays(y, np.zeros((5, 1, 0)), 2)
    regroup(data, solution.groups, now)
    objective = update(data, now, scratch.factor)
    assert improve_by_moves(data, now, scratch, objective, 1000) == pytest.approx(15.125, rel=1e-13)
    assert now.groups.tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("n_regressors", [0, 1, 2, 3])
def test_price_is_the_objective_of_a_full_regression(n_regressors: int) -> None:
    rng = np.random.default_rng(n_regressors)
    y, x = random_panel(rng, 10, 4, n_regressors)
    data, now, scratch = kernel_arrays(y, x, 3)
    put(data, random_groups(rng, 10, 3), now)
    for i in range(10):
        for g in range(3):
            if g == now.groups[i] or now.counts[now.groups[i]] == 1:
                continue
            after = now.groups.copy()
            after[i] = g
            full = twin.objective_by_dummies(y, x, after, 3)[0]
            assert price_move(data, now, scratch, i, g) == pytest.approx(full, rel=1e-10)


def test_crossproducts_stay_exact_over_many_moves() -> None:
    rng = np.random.default_rng(1)
    y, x = random_panel(rng, 20, 4, 2)
    data, now, scratch = kernel_arrays(y, x, 4)
    _, afresh, _ = kernel_arrays(y, x, 4)
    put(data, random_groups(rng, 20, 4), now)
    moves = 0
    while moves < 10_000:
        i, g = int(rng.integers(20)), int(rng.integers(4))
        if g != now.groups[i] and now.counts[now.groups[i]] > 1:
            price_move(data, now, scratch, i, g)
            now.within[:] = scratch.moving.trial
            move_unit(data, i, g, now)
            moves += 1
    put(data, now.groups, afresh)
    np.testing.assert_allclose(now.sums, afresh.sums, atol=1e-11)
    np.testing.assert_allclose(np.tril(now.within), np.tril(afresh.within), rtol=1e-10, atol=1e-10)


def test_deviation_is_from_the_mean_of_the_group() -> None:
    rng = np.random.default_rng(2)
    y, x = random_panel(rng, 6, 3, 2)
    data, now, scratch = kernel_arrays(y, x, 2)
    put(data, np.array([0, 0, 0, 1, 1, 1]), now)
    take_stock(data, now, scratch)
    within = np.zeros((3, 3))
    add_deviation(data.z, 4, scratch.moving.means, 0, -0.5, within)
    gap = data.z[4] - data.z[:3].mean(axis=0)
    np.testing.assert_allclose(within, np.tril(-0.5 * gap @ gap.T), rtol=1e-12, atol=1e-14)


@st.composite
def groupings_of_panels(
    draw: st.DrawFn,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """y, x and a grouping without empty groups; values on a coarse grid, so that ties occur."""
    n_units, n_periods = draw(st.integers(4, 9)), draw(st.integers(1, 4))
    n_regressors = draw(st.integers(0, 3))
    n_groups = draw(st.integers(2, n_units - 1))
    values = draw(
        arrays(
            np.float64,
            (n_units, n_periods, n_regressors + 1),
            elements=st.integers(-20, 20).map(lambda v: v / 4.0),
        )
    )
    rest = draw(
        st.lists(
            st.integers(0, n_groups - 1),
            min_size=n_units - n_groups,
            max_size=n_units - n_groups,
        )
    )
    groups = np.array([*range(n_groups), *rest])
    values -= values.mean(axis=0)
    return values[:, :, 0], values[:, :, 1:], groups, n_groups


def check_screen(
    y: np.ndarray,
    x: np.ndarray,
    groups: np.ndarray,
    n_groups: int,
    weights: np.ndarray | None = None,
) -> int:
    """Assert that no move that is ruled out lowers the objective; return how many are."""
    data, now, scratch = kernel_arrays(y, x, n_groups, weights)
    put(data, groups, now)
    before = profile_out(now.within, data.floor, scratch.factor)
    n_ruled_out = 0
    for i in range(len(groups)):
        for g in range(n_groups):
            if g == groups[i] or now.counts[groups[i]] == data.weights[i]:
                continue
            if ruled_out(data, now, scratch, i, g):
                n_ruled_out += 1
                after = groups.copy()
                after[i] = g
                price = twin.slopes_of_grouping(y, x, after, weights)[1]
                assert price >= before * (1.0 - 1e-9)
    return n_ruled_out


@pytest.mark.slow
@settings(max_examples=300)
@given(groupings_of_panels())
def test_screen_is_never_wrong(case: tuple[np.ndarray, np.ndarray, np.ndarray, int]) -> None:
    y, x, groups, n_groups = case
    check_screen(y, x, groups, n_groups)


def test_nothing_is_ruled_out_while_a_regressor_does_not_vary_within_groups() -> None:
    # x is constant within both groups; a move brings its variation back, and 8.5 down to 0.5.
    y, x = np.array([[0.0], [1.0], [3.0], [7.0]]), np.array([0.0, 0.0, 1.0, 1.0]).reshape(4, 1, 1)
    groups = np.array([0, 0, 1, 1])
    assert check_screen(y, x, groups, 2) == 0
    data, now, scratch = kernel_arrays(y, x, 2)
    put(data, groups, now)
    assert price_move(data, now, scratch, 3, 0) == pytest.approx(0.5, rel=1e-13)


@pytest.mark.parametrize("n_regressors", [0, 1, 2, 3])
def test_screen_is_never_wrong_near_a_local_optimum_and_rules_out_most(n_regressors: int) -> None:
    ruled_out_moves, moves = 0, 0
    for seed in range(5):
        rng = np.random.default_rng([seed, n_regressors])
        y, x = random_panel(rng, 24, 4, n_regressors)
        data, now, scratch = kernel_arrays(y, x, 4)
        regroup(data, random_groups(rng, 24, 4), now)
        improve_by_moves(data, now, scratch, update(data, now, scratch.factor), 1000)
        # One unit is misplaced, so that there are moves to be found.
        groups = now.groups.copy()
        crowded = np.flatnonzero(now.counts[groups] > 1)[0]
        groups[crowded] = (groups[crowded] + 1) % 4
        ruled_out_moves += check_screen(y, x, groups, 4)
        moves += 24 * 3
    assert ruled_out_moves > moves / 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(3))
def test_improve_by_moves_agrees_with_twin(shape: tuple[int, int, int, int], seed: int) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng([seed, *shape])
    y, x = random_panel(rng, n_units, n_periods, n_regressors)
    groups = random_groups(rng, n_units, n_groups)
    expected = twin.improve_by_moves(y, x, twin.update(y, x, groups, n_groups))
    data, now, scratch = kernel_arrays(y, x, n_groups)
    regroup(data, groups, now)
    objective = improve_by_moves(data, now, scratch, update(data, now, scratch.factor), 1000)
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    assert (now.groups == expected.groups).all()
    np.testing.assert_allclose(now.theta, expected.theta, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(now.alpha, expected.alpha, rtol=1e-8, atol=1e-10)


def test_no_single_move_improves_a_local_optimum() -> None:
    rng = np.random.default_rng(3)
    y, x = random_panel(rng, 16, 4, 2)
    data, now, scratch = kernel_arrays(y, x, 4)
    regroup(data, random_groups(rng, 16, 4), now)
    before = update(data, now, scratch.factor)
    objective = improve_by_moves(data, now, scratch, before, 1000)
    assert objective < before
    for i in range(16):
        for g in range(4):
            after = now.groups.copy()
            after[i] = g
            assert twin.objective_by_dummies(y, x, after, 4)[0] >= objective * LESS


def test_a_unit_goes_to_the_best_of_several_groups() -> None:
    # 6 | 9, 9 | 11, 11 with 10 in the first: each other group would do, the last one is better.
    y = np.array([[0.0], [10.2], [9.0], [9.0], [11.0], [11.0]])
    data, now, scratch = kernel_arrays(y, np.zeros((6, 1, 0)), 3)
    groups = np.array([0, 0, 1, 1, 2, 2])
    put(data, groups, now)
    before = profile_out(now.within, data.floor, scratch.factor)
    assert price_move(data, now, scratch, 1, 2) < price_move(data, now, scratch, 1, 1) < before
    regroup(data, groups, now)
    improve_by_moves(data, now, scratch, update(data, now, scratch.factor), 1000)
    assert now.groups.tolist() == [0, 2, 1, 1, 2, 2]


@pytest.mark.parametrize("n_regressors", [0, 1, 3])
def test_all_that_moves_need_is_kept_in_step(n_regressors: int) -> None:
    rng = np.random.default_rng(n_regressors)
    y, x, weights = counted_panel(rng, 60, 5, n_regressors)
    data, now, scratch = kernel_arrays(y, x, 5, weights)
    _, afresh, room = kernel_arrays(y, x, 5, weights)
    regroup(data, random_groups(rng, 60, 5), now)
    objective = update(data, now, scratch.factor)
    bounded = take_stock(data, now, scratch)
    assert try_units(data, now, scratch, objective, all_units(scratch.near), bounded)
    regroup(data, now.groups, afresh)
    update(data, afresh, room.factor)
    take_stock(data, afresh, room)
    np.testing.assert_array_equal(now.counts, afresh.counts)
    np.testing.assert_allclose(now.sums, afresh.sums, atol=1e-11)
    np.testing.assert_allclose(np.tril(now.within), np.tril(afresh.within), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(now.theta, afresh.theta, rtol=1e-9)
    across = scratch.moving.across
    np.testing.assert_allclose(across.T, afresh.alpha, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(scratch.moving.means, room.moving.means, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(scratch.moving.inverse, room.moving.inverse, rtol=1e-8)
    np.testing.assert_allclose(scratch.moving.reaches, room.moving.reaches, rtol=1e-8)


# Where units are many, and bounds say which of them are tried.


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_regressors", [0, 1, 2])
def test_no_single_move_improves_a_local_optimum_of_many(n_regressors: int, weighted: bool) -> None:
    rng = np.random.default_rng([n_regressors, weighted])
    y, x, weights = counted_panel(rng, MANY + 90, 4, n_regressors)
    data, now, scratch = kernel_arrays(y, x, 5, weights if weighted else None)
    now.theta[:], now.alpha[:] = 0.5, data.z[:5, -1]
    settled, _ = iterate(data, now, scratch, begin(data, now, scratch), 1000)
    objective = improve_by_moves(data, now, scratch, settled, 1000)
    assert objective < settled
    groups = now.groups.copy()
    # Slopes and profiles are those of the grouping, which Algorithm 1 leaves as it is.
    _, afresh, room = kernel_arrays(y, x, 5, weights if weighted else None)
    regroup(data, groups, afresh)
    assert update(data, afresh, room.factor) == pytest.approx(objective, rel=1e-12)
    np.testing.assert_allclose(now.theta, afresh.theta, rtol=1e-10)
    np.testing.assert_allclose(now.alpha, afresh.alpha, rtol=1e-9, atol=1e-11)
    assert iterate(data, now, scratch, objective, 1000) == (objective, True)
    np.testing.assert_array_equal(now.groups, groups)
    for i in range(len(groups)):
        if afresh.counts[groups[i]] == data.weights[i]:
            continue
        for g in range(5):
            groups[i] = g
            regroup(data, groups, afresh)
            assert update(data, afresh, room.factor) >= objective * LESS
        groups[i] = now.groups[i]


def test_a_few_units_far_from_all_groups_do_not_keep_many_from_settling() -> None:
    rng = np.random.default_rng(4)
    y, x = random_panel(rng, MANY, 4, 1)
    y[:3] *= 1e3
    data, now, scratch = kernel_arrays(y, x, 6)
    now.alpha[:] = data.z[10:16, -1]
    settled, _ = iterate(data, now, scratch, begin(data, now, scratch), 1000)
    objective = improve_by_moves(data, now, scratch, settled, 1000)
    assert improve_by_moves(data, now, scratch, objective, 1000) == objective
    assert now.counts.min() >= 1.0


# Units that count several times.


def test_what_a_deviation_counts_by_hand() -> None:
    # 2 of 5 leave: 5 2 / 3; 2 join 5: 5 2 / 7. A unit that counts once is the case of the paper.
    assert leaving(5.0, 2.0) == pytest.approx(10 / 3)
    assert joining(5.0, 2.0) == pytest.approx(10 / 7)
    assert leaving(3.0, 1.0) == 1.5
    assert joining(3.0, 1.0) == 0.75


def test_weighted_price_by_hand() -> None:
    # 1, and 3 twice | 10: moving 3 over leaves 1 | 3, 3, 10, whose sum of squares is 98 / 3.
    weights = np.array([1, 2, 1])
    y = np.array([[1.0], [3.0], [10.0]])
    data, now, scratch = kernel_arrays(y, np.zeros((3, 1, 0)), 2, weights)
    put(data, np.array([0, 0, 1]), now)
    assert price_move(data, now, scratch, 1, 1) == pytest.approx(98 / 3, rel=1e-13)


@pytest.mark.parametrize("n_regressors", [0, 1, 2, 3])
def test_weighted_price_is_that_of_moving_every_copy(n_regressors: int) -> None:
    rng = np.random.default_rng([4, n_regressors])
    y, x, weights = counted_panel(rng, 10, 4, n_regressors)
    data, now, scratch = kernel_arrays(y, x, 3, weights)
    put(data, random_groups(rng, 10, 3), now)
    copies = np.repeat(y, weights, axis=0), np.repeat(x, weights, axis=0)
    for i in range(10):
        for g in range(3):
            if g == now.groups[i] or now.counts[now.groups[i]] == weights[i]:
                continue
            after = now.groups.copy()
            after[i] = g
            full = twin.objective_by_dummies(*copies, np.repeat(after, weights), 3)[0]
            assert price_move(data, now, scratch, i, g) == pytest.approx(full, rel=1e-10)
            np.testing.assert_allclose(
                np.tril(scratch.moving.trial), within_after(data, now, after, weights), atol=1e-11
            )


def within_after(data: Data, now: Grouping, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """W of a grouping, by loops over its groups: (D, D), lower triangle."""
    within = np.zeros(now.within.shape)
    for g in np.unique(groups):
        own, counted = data.z[groups == g], weights[groups == g]
        gaps = own - np.average(own, axis=0, weights=counted)
        within += np.einsum("i,idt,iet->de", counted, gaps, gaps)
    return np.asarray(np.tril(within))


@pytest.mark.slow
@settings(max_examples=200)
@given(groupings_of_panels(), st.lists(st.integers(1, 5), min_size=9, max_size=9))
def test_weighted_screen_is_never_wrong(
    case: tuple[np.ndarray, np.ndarray, np.ndarray, int], weights: list[int]
) -> None:
    y, x, groups, n_groups = case
    check_screen(y, x, groups, n_groups, np.array(weights[: len(y)]))


def test_weighted_screen_rules_out_most_near_a_local_optimum() -> None:
    ruled_out_moves = 0
    for seed in range(5):
        rng = np.random.default_rng([seed, 9])
        y, x, weights = counted_panel(rng, 24, 4, 2)
        data, now, scratch = kernel_arrays(y, x, 4, weights)
        regroup(data, random_groups(rng, 24, 4), now)
        improve_by_moves(data, now, scratch, update(data, now, scratch.factor), 1000)
        ruled_out_moves += check_screen(y, x, now.groups, 4, weights)
    assert ruled_out_moves > 5 * 24 * 3 / 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(2))
def test_weighted_improve_by_moves_agrees_with_twin(
    shape: tuple[int, int, int, int], seed: int
) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng([seed, *shape])
    y, x, weights = counted_panel(rng, n_units, n_periods, n_regressors)
    groups = random_groups(rng, n_units, n_groups)
    before = twin.update(y, x, groups, n_groups, weights)
    expected = twin.improve_by_moves(y, x, before, weights)
    data, now, scratch = kernel_arrays(y, x, n_groups, weights)
    regroup(data, groups, now)
    objective = improve_by_moves(data, now, scratch, update(data, now, scratch.factor), 1000)
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    assert (now.groups == expected.groups).all()
    np.testing.assert_allclose(now.theta, expected.theta, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(now.alpha, expected.alpha, rtol=1e-8, atol=1e-10)


def test_a_unit_that_counts_often_is_still_alone() -> None:
    # 5, three times, is alone: to leave would empty its group, although it counts more than 1.
    y, weights = np.array([[0.0], [5.0], [5.1]]), np.array([1, 3, 1])
    data, now, scratch = kernel_arrays(y, np.zeros((3, 1, 0)), 2, weights)
    regroup(data, np.array([0, 1, 0]), now)
    improve_by_moves(data, now, scratch, update(data, now, scratch.factor), 1000)
    assert now.groups.tolist() == [0, 1, 1]
    np.testing.assert_array_equal(now.counts, [1.0, 4.0])
