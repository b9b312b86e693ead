"""Copies of arrays, entry by entry: `bare` kernels assign no array to another."""

import numpy as np

from gfe_mc.kernels._jit import bare


@bare
def copy_vector(source: np.ndarray, target: np.ndarray) -> None:
    """Fill `target` with `source`, both (n,)."""
    for i in range(source.shape[0]):
        target[i] = source[i]


@bare
def copy_matrix(source: np.ndarray, target: np.ndarray) -> None:
    """Fill `target` with `source`, both (m, n)."""
    for i in range(source.shape[0]):
        for j in range(source.shape[1]):
            target[i, j] = source[i, j]
