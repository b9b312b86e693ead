"""Least squares over slopes and gaps with weights: what effects of least norm need of gaps."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.linear import factorize, solve_factorized


@kernel
def weighted_moments(
    z: np.ndarray, observed: np.ndarray, weights: np.ndarray, fills: np.ndarray
) -> np.ndarray:
    """Compute the moments sum_i z_ia'W z_ib (D, D), each series' gaps such that they are least.

    Weights W (T, T) are positive definite, z is (N, D, T). Least are the gaps of a series g at
    -(W_gg)^-1 W_go z_o, o what is observed: these are filled into `fills` (N, D, T), zero
    elsewhere. Units are in order.
    """
    n_units, n_series, n_periods = z.shape
    moments = np.zeros((n_series, n_series))
    own, weighted = np.empty((n_series, n_periods)), np.empty(n_periods)
    missing = np.empty(n_periods, np.int64)
    for i in range(n_units):
        count = 0
        for t in range(n_periods):
            for a in range(n_series):
                own[a, t] = z[i, a, t] if observed[i, t] else 0.0
                fills[i, a, t] = 0.0
            if not observed[i, t]:
                missing[count] = t
                count += 1
        if count > 0:
            inner, factor = np.empty((count, count)), np.empty((count, count))
            sides = np.zeros((count, n_series))
            for m in range(count):
                for n in range(count):
                    inner[m, n] = weights[missing[m], missing[n]]
                for a in range(n_series):
                    for t in range(n_periods):
                        sides[m, a] -= weights[missing[m], t] * own[a, t]
            factorize(inner, 0.0, factor)
            solve_factorized(factor, sides)
            for m in range(count):
                for a in range(n_series):
                    own[a, missing[m]] = fills[i, a, missing[m]] = sides[m, a]
        for b in range(n_series):
            for t in range(n_periods):
                weighted[t] = 0.0
                for s in range(n_periods):
                    weighted[t] += weights[t, s] * own[b, s]
            for a in range(n_series):
                for t in range(n_periods):
                    moments[a, b] += own[a, t] * weighted[t]
    return moments


@kernel
def fill_gaps(
    z: np.ndarray, observed: np.ndarray, fills: np.ndarray, theta: np.ndarray
) -> tuple[float, float]:
    """Fill the outcome's gaps in z (N, D, T) at slopes (K,); the largest change, and the largest.

    The gaps of y - x'theta are those of the series, by `weighted_moments`, combined. Regressors
    stay zero there.
    """
    n_units, n_series, n_periods = z.shape
    change = largest = 0.0
    for i in range(n_units):
        for t in range(n_periods):
            if not observed[i, t]:
                value = fills[i, n_series - 1, t]
                for k in range(n_series - 1):
                    value -= theta[k] * fills[i, k, t]
                change = max(change, abs(value - z[i, n_series - 1, t]))
                z[i, n_series - 1, t] = value
            largest = max(largest, abs(z[i, n_series - 1, t]))
    return change, largest
