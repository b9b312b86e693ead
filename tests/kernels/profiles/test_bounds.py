"""Bounds on distances: valid at every step, and the groups are those of the full assignment."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.arrays import TILE, Data, Grouping, Scratch
from gfe_mc.kernels.profiles.assign import assign
from gfe_mc.kernels.profiles.bounds import (
    FEW_MOVE,
    MANY,
    begin_bounds,
    follow,
    keep,
    reassign,
    reassign_all,
)
from gfe_mc.kernels.profiles.crossproducts import regroup, update
from gfe_mc.kernels.profiles.iterate import begin, classify, classify_by_bounds, iterate, refill
from gfe_mc.kernels.profiles.moves import improve_by_moves
from gfe_mc.kernels.profiles.starts import random_parameters
from tests.reference.panels import counted_panel, kernel_arrays, random_groups, starting_slopes

CASES = [(MANY, 3, 0, 2), (600, 4, 1, 5), (777, 5, 2, 8), (1500, 7, 3, 4), (900, 3, 1, 40)]
"""N, T, K, G."""


def whole(data: Data, now: Grouping, scratch: Scratch, limit: int) -> tuple[float, bool, int]:
    """Algorithm 1 by full assignments: the objective, whether it stopped, units that refilled."""
    assign(data, now.theta, now.alpha, scratch)
    regroup(data, scratch.assigned, now)
    refilled = refill(data, now, scratch.nearest)
    objective = update(data, now, scratch.factor)
    for _ in range(limit):
        moved = classify(data, now, scratch)
        refilled += int((now.groups != scratch.assigned).sum())
        if moved == 0:
            return objective, True, refilled
        value = update(data, now, scratch.factor)
        if not value < objective:
            return value, True, refilled
        objective = value
    return objective, False, refilled


def check_bounds(data: Data, now: Grouping, scratch: Scratch) -> None:
    """Assert that no unit is farther from its group, or nearer to another, than its bounds say."""
    residuals = data.z[:, -1] - np.einsum("k,ikt->it", now.theta, data.z[:, :-1])
    distances = np.sqrt(((residuals[:, None, :] - now.alpha) ** 2).sum(axis=2))
    units = np.arange(len(residuals))
    own = distances[units, now.groups]
    distances[units, now.groups] = np.inf
    slack = 1e-12 * abs(data.z).max()
    assert (scratch.upper >= own * (1.0 - 1e-12) - slack).all()
    assert (scratch.lower <= distances.min(axis=1) * (1.0 + 1e-12) + slack).all()


def start(
    case: tuple[int, int, int, int], seed: int, weighted: bool
) -> tuple[Data, tuple[Grouping, Scratch], tuple[Grouping, Scratch]]:
    """A panel, and twice the same starting parameters; with three groups, in which many empty."""
    n_units, n_periods, n_regressors, n_groups = case
    rng = np.random.default_rng([seed, *case])
    y, x, weights = counted_panel(rng, n_units, n_periods, n_regressors)
    data, now, scratch = kernel_arrays(y, x, n_groups, weights if weighted else None)
    _, other, room = kernel_arrays(y, x, n_groups, weights if weighted else None)
    random_parameters(data, rng, starting_slopes(n_regressors), now, scratch)
    if seed % 2:
        now.alpha[n_groups // 2] = 100.0  # Nobody is near.
    other.theta[:], other.alpha[:] = now.theta, now.alpha
    return data, (now, scratch), (other, room)


def by_bounds(
    data: Data, now: Grouping, scratch: Scratch, objective: float, limit: int
) -> tuple[float, bool]:
    """Algorithm 1 by bounds from the first step on, which are looked at after every one."""
    for step in range(limit):
        if classify_by_bounds(data, now, scratch, step == 0) == 0:
            check_bounds(data, now, scratch)
            return objective, True
        check_bounds(data, now, scratch)
        keep(now, scratch)
        value = update(data, now, scratch.factor)
        follow(data, now, scratch)
        check_bounds(data, now, scratch)
        if not value < objective:
            return value, True
        objective = value
    return objective, False


def assert_same_bits(now: Grouping, other: Grouping) -> None:
    """Assert that groupings, their parameters and their sums are the same."""
    np.testing.assert_array_equal(now.groups, other.groups)
    np.testing.assert_array_equal(now.counts, other.counts)
    assert now.theta.tobytes() == other.theta.tobytes()
    assert now.alpha.tobytes() == other.alpha.tobytes()
    assert now.sums.tobytes() == other.sums.tobytes()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(6))
def test_iterate_gives_the_bits_of_full_assignments(
    case: tuple[int, int, int, int], seed: int, weighted: bool
) -> None:
    data, (now, scratch), (other, room) = start(case, seed, weighted)
    scratch.upper[:] = np.nan
    objective, converged = iterate(data, now, scratch, begin(data, now, scratch), 1000)
    expected, settled, refilled = whole(data, other, room, 1000)
    assert (objective, converged) == (expected, settled)
    assert_same_bits(now, other)
    assert refilled >= seed % 2
    # Bounds were kept in the end, when few units move, and are those of the parameters.
    check_bounds(data, now, scratch)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(4))
def test_bounds_hold_after_every_step(
    case: tuple[int, int, int, int], seed: int, weighted: bool
) -> None:
    # However many units move, and where some refill groups, which happens in odd seeds.
    data, (now, scratch), (other, room) = start(case, seed, weighted)
    assign(data, now.theta, now.alpha, scratch)
    regroup(data, scratch.assigned, now)
    refilled = refill(data, now, scratch.nearest)
    objective = update(data, now, scratch.factor)
    assert refilled >= seed % 2
    found = by_bounds(data, now, scratch, objective, 1000)
    expected, settled, _ = whole(data, other, room, 1000)
    assert found == (expected, settled)
    assert_same_bits(now, other)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_group_that_empties_while_there_are_bounds_is_refilled(weighted: bool) -> None:
    # Groups at 0 (of -10 and 10), 21, -21 and two far ones, where 15 and -15 are misplaced. They
    # go to 21 and -21, which become 19 and -19: now -10 and 10 leave, and nobody is left at 0.
    noise = np.random.default_rng(weighted).standard_normal((2, 300))
    near = np.array([-10.0, 10.0, 19.0, 23.0, -19.0, -23.0, 15.0, -15.0])
    y = np.concatenate([near, 1000.0 + noise[0], -1000.0 + noise[1]])[:, None]
    groups = np.concatenate([[0, 0, 1, 1, 2, 2, 3, 4], np.repeat([3, 4], 300)])
    weights = np.full(len(y), 3) if weighted else None
    x = np.zeros((len(y), 1, 0))
    data, now, scratch = kernel_arrays(y, x, 5, weights)
    _, other, room = kernel_arrays(y, x, 5, weights)
    assert len(y) > 2 * FEW_MOVE
    scratch.upper[:] = np.nan
    for grouping, space in ((now, scratch), (other, room)):
        regroup(data, groups, grouping)
        update(data, grouping, space.factor)
    before = update(data, other, room.factor)
    # First step: two units move, so that there are bounds in the second, in which a group empties.
    assert classify(data, other, room) == 2
    first = update(data, other, room.factor)
    assert classify(data, other, room) == 3
    assert (other.groups != room.assigned).sum() == 1
    second = update(data, other, room.factor)
    assert second < first < before
    assert iterate(data, now, scratch, before, 2) == (second, False)
    assert_same_bits(now, other)
    # The unit that refilled has no bounds; all others have.
    (unit,) = np.flatnonzero(other.groups != room.assigned)
    assert scratch.upper[unit] == np.inf
    assert np.isfinite(np.delete(scratch.upper, unit)).all()
    check_bounds(data, now, scratch)
    while classify(data, other, room) > 0:
        second = update(data, other, room.factor)
    regroup(data, groups, now)
    update(data, now, scratch.factor)
    assert iterate(data, now, scratch, before, 1000) == (second, True)
    assert_same_bits(now, other)


def test_moves_by_rounds_are_the_moves_at_once() -> None:
    longest = 0
    for seed in range(6):
        data, (now, scratch), (other, room) = start((700, 4, 2, 6), seed, bool(seed % 2))
        first, _ = iterate(data, now, scratch, begin(data, now, scratch), 3)
        assert iterate(data, other, room, begin(data, other, room), 3)[0] == first
        at_once = improve_by_moves(data, other, room, first, 1000)
        value, before, rounds = first, np.inf, 0
        while value < before:
            before, rounds = value, rounds + 1
            value = improve_by_moves(data, now, scratch, value, 1)
            check_bounds(data, now, scratch)
        assert value == at_once
        np.testing.assert_array_equal(now.groups, other.groups)
        assert now.theta.tobytes() == other.theta.tobytes()
        assert now.alpha.tobytes() == other.alpha.tobytes()
        longest = max(longest, rounds)
    assert longest > 2


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_begin_bounds_leaves_none_of_units_that_are_nearer_to_another(
    case: tuple[int, int, int, int], weighted: bool
) -> None:
    data, (now, scratch), (other, room) = start(case, 0, weighted)
    iterate(data, now, scratch, begin(data, now, scratch), 1)
    begin_bounds(data, now, scratch)
    assert iterate(data, other, room, begin(data, other, room), 1)[1] is False
    np.testing.assert_array_equal(now.groups, other.groups)
    check_bounds(data, now, scratch)
    assign(data, other.theta, other.alpha, room)
    away = room.assigned != now.groups
    assert away.any()
    assert (scratch.upper[away] == np.inf).all()
    assert (scratch.lower[away] == 0.0).all()
    np.testing.assert_array_equal(scratch.upper[~away], np.sqrt(room.nearest[~away]))
    assert (scratch.lower[~away] >= scratch.upper[~away]).all()
    # Bounds are enough for the step that comes next.
    moved = classify_by_bounds(data, now, scratch, False)
    assert moved == classify(data, other, room) >= away.sum()
    assert_same_bits(now, other)


@pytest.mark.parametrize("empty", [False, True])
def test_iterate_from_a_grouping_of_which_nothing_is_known(empty: bool) -> None:
    for seed in range(4):
        data, (now, scratch), (other, room) = start((640, 4, 1, 6), 2 * seed, False)
        groups = random_groups(np.random.default_rng(seed), 640, 6)
        if empty:
            groups[groups == 3] = 2
        regroup(data, groups, now)
        value = update(data, now, scratch.factor)
        value, _ = iterate(data, now, scratch, value, 1000)
        regroup(data, groups, other)
        expected = update(data, other, room.factor)
        while classify(data, other, room) > 0:
            expected = update(data, other, room.factor)
        assert value == expected
        np.testing.assert_array_equal(now.groups, other.groups)
        check_bounds(data, now, scratch)


def test_follow_by_hand() -> None:
    # Profiles go 3 and 5 far, the slope by 2, on regressors whose lengths are 1, 0 and 4.
    y, x = np.zeros((3, 2)), np.zeros((3, 2, 1))
    y[0, 0], y[1, 0] = 1.0, -1.0
    data, now, scratch = kernel_arrays(y, x, 2)
    data = data._replace(lengths=np.array([[1.0, 0.0, 4.0]]))
    now.groups[:] = [0, 0, 1]
    now.theta[:], now.alpha[:] = 1.0, 0.0
    keep(now, scratch)
    now.theta[:], now.alpha[:] = -1.0, [[0.0, 3.0], [3.0, -4.0]]
    scratch.upper[:], scratch.lower[:] = [1.0, 2.0, 3.0], [20.0, 30.0, 40.0]
    follow(data, now, scratch)
    np.testing.assert_allclose(scratch.upper, [1 + 3 + 2, 2 + 3, 3 + 5 + 8])
    # From every other: those of the first group have the second, those of the second the first.
    np.testing.assert_allclose(scratch.lower, [20 - 5 - 2, 30 - 5, 40 - 3 - 8])


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("unsure", [0, 1, 20, TILE - 1, TILE, TILE + 1, 599, 600])
def test_reassign_looks_only_at_units_whose_bounds_meet(unsure: int, held: bool) -> None:
    data, (now, scratch), _ = start((600, 4, 1, 5), 0, False)
    if not held:  # As where there are too many units to hold the panel twice.
        data = data._replace(series=np.empty((*data.series.shape[:2], 0)))
    iterate(data, now, scratch, begin(data, now, scratch), 1000)
    assign(data, now.theta, now.alpha, scratch)
    right = scratch.assigned.copy()
    # Wrong groups, of which sure bounds are taken at their word.
    now.groups[:] = (right + 1) % 5
    scratch.upper[:], scratch.lower[:] = 1.0, 2.0
    looked_at = np.random.default_rng(unsure).permutation(600)[:unsure]
    scratch.upper[looked_at] = 2.0
    reassign(data, now, scratch)
    assert (scratch.assigned[looked_at] == right[looked_at]).all()
    rest = np.setdiff1d(np.arange(600), looked_at)
    assert (scratch.assigned[rest] == now.groups[rest]).all()
    assert (scratch.upper[rest] == 1.0).all()
    assert (scratch.lower[rest] == 2.0).all()
    upper, lower = scratch.upper.copy(), scratch.lower.copy()
    reassign_all(data, now, scratch)
    np.testing.assert_array_equal(scratch.assigned, right)
    np.testing.assert_array_equal(scratch.upper, np.sqrt(scratch.nearest))
    np.testing.assert_array_equal(scratch.lower, np.sqrt(scratch.second))
    # Taken from all over the panel, units have the same bits.
    np.testing.assert_array_equal(scratch.upper[looked_at], upper[looked_at])
    np.testing.assert_array_equal(scratch.lower[looked_at], lower[looked_at])
