"""A hybrid genetic search for groups by slopes: local optima, and their improved children."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import SAME, count_best
from gfe_mc.kernels.draw import below
from gfe_mc.kernels.slopes.products import Slopes, regroup_slopes, unit_ssr
from gfe_mc.kernels.slopes.pull import Pull, cost_of, pulls, total_cost
from gfe_mc.kernels.slopes.search import (
    local_optimum,
    nearest_of_any,
    nearest_pulled,
    random_groups,
)
from gfe_mc.kernels.slopes.units import factor_ldl, solve_ldl


@kernel
def total_products(products: np.ndarray, total: np.ndarray) -> None:
    """Fill `total` (D, D) with the cross-products of all units."""
    total[:] = 0.0
    for i in range(products.shape[0]):
        for d in range(total.shape[0]):
            for e in range(total.shape[0]):
                total[d, e] += products[i, d, e]


@kernel
def match_slopes(
    first: np.ndarray, second: np.ndarray, total: np.ndarray, partner: np.ndarray
) -> None:
    """Pair the groups of two solutions: time and again the two nearest still free.

    `partner[g]` receives the group of `second` (G, K) that goes with group g of `first`. How far
    slopes are apart is what their difference would explain in all units, (b - c)'X'X (b - c), so
    that scales of regressors do not matter.
    """
    n_groups, n_slopes = first.shape
    distance = np.zeros((n_groups, n_groups))
    for g in range(n_groups):
        for h in range(n_groups):
            for k in range(n_slopes):
                for j in range(n_slopes):
                    between = (first[g, k] - second[h, k]) * (first[g, j] - second[h, j])
                    distance[g, h] += between * total[k, j]
    for _ in range(n_groups):
        nearest = np.argmin(distance)
        g, h = nearest // n_groups, nearest % n_groups
        partner[g] = h
        distance[g, :] = np.inf
        distance[:, h] = np.inf


@kernel
def slopes_about_unit(
    products: np.ndarray, i: int, total: np.ndarray, nearest: int, g: int, beta: np.ndarray
) -> None:
    """Fill `beta` g with slopes between those of unit `i` alone and those of group `nearest`.

    They are least squares of the unit's series and of those of a mean unit that has the slopes
    of the group: a unit's own slopes may be far off, or not be identified.
    """
    n_units, n_slopes = products.shape[0], beta.shape[1]
    inner, lower = np.zeros((n_slopes, n_slopes)), np.zeros((n_slopes, n_slopes))
    solution = np.zeros(n_slopes)
    for k in range(n_slopes):
        solution[k] = products[i, n_slopes, k]
        for j in range(n_slopes):
            mean = total[k, j] / n_units
            inner[k, j] = products[i, k, j] + mean
            solution[k] += mean * beta[nearest, j]
    if factor_ldl(inner, 0.0, lower):
        solve_ldl(lower, solution)
        beta[g] = solution


@kernel
def assign(
    products: np.ndarray, minimum: int, beta: np.ndarray, pull: Pull, groups: np.ndarray
) -> None:
    """Fill `groups` (N,) with the group whose slopes explain each unit best.

    Units that are to be apart from others come after those in turn. A group that has less than
    `minimum` units then takes those that lose least by it, from groups that have more.
    """
    n_units, n_groups = groups.shape[0], beta.shape[0]
    counts, pulled = np.zeros(n_groups, np.int64), pulls(pull)
    if pulled:
        groups[:] = -1
    for i in range(n_units):
        if pulled:
            groups[i] = nearest_pulled(products, i, beta, pull, groups)
        else:
            groups[i] = nearest_of_any(products, i, beta)
        counts[groups[i]] += 1
    for g in range(n_groups):
        while counts[g] < minimum:
            taken, least = -1, np.inf
            for i in range(n_units):
                if counts[groups[i]] > minimum:
                    loss = unit_ssr(products, i, beta, g) - unit_ssr(products, i, beta, groups[i])
                    if pulled:
                        loss += cost_of(pull, groups, i, g) - cost_of(pull, groups, i, groups[i])
                    if loss < least or taken < 0:
                        taken, least = i, loss
            counts[groups[taken]] -= 1
            counts[g] += 1
            groups[taken] = g


@kernel
def cross_slopes(
    products: np.ndarray,
    total: np.ndarray,
    rng: np.random.Generator,
    members: np.ndarray,
    named: bool,
    partner: np.ndarray,
    child: np.ndarray,
) -> None:
    """Fill `child` (G, K) with slopes from two random members (P, G, K), one group's moved.

    Each group's slopes are those of one of the parents, after matching, unless groups are
    `named`, so that group g of one is group g of the other; then one group's are moved to the
    neighbourhood of a random unit.
    """
    population, n_groups, _ = members.shape
    a = below(rng, population)
    b = (a + 1 + below(rng, population - 1)) % population
    if not named:
        match_slopes(members[a], members[b], total, partner)
    for g in range(n_groups):
        if rng.random() < 0.5:
            child[g] = members[a, g]
        else:
            child[g] = members[b, partner[g]]
    unit, g = below(rng, products.shape[0]), below(rng, n_groups)
    slopes_about_unit(products, unit, total, nearest_of_any(products, unit, child), g, child)


@kernel
def place_slopes(objectives: np.ndarray, born: int, value: float) -> int:
    """Where the next member goes: a free place, else the worst one's; -1 if it is there."""
    if born < objectives.shape[0]:
        return born
    for p in range(objectives.shape[0]):
        if abs(objectives[p] - value) <= SAME * value:
            return -1
    return int(np.argmax(objectives))


