"""The statistic of slope homogeneity within groups, from cross-products, in a written order."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.slopes.units import factor_ldl, solve_ldl


@kernel
def group_dispersions(
    products: np.ndarray,
    estimates: np.ndarray,
    groups: np.ndarray,
    observations: np.ndarray,
    statistics: np.ndarray,
) -> None:
    """Fill `statistics` (G,) with t_g.

    Parameters
    ----------
    products : (N, D, D)
        Each unit's cross-products, the outcome last.
    estimates : (N, K)
        Each unit's own slopes b_i, K = D - 1.
    groups : (N,)
        The group of each unit.
    observations : (N,)
        T_i, periods in which each unit is observed.
    statistics : (G,)
        Receives t_g; NaN for groups of fewer than two units, where a unit is fitted exactly, and
        where nothing is left of weighted cross-products.
    """
    n_units, n_slopes = estimates.shape
    last = n_slopes
    counts = np.zeros(statistics.shape[0], np.int64)
    sums, lower = np.zeros((n_slopes, n_slopes)), np.zeros((n_slopes, n_slopes))
    beta, mean = np.zeros(n_slopes), np.zeros(n_slopes)
    weights = np.zeros(n_units)
    for i in range(n_units):
        counts[groups[i]] += 1
    for g in range(statistics.shape[0]):
        statistics[g] = np.nan
        if counts[g] < 2:
            continue
        # The group's slopes, and what a unit's mean squared residual at them is.
        weights[:] = 1.0
        if not weighted_slopes(products, groups, g, weights, sums, lower, beta):
            continue
        for i in range(n_units):
            if groups[i] == g:
                ssr = products[i, last, last]
                for k in range(n_slopes):
                    ssr -= 2.0 * products[i, last, k] * beta[k]
                    for j in range(n_slopes):
                        ssr += beta[k] * products[i, k, j] * beta[j]
                weights[i] = (observations[i] - 1) / ssr
        if not weighted_slopes(products, groups, g, weights, sums, lower, mean):
            continue
        xi = 0.0
        for i in range(n_units):
            if groups[i] == g:
                square = 0.0
                for k in range(n_slopes):
                    for j in range(n_slopes):
                        square += (
                            (estimates[i, k] - mean[k])
                            * products[i, k, j]
                            * (estimates[i, j] - mean[j])
                        )
                xi += weights[i] * square
        n = float(counts[g])
        statistics[g] = np.sqrt(n) * (xi / n - n_slopes) / np.sqrt(2.0 * n_slopes)


@kernel
def weighted_slopes(
    products: np.ndarray,
    groups: np.ndarray,
    g: int,
    weights: np.ndarray,
    sums: np.ndarray,
    lower: np.ndarray,
    beta: np.ndarray,
) -> bool:
    """Fill `beta` (K,) with weighted least squares in group `g`; False if it is not identified."""
    n_slopes = beta.shape[0]
    sums[:] = 0.0
    beta[:] = 0.0
    for i in range(groups.shape[0]):
        if groups[i] == g:
            for k in range(n_slopes):
                beta[k] += weights[i] * products[i, n_slopes, k]
                for j in range(k + 1):
                    sums[k, j] += weights[i] * products[i, k, j]
    if not factor_ldl(sums, 0.0, lower):
        return False
    solve_ldl(lower, beta)
    return True
