"""Least squares by groups from cross-products: the slopes of each group, and those of all.

Notation. Z_i (D, D), D = K + 1, holds the cross-products sum_t z_it z_it' of unit i, where z_it
stacks the regressors with group-specific slopes (the first `own` of them), those with common
slopes, and last the outcome, all in deviations from unit means. S_g is the sum of Z_i over group
g. Eliminating the group-specific regressors from S_g leaves a matrix R_g over the common ones and
the outcome; eliminating the common ones from R = sum_g R_g leaves the minimum of the sum of
squared residuals. All matrices are lower triangles.
"""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.profiles.crossproducts import profile_out, slopes

COLLINEAR = 1e-10
"""A regressor whose remaining share of its own variation is below this counts as collinear."""
CONSTANT = 1e-24
"""A variance below this share of the squared mean is that of a constant, rounded."""


class Slopes(NamedTuple):
    """A grouping and what follows from it; the kernels keep its parts in step."""

    groups: np.ndarray
    """(N,) the group of each unit."""
    counts: np.ndarray
    """(G,) units in each group."""
    sums: np.ndarray
    """(G, D, D) S_g."""
    factors: np.ndarray
    """(G, D, D) the factor of the first `own` columns of S_g, then R_g."""
    rest: np.ndarray
    """(D - own, D - own) R."""
    factor: np.ndarray
    """(D - own, D - own) the factor of R."""
    floor: np.ndarray
    """(D - own,) the variation below which a common regressor counts as collinear."""
    beta: np.ndarray
    """(G, K) slopes; common ones are the same in every row."""
    trial: np.ndarray
    """(2, D, D) room to work in."""


def empty_slopes(n_units: int, n_groups: int, n_slopes: int, own: int) -> Slopes:
    """Room for one grouping."""
    n_series, n_rest = n_slopes + 1, n_slopes + 1 - own
    return Slopes(
        groups=np.zeros(n_units, np.int64),
        counts=np.zeros(n_groups, np.int64),
        sums=np.zeros((n_groups, n_series, n_series)),
        factors=np.zeros((n_groups, n_series, n_series)),
        rest=np.zeros((n_rest, n_rest)),
        factor=np.zeros((n_rest, n_rest)),
        floor=np.zeros(n_rest),
        beta=np.zeros((n_groups, n_slopes)),
        trial=np.zeros((2, n_series, n_series)),
    )


@kernel
def eliminate(sums: np.ndarray, g: int, own: int, factors: np.ndarray) -> None:
    """Fill factor `g` from sums `g`: columns of the first `own` regressors, and what remains.

    A regressor without variation of its own is left out: its column is zero.
    """
    for d in range(sums.shape[1]):
        for e in range(d + 1):
            value = sums[g, d, e]
            for k in range(min(e, own)):
                value -= factors[g, d, k] * factors[g, e, k]
            if e >= own:
                factors[g, d, e] = value
            elif e < d:
                pivot = factors[g, e, e]
                factors[g, d, e] = value / pivot if pivot > 0.0 else 0.0
            else:
                sound = value > COLLINEAR * sums[g, d, d]
                factors[g, d, d] = np.sqrt(value) if sound else 0.0


@kernel
def add_rest(factors: np.ndarray, g: int, own: int, sign: float, rest: np.ndarray) -> None:
    """Add `sign` times R_g, as `eliminate` left it, to `rest`."""
    for d in range(rest.shape[0]):
        for e in range(d + 1):
            rest[d, e] += sign * factors[g, own + d, own + e]


@kernel
def rest_without(now: Slopes, own: int, group: int, rest: np.ndarray) -> None:
    """Fill `rest` with the sum of R_g over all groups but one."""
    rest[:] = 0.0
    for g in range(now.counts.shape[0]):
        if g != group:
            add_rest(now.factors, g, own, 1.0, rest)


@kernel
def total_floor(products: np.ndarray, own: int, floor: np.ndarray) -> None:
    """Fill `floor` from the variation of all units; an objective is never below zero."""
    floor[:] = 0.0
    for d in range(floor.shape[0] - 1):
        for i in range(products.shape[0]):
            floor[d] += COLLINEAR * products[i, own + d, own + d]


@kernel
def regroup_slopes(products: np.ndarray, groups: np.ndarray, own: int, now: Slopes) -> float:
    """Take over a grouping (N,), from nothing; return its objective and leave its slopes."""
    counts, sums = now.counts, now.sums
    now.groups[:] = groups
    counts[:] = 0
    sums[:] = 0.0
    for i in range(groups.shape[0]):
        counts[groups[i]] += 1
        for d in range(sums.shape[1]):
            for e in range(d + 1):
                sums[groups[i], d, e] += products[i, d, e]
    for g in range(counts.shape[0]):
        eliminate(sums, g, own, now.factors)
    return solve(own, now)


@kernel
def solve(own: int, now: Slopes) -> float:
    """Fill R and the slopes from the factors of all groups; return the objective."""
    n_groups = now.beta.shape[0]
    now.rest[:] = 0.0
    for g in range(n_groups):
        add_rest(now.factors, g, own, 1.0, now.rest)
    objective = profile_out(now.rest, now.floor, now.factor)
    common = now.beta[0, own:]
    slopes(now.factor, common)
    for g in range(n_groups):
        now.beta[g, own:] = common
        back_substitute(now.factors, g, own, now.beta)
    return objective


