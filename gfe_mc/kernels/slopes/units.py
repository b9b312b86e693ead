"""Least squares in each unit alone, from its cross-products; all in an order that is written.

Notation. M_i (k, k) are the cross-products of a unit's regressors, M_i = L_i D_i L_i' with L_i
unit lower triangular and D_i diagonal. Element k of D_i over that of M_i is the share of
regressor k's variation that those before it leave; 1 over the product of the elements k of M_i
and of its inverse is the share that all others leave.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel


@kernel
def factor_ldl(matrix: np.ndarray, least: float, lower: np.ndarray) -> bool:
    """Fill `lower` (k, k) with L below the diagonal and D on it, from the lower triangle of M.

    Returns False, and leaves the rest unfilled, where a regressor keeps no more than the share
    `least` of its variation given those before it.
    """
    size = matrix.shape[0]
    for d in range(size):
        for e in range(d):
            value = matrix[d, e]
            for k in range(e):
                value -= lower[d, k] * lower[k, k] * lower[e, k]
            lower[d, e] = value / lower[e, e]
        pivot = matrix[d, d]
        for k in range(d):
            pivot -= lower[d, k] * lower[d, k] * lower[k, k]
        if not (pivot > least * matrix[d, d] and pivot < np.inf):
            return False
        lower[d, d] = pivot
    return True


@kernel
def solve_ldl(lower: np.ndarray, solution: np.ndarray) -> None:
    """Solve L D L' b = c in place: `solution` (k,) holds c, then b."""
    size = lower.shape[0]
    for d in range(size):
        for k in range(d):
            solution[d] -= lower[d, k] * solution[k]
    for d in range(size):
        solution[d] /= lower[d, d]
    for back in range(size):
        d = size - 1 - back
        for k in range(d + 1, size):
            solution[d] -= lower[k, d] * solution[k]


@kernel
def solve_units(
    matrices: np.ndarray,
    sides: np.ndarray,
    least: float,
    solutions: np.ndarray,
    sound: np.ndarray,
) -> None:
    """Solve each unit's normal equations M_i b = c for several c.

    Parameters
    ----------
    matrices : (N, k, k)
        M_i, of which the lower triangles are read.
    sides : (N, k, m)
        The c of each unit.
    least
        The share of its own variation of which every regressor must keep more, given all others.
    solutions : (N, k, m)
        Receives the b; what it holds of units that are not sound means nothing.
    sound : (N,) bool
        Receives whether every regressor does.
    """
    n_units, size, n_sides = sides.shape
    lower, column = np.zeros((size, size)), np.zeros(size)
    for i in range(n_units):
        sound[i] = factor_ldl(matrices[i], least, lower)
        if not sound[i]:
            continue
        for k in range(size):
            # Element k of the inverse of M: the squares of a column of the inverse of L over D.
            column[:] = 0.0
            column[k] = 1.0
            inverse = 1.0 / lower[k, k]
            for d in range(k + 1, size):
                for j in range(k, d):
                    column[d] -= lower[d, j] * column[j]
                inverse += column[d] * column[d] / lower[d, d]
            if not least * inverse * matrices[i, k, k] < 1.0:
                sound[i] = False
        for m in range(n_sides):
            for k in range(size):
                column[k] = sides[i, k, m]
            solve_ldl(lower, column)
            for k in range(size):
                solutions[i, k, m] = column[k]


@kernel
def take_out(between: np.ndarray, slopes: np.ndarray, kept: np.ndarray) -> None:
    """Take from `kept` (N, D, D) what regressors with slopes of a unit's own explain.

    `between` (N, j, D) holds their cross-products with the D series, and `slopes` (N, j, D) those
    of the series on them.
    """
    n_units, n_others, n_series = between.shape
    for i in range(n_units):
        for d in range(n_series):
            for e in range(n_series):
                explained = 0.0
                for j in range(n_others):
                    explained += between[i, j, d] * slopes[i, j, e]
                kept[i, d, e] -= explained
