"""Single-unit moves with the slopes profiled out: step 5 of Algorithm 2.

Units that are far from every other group are left alone where units are many (`near`); of the
others most moves are ruled out by a bound (`leverage`), and what remains is priced exactly, by the
profiled objective itself.
"""

import numpy as np

from gfe_mc.kernels._jit import inlined, kernel
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.bounds import MANY, begin_bounds, follow, keep
from gfe_mc.kernels.profiles.crossproducts import (
    move_unit,
    profile_out,
    profiles,
    slopes,
    update,
)
from gfe_mc.kernels.profiles.leverage import (
    hopeless,
    invert,
    joining,
    leaving,
    squared_distance,
    squared_length,
)
from gfe_mc.kernels.profiles.near import all_units, near_by_bounds

LESS = 1.0 - 1e-11
"""A move counts as an improvement if it lowers the objective by more than rounding could."""


@kernel
def improve_by_moves(
    data: Data, now: Grouping, scratch: Scratch, objective: float, rounds: int
) -> float:
    """Move single units to other groups while that lowers the profiled objective.

    Units are tried in order, and each goes at once to the group where the objective becomes
    lowest, until none moves any more; a unit alone in its group stays. Where units are many,
    those that are near another group are tried so, and which ones are near is then looked at
    again, up to `rounds` times. The slopes and profiles at hand must be those of the grouping, as
    W must, and are so at the end. Returns the objective.
    """
    many = data.z.shape[0] >= MANY
    if many:
        begin_bounds(data, now, scratch)
    for _ in range(rounds):
        bounded = take_stock(data, now, scratch)
        n_near = near_by_bounds(data, now, scratch) if many and bounded else all_units(scratch.near)
        keep(now, scratch)
        if not try_units(data, now, scratch, objective, n_near, bounded):
            return objective
        objective = update(data, now, scratch.factor)
        if not many:
            return objective
        follow(data, now, scratch)
    return objective


@kernel
def take_stock(data: Data, now: Grouping, scratch: Scratch) -> bool:
    """Fill `scratch.moving` from the grouping; return whether the bounds hold."""
    moving = scratch.moving
    for g in range(now.counts.shape[0]):
        take_means(now, g, moving.means)
    return follow_slopes(data, now, scratch)


@kernel
def take_means(now: Grouping, g: int, means: np.ndarray) -> None:
    """Fill the means of one group."""
    share = 1.0 / now.counts[g]
    for d in range(means.shape[1]):
        for t in range(means.shape[2]):
            means[g, d, t] = share * now.sums[g, d, t]


@kernel
def follow_slopes(data: Data, now: Grouping, scratch: Scratch) -> bool:
    """Bring slopes, profiles and lengths in step with W; return if the bounds hold."""
    moving = scratch.moving
    profile_out(now.within, data.floor, scratch.factor)
    slopes(scratch.factor, now.theta)
    profiles(now)
    bounded = invert(scratch.factor, moving.inverse)
    means, inverse = moving.means, moving.inverse
    for g in range(means.shape[0]):
        moving.reaches[g] = np.sqrt(max(squared_length(means, g, inverse), 0.0))
    return bounded


@inlined
def add_deviation(
    z: np.ndarray, i: int, means: np.ndarray, g: int, weight: float, within: np.ndarray
) -> None:
    """Add weight * sum_t U U' to `within`, U the deviation of unit `i` from the mean of `g`."""
    for d in range(z.shape[1]):
        for e in range(d + 1):
            value = 0.0
            for t in range(z.shape[2]):
                value += (z[i, d, t] - means[g, d, t]) * (z[i, e, t] - means[g, e, t])
            within[d, e] += weight * value


@kernel
def try_units(
    data: Data, now: Grouping, scratch: Scratch, objective: float, n_near: int, bounded: bool
) -> bool:
    """Move the first `n_near` units of `scratch.near` where that improves, in turn.

    Ends once none of them moved since it was last looked at; returns whether any did. Everything
    is kept in step but the bounds of `scratch`.
    """
    z, weights, floor = data.z, data.weights, data.floor
    near, residual, factor = scratch.near, scratch.residual, scratch.factor
    groups, counts, theta, alpha = now.groups, now.counts, now.theta, now.alpha
    means, inverse, reaches = scratch.moving.means, scratch.moving.inverse, scratch.moving.reaches
    within, trial, best_trial = now.within, scratch.moving.trial, scratch.moving.best
    n_series, n_periods = z.shape[1], z.shape[2]
    last, n_groups = n_series - 1, counts.shape[0]
    since_last, any_moved, turn = 0, False, 0
    while since_last < n_near:
        since_last += 1
        i = near[turn]
        turn = (turn + 1) % n_near
        own, weight = groups[i], weights[i]
        if counts[own] == weight:
            continue
        for t in range(n_periods):
            value = z[i, last, t]
            for k in range(last):
                value -= theta[k] * z[i, k, t]
            residual[t] = value
        lost = leaving(counts[own], weight)
        own_distance = 0.0
        for t in range(n_periods):
            own_distance += (residual[t] - alpha[own, t]) * (residual[t] - alpha[own, t])
        own_distance *= lost
        own_leverage = lost * squared_distance(z, i, means, own, inverse)
        length = np.sqrt(max(squared_length(z, i, inverse), 0.0))
        best, lowest = own, objective * LESS
        for g in range(n_groups):
            if g == own:
                continue
            gained = joining(counts[g], weight)
            distance = 0.0
            for t in range(n_periods):
                distance += (residual[t] - alpha[g, t]) * (residual[t] - alpha[g, t])
            leverage = gained * (length + reaches[g]) * (length + reaches[g])
            if bounded and hopeless(own_distance, own_leverage, gained * distance, leverage):
                continue
            trial[:] = within
            add_deviation(z, i, means, own, -lost, trial)
            add_deviation(z, i, means, g, gained, trial)
            price = profile_out(trial, floor, factor)
            if price < lowest:
                best, lowest = g, price
                best_trial[:] = trial
        if best != own:
            objective = lowest
            within[:] = best_trial
            move_unit(data, i, best, now)
            take_means(now, own, means)
            take_means(now, best, means)
            bounded = follow_slopes(data, now, scratch)
            scratch.upper[i], scratch.lower[i] = np.inf, 0.0
            since_last, any_moved = 0, True
    return any_moved
