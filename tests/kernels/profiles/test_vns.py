"""Algorithm 2."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.vns import jump, neighborhood_search, search_neighborhoods
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


@pytest.mark.parametrize("n", [1, 3, 8, 20])
def test_jump_relocates_as_many_units_as_it_is_told(n: int) -> None:
    rng = np.random.default_rng(n)
    y, x = random_panel(rng, 8, 3, 1)
    groups = random_groups(rng, 8, 3)
    data, now, scratch = kernel_arrays(y, x, 3)
    kernel_rng, twin_rng = np.random.default_rng(0), np.random.default_rng(0)
    pool = np.arange(8)
    for _ in range(20):
        put(data, groups, now)
        jump(data, kernel_rng, n, now, scratch)
        expected = groups.copy()
        for i in twin.distinct(twin_rng, min(n, 8), pool):
            expected[i] = twin.below(twin_rng, 3)
        assert (now.groups == expected).all()
        assert (now.counts == np.bincount(expected, minlength=3)).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_search_agrees_with_twin(shape: tuple[int, int, int, int]) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    y, x = random_panel(np.random.default_rng(shape), n_units, n_periods, n_regressors)
    data, now, scratch = kernel_arrays(y, x, n_groups)
    slopes = starting_slopes(n_regressors)
    objective, n_best, n_tries, converged = search_neighborhoods(
        data, np.random.default_rng(1), slopes, 2, 3, 2, 1000, False, now, scratch
    )
    expected = twin.algorithm_2(np.random.default_rng(1), y, x, slopes, n_groups, 2, 3, 2)
    assert converged
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    assert (n_best, n_tries) == (expected.n_best, expected.n_tries)
    assert twin.same_partition(now.groups, expected.groups)


def test_last_round_is_the_one_in_which_j_exceeds_iter_max() -> None:
    # One group: nothing improves on the start, and every neighborhood takes 2 n draws. Going
    # through 1, 2, 3 once for j = 0, 1, 2 draws 3 (2 + 4 + 6) numbers, as printed.
    y, x = random_panel(np.random.default_rng(2), 6, 3, 0)
    data, now, scratch = kernel_arrays(y, x, 1)
    now.alpha[:] = 0.0
    used, counted = np.random.default_rng(3), np.random.default_rng(3)
    neighborhood_search(data, used, 3, 2, 1000, np.empty(6, np.int64), now, scratch)
    counted.random(36)
    assert used.random() == counted.random()


@pytest.mark.parametrize("shape", SHAPES)
def test_weighted_search_from_given_parameters_agrees_with_twin(
    shape: tuple[int, int, int, int],
) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng(shape)
    y, x, weights = counted_panel(rng, n_units, n_periods, n_regressors)
    slopes = starting_slopes(n_regressors)
    given = twin.random_start(rng, y, x, slopes, n_groups, np.arange(n_units))
    data, now, scratch = kernel_arrays(y, x, n_groups, weights)
    now.theta[:], now.alpha[:] = given
    objective, n_best, n_tries, converged = search_neighborhoods(
        data, np.random.default_rng(1), slopes, 2, 2, 1, 1000, True, now, scratch
    )
    extras = twin.Extras(weights, given)
    expected = twin.algorithm_2(np.random.default_rng(1), y, x, slopes, n_groups, 2, 2, 1, extras)
    assert converged
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    assert (n_best, n_tries) == (expected.n_best, expected.n_tries)
    assert twin.same_partition(now.groups, expected.groups)


def test_weighted_jumps_keep_the_counts() -> None:
    rng = np.random.default_rng(5)
    y, x, weights = counted_panel(rng, 8, 3, 1)
    data, now, scratch = kernel_arrays(y, x, 3, weights)
    put(data, random_groups(rng, 8, 3), now)
    for _ in range(100):
        jump(data, rng, 3, now, scratch)
    np.testing.assert_array_equal(now.counts, np.bincount(now.groups, weights, 3))
