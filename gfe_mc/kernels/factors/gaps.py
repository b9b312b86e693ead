"""Panels with gaps: missing outcomes are filled in by what the model says of them, again and again.

What is filled in are outcomes less regressors times slopes, so that regressors are not needed where
outcomes are missing: there they are zero. On the panel so completed everything is as without gaps,
and what lowers its objective lowers that of the observed cells (EM: Bai 2009, supplement).
"""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.factors.descend import advance, regress
from gfe_mc.kernels.factors.profile import (
    Profile,
    cross_products,
    differentiate,
    empty_profile,
    evaluate,
)


@kernel
def fill_means(z: np.ndarray, observed: np.ndarray, theta: np.ndarray) -> None:
    """Begin with each unit's mean of y - x'theta over its observed periods."""
    n_units, n_series, n_periods = z.shape
    for i in range(n_units):
        total, count = 0.0, 0
        for t in range(n_periods):
            if observed[i, t]:
                total += _residual(z, i, t, theta)
                count += 1
        for t in range(n_periods):
            if not observed[i, t]:
                z[i, n_series - 1, t] = total / max(count, 1)


@kernel
def fill(
    z: np.ndarray, observed: np.ndarray, n_factors: int, theta: np.ndarray, at: Profile
) -> float:
    """Fill in factors times loadings; return the sum of squared residuals of what is observed."""
    n_units, n_series, n_periods = z.shape
    loadings, objective = np.empty(n_factors), 0.0
    for i in range(n_units):
        for j in range(n_factors):
            loadings[j] = 0.0
            for t in range(n_periods):
                loadings[j] += at.vectors[t, j] * _residual(z, i, t, theta)
        for t in range(n_periods):
            effect = 0.0
            for j in range(n_factors):
                effect += at.vectors[t, j] * loadings[j]
            if observed[i, t]:
                left = _residual(z, i, t, theta) - effect
                objective += left * left
            else:
                z[i, n_series - 1, t] = effect
    return objective


@kernel
def _residual(z: np.ndarray, i: int, t: int, theta: np.ndarray) -> float:
    value: float = z[i, len(theta), t]
    for k in range(len(theta)):
        value -= theta[k] * z[i, k, t]
    return value


@kernel
def complete(
    z: np.ndarray,
    observed: np.ndarray,
    n_factors: int,
    way: int,
    tolerance: float,
    limit: int,
    theta: np.ndarray,
) -> tuple[float, bool, int]:
    """Search from slopes (K,), and fill the gaps of series z (N, D, T), regressors zero in them.

    `way`: 0 for Newton's steps, which end when the objective falls by no more than `tolerance` of
    itself; 1 and 2 for Bai's iteration, orthogonal to factors or not, which ends when no slope
    changes by more than `tolerance`. Returns as `descend` does; the objective is of observed cells.
    """
    n_slopes, n_periods = len(theta), z.shape[2]
    products = np.zeros((n_slopes + 1, n_slopes + 1, n_periods, n_periods))
    now, trial = empty_profile(n_periods, n_slopes), empty_profile(n_periods, n_slopes)
    step = np.empty((n_slopes, 1))
    fill_means(z, observed, theta)
    cross_products(z, 0, products)
    objective = np.inf
    for number in range(limit):
        of_all = evaluate(products, n_factors, theta, now)
        change = 0.0
        if way == 0:
            differentiate(products, n_factors, theta, now)
            lower, _, _ = advance(products, n_factors, theta, of_all, now, trial, step)
            moves = lower <= of_all
        else:
            change = regress(products, n_factors, way == 1, theta, now, step)
            moves = np.isfinite(change)
        if not (moves or way == 0):
            return np.inf, False, number
        if moves:
            for k in range(n_slopes):
                theta[k] += step[k, 0]
            evaluate(products, n_factors, theta, now)
        before, objective = objective, fill(z, observed, n_factors, theta, now)
        cross_products(z, n_slopes, products)
        done = before - objective <= tolerance * objective if way == 0 else change <= tolerance
        if done:
            return objective, True, number + 1
    return objective, False, limit
