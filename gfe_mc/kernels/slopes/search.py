"""Groupings by slopes: conditional K-means, single-unit moves, and starts for both."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import count_best
from gfe_mc.kernels.draw import below
from gfe_mc.kernels.profiles.crossproducts import profile_out
from gfe_mc.kernels.slopes.products import (
    Slopes,
    add_rest,
    eliminate,
    move_slopes,
    regroup_slopes,
    shift_unit,
    solve,
    solve_moved,
    unit_ssr,
)

LESS = 1.0 - 1e-11
"""A move counts as an improvement if it lowers the objective by more than rounding could."""


@kernel
def random_groups(
    rng: np.random.Generator, minimum: int, n_groups: int, units: np.ndarray, groups: np.ndarray
) -> None:
    """Fill `groups` (N,) at random, with at least `minimum` units in each; shuffles `units`."""
    n_units = groups.shape[0]
    for j in range(n_units - 1):
        other = j + below(rng, n_units - j)
        units[j], units[other] = units[other], units[j]
    for j in range(n_units):
        sure = j < minimum * n_groups
        groups[units[j]] = j % n_groups if sure else below(rng, n_groups)


@kernel
def conditional_kmeans(
    products: np.ndarray, own: int, minimum: int, limit: int, now: Slopes
) -> tuple[float, bool]:
    """Algorithm 3, step 2, from the grouping at hand; return the objective and if units settled.

    Units are gone through in order. Each goes to the group whose slopes explain it best, the
    lowest of those that are as good, and slopes are estimated again after every move. A group
    with `minimum` units keeps them.
    """
    groups, counts, beta = now.groups, now.counts, now.beta
    settled = False
    for _ in range(limit):
        settled = True
        for i in range(groups.shape[0]):
            old = groups[i]
            if counts[old] <= minimum:
                continue
            best, lowest = 0, np.inf
            for g in range(counts.shape[0]):
                distance = unit_ssr(products, i, beta, g)
                if distance < lowest:
                    best, lowest = g, distance
            if best != old:
                move_slopes(products, i, best, own, now)
                solve_moved(old, best, own, now)
                settled = False
        if settled:
            break
    return solve(own, now), settled


@kernel
def move_singly(
    products: np.ndarray, own: int, minimum: int, limit: int, objective: float, now: Slopes
) -> tuple[float, bool]:
    """Move single units as long as that lowers the objective with the slopes profiled out.

    A unit goes where the objective becomes lowest. A group with `minimum` units keeps them.
    Returns the objective, and whether no move is left.
    """
    n_groups = now.counts.shape[0]
    sums, trials = now.sums, now.trial
    factors_of_trials = np.zeros(trials.shape)
    rest = np.empty(now.rest.shape)
    trial = np.empty(now.rest.shape)
    for _ in range(limit):
        moved = False
        for i in range(now.groups.shape[0]):
            old = now.groups[i]
            if now.counts[old] <= minimum:
                continue
            shift_unit(products, i, -1.0, sums, old, trials, 0)
            eliminate(trials, 0, own, factors_of_trials)
            rest[:] = now.rest
            add_rest(now.factors, old, own, -1.0, rest)
            add_rest(factors_of_trials, 0, own, 1.0, rest)
            best, lowest = old, objective * LESS
            for g in range(n_groups):
                if g != old:
                    shift_unit(products, i, 1.0, sums, g, trials, 1)
                    eliminate(trials, 1, own, factors_of_trials)
                    trial[:] = rest
                    add_rest(now.factors, g, own, -1.0, trial)
                    add_rest(factors_of_trials, 1, own, 1.0, trial)
                    candidate = profile_out(trial, now.floor, now.factor)
                    if candidate < lowest:
                        best, lowest = g, candidate
            if best != old:
                move_slopes(products, i, best, own, now)
                objective = solve(own, now)
                moved = True
        if not moved:
            return objective, True
    return objective, False


@kernel
def search_slopes(
    products: np.ndarray,
    own: int,
    minimum: int,
    starts: int,
    limit: int,
    singly: bool,
    rng: np.random.Generator,
    now: Slopes,
) -> tuple[float, int, bool]:
    """Start from random groupings and keep the best: its objective, how often, and if it settled.

    From each start conditional K-means is run, then, if `singly`, single units are moved.
    """
    n_units, n_groups = now.groups.shape[0], now.counts.shape[0]
    units, groups = np.arange(n_units), np.empty(n_units, np.int64)
    best = np.empty(n_units, np.int64)
    lowest, n_best, settled = np.inf, 0, False
    for _ in range(starts):
        random_groups(rng, minimum, n_groups, units, groups)
        regroup_slopes(products, groups, own, now)
        objective, ended = conditional_kmeans(products, own, minimum, limit, now)
        if singly:
            objective, ended = move_singly(products, own, minimum, limit, objective, now)
        n_best, _ = count_best(objective, lowest, n_best)
        if objective < lowest:
            best[:] = now.groups
            lowest, settled = objective, ended
    return regroup_slopes(products, best, own, now), n_best, settled


@kernel
def split(
    products: np.ndarray,
    own: int,
    members: np.ndarray,
    estimates: np.ndarray,
    smallest: int,
    rest: np.ndarray,
    floor: np.ndarray,
    left: np.ndarray,
) -> float:
    """Split units in two by a threshold in one of their own slopes: Algorithms 1 and 2.

    Parameters
    ----------
    products : (N, D, D)
        Cross-products of all units.
    own
        Number of group-specific slopes.
    members : (n,)
        The units to split.
    estimates : (N, any number)
        The candidates for the threshold variable: some of each unit's own slopes.
    smallest
        Fewest units on either side.
    rest : (D - own, D - own)
        R of all other groups.
    floor : (D - own,)
        As in `Slopes`.
    left : (n,) bool
        Receives whether each member is at or below the threshold.

    Returns
    -------
    float
        The objective of all groups with the best split; infinite if there is none.
    """
    n, n_series = members.shape[0], products.shape[1]
    total = np.zeros((1, n_series, n_series))
    sides, factors = np.zeros((2, n_series, n_series)), np.zeros((2, n_series, n_series))
    trial, solved = np.zeros(rest.shape), np.zeros(rest.shape)
    for i in members:
        shift_unit(products, i, 1.0, total, 0, total, 0)
    lowest = np.inf
    for k in range(estimates.shape[1]):
        slope = estimates[members, k]
        order = np.argsort(slope, kind="mergesort")
        sides[0] = 0.0
        sides[1] = total[0]
        for j in range(n - smallest):
            shift_unit(products, members[order[j]], 1.0, sides, 0, sides, 0)
            shift_unit(products, members[order[j]], -1.0, sides, 1, sides, 1)
            if j + 1 < smallest or slope[order[j]] == slope[order[j + 1]]:
                continue
            trial[:] = rest
            for side in range(2):
                eliminate(sides, side, own, factors)
                add_rest(factors, side, own, 1.0, trial)
            objective = profile_out(trial, floor, solved)
            if objective < lowest:
                lowest = objective
                left[:] = False
                left[order[: j + 1]] = True
    return lowest
