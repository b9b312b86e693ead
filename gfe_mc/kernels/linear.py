"""Dense linear algebra in a fixed order, for numbers that are stored.

BLAS and LAPACK choose their kernels by the processor, and so the order of their sums: the last
digits of a product differ between machines. These functions add in the order that is written, on
every machine. They are for matrices of up to a few hundred rows. Inner loops run along rows, each
element on its own, so that the processor does several at once without a sum changing its order.

Sums leave out terms with a factor of zero: matrices of scores are mostly zeros.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel


@kernel
def gram(a: np.ndarray) -> np.ndarray:
    """Compute A'A of `a` (n, p): (p, p), the rows in order."""
    n_rows, size = a.shape
    product = np.zeros((size, size))
    for i in range(n_rows):
        for j in range(size):
            value = a[i, j]
            if value != 0.0:
                for k in range(j + 1):
                    product[j, k] += value * a[i, k]
    mirror(product)
    return product


@kernel
def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compute A'B of `a` (n, p) and `b` (n, q): (p, q), the rows in order."""
    product = np.zeros((a.shape[1], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            value = a[i, j]
            if value != 0.0:
                for k in range(b.shape[1]):
                    product[j, k] += value * b[i, k]
    return product


@kernel
def multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compute A B of `a` (n, p) and `b` (p, q): (n, q), the columns of A in order."""
    product = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            value = a[i, j]
            if value != 0.0:
                for k in range(b.shape[1]):
                    product[i, k] += value * b[j, k]
    return product


@kernel
def mirror(a: np.ndarray) -> None:
    """Copy the lower triangle of `a` (p, p) to the upper one."""
    for j in range(a.shape[0]):
        for k in range(j):
            a[k, j] = a[j, k]


@kernel
def factorize(a: np.ndarray, floor: float, factor: np.ndarray) -> bool:
    """Fill `factor` (p, p) with U, A - floor I = U'U, of a symmetric `a`; False if there is none.

    There is one if and only if the least eigenvalue of A is above `floor` (Sylvester): to ask
    that takes a small part of the arithmetic of eigenvalues. What is not finite has none. The
    lower triangle of `factor` is zero.
    """
    size = a.shape[0]
    for j in range(size):
        for k in range(j):
            factor[j, k] = 0.0
        for k in range(j, size):
            factor[j, k] = a[j, k]
        factor[j, j] -= floor
        for i in range(j):
            value = factor[i, j]
            if value != 0.0:
                for k in range(j, size):
                    factor[j, k] -= value * factor[i, k]
        pivot = factor[j, j]
        if not (0.0 < pivot < np.inf):
            return False
        root = np.sqrt(pivot)
        factor[j, j] = root
        for k in range(j + 1, size):
            factor[j, k] /= root
    return True


@kernel
def exceeds(a: np.ndarray, floor: float) -> bool:
    """Whether the least eigenvalue of a symmetric matrix (p, p) is above `floor`."""
    return bool(factorize(a, floor, np.empty_like(a)))


@kernel
def solve_factorized(factor: np.ndarray, sides: np.ndarray) -> None:
    """Overwrite `sides` (p, q) with the solution X of U'U X = sides, U of `factorize`."""
    size, n_sides = sides.shape
    for j in range(size):
        for i in range(j):
            value = factor[i, j]
            if value != 0.0:
                for k in range(n_sides):
                    sides[j, k] -= value * sides[i, k]
        for k in range(n_sides):
            sides[j, k] /= factor[j, j]
    for back in range(size):
        j = size - 1 - back
        for i in range(j + 1, size):
            value = factor[j, i]
            if value != 0.0:
                for k in range(n_sides):
                    sides[j, k] -= value * sides[i, k]
        for k in range(n_sides):
            sides[j, k] /= factor[j, j]


@kernel
def inverse(a: np.ndarray) -> np.ndarray:
    """Invert a symmetric positive definite matrix (p, p); what is not definite is all NaN."""
    size = a.shape[0]
    factor, found = np.empty((size, size)), np.eye(size)
    if factorize(a, 0.0, factor):
        solve_factorized(factor, found)
        mirror(found)
    else:
        found[:] = np.nan
    return found


@kernel
def covariance_of(draws: np.ndarray) -> np.ndarray:
    """Compute the covariance (p, p) of the columns of `draws` (n, p), divisor n - 1."""
    n_rows, size = draws.shape
    mean = np.zeros(size)
    for i in range(n_rows):
        for k in range(size):
            mean[k] += draws[i, k]
    for k in range(size):
        mean[k] /= n_rows
    deviations = np.empty((n_rows, size))
    for i in range(n_rows):
        for k in range(size):
            deviations[i, k] = draws[i, k] - mean[k]
    found = gram(deviations)
    for j in range(size):
        for k in range(size):
            found[j, k] /= n_rows - 1
    return found
