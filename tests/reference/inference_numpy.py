"""Variance formulas in plain loops, written from the equations and without regard to speed.

y is (N, T), x (N, T, K), theta (K,), alpha (G, T), groups (N,). Parameters are ordered theta, then
alpha group by group.
"""

import math

import numpy as np

from tests.reference.gfe_numpy import dummies


def design(x: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Regressors and group-period dummies, (N, T, K + G T)."""
    n_units, n_periods, n_regressors = x.shape
    flat = x.reshape(n_units * n_periods, n_regressors)
    both = np.column_stack([flat, dummies(groups, n_periods, n_groups)])
    return both.reshape(n_units, n_periods, -1)


def sandwich(w: np.ndarray, residuals: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(W'W)^-1 [sum_i sum_ts weight_|t-s| w_it v_it v_is w_is'] (W'W)^-1.

    `weight` (T,) says what products at each distance in time count: ones for clustered errors,
    one and zeros for White's.
    """
    n_units, n_periods, n_parameters = w.shape
    bread = np.zeros((n_parameters, n_parameters))
    meat = np.zeros((n_parameters, n_parameters))
    for i in range(n_units):
        for t in range(n_periods):
            bread += np.outer(w[i, t], w[i, t])
            for s in range(n_periods):
                product = residuals[i, t] * residuals[i, s]
                meat += weight[abs(t - s)] * product * np.outer(w[i, t], w[i, s])
    inverse = np.linalg.inv(bread)
    return np.asarray(inverse @ meat @ inverse)


def bandwidth(y: np.ndarray, x: np.ndarray, theta: np.ndarray, alpha: np.ndarray) -> float:
    """1.06 N^(-1/5) times the least standard deviation along a line between two profiles."""
    rest = y - x @ theta
    spreads = []
    for g in range(len(alpha)):
        for h in range(len(alpha)):
            if g != h:
                normal = (alpha[h] - alpha[g]) / np.linalg.norm(alpha[h] - alpha[g])
                spreads.append(float(np.std([normal @ unit for unit in rest], ddof=1)))
    return float(1.06 * min(spreads) * len(y) ** -0.2)


def pollard(
    y: np.ndarray,
    x: np.ndarray,
    theta: np.ndarray,
    alpha: np.ndarray,
    groups: np.ndarray,
    width: float,
) -> tuple[np.ndarray, np.ndarray]:
    """(Gamma, covariance) by S10 to S13, block by block over ordered pairs of groups."""
    n_units, n_periods, n_regressors = x.shape
    n_groups = len(alpha)
    size = n_regressors + n_groups * n_periods
    gamma, spread = np.zeros((size, size)), np.zeros((size, size))

    def block(g: int) -> slice:
        return slice(n_regressors + g * n_periods, n_regressors + (g + 1) * n_periods)

    slopes = slice(0, n_regressors)
    for i in range(n_units):
        errors = [y[i] - x[i] @ theta - alpha[g] for g in range(n_groups)]
        distances = [float(e @ e) for e in errors]
        own = groups[i]
        gamma[slopes, slopes] += x[i].T @ x[i]
        gamma[slopes, block(own)] += x[i].T
        gamma[block(own), block(own)] += np.eye(n_periods)
        score = np.zeros(size)
        score[slopes] = x[i].T @ errors[own]
        score[block(own)] = errors[own]
        spread += np.outer(score, score)
        for g in range(n_groups):
            for h in range(n_groups):
                others = [distances[k] for k in range(n_groups) if k not in (g, h)]
                if g == h or max(distances[g], distances[h]) > min(others, default=math.inf):
                    continue
                gap = alpha[h] - alpha[g]
                length = float(np.linalg.norm(gap))
                along = gap / length @ (y[i] - x[i] @ theta - (alpha[g] + alpha[h]) / 2)
                delta = math.exp(-((along / width) ** 2) / 2) / math.sqrt(2 * math.pi) / width
                gamma[slopes, slopes] -= 0.5 * delta * np.outer(x[i].T @ gap, x[i].T @ gap) / length
                gamma[slopes, block(g)] += delta * np.outer(x[i].T @ -gap, errors[g]) / length
                gamma[block(g), block(g)] -= delta * np.outer(errors[g], errors[g]) / length
                gamma[block(g), block(h)] += delta * np.outer(errors[g], errors[h]) / length
    for g in range(n_groups):
        gamma[block(g), slopes] = gamma[slopes, block(g)].T
    gamma, spread = gamma / n_units, spread / n_units
    inverse = np.linalg.inv(gamma)
    return gamma, inverse @ spread @ inverse / n_units
