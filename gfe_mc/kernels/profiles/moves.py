"""Single-unit moves with the slopes profiled out: step 5 of Algorithm 2.

Units that are far from every other group are left alone where units are many (`near`); of the
others most moves are ruled out by a bound (`leverage`), and what remains is priced exactly, by the
profiled objective itself.
"""

import numpy as np

from gfe_mc.kernels._jit import bare, inlined
from gfe_mc.kernels.copy import copy_matrix
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.bounds import MANY, begin_bounds, follow, keep
from gfe_mc.kernels.profiles.crossproducts import (
    move,
    profile_out,
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
from gfe_mc.kernels.profiles.near import near_by_bounds
from gfe_mc.kernels.profiles.screen import all_units, screen

LESS = 1.0 - 1e-11
"""A move counts as an improvement if it lowers the objective by more than rounding could."""


@bare
def improve_by_moves(
    data: Data, now: Grouping, scratch: Scratch, objective: float, rounds: int
) -> float:
    """Move single units to other groups while that lowers the profiled objective.

    Units for which a move is not ruled out are tried in order, and each goes at once to the group
    where the objective becomes lowest, until none of them moves any more; a unit alone in its group
    stays. For which it is not is then looked at again, until there are none that move or, where
    units are many, up to `rounds` times. The slopes and profiles at hand must be those of the
    grouping, as W must, and are so at the end. Returns the objective.
    """
    many, done = data.z.shape[0] >= MANY, 0
    if many:
        begin_bounds(data, now, scratch)
    while done < rounds or not many:
        done += 1
        bounded = take_stock(data, now, scratch)
        if not bounded:
            n_near = all_units(scratch.near)
        elif many:
            n_near = near_by_bounds(data, now, scratch)
        else:
            n_near = screen(data, now, scratch)
        if many:
            keep(now, scratch)
        if not try_units(data, now, scratch, objective, n_near, bounded):
            return objective
        before, objective = objective, update(data, now, scratch.factor)
        if not objective < before:  # What the moves brought was rounding.
            return objective
        if many:
            follow(data, now, scratch)
    return objective


@bare
def take_stock(data: Data, now: Grouping, scratch: Scratch) -> bool:
    """Fill `scratch.moving` from the grouping; return whether the bounds hold."""
    moving, factor = scratch.moving, scratch.factor
    means, inverse, reaches, across = moving.means, moving.inverse, moving.reaches, moving.across
    for g in range(now.counts.shape[0]):
        take_means(now.sums, now.counts, g, means)
    return follow_means(now.within, data.floor, means, factor, now.theta, inverse, reaches, across)


@bare
def take_means(sums: np.ndarray, counts: np.ndarray, g: int, means: np.ndarray) -> None:
    """Fill the means of one group."""
    share = 1.0 / counts[g]
    for d in range(means.shape[1]):
        for t in range(means.shape[2]):
            means[g, d, t] = share * sums[g, d, t]


@bare
def follow_means(
    within: np.ndarray,
    floor: np.ndarray,
    means: np.ndarray,
    factor: np.ndarray,
    theta: np.ndarray,
    inverse: np.ndarray,
    reaches: np.ndarray,
    across: np.ndarray,
) -> bool:
    """Bring slopes, lengths and profiles in step with W and the means; return if bounds hold.

    It is called for every move.
    """
    profile_out(within, floor, factor)
    slopes(factor, theta)
    bounded = invert(factor, inverse)
    last = theta.shape[0]
    for g in range(means.shape[0]):
        reaches[g] = np.sqrt(max(squared_length(means, g, inverse), 0.0))
        for t in range(means.shape[2]):
            value = means[g, last, t]
            for k in range(last):
                value -= theta[k] * means[g, k, t]
            across[t, g] = value
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


@inlined
def rule_out(
    residual: np.ndarray,
    across: np.ndarray,
    counts: np.ndarray,
    weight: float,
    reaches: np.ndarray,
    length: float,
    own: float,
    own_leverage: float,
    apart: np.ndarray,
    ruled_out: np.ndarray,
) -> int:
    """Fill `ruled_out` (G,): whether the bound shows that a move there brings nothing; count them.

    Groups are taken side by side, as units are in `assign`.
    """
    (n_periods, n_groups), n_ruled_out = across.shape, 0
    for g in range(n_groups):
        apart[g] = 0.0
    for t in range(n_periods):
        level = residual[t]
        for g in range(n_groups):
            apart[g] += (level - across[t, g]) * (level - across[t, g])
    for g in range(n_groups):
        gained = joining(counts[g], weight)
        leverage = gained * (length + reaches[g]) * (length + reaches[g])
        ruled_out[g] = hopeless(own, own_leverage, gained * apart[g], leverage)
        n_ruled_out += ruled_out[g]
    return n_ruled_out


@bare
def try_units(
    data: Data, now: Grouping, scratch: Scratch, objective: float, n_near: int, bounded: bool
) -> bool:
    """Move the first `n_near` units of `scratch.near` where that improves, in turn.

    Ends once none of them moved since it was last looked at; returns whether any did. Everything
    is kept in step but the profiles of `now` and the bounds of `scratch`.
    """
    z, weights, floor = data.z, data.weights, data.floor
    near, residual, factor = scratch.near, scratch.residual, scratch.factor
    upper, lower = scratch.upper, scratch.lower
    groups, counts, sums, theta = now.groups, now.counts, now.sums, now.theta
    moving = scratch.moving
    means, inverse, reaches, across = moving.means, moving.inverse, moving.reaches, moving.across
    apart, ruled_out = moving.apart, moving.ruled_out
    within, without, trial, best_trial = now.within, moving.without, moving.trial, moving.best
    n_series, n_periods = z.shape[1], z.shape[2]
    last, n_groups = n_series - 1, counts.shape[0]
    since_last, any_moved, turn = 0, False, 0
    while since_last < n_near:
        since_last += 1
        i = near[turn]
        turn = turn + 1 if turn + 1 < n_near else 0
        own, weight = groups[i], weights[i]
        if counts[own] == weight:
            continue
        own_distance = 0.0
        for t in range(n_periods):
            value = z[i, last, t]
            for k in range(last):
                value -= theta[k] * z[i, k, t]
            residual[t] = value
            own_distance += (value - across[t, own]) * (value - across[t, own])
        lost = leaving(counts[own], weight)
        own_leverage = lost * squared_distance(z, i, means, own, inverse)
        length = np.sqrt(max(squared_length(z, i, inverse), 0.0))
        n_ruled_out = rule_out(
            residual,
            across,
            counts,
            weight,
            reaches,
            length,
            lost * own_distance,
            own_leverage,
            apart,
            ruled_out,
        )
        if bounded and n_ruled_out >= n_groups - 1:  # All but its own, which never is.
            continue
        best, lowest, begun = own, objective * LESS, False
        for g in range(n_groups):
            if g == own or (bounded and ruled_out[g]):
                continue
            if not begun:
                copy_matrix(within, without)
                add_deviation(z, i, means, own, -lost, without)
                begun = True
            copy_matrix(without, trial)
            add_deviation(z, i, means, g, joining(counts[g], weight), trial)
            price = profile_out(trial, floor, factor)
            if price < lowest:
                best, lowest = g, price
                copy_matrix(trial, best_trial)
        if best != own:
            objective = lowest
            copy_matrix(best_trial, within)
            move(z, i, weight, best, groups, counts, sums)
            take_means(sums, counts, own, means)
            take_means(sums, counts, best, means)
            bounded = follow_means(within, floor, means, factor, theta, inverse, reaches, across)
            upper[i], lower[i] = np.inf, 0.0
            since_last, any_moved = 0, True
    return any_moved
