"""Bounds on the distances of units from profiles, which spare those that cannot change group.

After Hamerly (2010): for each unit an upper bound on the distance from the profile of its group
and a lower one on that from every other. As slopes and profiles move, the distance of a unit from
profile g changes by at most ||x_i d theta|| + ||d alpha_g||, and the first term by at most
sum_k |d theta_k| ||x_ik||. Only where the bounds meet are distances computed, so that the groups
are those of the full assignment, to the bit.
"""

import numpy as np

from gfe_mc.kernels._jit import bare, kernel
from gfe_mc.kernels.copy import copy_matrix, copy_vector
from gfe_mc.kernels.profiles.arrays import TILE, Data, Grouping, Scratch
from gfe_mc.kernels.profiles.assign import assign_tile, fill_tile, gather

MANY = 512
"""Units from which on it pays to keep bounds."""
FEW_MOVE = 25
"""In iterations in which fewer than one unit in so many moved before."""
ROUNDED = 1.0 - 1e-9
"""Bounds that are nearer to each other than this meet: more than rounding adds up to."""


@bare
def begin_bounds(data: Data, now: Grouping, scratch: Scratch) -> None:
    """Bounds of every unit at the parameters at hand; there are none of one nearer to another."""
    reassign_all(data, now, scratch)
    for i in range(now.groups.shape[0]):
        if scratch.assigned[i] != now.groups[i]:
            scratch.upper[i], scratch.lower[i] = np.inf, 0.0


@bare
def keep(now: Grouping, scratch: Scratch) -> None:
    """Remember the parameters of which the bounds are."""
    copy_vector(now.theta, scratch.theta)
    copy_matrix(now.alpha, scratch.alpha)


@bare
def follow(data: Data, now: Grouping, scratch: Scratch) -> None:
    """Bring the bounds from the parameters that were kept to those at hand."""
    n_groups, n_periods = now.alpha.shape
    drift, upper, lower = scratch.drift, scratch.upper, scratch.lower
    farthest, most, after = 0, 0.0, 0.0
    for g in range(n_groups):
        square = 0.0
        for t in range(n_periods):
            square += (now.alpha[g, t] - scratch.alpha[g, t]) ** 2
        drift[g] = np.sqrt(square)
        if drift[g] > most:
            farthest, most, after = g, drift[g], most
        elif drift[g] > after:
            after = drift[g]
    lengths, groups = data.lengths, now.groups
    for first in range(0, upper.shape[0], TILE):
        end = min(first + TILE, upper.shape[0])
        for i in range(first, end):
            upper[i] += drift[groups[i]]
            lower[i] -= after if groups[i] == farthest else most
        for k in range(now.theta.shape[0]):
            change = abs(now.theta[k] - scratch.theta[k])
            for i in range(first, end):
                upper[i] += change * lengths[k, i]
                lower[i] -= change * lengths[k, i]


@kernel
def reassign(data: Data, now: Grouping, scratch: Scratch) -> None:
    """Fill `scratch.assigned` as the full assignment does, from bounds of the parameters at hand.

    Bounds that meet are made tight. Units whose bounds meet are gathered into tiles, so that they
    too are taken side by side.
    """
    upper, lower, assigned = scratch.upper, scratch.lower, scratch.assigned
    groups, tile, distance = now.groups, scratch.tile, scratch.distance
    units, residual = scratch.unsure, scratch.residual
    nearest, second, labels = np.empty(TILE), np.empty(TILE), np.empty(TILE, np.int64)
    n_units, size = upper.shape[0], 0
    for i in range(n_units):
        assigned[i] = groups[i]
        if not upper[i] < lower[i] * ROUNDED:
            units[size] = i
            size += 1
        if size == TILE or (i == n_units - 1 and size > 0):
            gather(data.z, now.theta, units, size, residual, tile)
            found = labels[:size]
            assign_tile(tile, now.alpha, 0, True, distance, nearest[:size], second, found)
            for j in range(size):
                assigned[units[j]] = labels[j]
                upper[units[j]], lower[units[j]] = np.sqrt(nearest[j]), np.sqrt(second[j])
            size = 0


@bare
def reassign_all(data: Data, now: Grouping, scratch: Scratch) -> None:
    """The full assignment, which leaves the bounds of every unit."""
    z, series, tile, distance = data.z, data.series, scratch.tile, scratch.distance
    nearest, second, assigned = scratch.nearest, scratch.second, scratch.assigned
    for first in range(0, z.shape[0], TILE):
        fill_tile(z, series, now.theta, first, tile)
        assign_tile(tile, now.alpha, first, True, distance, nearest, second, assigned)
        for i in range(first, min(first + TILE, z.shape[0])):
            scratch.upper[i], scratch.lower[i] = np.sqrt(nearest[i]), np.sqrt(second[i])
