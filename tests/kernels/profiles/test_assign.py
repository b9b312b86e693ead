"""The assignment step in tiles: the bits of a plain loop, whatever the number of units."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.arrays import TILE, Data
from gfe_mc.kernels.profiles.assign import assign, assign_tile, fill_tile, locate
from tests.reference.panels import kernel_arrays, random_panel

SIZES = [1, TILE - 1, TILE, TILE + 1, 2 * TILE + 83]


def plain_distances(data: Data, theta: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Squared distances (N, G), each sum taken over regressors and periods one after another."""
    n_units, n_series, n_periods = data.z.shape
    squares = np.zeros((n_units, len(alpha)))
    for t in range(n_periods):
        residual = data.z[:, n_series - 1, t].copy()
        for k in range(n_series - 1):
            residual -= theta[k] * data.z[:, k, t]
        for g in range(len(alpha)):
            squares[:, g] += (residual - alpha[g, t]) * (residual - alpha[g, t])
    return squares


def without_series(data: Data) -> Data:
    """The panel as it is held where there are too many units to hold it twice."""
    return data._replace(series=np.empty((*data.series.shape[:2], 0)))


@pytest.mark.parametrize("n_units", SIZES)
@pytest.mark.parametrize(("n_periods", "n_regressors"), [(1, 0), (3, 2), (4, 1), (7, 0), (10, 3)])
@pytest.mark.parametrize("n_groups", [1, 2, 5])
def test_assign_gives_the_bits_of_a_plain_loop(
    n_units: int, n_periods: int, n_regressors: int, n_groups: int
) -> None:
    rng = np.random.default_rng([n_units, n_periods, n_regressors, n_groups])
    y, x = random_panel(rng, n_units, n_periods, n_regressors)
    data, _, scratch = kernel_arrays(3.0 * y + 1e-3, x, n_groups)
    for empty in (False, True):
        theta = rng.standard_normal(n_regressors)
        alpha = rng.standard_normal((n_groups, n_periods))
        if empty and n_groups > 1:
            alpha[n_groups // 2] = np.inf
        squares = plain_distances(data, theta, alpha)
        for held in (data, without_series(data)):
            scratch.nearest[:], scratch.assigned[:] = np.nan, -1
            assign(held, theta, alpha, scratch)
            np.testing.assert_array_equal(scratch.assigned, squares.argmin(axis=1))
            np.testing.assert_array_equal(scratch.nearest, squares.min(axis=1))


@pytest.mark.parametrize("n_units", SIZES)
@pytest.mark.parametrize("n_periods", [3, 4, 9])
def test_second_nearest_is_that_of_a_plain_loop(n_units: int, n_periods: int) -> None:
    rng = np.random.default_rng([n_units, n_periods])
    y, x = random_panel(rng, n_units, n_periods, 1)
    data, _, scratch = kernel_arrays(y, x, 6)
    theta, alpha = rng.standard_normal(1), rng.standard_normal((6, n_periods))
    alpha[4] = alpha[1]  # Where these are the nearest, the first is taken; the second is as near.
    squares = plain_distances(data, theta, alpha)
    ordered = np.sort(squares, axis=1)
    for held in (data, without_series(data)):
        scratch.nearest[:], scratch.second[:], scratch.assigned[:] = np.nan, np.nan, -1
        for first in range(0, n_units, TILE):
            fill_tile(held.z, held.series, theta, first, scratch.tile)
            assign_tile(
                scratch.tile,
                alpha,
                first,
                True,
                scratch.distance,
                scratch.nearest,
                scratch.second,
                scratch.assigned,
            )
        np.testing.assert_array_equal(scratch.assigned, squares.argmin(axis=1))
        np.testing.assert_array_equal(scratch.nearest, ordered[:, 0])
        np.testing.assert_array_equal(scratch.second, ordered[:, 1])
    if n_units > TILE:
        assert (ordered[:, 0] == ordered[:, 1]).any()


def test_second_of_one_profile_is_infinitely_far() -> None:
    y, x = random_panel(np.random.default_rng(0), 5, 3, 1)
    data, now, scratch = kernel_arrays(y, x, 1)
    fill_tile(data.z, data.series, now.theta, 0, scratch.tile)
    tile, distance, nearest = scratch.tile, scratch.distance, scratch.nearest
    assign_tile(tile, now.alpha, 0, True, distance, nearest, scratch.second, scratch.assigned)
    assert (scratch.second == np.inf).all()
    assert locate(data.z, now.theta, now.alpha, 2, scratch.residual, -1)[2] == np.inf
    assert locate(data.z, now.theta, now.alpha, 2, scratch.residual, 0)[2] == np.inf


@pytest.mark.parametrize(("n_periods", "n_regressors"), [(3, 2), (4, 0), (10, 3)])
def test_locate_gives_the_bits_of_assign(n_periods: int, n_regressors: int) -> None:
    rng = np.random.default_rng([n_periods, n_regressors])
    y, x = random_panel(rng, TILE + 9, n_periods, n_regressors)
    data, _, scratch = kernel_arrays(y, x, 5)
    theta, alpha = rng.standard_normal(n_regressors), rng.standard_normal((5, n_periods))
    alpha[3] = alpha[0]
    assign(data, theta, alpha, scratch)
    ordered = np.sort(plain_distances(data, theta, alpha), axis=1)
    for i in range(TILE + 9):
        found = locate(data.z, theta, alpha, i, scratch.residual, -1)
        assert found == (scratch.assigned[i], scratch.nearest[i], ordered[i, 1])


def test_locate_of_a_group_tells_its_distance_and_the_least_other() -> None:
    rng = np.random.default_rng(1)
    y, x = random_panel(rng, 40, 5, 2)
    data, _, scratch = kernel_arrays(y, x, 6)
    theta, alpha = rng.standard_normal(2), rng.standard_normal((6, 5))
    alpha[5] = alpha[2]
    squares = plain_distances(data, theta, alpha)
    for i in range(40):
        for own in range(6):
            found = locate(data.z, theta, alpha, i, scratch.residual, own)
            others = np.delete(squares[i], own)
            assert found == (own, squares[i, own], others.min())
