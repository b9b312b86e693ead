"""Eigenvalues of a small symmetric matrix in a fixed order, for numbers that are stored.

LAPACK's last digits differ between processors. Jacobi's rotations are done in the order that is
written, on every machine, and find small eigenvalues as well as any method does.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel

SWEEPS = 60
"""More than any matrix takes: convergence is quadratic, after some six."""


@kernel
def eigen(a: np.ndarray, values: np.ndarray, vectors: np.ndarray) -> None:
    """Fill eigenvalues (n,) from the largest, and orthonormal eigenvectors (n, n) as columns.

    `a` (n, n) is symmetric, and overwritten.
    """
    size = a.shape[0]
    for p in range(size):
        for q in range(size):
            vectors[p, q] = 1.0 if p == q else 0.0
    for _ in range(SWEEPS):
        off = diagonal = 0.0
        for p in range(size):
            diagonal += a[p, p] * a[p, p]
            for q in range(p + 1, size):
                off += a[p, q] * a[p, q]
        if not off > 1e-34 * diagonal:
            break
        for p in range(size - 1):
            for q in range(p + 1, size):
                if a[p, q] != 0.0:
                    _rotate(a, vectors, p, q)
    _sort(a, values, vectors)


@kernel
def _rotate(a: np.ndarray, vectors: np.ndarray, p: int, q: int) -> None:
    """Make the elements (p, q) and (q, p) zero by a rotation."""
    size, element = a.shape[0], a[p, q]
    ratio = (a[q, q] - a[p, p]) / (2.0 * element)
    tangent = 1.0 / (abs(ratio) + np.sqrt(ratio * ratio + 1.0))
    if ratio < 0.0:
        tangent = -tangent
    cosine = 1.0 / np.sqrt(tangent * tangent + 1.0)
    sine = tangent * cosine
    for k in range(size):
        one, other = a[k, p], a[k, q]
        a[k, p] = cosine * one - sine * other
        a[k, q] = sine * one + cosine * other
    for k in range(size):
        one, other = a[p, k], a[q, k]
        a[p, k] = cosine * one - sine * other
        a[q, k] = sine * one + cosine * other
    a[p, q] = a[q, p] = 0.0
    for k in range(size):
        one, other = vectors[k, p], vectors[k, q]
        vectors[k, p] = cosine * one - sine * other
        vectors[k, q] = sine * one + cosine * other


@kernel
def _sort(a: np.ndarray, values: np.ndarray, vectors: np.ndarray) -> None:
    """Put eigenvalues, on the diagonal of `a`, and eigenvectors into order."""
    size = a.shape[0]
    for p in range(size):
        values[p] = a[p, p]
    for p in range(size - 1):
        best = p
        for q in range(p + 1, size):
            if values[q] > values[best]:
                best = q
        if best != p:
            values[p], values[best] = values[best], values[p]
            for k in range(size):
                vectors[k, p], vectors[k, best] = vectors[k, best], vectors[k, p]
