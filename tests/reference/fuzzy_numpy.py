"""Fuzzy clustering regression in plain NumPy, from the formulas and for moderate m.

y is (N, T), x (N, T, K), alpha (G, T), beta (G, K). Powers are taken as they are printed, so that
they overflow near m = 1; `log_form` has the same in logarithms, by SciPy.
"""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp, softmax

from gfe_mc import Fit, Panel


def residuals(y: np.ndarray, x: np.ndarray, alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Residuals of each unit at the coefficients of each group, (N, G, T)."""
    return np.asarray(y[:, None] - alpha[None] - np.einsum("ntk,gk->ngt", x, beta))


def distances(y: np.ndarray, x: np.ndarray, alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Sums of their squares, (N, G)."""
    return np.asarray((residuals(y, x, alpha, beta) ** 2).sum(axis=2))


def memberships(d: np.ndarray, m: float) -> np.ndarray:
    """Equation (8): 1 / sum_h (||e_ig|| / ||e_ih||)^{2 / (m - 1)}, (N, G)."""
    return np.asarray(1 / ((d[:, :, None] / d[:, None, :]) ** (1 / (m - 1))).sum(axis=2))


def objective(d: np.ndarray, m: float) -> float:
    """Equation (9)."""
    return float(((d ** (-1 / (m - 1))).sum(axis=1) ** (1 - m)).sum())


def log_form(d: np.ndarray, m: float) -> tuple[float, np.ndarray]:
    """Objective, and memberships (N, G), for any m; a distance of zero counts as 1e-300."""
    logs = -np.log(np.maximum(d, 1e-300)) / (m - 1)
    return float(np.exp((1 - m) * logsumexp(logs, axis=1)).sum()), softmax(logs, axis=1)


def of_fit(panel: Panel, fit: Fit) -> np.ndarray:
    """The (N, G) sums of squares at a fit's coefficients."""
    assert fit.alpha is not None
    beta = np.tile(fit.theta, (len(fit.alpha), 1)) if fit.beta is None else fit.beta
    return distances(panel.y, panel.x, fit.alpha, beta)


def split(
    parameters: np.ndarray, n_groups: int, n_periods: int, own: tuple[int, ...], n_slopes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Parameters (alpha, slopes `own` of each group, common ones) as alpha and beta."""
    n_effects = n_groups * n_periods
    beta = np.zeros((n_groups, n_slopes))
    beta[:, own] = parameters[n_effects : n_effects + n_groups * len(own)].reshape(n_groups, -1)
    common = [k for k in range(n_slopes) if k not in own]
    beta[:, common] = parameters[n_effects + n_groups * len(own) :]
    return parameters[:n_effects].reshape(n_groups, n_periods), beta


def design(x: np.ndarray, n_groups: int, own: tuple[int, ...]) -> np.ndarray:
    """Derivatives of the fitted values in the parameters, (N, G, T, P)."""
    n_units, n_periods, n_slopes = x.shape
    size = n_groups * (n_periods + len(own)) + n_slopes - len(own)
    columns = np.empty((n_units, n_groups, n_periods, size))
    for p, unit in enumerate(np.eye(size)):
        alpha, beta = split(unit, n_groups, n_periods, own, n_slopes)
        columns[:, :, :, p] = -residuals(np.zeros((n_units, n_periods)), x, alpha, beta)
    return columns


def scores_and_hessian(
    panel: Panel, alpha: np.ndarray, beta: np.ndarray, own: tuple[int, ...], m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives by the chain rule of each unit's part a^{1-m}, a = sum_g d_g^{-1/(m-1)}."""
    power = 1 / (m - 1)
    left = residuals(panel.y, panel.x, alpha, beta)
    columns = design(panel.x, len(alpha), own)
    scores = np.zeros((len(left), columns.shape[-1]))
    hessian = np.zeros((columns.shape[-1],) * 2)
    for i in range(len(left)):
        a, first, second = 0.0, np.zeros(scores.shape[1]), np.zeros_like(hessian)
        for e, columns_of_group in zip(left[i], columns[i], strict=True):
            d, slope = e @ e, -2 * columns_of_group.T @ e
            curve = 2 * columns_of_group.T @ columns_of_group
            a += d**-power
            first -= power * d ** (-power - 1) * slope
            second += power * (power + 1) * d ** (-power - 2) * np.outer(slope, slope)
            second -= power * d ** (-power - 1) * curve
        scores[i] = (1 - m) * a**-m * first
        hessian += (1 - m) * a**-m * second - m * (1 - m) * a ** (-m - 1) * np.outer(first, first)
    return scores, hessian


def weighted_least_squares(
    y: np.ndarray, x: np.ndarray, weights: np.ndarray, own: tuple[int, ...]
) -> np.ndarray:
    """Parameters (P,) that minimise sum_ig w_ig d_ig, by dummies."""
    n_groups, n_periods = weights.shape[1], y.shape[1]
    root = np.sqrt(weights)[:, :, None]
    stacked = design(x, n_groups, own) * root[..., None]
    outcome = root * np.broadcast_to(y[:, None], (len(y), n_groups, n_periods))
    flat = stacked.reshape(-1, stacked.shape[-1])
    return np.asarray(np.linalg.lstsq(flat, outcome.ravel(), rcond=None)[0])
