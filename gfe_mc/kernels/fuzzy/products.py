"""Soft groups by cross-products: gaps, with unit effects or without, in one case.

Notation is that of `kernels.slopes.products`: Z_i (D, D) are the cross-products of a unit's
functions of time (each period by itself), its regressors and its outcome, over the periods in which
it is observed. Effects of groups are slopes of those functions, the first of the `own` ones. With
d_ig the sum of squared residuals of unit i at the slopes of group g, memberships are as in
`kernels.fuzzy.weights`, and slopes follow from the sums of mu_ig^m Z_i: where a group has n_g units
in a balanced panel, it has here those that are observed in the period.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import SAME, count_best
from gfe_mc.kernels.draw import below, distinct
from gfe_mc.kernels.fuzzy.anneal import COARSE
from gfe_mc.kernels.fuzzy.arrays import Fuzzy
from gfe_mc.kernels.fuzzy.weights import weigh
from gfe_mc.kernels.profiles.crossproducts import profile_out, slopes
from gfe_mc.kernels.slopes.genetic import match_slopes, place_slopes, total_products
from gfe_mc.kernels.slopes.products import (
    Slopes,
    add_rest,
    back_substitute,
    eliminate,
    regroup_slopes,
    unit_ssr,
)
from gfe_mc.kernels.slopes.pull import Pull
from gfe_mc.kernels.slopes.search import move_singly, nearest_of_any

_SETTLED = 1e-13
"""Tolerance to which the best coefficients are settled in the end."""
_FRESH = 0.125
"""Share of children that have no parents."""


@kernel
def measure_products(products: np.ndarray, now: Fuzzy) -> None:
    """Fill `distances` (G, N) with d_ig; what rounding leaves of an exact fit is none."""
    for g in range(now.beta.shape[0]):
        for i in range(products.shape[0]):
            now.distances[g, i] = max(unit_ssr(products, i, now.beta, g), 0.0)


@kernel
def regress_products(products: np.ndarray, own: int, now: Fuzzy) -> None:
    """Fill `beta`, the minimum at the weights at hand; a group without weight keeps its own."""
    sums, beta, mass = now.sums, now.beta, now.mass
    n_groups, n_series = sums.shape[:2]
    sums[:] = 0.0
    mass[:] = 0.0
    for i in range(products.shape[0]):
        for g in range(n_groups):
            weight = now.weights[i, g]
            if weight > 0.0:
                mass[g] += weight
                for d in range(n_series):
                    for e in range(d + 1):
                        sums[g, d, e] += weight * products[i, d, e]
    now.rest[:] = 0.0
    for g in range(n_groups):
        eliminate(sums, g, own, now.factors)
        add_rest(now.factors, g, own, 1.0, now.rest)
    profile_out(now.rest, now.floor, now.factor)
    common = beta[0, own:]
    slopes(now.factor, common)
    for g in range(n_groups):
        for k in range(own, beta.shape[1]):
            beta[g, k] = common[k - own]
        if mass[g] > 0.0:
            back_substitute(now.factors, g, own, beta)


@kernel
def descend_products(
    products: np.ndarray, own: int, m: float, tolerance: float, limit: int, now: Fuzzy
) -> tuple[float, bool]:
    """Weighted least squares and memberships in turn, as `descend_fuzzy`."""
    measure_products(products, now)
    objective = weigh(m, now)
    for _ in range(limit):
        regress_products(products, own, now)
        measure_products(products, now)
        lower = weigh(m, now)
        if not lower < objective * (1.0 - tolerance):
            return min(lower, objective), True
        objective = lower
    return objective, False


@kernel
def _near_unit(
    products: np.ndarray,
    own: int,
    i: int,
    total: np.ndarray,
    about: np.ndarray,
    g: int,
    now: Fuzzy,
) -> None:
    """Move the `own` coefficients of group g between those of unit `i` and those `about` (K,).

    They are least squares of the unit's series and of those of a mean unit that has the latter,
    the common slopes as they are. Where the unit says nothing, in periods in which it is not
    observed, they are those `about`.
    """
    sums, n_units, last = now.sums, products.shape[0], now.beta.shape[1]
    for d in range(last):
        cross = products[i, last, d]
        for e in range(last):
            mean = total[d, e] / n_units
            cross += mean * about[e]
            if e <= d:
                sums[g, d, e] = products[i, d, e] + mean
        sums[g, last, d] = cross
    sums[g, last, last] = products[i, last, last]
    eliminate(sums, g, own, now.factors)
    back_substitute(now.factors, g, own, now.beta)


@kernel
def _start(
    products: np.ndarray,
    own: int,
    total: np.ndarray,
    pooled: np.ndarray,
    rng: np.random.Generator,
    units: np.ndarray,
    now: Fuzzy,
) -> None:
    """Start near random units: coefficients of each group between a unit's and pooled ones (K,)."""
    distinct(rng, now.beta.shape[0], units)
    for g in range(now.beta.shape[0]):
        now.beta[g] = pooled
        _near_unit(products, own, units[g], total, pooled, g, now)


