"""Units that a move might bring something: none is left out for which a move improves."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.bounds import MANY, begin_bounds, follow, keep
from gfe_mc.kernels.profiles.crossproducts import regroup, update
from gfe_mc.kernels.profiles.iterate import begin, classify_by_bounds, iterate
from gfe_mc.kernels.profiles.leverage import joining, leaving
from gfe_mc.kernels.profiles.moves import LESS, take_stock
from gfe_mc.kernels.profiles.near import least_share, may_bring, near_by_bounds
from gfe_mc.kernels.profiles.starts import random_parameters
from tests.reference.panels import counted_panel, kernel_arrays, random_panel, starting_slopes


def improvable(data: Data, now: Grouping, scratch: Scratch) -> np.ndarray:
    """Units that a move to another group improves, each move made and undone."""
    groups, n_groups = now.groups.copy(), len(now.counts)
    objective = update(data, now, scratch.factor)
    counts, found = now.counts.copy(), []
    for i in range(len(groups)):
        own = groups[i]
        if counts[own] == data.weights[i]:
            continue
        for g in range(n_groups):
            groups[i] = g
            regroup(data, groups, now)
            if g != own and update(data, now, scratch.factor) < objective * LESS:
                found.append(i)
                break
        groups[i] = own
    return np.array(found)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n_regressors", "n_groups"), [(0, 4), (1, 2), (2, 3), (3, 4)])
def test_no_unit_is_left_out_that_a_move_improves(
    n_regressors: int, n_groups: int, weighted: bool, known: bool
) -> None:
    rng = np.random.default_rng([n_regressors, n_groups, weighted])
    y, x, weights = counted_panel(rng, 600, 4, n_regressors)
    data, now, scratch = kernel_arrays(y, x, n_groups, weights if weighted else None)
    random_parameters(data, rng, starting_slopes(n_regressors), now, scratch)
    # A step or two of Algorithm 1: there are units to be moved, and bounds that are not tight.
    iterate(data, now, scratch, begin(data, now, scratch), 1 + n_regressors)
    begin_bounds(data, now, scratch)
    classify_by_bounds(data, now, scratch, False)
    keep(now, scratch)
    update(data, now, scratch.factor)
    follow(data, now, scratch)
    if not known:
        scratch.upper[:], scratch.lower[:] = np.inf, 0.0
    assert take_stock(data, now, scratch)
    near = scratch.near[: near_by_bounds(data, now, scratch)].copy()
    assert (np.diff(near) > 0).all()
    better = improvable(data, now, scratch)
    assert len(better) > 0
    assert np.isin(better, near).all()


def test_no_unit_of_large_leverage_is_left_out() -> None:
    # The regressor varies with a few units, whose moves change the slope.
    rng = np.random.default_rng(0)
    y, x = random_panel(rng, MANY, 3, 1)
    x[20:] *= 0.01
    y = x[:, :, 0] + 0.3 * rng.standard_normal((MANY, 3)) + 2.0 * rng.integers(3, size=(MANY, 1))
    data, now, scratch = kernel_arrays(y - y.mean(axis=0), x - x.mean(axis=0), 3)
    random_parameters(data, rng, starting_slopes(1), now, scratch)
    iterate(data, now, scratch, begin(data, now, scratch), 1)
    begin_bounds(data, now, scratch)
    assert take_stock(data, now, scratch)
    near = scratch.near[: near_by_bounds(data, now, scratch)].copy()
    better = improvable(data, now, scratch)
    assert len(better) > 0
    assert np.isin(better, near).all()


def test_most_units_of_groups_that_are_far_apart_are_left_out() -> None:
    rng = np.random.default_rng(1)
    groups = rng.integers(4, size=1000)
    x = rng.standard_normal((1000, 5, 2))
    y = x.sum(axis=2) + 10.0 * np.eye(4, 5)[groups] + rng.standard_normal((1000, 5))
    data, now, scratch = kernel_arrays(y - y.mean(axis=0), x - x.mean(axis=0), 4)
    regroup(data, groups, now)
    value = update(data, now, scratch.factor)
    iterate(data, now, scratch, value, 1000)
    scratch.upper[:], scratch.lower[:] = np.inf, 0.0
    take_stock(data, now, scratch)
    assert near_by_bounds(data, now, scratch) < 10
    # What was left out was told by bounds, which are tight now.
    assert np.isfinite(scratch.upper).all()


def test_a_unit_alone_is_left_out() -> None:
    y, x = random_panel(np.random.default_rng(2), MANY, 3, 0)
    data, now, scratch = kernel_arrays(y, x, 2)
    groups = np.zeros(MANY, np.int64)
    groups[7] = 1
    regroup(data, groups, now)
    update(data, now, scratch.factor)
    begin_bounds(data, now, scratch)
    take_stock(data, now, scratch)
    assert 7 not in scratch.near[: near_by_bounds(data, now, scratch)]


def test_may_bring_by_hand() -> None:
    # A unit of two, without leverage: 2 times its own distance against that of the other.
    assert may_bring(1.0, 1.9, 2.0, 1.0, 0.0)
    assert not may_bring(1.0, 2.1, 2.0, 1.0, 0.0)
    # With H = 2 leverage = 1 / 4: (1 + 1 / 2) 2 against 1 / 2.
    assert may_bring(1.0, 5.9, 2.0, 1.0, 0.125)
    assert not may_bring(1.0, 6.1, 2.0, 1.0, 0.125)
    # From H = 1 / 2 on nothing is told.
    assert may_bring(1.0, 1e9, 2.0, 1.0, 0.25)
    assert may_bring(1.0, np.nan, 2.0, 1.0, 0.0)


def test_least_share_is_that_of_any_unit_and_group() -> None:
    counts, weights = np.array([7.0, 3.0, 12.0]), np.array([1.0, 2.0, 5.0])
    shares = [joining(count, weight) / weight for count in counts for weight in weights]
    assert least_share(counts, 5.0) == pytest.approx(min(shares))
    assert all(leaving(9.0, weight) >= weight for weight in weights)
