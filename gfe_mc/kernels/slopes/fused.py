"""Slopes of units drawn together pair by pair, from cross-products, by ADMM.

Minimised is  1/2 sum_i SSR_i(b_i) + sum_{i<j} t_ij ||b_i - b_j||  with d_ij = b_i - b_j split off.
M_i (K, K) and c_i (K,) are a unit's cross-products of regressors, and of these with the outcome;
u_ij are the multipliers over the step r. Pairs are in the order (0, 1), (0, 2), ..., (1, 2), ...

The slopes of a step solve (M_i + r N I) b_i - r sum_j b_j = c_i + r a_i, where a_i adds up
d_ij - u_ij over the pairs that unit i is first in, less those that it is second in: each unit's
system, and one of K equations for the sum of all slopes.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.linear import inverse
from gfe_mc.kernels.slopes.units import factor_ldl, solve_ldl


@kernel
def fuse(
    products: np.ndarray,
    thresholds: np.ndarray,
    pace: float,
    limit: int,
    tolerance: float,
    scale: float,
    beta: np.ndarray,
    gaps: np.ndarray,
    multipliers: np.ndarray,
) -> tuple[int, bool]:
    """Run ADMM from what `beta`, `gaps` and `multipliers` hold, and leave its end there.

    Parameters
    ----------
    products : (N, K + 1, K + 1)
        Cross-products of each unit, the outcome last.
    thresholds : (N (N - 1) / 2,)
        t_ij of each pair.
    pace
        r N, as a multiple of the mean diagonal element of M_i: what a move of all d_ij of a unit
        does to its slopes is about so many times as large.
    limit
        Most iterations.
    tolerance
        It ends where d_ij differs from b_i - b_j by less than this share of `scale`, and `pace`
        times what it moved is less as well, in the root mean square over pairs.
    scale
        A length of differences of slopes.
    beta : (N, K)
        Slopes of units.
    gaps, multipliers : (N (N - 1) / 2, K)
        d_ij and u_ij.

    Returns
    -------
    tuple of int and bool
        How many iterations there were, and whether it ended before the limit.
    """
    n_units, n_slopes = beta.shape
    step = 0.0
    for i in range(n_units):
        for k in range(n_slopes):
            step += products[i, k, k]
    step *= pace / (n_units * n_units * n_slopes)
    inverses, total = _systems(products, step, n_slopes)
    lower = np.zeros((n_slopes, n_slopes))
    if not factor_ldl(total, 0.0, lower):
        return 0, False
    pull, part = np.empty((n_units, n_slopes)), np.empty((n_units, n_slopes))
    sums, away = np.empty(n_slopes), np.empty(n_slopes)
    bound = gaps.shape[0] * (tolerance * scale) ** 2
    for iteration in range(limit):
        _pulls(gaps, multipliers, pull)
        sums[:] = 0.0
        for i in range(n_units):
            for k in range(n_slopes):
                part[i, k] = 0.0
                for j in range(n_slopes):
                    side = products[i, n_slopes, j] + step * pull[i, j]
                    part[i, k] += inverses[i, k, j] * side
                sums[k] += part[i, k]
        solve_ldl(lower, sums)
        for i in range(n_units):
            for k in range(n_slopes):
                beta[i, k] = part[i, k]
                for j in range(n_slopes):
                    beta[i, k] += step * inverses[i, k, j] * sums[j]
        primal, dual = 0.0, 0.0
        pair = 0
        for i in range(n_units - 1):
            for j in range(i + 1, n_units):
                length = 0.0
                for k in range(n_slopes):
                    away[k] = beta[i, k] - beta[j, k] + multipliers[pair, k]
                    length += away[k] * away[k]
                length = np.sqrt(length)
                kept = 0.0
                if length * step > thresholds[pair]:
                    kept = 1.0 - thresholds[pair] / (length * step)
                for k in range(n_slopes):
                    new = kept * away[k]
                    moved, left = new - gaps[pair, k], beta[i, k] - beta[j, k] - new
                    dual += moved * moved
                    primal += left * left
                    gaps[pair, k] = new
                    multipliers[pair, k] = away[k] - new
                pair += 1
        if primal <= bound and pace * pace * dual <= bound:
            return iteration + 1, True
    return limit, False


@kernel
def _systems(products: np.ndarray, step: float, n_slopes: int) -> tuple[np.ndarray, np.ndarray]:
    """(M_i + r N I)^-1 of each unit, and I - r sum_i (M_i + r N I)^-1."""
    n_units = products.shape[0]
    inverses = np.empty((n_units, n_slopes, n_slopes))
    matrix, total = np.empty((n_slopes, n_slopes)), np.eye(n_slopes)
    for i in range(n_units):
        for k in range(n_slopes):
            for j in range(n_slopes):
                matrix[k, j] = products[i, k, j]
            matrix[k, k] += step * n_units
        inverses[i] = inverse(matrix)
        for k in range(n_slopes):
            for j in range(n_slopes):
                total[k, j] -= step * inverses[i, k, j]
    return inverses, total


@kernel
def _pulls(gaps: np.ndarray, multipliers: np.ndarray, pull: np.ndarray) -> None:
    """Fill `pull` (N, K) with a_i."""
    n_units, n_slopes = pull.shape
    pull[:] = 0.0
    pair = 0
    for i in range(n_units - 1):
        for j in range(i + 1, n_units):
            for k in range(n_slopes):
                value = gaps[pair, k] - multipliers[pair, k]
                pull[i, k] += value
                pull[j, k] -= value
            pair += 1


@kernel
def connected(beta: np.ndarray, reach: float, groups: np.ndarray) -> int:
    """Fill `groups` (N,): units are together whose slopes are within `reach`, and theirs in turn.

    Returns how many groups there are; they are numbered by first appearance.
    """
    n_units, n_slopes = beta.shape
    groups[:] = -1
    queue = np.empty(n_units, np.int64)
    n_groups = 0
    for first in range(n_units):
        if groups[first] >= 0:
            continue
        groups[first] = n_groups
        queue[0], done, found = first, 0, 1
        while done < found:
            i = queue[done]
            done += 1
            for j in range(n_units):
                if groups[j] < 0:
                    square = 0.0
                    for k in range(n_slopes):
                        square += (beta[i, k] - beta[j, k]) * (beta[i, k] - beta[j, k])
                    if square <= reach * reach:
                        groups[j] = n_groups
                        queue[found] = j
                        found += 1
        n_groups += 1
    return n_groups
