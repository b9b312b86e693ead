"""Units that a move to another group might bring something, where units are few: all at once.

What `leverage` rules out is ruled out for every unit and group, units side by side. `near` finds
them where units are many, by bounds that are cheaper and looser.
"""

import numpy as np

from gfe_mc.kernels._jit import bare
from gfe_mc.kernels.profiles.arrays import TILE, Data, Grouping, Scratch
from gfe_mc.kernels.profiles.assign import fill_tile
from gfe_mc.kernels.profiles.leverage import hopeless, joining, leaving


@bare
def all_units(near: np.ndarray) -> int:
    """Fill `near` with every unit; return how many there are."""
    for i in range(near.shape[0]):
        near[i] = i
    return int(near.shape[0])


@bare
def screen(data: Data, now: Grouping, scratch: Scratch) -> int:
    """Fill the first places of `scratch.near` with the units, in order; return how many there are.

    Slopes and `scratch.moving` must be those of the grouping, and the bounds must hold.
    """
    z, series, weights, groups, counts = data.z, data.series, data.weights, now.groups, now.counts
    tile, distance, near, moving = scratch.tile, scratch.distance, scratch.near, scratch.moving
    # What is remembered of units from one step to the next is remembered of many alone.
    own, leverage, length, open_ = scratch.nearest, scratch.lower, scratch.upper, scratch.second
    means, inverse, reaches, across = moving.means, moving.inverse, moving.reaches, moving.across
    gaps, theta, found = moving.gaps, now.theta, 0
    for first in range(0, z.shape[0], TILE):
        end = min(first + TILE, z.shape[0])
        labels, weight = groups[first:end], weights[first:end]
        a, h, s = own[first:end], leverage[first:end], length[first:end]
        fill_tile(z, series, theta, first, tile)
        measure(series, first, labels, weight, counts, tile, means, inverse, across, gaps, a, h, s)
        look(tile, labels, weight, counts, reaches, across, a, h, s, distance, open_[first:end])
        for i in range(first, end):
            if open_[i] > 0.0 and counts[groups[i]] > weights[i]:
                near[found] = i
                found += 1
    return found


@bare
def measure(
    series: np.ndarray,
    first: int,
    labels: np.ndarray,
    weight: np.ndarray,
    counts: np.ndarray,
    tile: np.ndarray,
    means: np.ndarray,
    inverse: np.ndarray,
    across: np.ndarray,
    gaps: np.ndarray,
    own: np.ndarray,
    leverage: np.ndarray,
    length: np.ndarray,
) -> None:
    """Fill D_a, H_a and the lengths of the regressors of a tile's units, as `leverage` has them."""
    n_periods, size = tile.shape[0], labels.shape[0]
    for j in range(size):
        own[j], leverage[j], length[j] = 0.0, 0.0, 0.0
    for t in range(n_periods):
        for j in range(size):
            gap = tile[t, j] - across[t, labels[j]]
            own[j] += gap * gap
        for k in range(inverse.shape[0]):
            x = series[k, t, first : first + size]
            for j in range(size):
                gaps[k, j] = x[j] - means[labels[j], k, t]
            for m in range(k + 1):
                w = series[m, t, first : first + size]
                times = inverse[k, k] if m == k else 2.0 * inverse[k, m]
                for j in range(size):
                    leverage[j] += times * gaps[k, j] * gaps[m, j]
                    length[j] += times * x[j] * w[j]
    for j in range(size):
        lost = leaving(counts[labels[j]], weight[j])
        own[j] *= lost
        leverage[j] *= lost
        length[j] = np.sqrt(max(length[j], 0.0))


@bare
def look(
    tile: np.ndarray,
    labels: np.ndarray,
    weight: np.ndarray,
    counts: np.ndarray,
    reaches: np.ndarray,
    across: np.ndarray,
    own: np.ndarray,
    leverage: np.ndarray,
    length: np.ndarray,
    distance: np.ndarray,
    open_: np.ndarray,
) -> None:
    """Fill `open_` of a tile's units: 1 where some move is not ruled out, else 0."""
    n_periods, size = tile.shape[0], labels.shape[0]
    for j in range(size):
        open_[j] = 0.0
    for g in range(across.shape[1]):
        for j in range(size):
            distance[j] = 0.0
        for t in range(n_periods):
            level, residual = across[t, g], tile[t, :size]
            for j in range(size):
                distance[j] += (residual[j] - level) * (residual[j] - level)
        count, reach = counts[g], reaches[g]
        for j in range(size):
            gained = joining(count, weight[j])
            other = gained * (length[j] + reach) * (length[j] + reach)
            closed = labels[j] == g or hopeless(own[j], leverage[j], gained * distance[j], other)
            open_[j] = open_[j] if closed else 1.0
