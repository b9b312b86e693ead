"""The slopes with the least nuclear norm of the residuals: a start without local minima."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.factors.profile import empty_profile, evaluate
from gfe_mc.kernels.linear import factorize, solve_factorized

ENOUGH = 1e-6
"""Change of all slopes, as a share of the largest, at which the steps end."""
SMALLEST = 1e-8
"""Share of the largest singular value that small ones are taken for: weights are finite then."""


@kernel
def least_nuclear_norm(products: np.ndarray, limit: int, theta: np.ndarray) -> None:
    """Move slopes (K,) by least squares weighted by (R'R)^(-1/2), which lowers the norm."""
    n_slopes, n_periods = len(theta), products.shape[2]
    at = empty_profile(n_periods, n_slopes)
    weights = np.empty((n_periods, n_periods))
    bread, factor = np.empty((n_slopes, n_slopes)), np.empty((n_slopes, n_slopes))
    side = np.empty((n_slopes, 1))
    for _ in range(limit):
        evaluate(products, 0, theta, at)
        for s in range(n_periods):
            for t in range(n_periods):
                weights[s, t] = 0.0
                for j in range(n_periods):
                    floor = SMALLEST * SMALLEST * at.values[0]
                    root = np.sqrt(max(at.values[j], floor))
                    if root > 0.0:
                        weights[s, t] += at.vectors[s, j] * at.vectors[t, j] / root
        for k in range(n_slopes):
            side[k, 0] = _weighted(products[k, n_slopes], weights)
            for j in range(n_slopes):
                bread[k, j] = _weighted(products[k, j], weights)
        if not factorize(bread, 0.0, factor):
            return
        solve_factorized(factor, side)
        change = largest = 0.0
        for k in range(n_slopes):
            change = max(change, abs(side[k, 0] - theta[k]))
            theta[k] = side[k, 0]
            largest = max(largest, abs(theta[k]))
        if change <= ENOUGH * largest:
            return


@kernel
def _weighted(product: np.ndarray, weights: np.ndarray) -> float:
    total = 0.0
    for s in range(product.shape[0]):
        for t in range(product.shape[1]):
            total += product[s, t] * weights[s, t]
    return total