@kernel
def back_substitute(factors: np.ndarray, g: int, own: int, beta: np.ndarray) -> None:
    """Fill the first `own` slopes of a group, given the others."""
    n_slopes = beta.shape[1]
    for back in range(own):
        k = own - 1 - back
        beta[g, k] = 0.0
        if factors[g, k, k] > 0.0:
            value = factors[g, n_slopes, k]
            for j in range(k + 1, n_slopes):
                value -= factors[g, j, k] * beta[g, j]
            beta[g, k] = value / factors[g, k, k]


@kernel
def shift_unit(
    products: np.ndarray, i: int, sign: float, sums: np.ndarray, g: int, moved: np.ndarray, h: int
) -> None:
    """Fill `moved` h with sums g plus `sign` times the cross-products of unit `i`."""
    for d in range(sums.shape[1]):
        for e in range(d + 1):
            moved[h, d, e] = sums[g, d, e] + sign * products[i, d, e]


@kernel
def move_products(products: np.ndarray, i: int, old: int, new: int, sums: np.ndarray) -> None:
    """Move the cross-products of unit `i` from sums `old` to sums `new`."""
    for d in range(sums.shape[1]):
        for e in range(d + 1):
            sums[old, d, e] -= products[i, d, e]
            sums[new, d, e] += products[i, d, e]


@kernel
def move_slopes(products: np.ndarray, i: int, g: int, own: int, now: Slopes) -> None:
    """Move unit `i` to group `g`; slopes and R are left as they were."""
    sums, factors, old = now.sums, now.factors, now.groups[i]
    now.groups[i] = g
    now.counts[old] -= 1
    now.counts[g] += 1
    move_products(products, i, old, g, sums)
    eliminate(sums, old, own, factors)
    eliminate(sums, g, own, factors)


@kernel
def unit_ssr(products: np.ndarray, i: int, beta: np.ndarray, g: int) -> float:
    """Sum of squared residuals of unit `i`, from its cross-products, at the slopes of a group."""
    # Arrays and numbers rather than parts of arrays: each part would be counted as a reference.
    last = beta.shape[1]
    value = products[i, last, last]
    for k in range(last):
        cross = products[i, k, k] * beta[g, k] - 2.0 * products[i, last, k]
        for j in range(k):
            cross += 2.0 * products[i, k, j] * beta[g, j]
        value += cross * beta[g, k]
    return float(value)


@kernel
def unit_ssr_all(
    products: np.ndarray, groups: np.ndarray, beta: np.ndarray, ssr: np.ndarray
) -> None:
    """Fill `ssr` (N,) with the sum of squared residuals of each unit in its group."""
    for i in range(groups.shape[0]):
        ssr[i] = unit_ssr(products, i, beta, groups[i])


@kernel
def unit_products(y: np.ndarray, x: np.ndarray, products: np.ndarray) -> None:
    """Fill `products` (N, D, D) with each unit's cross-products about its means."""
    n_units, n_periods, n_slopes = x.shape
    series = np.empty((n_slopes + 1, n_periods))
    for i in range(n_units):
        for k in range(n_slopes):
            for t in range(n_periods):
                series[k, t] = x[i, t, k]
        series[n_slopes] = y[i]
        for d in range(n_slopes + 1):
            mean = 0.0
            for t in range(n_periods):
                mean += series[d, t]
            mean /= n_periods
            for t in range(n_periods):
                series[d, t] -= mean
            for e in range(d + 1):
                # Four sums side by side: the processor adds them at once.
                sum0, sum1, sum2, sum3 = 0.0, 0.0, 0.0, 0.0
                for t in range(0, n_periods - 3, 4):
                    sum0 += series[d, t] * series[e, t]
                    sum1 += series[d, t + 1] * series[e, t + 1]
                    sum2 += series[d, t + 2] * series[e, t + 2]
                    sum3 += series[d, t + 3] * series[e, t + 3]
                for t in range(n_periods - n_periods % 4, n_periods):
                    sum0 += series[d, t] * series[e, t]
                products[i, d, e] = (sum0 + sum1) + (sum2 + sum3)
                products[i, e, d] = products[i, d, e]
            # What rounding leaves of a constant is no variation.
            if products[i, d, d] <= CONSTANT * n_periods * mean * mean < np.inf:
                for e in range(d + 1):
                    products[i, d, e] = 0.0
                    products[i, e, d] = 0.0
                for t in range(n_periods):
                    series[d, t] = 0.0


@kernel
def series_products(series: np.ndarray, products: np.ndarray) -> None:
    """Fill `products` (N, D, D) with the cross-products of each unit's series (N, D, T)."""
    for i in range(series.shape[0]):
        for d in range(series.shape[1]):
            for e in range(d + 1):
                value = 0.0
                for t in range(series.shape[2]):
                    value += series[i, d, t] * series[i, e, t]
                products[i, d, e] = value
                products[i, e, d] = value
