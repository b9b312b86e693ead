"""The two ways to a local minimum from slopes: Newton on the profile, and Bai's iteration."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.factors.profile import Profile, differentiate, empty_profile, evaluate, rest
from gfe_mc.kernels.linear import factorize, solve_factorized

COLLINEAR = 1e-10
"""A regressor whose remaining share of its own variation is below this counts as collinear."""
MIXTURES = 6
"""Steps that are tried between Newton's and that for given factors, which always descends."""
ROUNDING = 1e-15
"""Of the sum of all eigenvalues: less than the objective can be known to."""


@kernel
def descend(
    products: np.ndarray, n_factors: int, limit: int, theta: np.ndarray
) -> tuple[float, bool, int]:
    """Newton's steps on the profile from slopes (K,), which are left at a local minimum.

    Returns the objective, whether the Newton decrement vanished up to rounding where the Hessian
    is positive definite, and how many steps there were.
    """
    n_periods, n_slopes = products.shape[2], len(theta)
    now, trial = empty_profile(n_periods, n_slopes), empty_profile(n_periods, n_slopes)
    step = np.empty((n_slopes, 1))
    objective = evaluate(products, n_factors, theta, now)
    for number in range(limit):
        differentiate(products, n_factors, theta, now)
        lower, decrement, newton = advance(products, n_factors, theta, objective, now, trial, step)
        floor = ROUNDING * total_of(now.values)
        if not np.isfinite(lower):
            return objective, False, number
        better = lower < objective
        if better or lower <= objective + floor:
            for k in range(n_slopes):
                theta[k] += step[k, 0]
            now, trial = trial, now
            objective = lower
        if decrement <= floor or not better:
            return objective, newton and decrement <= 1e3 * floor, number + 1
    return objective, False, limit


@kernel
def total_of(values: np.ndarray) -> float:
    """Sum of absolute values, in order."""
    total = 0.0
    for value in values:
        total += abs(value)
    return total


@kernel
def advance(
    products: np.ndarray,
    n_factors: int,
    theta: np.ndarray,
    objective: float,
    now: Profile,
    trial: Profile,
    step: np.ndarray,
) -> tuple[float, float, bool]:
    """Find a step (K, 1) from slopes that lowers the objective, and evaluate `trial` after it.

    The Hessian is mixed with the one for given factors, which lies above it, until the objective
    falls by a part of what the quadratic promises; with that alone it always does. Returns the
    new objective, infinite if there is no step, half of what is promised, and whether the step is
    Newton's own.
    """
    n_slopes = len(theta)
    mixed, factor = np.empty((n_slopes, n_slopes)), np.empty((n_slopes, n_slopes))
    scale, at = np.empty(n_slopes), np.empty(n_slopes)
    for k in range(n_slopes):
        scale[k] = np.sqrt(now.above[k, k])
    share, lower, decrement = 0.0, np.inf, np.inf
    for mixture in range(MIXTURES):
        share = 1.0 if mixture == MIXTURES - 1 else 1.0 - 0.5**mixture
        for k in range(n_slopes):
            for j in range(n_slopes):
                value = now.above[k, j]
                if share < 1.0:
                    value = share * value + (1.0 - share) * now.hessian[k, j]
                mixed[k, j] = value / (scale[k] * scale[j])
            step[k, 0] = -now.gradient[k] / scale[k]
        if not factorize(mixed, COLLINEAR, factor):
            continue
        factorize(mixed, 0.0, factor)
        solve_factorized(factor, step)
        decrement = 0.0
        for k in range(n_slopes):
            step[k, 0] /= scale[k]
            decrement -= 0.5 * step[k, 0] * now.gradient[k]
            at[k] = theta[k] + step[k, 0]
        lower = evaluate(products, n_factors, at, trial)
        if lower <= objective - 0.1 * decrement or decrement <= ROUNDING * total_of(now.values):
            return lower, decrement, mixture == 0
    return lower, decrement, False


@kernel
def iterate(
    products: np.ndarray,
    n_factors: int,
    projected: bool,
    tolerance: float,
    limit: int,
    theta: np.ndarray,
) -> tuple[float, bool, int]:
    """Bai's iteration from slopes (K,): factors for given slopes, and slopes for given effects.

    Ends when no slope changes by more than `tolerance`. Returns the objective, infinite where
    slopes are not identified, whether it ended so, and how many iterations there were.
    """
    now = empty_profile(products.shape[2], len(theta))
    step = np.empty((len(theta), 1))
    for number in range(limit):
        evaluate(products, n_factors, theta, now)
        change = regress(products, n_factors, projected, theta, now, step)
        if not np.isfinite(change):
            return np.inf, False, number
        for k in range(len(theta)):
            theta[k] += step[k, 0]
        if change <= tolerance:
            return evaluate(products, n_factors, theta, now), True, number + 1
    return evaluate(products, n_factors, theta, now), False, limit


@kernel
def regress(
    products: np.ndarray,
    n_factors: int,
    projected: bool,
    theta: np.ndarray,
    now: Profile,
    step: np.ndarray,
) -> float:
    """Fill the step (K, 1) of slopes to least squares for given effects; return the largest.

    `projected`: for given factors, sum_i x_i'(I - FF')x_i theta = sum_i x_i'(I - FF')y_i. Else for
    given factors and loadings, sum_i x_i'x_i theta = sum_i x_i'(y_i - F lambda_i). With factors and
    loadings of the slopes before, either is a step along sum_i x_i'(I - FF')(y_i - x_i theta).
    Infinite if there is none.
    """
    n_slopes, n_periods = len(theta), products.shape[2]
    bread, factor = np.empty((n_slopes, n_slopes)), np.empty((n_slopes, n_slopes))
    product = now.room[n_slopes]
    for k in range(n_slopes):
        for s in range(n_periods):
            for t in range(n_periods):
                value = products[k, n_slopes, s, t]
                for j in range(n_slopes):
                    value -= theta[j] * products[k, j, s, t]
                product[s, t] = value
        step[k, 0] = rest(product, n_factors, now)
        for j in range(n_slopes):
            own = products[k, j]
            bread[k, j] = rest(own, n_factors, now) if projected else _trace(own)
    if not factorize(bread, 0.0, factor):
        return np.inf
    solve_factorized(factor, step)
    change = 0.0
    for k in range(n_slopes):
        change = max(change, abs(step[k, 0]))
    return change


@kernel
def _trace(a: np.ndarray) -> float:
    total = 0.0
    for k in range(a.shape[0]):
        total += a[k, k]
    return total
