"""The assignment step (9): every unit to the profile nearest to it, units side by side.

Units are taken a tile at a time, so that their residuals are read from the nearest memory once a
group. Distances are summed over the periods in their order, whether units are taken together or
alone, so that both give the same bits.
"""

import numpy as np

from gfe_mc.kernels._jit import bare
from gfe_mc.kernels.profiles.arrays import TILE, Data, Scratch


@bare
def assign(data: Data, theta: np.ndarray, alpha: np.ndarray, scratch: Scratch) -> None:
    """Every unit to the profile nearest to y_i - x_i theta.

    `scratch.assigned` receives the numbers of the profiles, ties going to the lowest, and
    `scratch.nearest` the squared distances to them.
    """
    z, series, tile, distance = data.z, data.series, scratch.tile, scratch.distance
    nearest, second, assigned = scratch.nearest, scratch.second, scratch.assigned
    for first in range(0, z.shape[0], TILE):
        fill_tile(z, series, theta, first, tile)
        assign_tile(tile, alpha, first, False, distance, nearest, second, assigned)


@bare
def fill_tile(
    z: np.ndarray, series: np.ndarray, theta: np.ndarray, first: int, tile: np.ndarray
) -> None:
    """Fill `tile` (T, TILE) with y_it - x_it'theta of the units from number `first` on."""
    n_units, n_series, n_periods = z.shape
    size = min(TILE, n_units - first)
    last = n_series - 1
    if series.shape[2] > 0:
        for t in range(n_periods):
            residual = tile[t, :size]
            outcome = series[last, t, first : first + size]
            for j in range(size):
                residual[j] = outcome[j]
            for k in range(last):
                slope = theta[k]
                regressor = series[k, t, first : first + size]
                for j in range(size):
                    residual[j] -= slope * regressor[j]
    else:
        for j in range(size):
            for t in range(n_periods):
                value = z[first + j, last, t]
                for k in range(last):
                    value -= theta[k] * z[first + j, k, t]
                tile[t, j] = value


@bare
def gather(
    z: np.ndarray,
    theta: np.ndarray,
    units: np.ndarray,
    size: int,
    residual: np.ndarray,
    tile: np.ndarray,
) -> None:
    """Fill `tile` with y_it - x_it'theta of the first `size` of some units."""
    n_periods, last = tile.shape[0], z.shape[1] - 1
    for j in range(size):
        i = units[j]
        for t in range(n_periods):
            residual[t] = z[i, last, t]
        for k in range(last):
            for t in range(n_periods):
                residual[t] -= theta[k] * z[i, k, t]
        for t in range(n_periods):
            tile[t, j] = residual[t]


@bare
def assign_tile(
    tile: np.ndarray,
    alpha: np.ndarray,
    first: int,
    twice: bool,
    distance: np.ndarray,
    nearest: np.ndarray,
    second: np.ndarray,
    assigned: np.ndarray,
) -> None:
    """Fill `nearest` and `assigned` of the units whose residuals are in the tile.

    And `second`, the squared distance to the profile that is nearest after that, if `twice`.
    """
    n_periods, size = tile.shape[0], min(TILE, nearest.shape[0] - first)
    whole = n_periods - n_periods % 4
    sums = distance[:size]
    lowest, next_, labels = (
        nearest[first : first + size],
        second[first : first + size],
        assigned[first : first + size],
    )
    for j in range(size):
        lowest[j], next_[j], labels[j] = np.inf, np.inf, 0
    for g in range(alpha.shape[0]):
        for j in range(size):
            sums[j] = 0.0
        # Four periods at a time: fewer passes over the sums, which are added to in the same order.
        for t in range(0, whole, 4):
            c0, c1, c2, c3 = alpha[g, t], alpha[g, t + 1], alpha[g, t + 2], alpha[g, t + 3]
            r0, r1 = tile[t, :size], tile[t + 1, :size]
            r2, r3 = tile[t + 2, :size], tile[t + 3, :size]
            for j in range(size):
                d0, d1, d2, d3 = r0[j] - c0, r1[j] - c1, r2[j] - c2, r3[j] - c3
                sums[j] = (((sums[j] + d0 * d0) + d1 * d1) + d2 * d2) + d3 * d3
        for t in range(whole, n_periods):
            centre = alpha[g, t]
            residual = tile[t, :size]
            for j in range(size):
                sums[j] += (residual[j] - centre) * (residual[j] - centre)
        if twice:
            for j in range(size):
                value, before = sums[j], lowest[j]
                closer = value < before
                after = before if closer else value
                next_[j] = after if after < next_[j] else next_[j]
                lowest[j] = value if closer else before
                labels[j] = g if closer else labels[j]
        else:
            for j in range(size):
                closer = sums[j] < lowest[j]
                lowest[j] = sums[j] if closer else lowest[j]
                labels[j] = g if closer else labels[j]


@bare
def locate(
    z: np.ndarray, theta: np.ndarray, alpha: np.ndarray, i: int, residual: np.ndarray, own: int
) -> tuple[int, float, float]:
    """Of one unit: the nearest profile, the squared distance to it, and that to the second.

    If `own` is not negative, that profile is taken to be the nearest.
    """
    n_series, n_periods = z.shape[1], z.shape[2]
    last = n_series - 1
    for t in range(n_periods):
        value = z[i, last, t]
        for k in range(last):
            value -= theta[k] * z[i, k, t]
        residual[t] = value
    best, nearest, second = 0, np.inf, np.inf
    for g in range(alpha.shape[0]):
        distance = 0.0
        for t in range(n_periods):
            distance += (residual[t] - alpha[g, t]) * (residual[t] - alpha[g, t])
        if g == own:
            best, second, nearest = g, min(second, nearest), distance
        elif distance < nearest and not 0 <= own < g:
            best, second, nearest = g, nearest, distance
        elif distance < second:
            second = distance
    return best, nearest, second
