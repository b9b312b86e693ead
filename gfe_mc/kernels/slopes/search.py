"""Groupings by slopes: conditional K-means, single-unit moves, and starts for both."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import count_best
from gfe_mc.kernels.draw import below
from gfe_mc.kernels.profiles.crossproducts import profile_out
from gfe_mc.kernels.slopes.products import (
    Slopes,
    add_rest,
    back_substitute,
    eliminate,
    move_products,
    move_slopes,
    regroup_slopes,
    shift_unit,
    solve,
    unit_ssr,
)
from gfe_mc.kernels.slopes.pull import Pull, cost_of, pulls, total_cost

LESS = 1.0 - 1e-11
"""A move counts as an improvement if it lowers the objective by more than rounding could."""
ROUNDING = 1e-12
"""A unit's sum of squared residuals, as a share of the outcome's, is known to within this."""


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


# One and two slopes are what papers simulate. Theirs is the arithmetic of `unit_ssr`, without its
# loops; and functions as small as these are compiled into where they are called.


@kernel
def nearest_of_one(products: np.ndarray, i: int, beta: np.ndarray) -> int:
    """As `nearest_of_any`, where there is one slope."""
    yy, xx, cross = products[i, 1, 1], products[i, 0, 0], 2.0 * products[i, 1, 0]
    best, lowest = 0, np.inf
    for g in range(beta.shape[0]):
        distance = yy + (xx * beta[g, 0] - cross) * beta[g, 0]
        if distance < lowest:
            best, lowest = g, distance
    return best


@kernel
def nearest_of_two(products: np.ndarray, i: int, beta: np.ndarray) -> int:
    """As `nearest_of_any`, where there are two slopes."""
    yy, xx0, xx1 = products[i, 2, 2], products[i, 0, 0], products[i, 1, 1]
    cross0, cross1 = 2.0 * products[i, 2, 0], 2.0 * products[i, 2, 1]
    between = 2.0 * products[i, 1, 0]
    best, lowest = 0, np.inf
    for g in range(beta.shape[0]):
        b0, b1 = beta[g, 0], beta[g, 1]
        distance = yy + (xx0 * b0 - cross0) * b0
        distance += (xx1 * b1 - cross1 + between * b0) * b1
        if distance < lowest:
            best, lowest = g, distance
    return best


@kernel
def nearest_of_any(products: np.ndarray, i: int, beta: np.ndarray) -> int:
    """Return the group whose slopes explain unit `i` best, the lowest of those that are as good."""
    best, lowest = 0, np.inf
    for g in range(beta.shape[0]):
        distance = unit_ssr(products, i, beta, g)
        if distance < lowest:
            best, lowest = g, distance
    return best


@kernel
def nearest_pulled(
    products: np.ndarray, i: int, beta: np.ndarray, pull: Pull, groups: np.ndarray
) -> int:
    """As `nearest_of_any`, with what the unit costs in each group."""
    best, lowest = 0, np.inf
    for g in range(beta.shape[0]):
        distance = unit_ssr(products, i, beta, g) + cost_of(pull, groups, i, g)
        if distance < lowest:
            best, lowest = g, distance
    return best


@kernel
def conditional_kmeans(
    products: np.ndarray, own: int, minimum: int, limit: int, pull: Pull, now: Slopes
) -> tuple[float, bool]:
    """Algorithm 3, step 2, from the grouping at hand; return the objective and if units settled.

    Units are gone through in order. Each goes to the group whose slopes explain it best, the
    lowest of those that are as good, and slopes are estimated again after every move. A group
    with `minimum` units keeps them.
    """
    groups, counts, sums, factors, beta = now.groups, now.counts, now.sums, now.factors, now.beta
    n_units, n_slopes = groups.shape[0], beta.shape[1]
    apart, pulled = own == n_slopes, pulls(pull)
    # So many units in a row stayed. As many as there are, and all have seen the slopes at hand.
    stayed = 0
    for _ in range(limit):
        for i in range(n_units):
            stayed += 1
            old = groups[i]
            if counts[old] > minimum:
                if pulled:
                    best = nearest_pulled(products, i, beta, pull, groups)
                elif n_slopes == 1:
                    best = nearest_of_one(products, i, beta)
                elif n_slopes == 2:
                    best = nearest_of_two(products, i, beta)
                else:
                    best = nearest_of_any(products, i, beta)
                if best != old:
                    stayed = 0
                    groups[i] = best
                    counts[old] -= 1
                    counts[best] += 1
                    move_products(products, i, old, best, sums)
                    eliminate(sums, old, own, factors)
                    eliminate(sums, best, own, factors)
                    if apart:  # Then no other group's slopes depend on it.
                        back_substitute(factors, old, own, beta)
                        back_substitute(factors, best, own, beta)
                    else:
                        solve(own, now)
            if stayed == n_units:
                return solve(own, now) + total_cost(pull, groups), True
    return solve(own, now) + total_cost(pull, groups), False


@kernel
def invert(factors: np.ndarray, g: int, inverses: np.ndarray) -> None:
    """Fill `inverses` g (K, K) with that of X'X from the factor; NaN where it has none."""
    size = inverses.shape[1]
    for k in range(size):
        if not factors[g, k, k] > 0.0:
            inverses[g] = np.nan
            return
    for k in range(size):
        # Column k of the inverse: forward, then back substitution of a unit vector.
        for d in range(size):
            value = 1.0 if d == k else 0.0
            for j in range(d):
                value -= factors[g, d, j] * inverses[g, j, k]
            inverses[g, d, k] = value / factors[g, d, d]
        for back in range(size):
            d = size - 1 - back
            value = inverses[g, d, k]
            for j in range(d + 1, size):
                value -= factors[g, j, d] * inverses[g, j, k]
            inverses[g, d, k] = value / factors[g, d, d]


