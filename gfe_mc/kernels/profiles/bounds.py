"""Bounds on the distances of units from profiles, which spare those that cannot change group.

After Hamerly (2010): for each unit an upper bound on the distance from the profile of its group
and a lower one on that from every other. As slopes and profiles move, the distance of a unit from
profile g changes by at most ||x_i d theta|| + ||d alpha_g||, and the first term by at most
sum_k |d theta_k| ||x_ik||. Only where the bounds meet are distances computed, so that the groups
are those of the full assignment, to the bit.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.profiles.arrays import TILE, Data, Grouping, Scratch
from gfe_mc.kernels.profiles.assign import assign_tile, fill_tile, locate

MANY = 512
"""Units from which on it pays to keep bounds."""
FEW_MOVE = 50
"""In iterations in which fewer than one unit in so many moved before."""
ROUNDED = 1.0 - 1e-9
"""Bounds that are nearer to each other than this meet: more than rounding adds up to."""
ONE_BY_ONE = 48
"""Units of a tile, at most, whose distances are computed one by one rather than all at once."""


@kernel
def begin_bounds(data: Data, now: Grouping, scratch: Scratch) -> None:
    """Bounds of every unit at the parameters at hand; there are none of one nearer to another."""
    reassign(data, now, scratch, True)
    for i in range(now.groups.shape[0]):
        if scratch.assigned[i] != now.groups[i]:
            scratch.upper[i], scratch.lower[i] = np.inf, 0.0


@kernel
def keep(now: Grouping, scratch: Scratch) -> None:
    """Remember the parameters of which the bounds are."""
    scratch.theta[:] = now.theta
    scratch.alpha[:] = now.alpha


@kernel
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
def reassign(data: Data, now: Grouping, scratch: Scratch, everyone: bool) -> None:
    """Fill `scratch.assigned` as the full assignment does, from bounds of the parameters at hand.

    Bounds that meet are made tight, and all of them if that is asked for.
    """
    upper, lower, assigned = scratch.upper, scratch.lower, scratch.assigned
    z, theta, alpha, residual = data.z, now.theta, now.alpha, scratch.residual
    groups, tile, distance = now.groups, scratch.tile, scratch.distance
    nearest, second = scratch.nearest, scratch.second
    n_units = upper.shape[0]
    for first in range(0, n_units, TILE):
        end = min(first + TILE, n_units)
        unsure = 0
        for i in range(first, end):
            unsure += not upper[i] < lower[i] * ROUNDED
        if everyone or unsure > ONE_BY_ONE:
            fill_tile(z, data.series, theta, first, tile)
            assign_tile(tile, alpha, first, True, distance, nearest, second, assigned)
            for i in range(first, end):
                upper[i], lower[i] = np.sqrt(nearest[i]), np.sqrt(second[i])
        else:
            for i in range(first, end):
                assigned[i] = groups[i]
                if unsure > 0 and not upper[i] < lower[i] * ROUNDED:
                    assigned[i], own, other = locate(z, theta, alpha, i, residual, -1)
                    upper[i], lower[i] = np.sqrt(own), np.sqrt(other)
