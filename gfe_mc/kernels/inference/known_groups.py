"""Deviations within groups and periods, and what observations add to the error of a fit.

Notation. x_it (K,) less its mean m_gt over the unit's group and the period is w_it; e_it are
residuals, H the inverse of sum_it w_it w_it', n_g the units of a group. An observation adds
d_it = H w_it e_it to the error of theta, and 1{g_i = g, t = s} e_it / n_g - m_gs'd_it to that of
alpha_gs.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel


@kernel
def group_means(
    x: np.ndarray, groups: np.ndarray, counts: np.ndarray, means: np.ndarray, within: np.ndarray
) -> None:
    """Fill `counts` (G,), `means` (G, T, K) and `within` (N, T, K) of regressors (N, T, K).

    A group without units has means of zero.
    """
    n_units, n_periods, n_slopes = x.shape
    counts[:] = 0.0
    means[:] = 0.0
    for i in range(n_units):
        g = groups[i]
        counts[g] += 1.0
        for t in range(n_periods):
            for k in range(n_slopes):
                means[g, t, k] += x[i, t, k]
    for g in range(means.shape[0]):
        for t in range(n_periods):
            for k in range(n_slopes):
                means[g, t, k] /= max(counts[g], 1.0)
    for i in range(n_units):
        g = groups[i]
        for t in range(n_periods):
            for k in range(n_slopes):
                within[i, t, k] = x[i, t, k] - means[g, t, k]


@kernel
def period_variation(x: np.ndarray) -> np.ndarray:
    """Sum the squares of regressors (N, T, K) less their means over the period: (K,)."""
    n_units, n_periods, n_slopes = x.shape
    means, total = np.zeros((n_periods, n_slopes)), np.zeros(n_slopes)
    for i in range(n_units):
        for t in range(n_periods):
            for k in range(n_slopes):
                means[t, k] += x[i, t, k]
    for t in range(n_periods):
        for k in range(n_slopes):
            means[t, k] /= n_units
    for i in range(n_units):
        for t in range(n_periods):
            for k in range(n_slopes):
                total[k] += (x[i, t, k] - means[t, k]) * (x[i, t, k] - means[t, k])
    return total


@kernel
def influence(
    within: np.ndarray,
    residuals: np.ndarray,
    inverse: np.ndarray,
    groups: np.ndarray,
    counts: np.ndarray,
    means: np.ndarray,
    together: bool,
    joint: bool,
) -> np.ndarray:
    """Compute what each observation adds to the error of (theta, alpha): (N T, K + G T).

    With `together`, the sum over the periods of each unit, (N, K + G T). Without `joint`, the
    profiles' errors are those at a given theta.
    """
    n_units, n_periods, n_slopes = within.shape
    n_groups = means.shape[0]
    n_rows = n_units if together else n_units * n_periods
    added = np.zeros((n_rows, n_slopes + n_groups * n_periods))
    score, part = np.empty(n_slopes), np.empty(n_slopes)
    for row in range(n_rows):
        i = row if together else row // n_periods
        first = 0 if together else row % n_periods
        last = n_periods if together else first + 1
        score[:] = 0.0
        for t in range(first, last):
            for k in range(n_slopes):
                score[k] += within[i, t, k] * residuals[i, t]
        for k in range(n_slopes):
            value = 0.0
            for j in range(n_slopes):
                value += inverse[k, j] * score[j]
            part[k] = value
            added[row, k] = value
        if joint:
            for g in range(n_groups):
                for s in range(n_periods):
                    value = 0.0
                    for k in range(n_slopes):
                        value += means[g, s, k] * part[k]
                    added[row, n_slopes + g * n_periods + s] = -value
        for t in range(first, last):
            column = n_slopes + groups[i] * n_periods + t
            added[row, column] += residuals[i, t] / max(counts[groups[i]], 1.0)
    return added


@kernel
def lagged(added: np.ndarray, n_periods: int, lags: int) -> np.ndarray:
    """Sum over l = 1, ..., `lags` of (1 - l / (lags + 1)) times the row of l periods before.

    `added` (N T, P) has the periods of a unit below one another; periods before the first add
    nothing.
    """
    before = np.zeros_like(added)
    for row in range(added.shape[0]):
        for lag in range(1, min(lags, row % n_periods) + 1):
            weight = 1.0 - lag / (lags + 1)
            for k in range(added.shape[1]):
                before[row, k] += weight * added[row - lag, k]
    return before
