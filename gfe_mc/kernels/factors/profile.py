"""The objective of interactive effects, with factors and loadings profiled out, and derivatives.

Notation. z_it (D,), D = K + 1, stacks the regressors and last the outcome; Z_d is (N, T). All
that is needed of the panel are the cross-products C_ab = Z_a'Z_b (T, T): the cost of an evaluation
does not grow with N. With A(theta) = R'R, R = Y - sum_k theta_k X_k, and its eigenvalues in order,

    S(theta) = sum of the T - r smallest eigenvalues of A(theta).
"""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.factors.eigen import eigen


class Profile(NamedTuple):
    """Where the objective was evaluated, and what follows from it."""

    values: np.ndarray
    """(T,) eigenvalues of A, from the largest."""
    vectors: np.ndarray
    """(T, T) eigenvectors as columns; the first r are the factors, F'F = I."""
    gradient: np.ndarray
    """(K,) dS / dtheta = -2 sum_i x_i'(I - FF')(y_i - x_i theta)."""
    hessian: np.ndarray
    """(K, K) second derivatives of S."""
    above: np.ndarray
    """(K, K) 2 sum_i x_i'(I - FF')x_i: the Hessian for given factors, never below the other."""
    room: np.ndarray
    """(K + 2, T, T) to work in."""


@kernel
def empty_profile(n_periods: int, n_slopes: int) -> Profile:
    """Room for an evaluation."""
    return Profile(
        np.zeros(n_periods),
        np.zeros((n_periods, n_periods)),
        np.zeros(n_slopes),
        np.zeros((n_slopes, n_slopes)),
        np.zeros((n_slopes, n_slopes)),
        np.zeros((n_slopes + 2, n_periods, n_periods)),
    )


@kernel
def cross_products(z: np.ndarray, first: int, products: np.ndarray) -> None:
    """Fill C_ab (D, D, T, T) from series z (N, D, T), units in order; those with b >= `first`."""
    n_units, n_series, n_periods = z.shape
    for a in range(n_series):
        for b in range(max(a, first), n_series):
            products[a, b] = 0.0
            for i in range(n_units):
                for s in range(n_periods):
                    value = z[i, a, s]
                    for t in range(n_periods):
                        products[a, b, s, t] += value * z[i, b, t]
            for s in range(n_periods):
                for t in range(n_periods):
                    products[b, a, t, s] = products[a, b, s, t]


@kernel
def evaluate(products: np.ndarray, n_factors: int, theta: np.ndarray, at: Profile) -> float:
    """Compute S at slopes (K,), and fill eigenvalues and eigenvectors."""
    n_slopes, n_periods = len(theta), products.shape[2]
    a = at.room[n_slopes]
    for s in range(n_periods):
        for t in range(s + 1):
            total = products[n_slopes, n_slopes, s, t]
            for k in range(n_slopes):
                total -= theta[k] * (products[k, n_slopes, s, t] + products[k, n_slopes, t, s])
                for j in range(n_slopes):
                    total += theta[k] * theta[j] * products[k, j, s, t]
            a[s, t] = a[t, s] = total
    eigen(a, at.values, at.vectors)
    objective = 0.0
    for j in range(n_factors, n_periods):
        objective += max(at.values[j], 0.0)  # Rounding can leave less than nothing.
    return objective


@kernel
def differentiate(products: np.ndarray, n_factors: int, theta: np.ndarray, at: Profile) -> None:
    """Fill gradient and Hessians at slopes (K,) where `evaluate` was just called."""
    n_slopes, n_periods = len(theta), products.shape[2]
    cross, half = at.room[n_slopes], at.room[n_slopes + 1]
    for k in range(n_slopes):
        for s in range(n_periods):
            for t in range(n_periods):
                total = products[k, n_slopes, s, t]
                for j in range(n_slopes):
                    total -= theta[j] * products[k, j, s, t]
                cross[s, t] = total
        # V'(x_k'R + R'x_k)V: minus what A changes by, in the basis of its eigenvectors.
        rotated = at.room[k]
        _rotate(cross, at.vectors, half, rotated)
        for s in range(n_periods):
            for t in range(s + 1):
                rotated[s, t] = rotated[t, s] = rotated[s, t] + rotated[t, s]
        at.gradient[k] = 0.0
        for j in range(n_factors, n_periods):
            at.gradient[k] -= rotated[j, j]
    for k in range(n_slopes):
        for j in range(k + 1):
            at.above[k, j] = at.above[j, k] = 2.0 * rest(products[k, j], n_factors, at)
            at.hessian[k, j] = at.hessian[j, k] = at.above[k, j] - 2.0 * _coupling(
                at.room[k], at.room[j], n_factors, at.values
            )


@kernel
def rest(product: np.ndarray, n_factors: int, at: Profile) -> float:
    """Compute tr((I - FF')C) of C (T, T): what of cross-products is orthogonal to the factors."""
    n_periods, total = product.shape[0], 0.0
    for m in range(n_factors, n_periods):
        for s in range(n_periods):
            own = 0.0
            for t in range(n_periods):
                own += product[s, t] * at.vectors[t, m]
            total += at.vectors[s, m] * own
    return total


@kernel
def _coupling(one: np.ndarray, other: np.ndarray, n_factors: int, values: np.ndarray) -> float:
    """How factors turn towards what is left, by second-order perturbation; infinite at a tie."""
    total = 0.0
    for m in range(n_factors):
        for j in range(n_factors, len(values)):
            total += one[j, m] * other[j, m] / (values[m] - values[j])
    return total


@kernel
def _rotate(a: np.ndarray, vectors: np.ndarray, half: np.ndarray, found: np.ndarray) -> None:
    """Fill V'AV."""
    size = a.shape[0]
    for s in range(size):
        for j in range(size):
            total = 0.0
            for t in range(size):
                total += a[s, t] * vectors[t, j]
            half[s, j] = total
    for m in range(size):
        for j in range(size):
            total = 0.0
            for s in range(size):
                total += vectors[s, m] * half[s, j]
            found[m, j] = total
