"""Slopes of units drawn to the nearest of several centres: one step of C-Lasso, on cross-products.

A step has centre `a` (K,) and the slopes b_i of all units free, and minimises

    1/2 sum_i SSR_i(b_i) + sum_i t_i ||b_i - a||.

Given a, each unit has a problem of its own: with d = b_i - a and g_i = c_i - M_i a, its score at
the centre, d = 0 if ||g_i|| <= t_i, and else d = r (r M_i + t_i I)^-1 g_i with r = ||d||, the root
of 1 / ||(r M_i + t_i I)^-1 g_i|| = 1, whose left side is concave in r. What is left is a convex
function of a with continuous derivatives: Newton's method, damped.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.slopes.products import unit_ssr
from gfe_mc.kernels.slopes.units import factor_ldl, solve_ldl

ROOT = 60
"""Most iterations for a root: convergence is quadratic."""
EXACT = 1e-14
"""What a root may be off, as a share."""


@kernel
def pull_units(
    products: np.ndarray,
    thresholds: np.ndarray,
    limit: int,
    centre: np.ndarray,
    beta: np.ndarray,
) -> bool:
    """Minimise from the `centre` (K,) that comes, and leave the best one and `beta` (N, K).

    `thresholds` (N,) holds the t_i. Returns whether Newton's method ended before `limit`.
    """
    n_slopes = centre.shape[0]
    gradient, hessian = np.zeros(n_slopes), np.zeros((n_slopes, n_slopes))
    lower, trial = np.zeros((n_slopes, n_slopes)), np.zeros((n_slopes, n_slopes))
    move, new = np.zeros(n_slopes), np.zeros((1, n_slopes))
    scale = 0.0
    for i in range(products.shape[0]):
        for k in range(n_slopes):
            scale += products[i, k, k] / n_slopes
    value = at_centre(products, thresholds, centre, beta, gradient, hessian)
    damping = 1e-12
    for _ in range(limit):
        for k in range(n_slopes):
            for j in range(n_slopes):
                trial[k, j] = hessian[k, j]
            trial[k, k] += damping * scale
            move[k] = gradient[k]
        lowered, fall = np.inf, 0.0
        if factor_ldl(trial, 0.0, lower):
            solve_ldl(lower, move)
            for k in range(n_slopes):
                new[0, k] = centre[k] - move[k]
                fall += gradient[k] * move[k]
            lowered = at_centre(products, thresholds, new[0], beta, gradient, hessian)
        # A fall within the rounding of the objective is none.
        if fall <= 1e-13 * abs(value) and lowered < np.inf:
            if lowered < value:
                centre[:] = new[0]
            at_centre(products, thresholds, centre, beta, gradient, hessian)
            return True
        if lowered < value:
            centre[:] = new[0]
            value = lowered
            damping = max(damping / 10.0, 1e-12)
        else:
            at_centre(products, thresholds, centre, beta, gradient, hessian)
            damping *= 10.0
            if damping > 1e12:
                return True
    return False


@kernel
def at_centre(
    products: np.ndarray,
    thresholds: np.ndarray,
    centre: np.ndarray,
    beta: np.ndarray,
    gradient: np.ndarray,
    hessian: np.ndarray,
) -> float:
    """Fill the best slopes given a centre, and what they give: the value and its derivatives."""
    n_units, n_slopes = beta.shape
    gradient[:] = 0.0
    hessian[:] = 0.0
    value = 0.0
    score, away = np.empty(n_slopes), np.empty(n_slopes)
    matrix, lower = np.empty((n_slopes, n_slopes)), np.zeros((n_slopes, n_slopes))
    side = np.empty(n_slopes)
    for i in range(n_units):
        size = 0.0
        for k in range(n_slopes):
            score[k] = products[i, n_slopes, k]
            for j in range(n_slopes):
                score[k] -= products[i, k, j] * centre[j]
            size += score[k] * score[k]
        r = length_of(products, i, score, np.sqrt(size), thresholds[i], matrix, lower, away)
        for k in range(n_slopes):
            beta[i, k] = centre[k] + away[k]
        value += 0.5 * unit_ssr(products, i, beta, i) + thresholds[i] * r
        for k in range(n_slopes):
            # The derivative is minus the score at the slopes of the unit.
            gradient[k] -= score[k]
            for j in range(n_slopes):
                gradient[k] += products[i, k, j] * away[j]
        if r == 0.0:
            for k in range(n_slopes):
                for j in range(n_slopes):
                    hessian[k, j] += products[i, k, j]
        elif thresholds[i] > 0.0:
            # M (M + P)^-1 P, with P = t / r (I - d d' / r^2).
            for k in range(n_slopes):
                for j in range(n_slopes):
                    bend = -away[k] * away[j] / (r * r)
                    bend += 1.0 if k == j else 0.0
                    matrix[k, j] = products[i, k, j] + thresholds[i] / r * bend
            if factor_ldl(matrix, 0.0, lower):
                for j in range(n_slopes):
                    for k in range(n_slopes):
                        bend = -away[k] * away[j] / (r * r)
                        bend += 1.0 if k == j else 0.0
                        side[k] = thresholds[i] / r * bend
                    solve_ldl(lower, side)
                    for k in range(n_slopes):
                        for m in range(n_slopes):
                            hessian[k, j] += products[i, k, m] * side[m]
    return value


@kernel
def length_of(
    products: np.ndarray,
    i: int,
    score: np.ndarray,
    size: float,
    threshold: float,
    matrix: np.ndarray,
    lower: np.ndarray,
    away: np.ndarray,
) -> float:
    """Fill `away` (K,) with d of unit `i` and return r, its length; `size` is that of the score."""
    n_slopes = score.shape[0]
    away[:] = 0.0
    if size <= threshold:
        return 0.0
    r = 0.0
    for iteration in range(ROOT):
        # Without a threshold, M d = g is solved at once: as if r were one.
        ahead = r if threshold > 0.0 else 1.0
        for k in range(n_slopes):
            for j in range(n_slopes):
                matrix[k, j] = ahead * products[i, k, j]
            matrix[k, k] += threshold
            away[k] = score[k]
        if not factor_ldl(matrix, 0.0, lower):
            break
        solve_ldl(lower, away)
        square = 0.0
        for k in range(n_slopes):
            square += away[k] * away[k]
        length = np.sqrt(square)
        if threshold == 0.0:
            return float(length)
        if abs(length - 1.0) <= EXACT or iteration == ROOT - 1:
            break
        # The derivative of the length: -q'(r M + t I)^-1 M q / ||q||.
        slope = 0.0
        side = np.zeros(n_slopes)
        for k in range(n_slopes):
            for j in range(n_slopes):
                side[k] += products[i, k, j] * away[j]
        solve_ldl(lower, side)
        for k in range(n_slopes):
            slope += away[k] * side[k] / length
        step = (1.0 - 1.0 / length) * length * length / slope
        if not step > EXACT * r:
            break
        r += step
    for k in range(n_slopes):
        away[k] *= r
    return r