@kernel
def evolve_slopes(
    products: np.ndarray,
    own: int,
    minimum: int,
    population: int,
    patience: int,
    hits: int,
    limit: int,
    rng: np.random.Generator,
    pull: Pull,
    given: np.ndarray,
    now: Slopes,
) -> tuple[float, int, int, bool]:
    """The search; it ends after `patience` children in a row without a better objective.

    It ends before that once `hits` local optima met the best objective, if `hits` is positive.
    Local optima are those of conditional K-means, then of moves of single units. The first ones
    are from the groupings `given` (any number, N), then from random ones. Costs of a `pull` name
    the groups.

    The best grouping ends up in `now`. Returns its objective, how many of the local optima met
    it, how many there were, and whether units settled on the way to it.
    """
    n_units, (n_groups, n_slopes) = now.groups.shape[0], now.beta.shape
    total = np.empty((n_slopes + 1, n_slopes + 1))
    total_products(products, total)
    members = np.empty((population, n_groups, n_slopes))
    objectives = np.full(population, np.inf)
    partner, child = np.arange(n_groups), np.empty((n_groups, n_slopes))
    named = pull.costs.shape[0] > 0
    units, groups = np.arange(n_units), np.empty(n_units, np.int64)
    best = np.empty(n_units, np.int64)
    lowest, n_best, settled = np.inf, 0, False
    born, fruitless = 0, 0
    while fruitless < patience and (hits == 0 or n_best < hits):
        if born < given.shape[0]:
            groups[:] = given[born]
        elif born < population:
            random_groups(rng, minimum, n_groups, units, groups)
        else:
            cross_slopes(products, total, rng, members, named, partner, child)
            assign(products, minimum, child, pull, groups)
            fruitless += 1
        value, ended = local_optimum(products, own, minimum, limit, groups, pull, now)
        n_best, better = count_best(value, lowest, n_best)
        if better:
            lowest, settled, fruitless = value, ended, 0
            best[:] = now.groups
        p = place_slopes(objectives, born, value)
        if p >= 0:
            members[p] = now.beta
            objectives[p] = value
        born += 1
    lowest = regroup_slopes(products, best, own, now) + total_cost(pull, best)
    return lowest, n_best, born, settled
