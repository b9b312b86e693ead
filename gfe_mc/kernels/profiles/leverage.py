"""How much the slopes can matter to a move: leverages of units, and what they rule out.

In the coordinates in which W is the identity, let d_g be the squared residual distance of unit i
from group g, h_g the squared distance of its regressors, and s the length of the change of the
slopes that a move from a to b brings. The objective then changes, relative to its value before, by
at least

    s^2 + c_b (sqrt(d_b) - s sqrt(h_b))^2 - c_a (sqrt(d_a) + s sqrt(h_a))^2

with c_a and c_b as in `crossproducts`. Its minimum over s is positive if

    2 sqrt(H_a D_a H_b D_b) < (1 - H_a) D_b - (1 + H_b) D_a,   D_g = c_g d_g, H_g = c_g h_g.
"""

import numpy as np

from gfe_mc.kernels._jit import bare, inlined


@inlined
def leaving(count: float, weight: float) -> float:
    """c_a: what the squared deviation of a unit that leaves a group counts."""
    return count * weight / (count - weight)


@inlined
def joining(count: float, weight: float) -> float:
    """c_b: what the squared deviation of a unit that joins a group counts."""
    return count * weight / (count + weight)


@inlined
def hopeless(own: float, own_leverage: float, other: float, other_leverage: float) -> bool:
    """Whether the bound shows that a move cannot lower the objective: from D_a, H_a, D_b, H_b."""
    gap = (1.0 - own_leverage) * other - (1.0 + other_leverage) * own
    return gap > 0.0 and gap * gap > 4.0 * own_leverage * own * other_leverage * other


@bare
def invert(factor: np.ndarray, inverse: np.ndarray) -> bool:
    """Fill `inverse` (K, K) with W_xx^-1 from the Cholesky factor of W; return if there is one.

    Where a regressor does not vary within the groups there is none: a move can bring its variation
    back, and no bound holds.
    """
    n_regressors = inverse.shape[0]
    for k in range(n_regressors):
        if not factor[k, k] > 0.0:
            return False
    for column in range(n_regressors):
        for j in range(n_regressors):
            value = 1.0 if j == column else 0.0
            for m in range(j):
                value -= factor[j, m] * inverse[m, column]
            inverse[j, column] = value / factor[j, j]
        for back in range(n_regressors):
            j = n_regressors - 1 - back
            value = inverse[j, column]
            for m in range(j + 1, n_regressors):
                value -= factor[m, j] * inverse[m, column]
            inverse[j, column] = value / factor[j, j]
    return True


@inlined
def squared_length(z: np.ndarray, i: int, inverse: np.ndarray) -> float:
    """sum_t x_it' W_xx^-1 x_it, of a unit's or a group's series number `i` of (any, D, T)."""
    square = 0.0
    for k in range(inverse.shape[0]):
        for m in range(k + 1):
            product = 0.0
            for t in range(z.shape[2]):
                product += z[i, k, t] * z[i, m, t]
            square += (1.0 if m == k else 2.0) * inverse[k, m] * product
    return square


@inlined
def squared_distance(
    z: np.ndarray, i: int, means: np.ndarray, g: int, inverse: np.ndarray
) -> float:
    """h_g: the same of the deviation of unit `i` from the mean of group `g`."""
    square = 0.0
    for k in range(inverse.shape[0]):
        for m in range(k + 1):
            product = 0.0
            for t in range(z.shape[2]):
                product += (z[i, k, t] - means[g, k, t]) * (z[i, m, t] - means[g, m, t])
            square += (1.0 if m == k else 2.0) * inverse[k, m] * product
    return square
