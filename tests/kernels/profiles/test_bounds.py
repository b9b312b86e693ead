"""Bounds on distances: valid at every step, and the groups are those of the full assignment."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.assign import assign
from gfe_mc.kernels.profiles.bounds import MANY, follow, forget, keep, reassign
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


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(6))
def test_iterate_gives_the_bits_of_full_assignments(
    case: tuple[int, int, int, int], seed: int, weighted: bool
) -> None:
    data, (now, scratch), (other, room) = start(case, seed, weighted)
    objective, converged = iterate(data, now, scratch, begin(data, now, scratch), 1000)
    expected, settled, refilled = whole(data, other, room, 1000)
    assert (objective, converged) == (expected, settled)
    np.testing.assert_array_equal(now.groups, other.groups)
    assert now.theta.tobytes() == other.theta.tobytes()
    assert now.alpha.tobytes() == other.alpha.tobytes()
    assert now.sums.tobytes() == other.sums.tobytes()
    np.testing.assert_array_equal(now.counts, other.counts)
    assert refilled >= seed % 2
    check_bounds(data, now, scratch)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(2))
def test_bounds_hold_after_every_step(case: tuple[int, int, int, int], seed: int) -> None:
    data, (now, scratch), _ = start(case, seed, bool(seed))
    value, converged, steps = begin(data, now, scratch), False, 0
    check_bounds(data, now, scratch)
    while not converged:
        value, converged = iterate(data, now, scratch, value, 1)
        check_bounds(data, now, scratch)
        steps += 1
    assert steps > 3
    value = improve_by_moves(data, now, scratch, value, 1000)
    check_bounds(data, now, scratch)
    # And from there on: they are those of the parameters that moves left.
    iterate(data, now, scratch, value, 1000)
    check_bounds(data, now, scratch)


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


def test_iterate_goes_on_from_the_bounds_that_moves_left() -> None:
    for seed in range(6):
        data, (now, scratch), (other, room) = start((700, 4, 2, 6), seed, bool(seed % 2))
        value, _ = iterate(data, now, scratch, begin(data, now, scratch), 2)
        value = improve_by_moves(data, now, scratch, value, 1000)
        regroup(data, now.groups, other)
        other.sums[:] = now.sums  # Of which bits depend on the order of moves.
        assert update(data, other, room.factor) == pytest.approx(value, rel=1e-12)
        classify(data, other, room)
        classify_by_bounds(data, now, scratch, False)
        np.testing.assert_array_equal(now.groups, other.groups)


@pytest.mark.parametrize("empty", [False, True])
def test_iterate_from_a_grouping_of_which_nothing_is_known(empty: bool) -> None:
    for seed in range(4):
        data, (now, scratch), (other, room) = start((640, 4, 1, 6), 2 * seed, False)
        groups = random_groups(np.random.default_rng(seed), 640, 6)
        if empty:
            groups[groups == 3] = 2
        regroup(data, groups, now)
        value = update(data, now, scratch.factor)
        forget(now, scratch)
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


@pytest.mark.parametrize("unsure", [0, 1, 20, 300])
def test_reassign_looks_only_at_units_whose_bounds_meet(unsure: int) -> None:
    data, (now, scratch), _ = start((600, 4, 1, 5), 0, False)
    iterate(data, now, scratch, begin(data, now, scratch), 1000)
    assign(data, now.theta, now.alpha, scratch)
    right = scratch.assigned.copy()
    # Wrong groups, of which sure bounds are taken at their word.
    now.groups[:] = (right + 1) % 5
    scratch.upper[:], scratch.lower[:] = 1.0, 2.0
    looked_at = np.random.default_rng(unsure).permutation(600)[:unsure]
    scratch.upper[looked_at] = 2.0
    reassign(data, now, scratch, False)
    assert (scratch.assigned[looked_at] == right[looked_at]).all()
    if unsure <= 20:
        rest = np.setdiff1d(np.arange(600), looked_at)
        assert (scratch.assigned[rest] == now.groups[rest]).all()
    reassign(data, now, scratch, True)
    np.testing.assert_array_equal(scratch.assigned, right)
    np.testing.assert_array_equal(scratch.upper, np.sqrt(scratch.nearest))