@kernel
def may_gain(
    products: np.ndarray,
    i: int,
    old: int,
    beta: np.ndarray,
    inverses: np.ndarray,
    bounds: np.ndarray,
    open_: np.ndarray,
) -> bool:
    """Fill `open_` (G,) with the groups that unit `i` may lower the objective in; say if any.

    With all slopes group-specific, group `old` loses no more than e'e / (1 - h) as the unit
    leaves it, and group g gains no less than e_g'e_g / (1 + h_g) as it comes: e and e_g are its
    residuals at the slopes of before, h = tr((X'X)^{-1} X_i'X_i) and h_g likewise, which no
    eigenvalue of that matrix exceeds. Where the second is larger, by more than rounding, there is
    nothing to compute. It never is where the slopes of a group are not identified: comparisons
    with NaN are false. `bounds` (2, G) is room for both sums of squares and h.
    """
    n_groups, last = beta.shape
    yy = products[i, last, last]
    for g in range(n_groups):
        ssr, trace = yy, 0.0
        for k in range(last):
            cross = products[i, k, k] * beta[g, k] - 2.0 * products[i, last, k]
            trace += inverses[g, k, k] * products[i, k, k]
            for j in range(k):
                cross += 2.0 * products[i, k, j] * beta[g, j]
                trace += 2.0 * inverses[g, k, j] * products[i, k, j]
            ssr += cross * beta[g, k]
        bounds[0, g], bounds[1, g] = ssr, trace
    loss, away = bounds[0, old] + ROUNDING * yy, 1.0 - bounds[1, old]
    found = False
    for g in range(n_groups):
        open_[g] = g != old and not away * bounds[0, g] > (1.0 + bounds[1, g]) * loss
        found = found or open_[g]
    return found


@kernel
def move_singly(
    products: np.ndarray,
    own: int,
    minimum: int,
    limit: int,
    objective: float,
    pull: Pull,
    now: Slopes,
) -> tuple[float, bool]:
    """Move single units as long as that lowers the objective with the slopes profiled out.

    A unit goes where the objective becomes lowest, what it costs there included. A group with
    `minimum` units keeps them. Returns the objective, and whether no move is left.
    """
    groups, counts, sums, factors, trials = now.groups, now.counts, now.sums, now.factors, now.trial
    beta, floor, factor, total = now.beta, now.floor, now.factor, now.rest
    n_units, n_groups, n_slopes = groups.shape[0], beta.shape[0], beta.shape[1]
    pulled, cost = pulls(pull), total_cost(pull, groups)
    apart = own == n_slopes and not pulled
    factors_of_trials = np.zeros(trials.shape)
    rest, trial = np.empty(total.shape), np.empty(total.shape)
    bounds, open_ = np.empty((2, n_groups)), np.ones(n_groups, np.bool_)
    inverses = np.empty((n_groups, n_slopes, n_slopes))
    if apart:
        for g in range(n_groups):
            invert(factors, g, inverses)
    stayed = 0
    for _ in range(limit):
        for i in range(n_units):
            stayed += 1
            old = groups[i]
            if counts[old] > minimum and (
                not apart or may_gain(products, i, old, beta, inverses, bounds, open_)
            ):
                shift_unit(products, i, -1.0, sums, old, trials, 0)
                eliminate(trials, 0, own, factors_of_trials)
                rest[:] = total
                add_rest(factors, old, own, -1.0, rest)
                add_rest(factors_of_trials, 0, own, 1.0, rest)
                best, lowest = old, objective * LESS
                for g in range(n_groups):
                    if g != old and open_[g]:
                        shift_unit(products, i, 1.0, sums, g, trials, 1)
                        eliminate(trials, 1, own, factors_of_trials)
                        trial[:] = rest
                        add_rest(factors, g, own, -1.0, trial)
                        add_rest(factors_of_trials, 1, own, 1.0, trial)
                        candidate = profile_out(trial, floor, factor)
                        if pulled:
                            candidate += cost + cost_of(pull, groups, i, g)
                            candidate -= cost_of(pull, groups, i, old)
                        if candidate < lowest:
                            best, lowest = g, candidate
                if best != old:
                    move_slopes(products, i, best, own, now)
                    objective = solve(own, now)
                    if pulled:
                        cost = total_cost(pull, groups)
                        objective += cost
                    stayed = 0
                    if apart:
                        invert(factors, old, inverses)
                        invert(factors, best, inverses)
            if stayed == n_units:
                return objective, True
    return objective, False


@kernel
def local_optimum(
    products: np.ndarray,
    own: int,
    minimum: int,
    limit: int,
    groups: np.ndarray,
    pull: Pull,
    now: Slopes,
) -> tuple[float, bool]:
    """Conditional K-means, then moves of single units, from a grouping (N,)."""
    regroup_slopes(products, groups, own, now)
    value, _ = conditional_kmeans(products, own, minimum, limit, pull, now)
    return move_singly(products, own, minimum, limit, value, pull, now)


@kernel
def search_slopes(
    products: np.ndarray,
    own: int,
    minimum: int,
    starts: int,
    limit: int,
    singly: bool,
    rng: np.random.Generator,
    pull: Pull,
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
        objective, ended = conditional_kmeans(products, own, minimum, limit, pull, now)
        if singly:
            objective, ended = move_singly(products, own, minimum, limit, objective, pull, now)
        n_best, _ = count_best(objective, lowest, n_best)
        if objective < lowest:
            best[:] = now.groups
            lowest, settled = objective, ended
    lowest = regroup_slopes(products, best, own, now) + total_cost(pull, best)
    return lowest, n_best, settled


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
            move_products(products, members[order[j]], 1, 0, sides)
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
