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
    tolerance: float,
    limit: int,
    theta: np.ndarray,
) -> tuple[float, bool, int]:
    """Newton's steps from slopes (K,), each after filling the gaps of z (N, D, T), from unit means.

    Returns the objective of observed cells, whether it ended by `tolerance`, and how many steps
    there were: see `complete_from`.
    """
    fill_means(z, observed, theta)
    return complete_from(z, observed, n_factors, tolerance, limit, theta)


@kernel
def complete_from(
    z: np.ndarray,
    observed: np.ndarray,
    n_factors: int,
    tolerance: float,
    limit: int,
    theta: np.ndarray,
) -> tuple[float, bool, int]:
    """Newton's steps from slopes (K,) and what is in the gaps of z (N, D, T).

    What is filled in converges linearly, and slowly where much is missing: after every two steps it
    is extrapolated along both (Varadhan and Roland 2008, SQUAREM), and taken back if that does not
    lower the objective. Ends when three steps lower it by no more than `tolerance` of itself.
    Returns the objective of observed cells, whether it ended so, and how many steps there were.
    """
    products, now, trial = _room(z, theta)
    gaps = np.empty((3, int(np.sum(~observed))))
    kept = theta.copy()
    cross_products(z, 0, products)
    before, taken = np.inf, 0
    while taken < limit:
        _read(z, observed, gaps[0])
        objective = _newton(z, observed, n_factors, products, now, trial, theta)
        _read(z, observed, gaps[1])
        objective = _newton(z, observed, n_factors, products, now, trial, theta)
        _read(z, observed, gaps[2])
        kept[:] = theta
        if _extrapolate(z, observed, gaps):
            cross_products(z, len(theta), products)
            further = _newton(z, observed, n_factors, products, now, trial, theta)
            if further < objective:
                objective = further
            else:
                theta[:] = kept
                _write(z, observed, gaps[2])
                cross_products(z, len(theta), products)
        taken += 3
        if not before - objective > tolerance * objective:
            return objective, bool(np.isfinite(objective)), taken
        before = objective
    return before, False, taken


@kernel
def complete_plainly(
    z: np.ndarray,
    observed: np.ndarray,
    n_factors: int,
    projected: bool,
    tolerance: float,
    limit: int,
    theta: np.ndarray,
) -> tuple[float, bool, int]:
    """Bai's iteration from slopes (K,), the gaps of z (N, D, T) filled in each; as `iterate`."""
    products, now, _ = _room(z, theta)
    step = np.empty((len(theta), 1))
    fill_means(z, observed, theta)
    cross_products(z, 0, products)
    objective = np.inf
    for number in range(limit):
        evaluate(products, n_factors, theta, now)
        change = regress(products, n_factors, projected, theta, now, step)
        if not np.isfinite(change):
            return np.inf, False, number
        for k in range(len(theta)):
            theta[k] += step[k, 0]
        evaluate(products, n_factors, theta, now)
        objective = fill(z, observed, n_factors, theta, now)
        cross_products(z, len(theta), products)
        if change <= tolerance:
            return objective, True, number + 1
    return objective, False, limit


@kernel
def _room(z: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, Profile, Profile]:
    n_series, n_periods = z.shape[1], z.shape[2]
    products = np.zeros((n_series, n_series, n_periods, n_periods))
    return products, empty_profile(n_periods, len(theta)), empty_profile(n_periods, len(theta))


@kernel
def _newton(
    z: np.ndarray,
    observed: np.ndarray,
    n_factors: int,
    products: np.ndarray,
    now: Profile,
    trial: Profile,
    theta: np.ndarray,
) -> float:
    """Take a step of slopes on the completed panel, and fill its gaps; the objective after it."""
    step = np.empty((len(theta), 1))
    of_all = evaluate(products, n_factors, theta, now)
    differentiate(products, n_factors, theta, now)
    lower, _, _ = advance(products, n_factors, theta, of_all, now, trial, step)
    if lower <= of_all:
        for k in range(len(theta)):
            theta[k] += step[k, 0]
        evaluate(products, n_factors, theta, now)
    objective = fill(z, observed, n_factors, theta, now)
    cross_products(z, len(theta), products)
    return objective


@kernel
def _extrapolate(z: np.ndarray, observed: np.ndarray, gaps: np.ndarray) -> bool:
    """Fill in what three fillings (3, M) in a row lead to; False if they stand still."""
    first = second = 0.0
    for m in range(gaps.shape[1]):
        one, other = gaps[1, m] - gaps[0, m], gaps[2, m] - gaps[1, m]
        first += one * one
        second += (other - one) * (other - one)
    if not (second > 0.0 and first > second):
        return False
    length = np.sqrt(first / second)
    further = np.empty(gaps.shape[1])
    for m in range(gaps.shape[1]):
        one, other = gaps[1, m] - gaps[0, m], gaps[2, m] - gaps[1, m]
        further[m] = gaps[0, m] + 2.0 * length * one + length * length * (other - one)
    _write(z, observed, further)
    return True


@kernel
def _read(z: np.ndarray, observed: np.ndarray, gaps: np.ndarray) -> None:
    """Copy what is filled in, in the order of units and periods."""
    n_units, n_series, n_periods = z.shape
    m = 0
    for i in range(n_units):
        for t in range(n_periods):
            if not observed[i, t]:
                gaps[m] = z[i, n_series - 1, t]
                m += 1


@kernel
def _write(z: np.ndarray, observed: np.ndarray, gaps: np.ndarray) -> None:
    """Fill in, in the order of units and periods."""
    n_units, n_series, n_periods = z.shape
    m = 0
    for i in range(n_units):
        for t in range(n_periods):
            if not observed[i, t]:
                z[i, n_series - 1, t] = gaps[m]
                m += 1
