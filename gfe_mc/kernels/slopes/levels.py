"""Groups in two layers by cross-products, for panels with gaps: profiles, and levels within.

Notation. Z_i (D, D) holds the cross-products of unit i's indicators of T periods, a constant, K
regressors and the outcome, D = T + K + 2, over the periods in which it is observed. Secondary
groups are numbered through, f = 0, ..., F - 1; primary group g has those from `first[g]` on, at
most H. A primary group's own columns are its T periods and H levels: the constant of a unit counts
as the column of its level, zero where a group has fewer. One level is left out of each group, since
the periods add up to all of them. All else is as in `products`.
"""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.profiles.crossproducts import profile_out
from gfe_mc.kernels.slopes.products import Slopes, add_rest, eliminate, solve
from gfe_mc.kernels.slopes.search import LESS, nearest_of_any


class Levels(NamedTuple):
    """N units, and which groups there are."""

    products: np.ndarray
    """(N, D, D) Z_i."""
    n_periods: int
    """T."""
    own: int
    """T + H, how many columns each primary group has of its own."""
    primary: np.ndarray
    """(F,) the primary group of each secondary one, in order."""
    first: np.ndarray
    """(G + 1,) the first secondary group of each primary one; last, F."""


@kernel
def shift_level(
    data: Levels, i: int, f: int, sign: float, sums: np.ndarray, g: int, moved: np.ndarray, h: int
) -> None:
    """Fill `moved` h with sums g plus `sign` times unit `i` at the level of `f`, or in place."""
    products, place, more = data.products, data.n_periods, data.own - data.n_periods - 1
    slot = place + f - data.first[data.primary[f]]
    moved[h] = sums[g]
    for d in range(products.shape[1]):
        row = d if d < place else (slot if d == place else d + more)
        for e in range(d + 1):
            column = e if e < place else (slot if e == place else e + more)
            moved[h, row, column] += sign * products[i, d, e]


@kernel
def regroup_levels(
    data: Levels, groups: np.ndarray, counts: np.ndarray, beta: np.ndarray, now: Slopes
) -> float:
    """Take over a grouping (N,) by secondary groups, from nothing; return its objective.

    `counts` (F,) and `beta` (F, T + 1 + K) receive the units of each secondary group and its
    coefficients: those of periods, which add up to zero, its level, and slopes.
    """
    now.groups[:] = groups
    now.sums[:] = 0.0
    counts[:] = 0
    for i in range(groups.shape[0]):
        f = groups[i]
        g = data.primary[f]
        counts[f] += 1
        shift_level(data, i, f, 1.0, now.sums, g, now.sums, g)
    for g in range(now.sums.shape[0]):
        eliminate(now.sums, g, data.own, now.factors)
    return solve_levels(data, beta, now)


@kernel
def solve_levels(data: Levels, beta: np.ndarray, now: Slopes) -> float:
    """Fill R, the coefficients of primary groups, and those `beta` (F, T + 1 + K) of all."""
    objective = solve(data.own, now)
    n_periods, first = data.n_periods, data.first
    for g in range(now.beta.shape[0]):
        mean = now.beta[g, :n_periods].mean()
        for f in range(first[g], first[g + 1]):
            beta[f, :n_periods] = now.beta[g, :n_periods] - mean
            beta[f, n_periods] = now.beta[g, n_periods + f - first[g]] + mean
            beta[f, n_periods + 1 :] = now.beta[g, data.own :]
    return objective


@kernel
def move_level(data: Levels, i: int, f: int, counts: np.ndarray, now: Slopes) -> None:
    """Move unit `i` to secondary group `f`; coefficients and R are left as they were."""
    old = now.groups[i]
    home, there = data.primary[old], data.primary[f]
    now.groups[i] = f
    counts[old] -= 1
    counts[f] += 1
    shift_level(data, i, old, -1.0, now.sums, home, now.sums, home)
    shift_level(data, i, f, 1.0, now.sums, there, now.sums, there)
    eliminate(now.sums, home, data.own, now.factors)
    if there != home:
        eliminate(now.sums, there, data.own, now.factors)


@kernel
def settle_levels(
    data: Levels, limit: int, counts: np.ndarray, beta: np.ndarray, now: Slopes
) -> tuple[float, bool]:
    """Give units in turn to the secondary group nearest to them, all estimated again each time.

    From the grouping at hand; returns the objective and if units settled. A secondary group's last
    unit stays.
    """
    n_units, stayed = now.groups.shape[0], 0
    objective = solve_levels(data, beta, now)
    for _ in range(limit):
        for i in range(n_units):
            stayed += 1
            if counts[now.groups[i]] > 1:
                f = nearest_of_any(data.products, i, beta)
                if f != now.groups[i]:
                    move_level(data, i, f, counts, now)
                    value = solve_levels(data, beta, now)
                    stayed = 0 if value < objective * LESS else stayed
                    objective = value
            if stayed >= n_units:
                return objective, True
    return objective, False


@kernel
def move_across(
    data: Levels,
    limit: int,
    objective: float,
    counts: np.ndarray,
    beta: np.ndarray,
    now: Slopes,
) -> tuple[float, bool]:
    """Move single units across both layers as long as that lowers the profiled objective.

    A unit goes where the objective becomes lowest. A secondary group's last unit stays. Returns
    the objective, and whether no move is left.
    """
    sums, factors, trial, own = now.sums, now.factors, now.trial, data.own
    n_units, n_own = now.groups.shape[0], counts.shape[0]
    tried = np.zeros(trial.shape)
    without, rest = np.empty(now.rest.shape), np.empty(now.rest.shape)
    stayed = 0
    for _ in range(limit):
        for i in range(n_units):
            stayed += 1
            old = now.groups[i]
            if counts[old] > 1:
                home = data.primary[old]
                shift_level(data, i, old, -1.0, sums, home, trial, 0)
                eliminate(trial, 0, own, tried)
                without[:] = now.rest
                add_rest(factors, home, own, -1.0, without)
                best, lowest = old, objective * LESS
                for f in range(n_own):
                    if f == old:
                        continue
                    g = data.primary[f]
                    rest[:] = without
                    if g == home:
                        shift_level(data, i, f, 1.0, trial, 0, trial, 1)
                    else:
                        add_rest(tried, 0, own, 1.0, rest)
                        add_rest(factors, g, own, -1.0, rest)
                        shift_level(data, i, f, 1.0, sums, g, trial, 1)
                    eliminate(trial, 1, own, tried)
                    add_rest(tried, 1, own, 1.0, rest)
                    value = profile_out(rest, now.floor, now.factor)
                    if value < lowest:
                        best, lowest = f, value
                if best != old:
                    move_level(data, i, best, counts, now)
                    objective = solve_levels(data, beta, now)
                    stayed = 0
            if stayed >= n_units:
                return solve_levels(data, beta, now), True
    return solve_levels(data, beta, now), False
