"""Leverages of units, and the inverse that they are made with."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.crossproducts import profile_out
from gfe_mc.kernels.profiles.leverage import hopeless, invert, squared_distance, squared_length
from gfe_mc.kernels.profiles.moves import take_stock
from tests.reference.panels import kernel_arrays, put, random_groups, random_panel


def symmetric(lower: np.ndarray) -> np.ndarray:
    """A matrix from its lower triangle."""
    whole: np.ndarray = np.tril(lower) + np.tril(lower, -1).T
    return whole


@pytest.mark.parametrize("n_regressors", [0, 1, 2, 4])
def test_invert(n_regressors: int) -> None:
    rng = np.random.default_rng(n_regressors)
    y, x = random_panel(rng, 20, 4, n_regressors)
    data, now, scratch = kernel_arrays(y, x, 3)
    put(data, random_groups(rng, 20, 3), now)
    profile_out(now.within, data.floor, scratch.factor)
    inverse = np.full((n_regressors, n_regressors), np.nan)
    assert invert(scratch.factor, inverse)
    expected = np.linalg.inv(symmetric(now.within)[:-1, :-1])
    np.testing.assert_allclose(inverse, expected, rtol=1e-10)


def test_there_is_no_inverse_where_a_regressor_is_left_out() -> None:
    factor = np.array([[2.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 5.0]])
    assert not invert(factor, np.empty((2, 2)))
    # Of the outcome nothing is asked: the fit may be exact.
    factor[1, 1], factor[2, 2] = 1.0, 0.0
    assert invert(factor, np.empty((2, 2)))


@pytest.mark.parametrize("n_regressors", [0, 1, 2, 4])
def test_lengths_and_distances_are_in_the_metric_of_the_inverse(n_regressors: int) -> None:
    rng = np.random.default_rng([n_regressors, 1])
    y, x = random_panel(rng, 20, 4, n_regressors)
    data, now, scratch = kernel_arrays(y, x, 3)
    put(data, random_groups(rng, 20, 3), now)
    assert take_stock(data, now, scratch)
    inverse, means = scratch.moving.inverse, scratch.moving.means
    exact = np.linalg.inv(symmetric(now.within)[:-1, :-1])
    for g in range(3):
        mean = data.z[now.groups == g].mean(axis=0)
        np.testing.assert_allclose(means[g], mean, rtol=1e-10, atol=1e-12)
        reach = np.sqrt(np.einsum("kt,kl,lt->", mean[:-1], exact, mean[:-1]))
        assert scratch.moving.reaches[g] == pytest.approx(reach, rel=1e-9)
        for i in range(20):
            unit, gap = data.z[i, :-1], (data.z[i] - mean)[:-1]
            length = np.einsum("kt,kl,lt->", unit, exact, unit)
            assert squared_length(data.z, i, inverse) == pytest.approx(length, rel=1e-9)
            distance = np.einsum("kt,kl,lt->", gap, exact, gap)
            found = squared_distance(data.z, i, means, g, inverse)
            assert found == pytest.approx(distance, rel=1e-9)


def test_hopeless_by_hand() -> None:
    # Without regressors a move is ruled out as soon as it costs more than it brings.
    assert hopeless(1.0, 0.0, 1.1, 0.0)
    assert not hopeless(1.0, 0.0, 0.9, 0.0)
    assert not hopeless(1.0, 0.0, 1.0, 0.0)
    # With H_a = H_b = 1 / 4 and D_a = 1: 2 sqrt(D_b) / 4 < 3 D_b / 4 - 5 / 4 from D_b = 25 / 9 on.
    assert hopeless(1.0, 0.25, 25 / 9 + 1e-6, 0.25)
    assert not hopeless(1.0, 0.25, 25 / 9 - 1e-6, 0.25)
    # A unit that makes up all the variation of a regressor may bring anything.
    assert not hopeless(1.0, 1.0, 1e6, 0.25)
