"""Regressors less all that factors and loadings could take of them."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.factors.eigen import eigen

NOTHING = 1e-10
"""Eigenvalues below this share of the largest are zero: factors are known up to a rotation."""


@kernel
def off_effects(
    x: np.ndarray, observed: np.ndarray, factors: np.ndarray, loadings: np.ndarray
) -> np.ndarray:
    """Compute the residuals (N, T, K) of x (N, T, K) on all small changes of Lambda F'.

    Factors are (T, r), loadings (N, r). These changes are dLambda F' + Lambda dF', over the
    observed cells; without gaps the residuals of a regressor X_k are M_Lambda X_k M_F. In gaps
    they are zero.
    """
    n_units, n_periods, n_slopes = x.shape
    r = factors.shape[1]
    size = n_periods * r
    rest = np.zeros((n_periods, n_periods))
    within = np.zeros((n_units, n_periods, n_slopes))
    bread, sides = np.zeros((size, size)), np.zeros((size, n_slopes))
    for i in range(n_units):
        _annihilator(factors, observed[i], rest)
        for t in range(n_periods):
            for s in range(n_periods):
                for k in range(n_slopes):
                    within[i, t, k] += rest[t, s] * x[i, s, k]
        for t in range(n_periods):
            for j in range(r):
                for k in range(n_slopes):
                    sides[t * r + j, k] += loadings[i, j] * within[i, t, k]
                for s in range(n_periods):
                    for m in range(r):
                        bread[t * r + j, s * r + m] += loadings[i, j] * loadings[i, m] * rest[t, s]
    changes = _least(bread, sides)
    effect = np.empty(n_periods)
    for i in range(n_units):
        _annihilator(factors, observed[i], rest)
        for k in range(n_slopes):
            for t in range(n_periods):
                effect[t] = 0.0
                for j in range(r):
                    effect[t] += loadings[i, j] * changes[t * r + j, k]
            for t in range(n_periods):
                for s in range(n_periods):
                    within[i, t, k] -= rest[t, s] * effect[s]
    return within


@kernel
def _annihilator(factors: np.ndarray, observed: np.ndarray, rest: np.ndarray) -> None:
    """Fill I - F(F'F)^- F' (T, T) over the observed periods, zero in the others."""
    n_periods, r = factors.shape
    product, values, vectors = np.zeros((r, r)), np.zeros(r), np.zeros((r, r))
    for t in range(n_periods):
        if observed[t]:
            for j in range(r):
                for m in range(r):
                    product[j, m] += factors[t, j] * factors[t, m]
    eigen(product, values, vectors)
    for t in range(n_periods):
        for s in range(n_periods):
            rest[t, s] = 1.0 if t == s and observed[t] else 0.0
    for j in range(r):
        if not values[j] > NOTHING * values[0]:
            continue
        for t in range(n_periods):
            own = 0.0
            for m in range(r):
                own += factors[t, m] * vectors[m, j]
            for s in range(n_periods):
                other = 0.0
                for m in range(r):
                    other += factors[s, m] * vectors[m, j]
                if observed[t] and observed[s]:
                    rest[t, s] -= own * other / values[j]


@kernel
def _least(bread: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Solve bread X = sides by the least X, where bread (p, p) has directions of zero."""
    size, n_sides = sides.shape
    found = np.zeros((size, n_sides))
    values, vectors = np.zeros(size), np.zeros((size, size))
    eigen(bread, values, vectors)
    for j in range(size):
        if not values[j] > NOTHING * values[0]:
            continue
        for k in range(n_sides):
            along = 0.0
            for p in range(size):
                along += vectors[p, j] * sides[p, k]
            for p in range(size):
                found[p, k] += vectors[p, j] * along / values[j]
    return found
