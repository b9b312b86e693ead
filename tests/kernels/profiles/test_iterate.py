"""Algorithm 1: assignment, refill, and the iteration of both with least squares."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.assign import assign
from gfe_mc.kernels.profiles.crossproducts import regroup, update
from gfe_mc.kernels.profiles.iterate import begin, classify, iterate, refill
from tests.reference import gfe_numpy as twin
from tests.reference.panels import (
    SHAPES,
    counted_panel,
    kernel_arrays,
    put,
    random_groups,
    random_panel,
    starting_slopes,
)


def test_assign_by_hand() -> None:
    y = np.array([[-5.0], [-1.0], [0.0], [6.0]])
    data, _, scratch = kernel_arrays(y, np.zeros((4, 1, 0)), 3)
    # The middle of the first two profiles is 0: the tie goes to the lower number.
    assign(data, np.zeros(0), np.array([[-1.0], [1.0], [9.0]]), scratch)
    assert scratch.assigned.tolist() == [0, 0, 0, 2]
    np.testing.assert_allclose(scratch.nearest, [16.0, 0.0, 1.0, 9.0], atol=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
def test_assign_agrees_with_twin(shape: tuple[int, int, int, int]) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng(shape)
    y, x = random_panel(rng, n_units, n_periods, n_regressors)
    data, _, scratch = kernel_arrays(y, x, n_groups)
    for _ in range(10):
        theta = rng.standard_normal(n_regressors)
        alpha = rng.standard_normal((n_groups, n_periods))
        alpha[0] = np.inf if n_groups > 1 and rng.random() < 0.5 else alpha[0]
        assign(data, theta, alpha, scratch)
        squares = twin.distances(y, x, theta, alpha)
        assert (scratch.assigned == squares.argmin(axis=1)).all()
        np.testing.assert_allclose(scratch.nearest, squares.min(axis=1), rtol=1e-11)


def test_refill_by_hand() -> None:
    y = np.arange(5.0)[:, None]
    data, now, _ = kernel_arrays(y, np.zeros((5, 1, 0)), 4)
    regroup(data, np.array([0, 0, 0, 0, 1]), now)
    # The farthest unit is alone in its group and stays; the two farthest of the others go.
    nearest = np.array([3.0, 1.0, 2.0, 0.5, 9.0])
    assert refill(data, now, nearest) == 2
    assert now.groups.tolist() == [2, 0, 3, 0, 1]
    assert now.counts.tolist() == [2, 1, 1, 1]


@pytest.mark.parametrize("seed", range(30))
def test_refill_agrees_with_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, x = random_panel(rng, 10, 3, 1)
    n_groups = int(rng.integers(2, 11))
    groups = rng.choice(rng.integers(n_groups, size=1 + n_groups // 3), size=10)
    nearest = rng.random(10)
    expected = twin.refill(groups, nearest, n_groups)
    data, now, _ = kernel_arrays(y, x, n_groups)
    regroup(data, groups, now)
    assert refill(data, now, nearest.copy()) == n_groups - len(np.unique(groups))
    assert (now.groups == expected).all()
    assert (now.counts == np.bincount(expected, minlength=n_groups)).all()
    assert now.counts.min() > 0


def test_classify_counts_the_units_that_move() -> None:
    rng = np.random.default_rng(7)
    y, x = random_panel(rng, 15, 4, 1)
    groups = random_groups(rng, 15, 3)
    data, now, scratch = kernel_arrays(y, x, 3)
    regroup(data, groups, now)
    update(data, now, scratch.factor)
    moved = classify(data, now, scratch)
    assert moved == (now.groups != groups).sum() > 0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(4))
def test_iterate_agrees_with_twin(shape: tuple[int, int, int, int], seed: int) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng([seed, *shape])
    y, x = random_panel(rng, n_units, n_periods, n_regressors)
    pool = np.arange(n_units)
    theta, alpha = twin.random_start(rng, y, x, starting_slopes(n_regressors), n_groups, pool)
    first = twin.begin(y, x, theta, alpha)
    last, _ = twin.algorithm_1(y, x, first)
    data, now, scratch = kernel_arrays(y, x, n_groups)
    now.theta[:], now.alpha[:] = theta, alpha
    objective = begin(data, now, scratch)
    assert objective == pytest.approx(first.objective, rel=1e-10)
    assert (now.groups == first.groups).all()
    objective, converged = iterate(data, now, scratch, objective, 1000)
    assert converged
    assert objective == pytest.approx(last.objective, rel=1e-10)
    assert (now.groups == last.groups).all()
    np.testing.assert_allclose(now.theta, last.theta, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(now.alpha, last.alpha, rtol=1e-8, atol=1e-10)


def test_objective_never_rises_and_the_limit_is_kept() -> None:
    rng = np.random.default_rng(8)
    y, x = random_panel(rng, 200, 4, 2)
    data, now, scratch = kernel_arrays(y, x, 6)
    put(data, random_groups(rng, 200, 6), now)
    objectives = [update(data, now, scratch.factor)]
    converged = False
    while not converged:
        value, converged = iterate(data, now, scratch, objectives[-1], 1)
        objectives.append(value)
    assert len(objectives) > 4
    assert (np.diff(objectives[:-1]) < 0.0).all()
    assert objectives[-1] == pytest.approx(objectives[-2], rel=1e-12)


# Units that count several times.


def test_weighted_refill_by_hand() -> None:
    y, weights = np.arange(4.0)[:, None], np.array([2, 1, 1, 5])
    data, now, _ = kernel_arrays(y, np.zeros((4, 1, 0)), 3, weights)
    regroup(data, np.array([0, 0, 0, 1]), now)
    # The last unit counts five times, but is alone in its group all the same.
    assert refill(data, now, np.array([3.0, 1.0, 2.0, 9.0])) == 1
    assert now.groups.tolist() == [2, 0, 0, 1]
    assert now.counts.tolist() == [2, 5, 2]


@pytest.mark.parametrize("seed", range(20))
def test_weighted_refill_agrees_with_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, x, weights = counted_panel(rng, 10, 3, 1)
    n_groups = int(rng.integers(2, 11))
    groups = rng.choice(rng.integers(n_groups, size=1 + n_groups // 3), size=10)
    nearest = rng.random(10)
    data, now, _ = kernel_arrays(y, x, n_groups, weights)
    regroup(data, groups, now)
    refill(data, now, nearest)
    assert (now.groups == twin.refill(groups, nearest, n_groups)).all()
    np.testing.assert_array_equal(now.counts, np.bincount(now.groups, weights, n_groups))
    assert now.counts.min() > 0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(2))
def test_weighted_iterate_agrees_with_twin(shape: tuple[int, int, int, int], seed: int) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng([seed, *shape])
    y, x, weights = counted_panel(rng, n_units, n_periods, n_regressors)
    pool = np.arange(n_units)
    theta, alpha = twin.random_start(rng, y, x, starting_slopes(n_regressors), n_groups, pool)
    first = twin.begin(y, x, theta, alpha, weights)
    last, _ = twin.algorithm_1(y, x, first, weights=weights)
    data, now, scratch = kernel_arrays(y, x, n_groups, weights)
    now.theta[:], now.alpha[:] = theta, alpha
    objective = begin(data, now, scratch)
    assert objective == pytest.approx(first.objective, rel=1e-10)
    objective, converged = iterate(data, now, scratch, objective, 1000)
    assert converged
    assert objective == pytest.approx(last.objective, rel=1e-10)
    assert (now.groups == last.groups).all()
    np.testing.assert_allclose(now.theta, last.theta, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(now.alpha, last.alpha, rtol=1e-8, atol=1e-10)