@kernel
def _cross(
    products: np.ndarray,
    own: int,
    total: np.ndarray,
    rng: np.random.Generator,
    members: np.ndarray,
    partner: np.ndarray,
    now: Fuzzy,
) -> None:
    """Fill `beta` with a child of two random members (P, G, K), one group's moved near a unit.

    Coefficients of each group come from one of them, and common slopes lie between theirs.
    """
    population, n_groups, n_slopes = members.shape
    a = below(rng, population)
    b = (a + 1 + below(rng, population - 1)) % population
    match_slopes(members[a], members[b], total, partner)
    weight = rng.random()
    for g in range(n_groups):
        if rng.random() < 0.5:
            now.beta[g] = members[a, g]
        else:
            now.beta[g] = members[b, partner[g]]
        for k in range(own, n_slopes):
            now.beta[g, k] = weight * members[a, 0, k] + (1.0 - weight) * members[b, 0, k]
    unit, g = below(rng, products.shape[0]), below(rng, n_groups)
    about = now.beta[nearest_of_any(products, unit, now.beta)].copy()
    _near_unit(products, own, unit, total, about, g, now)


@kernel
def _move_units(
    products: np.ndarray, own: int, limit: int, pull: Pull, hard: Slopes, now: Fuzzy
) -> bool:
    """Put every unit into its nearest group and move single ones; False if a group has none.

    The slopes that this ends at are left in `now`.
    """
    n_groups, n_units = now.distances.shape
    labels, counts = np.empty(n_units, np.int64), np.zeros(n_groups, np.int64)
    for i in range(n_units):
        labels[i] = np.argmin(now.distances[:, i])
        counts[labels[i]] += 1
    if counts.min() == 0:
        return False
    value = regroup_slopes(products, labels, own, hard)
    move_singly(products, own, 1, limit, value, pull, hard)
    now.beta[:] = hard.beta
    return True


@kernel
def evolve_products(
    products: np.ndarray,
    own: int,
    schedule: np.ndarray,
    population: int,
    patience: int,
    hits: int,
    tolerance: float,
    limit: int,
    rng: np.random.Generator,
    pull: Pull,
    hard: Slopes,
    now: Fuzzy,
) -> tuple[float, int, int, bool]:
    """Anneal along the schedule of m from random units, then improve children, as `evolve_fuzzy`.

    With a patience of none there are no children, and a start is left where annealing ends; with
    any, it is also tried from where units move singly to, as long as some are in one group alone.
    It ends once `hits` local minima met the best objective, if `hits` is positive.

    `now` holds pooled coefficients in every group before, and the best ones after. Returns their
    objective, how many met it, how many there were, and whether the best one settled.
    """
    n_groups, n_slopes = now.beta.shape
    n_units, m = products.shape[0], schedule[-1]
    total = np.empty((n_slopes + 1, n_slopes + 1))
    total_products(products, total)
    pooled = now.beta[0].copy()
    kept = population if patience > 0 else 2
    members, objectives = np.empty((kept, n_groups, n_slopes)), np.full(kept, np.inf)
    partner, units = np.arange(n_groups), np.arange(n_units)
    best, before = now.beta.copy(), now.beta.copy()
    lowest, n_best, born, fruitless, settled = np.inf, 0, 0, 0, False
    while (born < population or fruitless < patience) and (hits == 0 or n_best < hits):
        if born < population or rng.random() < _FRESH:
            _start(products, own, total, pooled, rng, units, now)
            value, ended = np.inf, False
            for step in range(schedule.shape[0]):
                precise = tolerance if step == schedule.shape[0] - 1 else COARSE
                value, ended = descend_products(products, own, schedule[step], precise, limit, now)
        else:
            _cross(products, own, total, rng, members, partner, now)
            value, ended = descend_products(products, own, m, tolerance, limit, now)
        if born >= population:
            fruitless += 1
        if patience > 0 and now.alone.max() >= 0:
            before[:] = now.beta
            if _move_units(products, own, limit, pull, hard, now):
                lower, again = descend_products(products, own, m, tolerance, limit, now)
                if lower < value * (1.0 - SAME):
                    value, ended = lower, again
                else:
                    now.beta[:] = before
        n_best, better = count_best(value, lowest, n_best)
        if better:
            fruitless = 0
        if value < lowest:
            best[:] = now.beta
            lowest, settled = value, ended
        if patience > 0:
            p = place_slopes(objectives, born, value)
            if p >= 0:
                members[p] = now.beta
                objectives[p] = value
        born += 1
    now.beta[:] = best
    if patience > 0:
        lowest, settled = descend_products(products, own, m, _SETTLED, limit, now)
    measure_products(products, now)
    weigh(m, now)
    return lowest, n_best, born, settled
