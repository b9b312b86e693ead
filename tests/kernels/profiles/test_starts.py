"""Random starts and the descent from them."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.bounds import MANY
from gfe_mc.kernels.profiles.iterate import begin, iterate
from gfe_mc.kernels.profiles.moves import improve_by_moves
from gfe_mc.kernels.profiles.starts import (
    descend,
    profile_of_unit,
    random_parameters,
    restore,
    search_starts,
)
from tests.reference import gfe_numpy as twin
from tests.reference.panels import (
    SHAPES,
    counted_panel,
    kernel_arrays,
    random_groups,
    random_panel,
    starting_slopes,
)


def test_profile_of_unit_by_hand() -> None:
    y = np.array([[1.0, 2.0], [-1.0, -2.0]])
    x = np.array([[3.0, 1.0], [-3.0, -1.0]])[:, :, None]
    data, now, _ = kernel_arrays(y, x, 2)
    now.theta[0] = 0.5
    profile_of_unit(data.z, 0, 1, now.theta, now.alpha)
    np.testing.assert_allclose(now.alpha, [[0.0, 0.0], [-0.5, 1.5]])


@pytest.mark.parametrize("shape", SHAPES)
def test_random_parameters_agree_with_twin(shape: tuple[int, int, int, int]) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng(shape)
    y, x = random_panel(rng, n_units, n_periods, n_regressors)
    data, now, scratch = kernel_arrays(y, x, n_groups)
    slopes = starting_slopes(n_regressors)
    kernel_rng, twin_rng = np.random.default_rng(0), np.random.default_rng(0)
    pool = np.arange(n_units)
    for _ in range(5):
        random_parameters(data, kernel_rng, slopes, now, scratch)
        theta, alpha = twin.random_start(twin_rng, y, x, slopes, n_groups, pool)
        assert (now.theta == theta).all()
        np.testing.assert_allclose(now.alpha, alpha, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(2))
def test_descend_agrees_with_twin(shape: tuple[int, int, int, int], seed: int) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng([seed, *shape])
    y, x = random_panel(rng, n_units, n_periods, n_regressors)
    pool = np.arange(n_units)
    theta, alpha = twin.random_start(rng, y, x, starting_slopes(n_regressors), n_groups, pool)
    expected = twin.descend(y, x, twin.begin(y, x, theta, alpha))
    data, now, scratch = kernel_arrays(y, x, n_groups)
    now.theta[:], now.alpha[:] = theta, alpha
    objective, converged = descend(data, now, scratch, begin(data, now, scratch), 1000)
    assert converged
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    assert (now.groups == expected.groups).all()


@pytest.mark.parametrize("n_units", [40, MANY + 40])
@pytest.mark.parametrize("n_regressors", [0, 2])
def test_after_a_descent_neither_algorithm_1_nor_a_move_improves(
    n_units: int, n_regressors: int
) -> None:
    rng = np.random.default_rng([n_units, n_regressors])
    y, x = random_panel(rng, n_units, 4, n_regressors)
    data, now, scratch = kernel_arrays(y, x, 5)
    for _ in range(5):
        random_parameters(data, rng, starting_slopes(n_regressors), now, scratch)
        objective, converged = descend(data, now, scratch, begin(data, now, scratch), 1000)
        assert converged
        groups = now.groups.copy()
        assert iterate(data, now, scratch, objective, 1000) == (objective, True)
        assert improve_by_moves(data, now, scratch, objective, 1000) == objective
        assert (now.groups == groups).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_search_starts_agrees_with_twin(shape: tuple[int, int, int, int]) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    y, x = random_panel(np.random.default_rng(shape), n_units, n_periods, n_regressors)
    data, now, scratch = kernel_arrays(y, x, n_groups)
    slopes = starting_slopes(n_regressors)
    objective, n_best, n_tries, converged = search_starts(
        data, np.random.default_rng(1), slopes, 20, 1000, 0, False, now, scratch
    )
    expected = twin.multi_start(np.random.default_rng(1), y, x, slopes, n_groups, 20)
    assert converged
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    assert (n_best, n_tries) == (expected.n_best, expected.n_tries)
    assert twin.same_partition(now.groups, expected.groups)


def test_restore_takes_up_the_best_grouping() -> None:
    rng = np.random.default_rng(2)
    y, x = random_panel(rng, 12, 4, 1)
    data, now, scratch = kernel_arrays(y, x, 3)
    scratch.best[:] = random_groups(rng, 12, 3)
    expected = twin.update(y, x, scratch.best, 3)
    assert restore(data, now, scratch) == pytest.approx(expected.objective, rel=1e-12)
    assert (now.groups == scratch.best).all()
    np.testing.assert_allclose(now.theta, expected.theta, rtol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("hits", [0, 2])
def test_weighted_search_from_given_parameters_agrees_with_twin(
    shape: tuple[int, int, int, int], hits: int
) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng(shape)
    y, x, weights = counted_panel(rng, n_units, n_periods, n_regressors)
    slopes = starting_slopes(n_regressors)
    given = twin.random_start(rng, y, x, slopes, n_groups, np.arange(n_units))
    data, now, scratch = kernel_arrays(y, x, n_groups, weights)
    now.theta[:], now.alpha[:] = given
    found = search_starts(
        data, np.random.default_rng(1), slopes, 20, 1000, hits, True, now, scratch
    )
    extras = twin.Extras(weights, given, hits)
    expected = twin.multi_start(np.random.default_rng(1), y, x, slopes, n_groups, 20, extras)
    assert found[0] == pytest.approx(expected.objective, rel=1e-10)
    assert found[1:] == (expected.n_best, expected.n_tries, True)
    assert (found[2] < 20) == (found[1] == 2) if hits else found[2] == 20
    assert twin.same_partition(now.groups, expected.groups)


def test_one_start_from_given_parameters_draws_nothing() -> None:
    rng = np.random.default_rng(3)
    y, x = random_panel(rng, 12, 4, 1)
    given = twin.random_start(rng, y, x, starting_slopes(1), 3, np.arange(12))
    expected, _ = twin.algorithm_1(y, x, twin.begin(y, x, *given))
    data, now, scratch = kernel_arrays(y, x, 3)
    now.theta[:], now.alpha[:] = given
    used = np.random.default_rng(1)
    found = search_starts(data, used, starting_slopes(1), 1, 1000, 0, True, now, scratch)
    assert found[0] == pytest.approx(expected.objective, rel=1e-10)
    assert found[1:] == (1, 1, True)
    assert (now.groups == expected.groups).all()
    assert used.random() == np.random.default_rng(1).random()
