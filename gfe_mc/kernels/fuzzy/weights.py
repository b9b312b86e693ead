"""Distances of units from groups, memberships and their powers, and the objective.

With l_ig = -log(d_ig) / (m - 1), memberships are mu_ig = exp(l_ig) / sum_h exp(l_ih), and a unit
adds L_i = (sum_g d_ig^{-1/(m-1)})^{1-m} to the objective, which is sum_g mu_ig^m d_ig. Sums are
taken relative to the nearest group, so that no power overflows: exponents are 1000 at m = 1.001.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData
from gfe_mc.kernels.powers import exponential, logarithm

_VANISHES = 745.2
"""Exponentials of less than minus this are zero."""
_FAINT = 50.0
"""Those of less than minus this, 2e-22, change no sum to which a unit adds as much as a half."""


@kernel
def measure(data: FuzzyData, now: Fuzzy) -> None:
    """Fill `distances` (G, N) with d_ig at the coefficients in place."""
    series, own, left, beta = data.series, data.own, now.left, now.beta
    n_series, n_periods, n_units = series.shape
    last = n_series - 1
    # Common slopes leave the same of every unit, whichever its group.
    for t in range(n_periods):
        for i in range(n_units):
            left[t, i] = series[last, t, i]
        for k in range(own, last):
            slope = beta[0, k]
            for i in range(n_units):
                left[t, i] -= slope * series[k, t, i]
    for g in range(beta.shape[0]):
        _measure_group(series, own, g, now)


@kernel
def _measure_group(series: np.ndarray, own: int, g: int, now: Fuzzy) -> None:
    """Fill the distances of all units from a group; `left` is as `measure` made it."""
    left, distances, alpha, beta = now.left, now.distances, now.alpha, now.beta
    n_periods, n_units = series.shape[1:]
    for i in range(n_units):
        distances[g, i] = 0.0
    for t in range(n_periods):
        effect = alpha[g, t]
        if own == 0:
            for i in range(n_units):
                residual = left[t, i] - effect
                distances[g, i] += residual * residual
            continue
        for i in range(n_units):
            left[n_periods, i] = left[t, i] - effect
        for k in range(own):
            slope = beta[g, k]
            for i in range(n_units):
                left[n_periods, i] -= slope * series[k, t, i]
        for i in range(n_units):
            distances[g, i] += left[n_periods, i] * left[n_periods, i]


@kernel
def weigh(m: float, now: Fuzzy) -> float:
    """Fill `weights` (N, G) with mu_ig^m from the distances; return the objective.

    A unit at distance zero from a group belongs to it: the power is of a ratio that is infinite.
    """
    distances, weights, alone, mass = now.distances, now.weights, now.alone, now.mass
    n_groups, n_units = distances.shape
    _find_close(distances, exponential((1.0 - m) * _FAINT), now.least, now.close, alone)
    weights[:] = 0.0
    mass[:] = 0.0
    objective = 0.0
    for i in range(n_units):
        g = alone[i]
        if now.close[i] == 1.0:
            # Mostly so at m near 1: no logarithm is needed.
            weights[i, g] = 1.0
            mass[g] += 1.0
            objective += now.least[i]
        else:
            alone[i] = -1
            objective += _share_out(i, distances, now.least[i], m, _FAINT, weights)
            for h in range(n_groups):
                mass[h] += weights[i, h]
    for g in range(n_groups):
        if not mass[g] >= 0.5:
            _add_faint(g, m, now)
    return objective


@kernel
def _find_close(
    distances: np.ndarray, cut: float, least: np.ndarray, close: np.ndarray, nearest: np.ndarray
) -> None:
    """Find each unit's least distance and its group, and how many are close: least / d >= cut."""
    n_groups, n_units = distances.shape
    for i in range(n_units):
        least[i] = distances[0, i]
        nearest[i] = 0
        close[i] = 0.0
    for g in range(1, n_groups):
        for i in range(n_units):
            nearer = distances[g, i] < least[i]
            least[i] = distances[g, i] if nearer else least[i]
            nearest[i] = g if nearer else nearest[i]
    for g in range(n_groups):
        for i in range(n_units):
            close[i] += 1.0 if distances[g, i] * cut <= least[i] else 0.0


@kernel
def _log_ratio(least: float, distance: float, m: float) -> float:
    """Logarithm of the membership relative to that in the nearest group."""
    if distance == least:
        return 0.0
    return logarithm(least / distance) / (m - 1.0) if least > 0.0 else -np.inf


@kernel
def _share_out(
    i: int, distances: np.ndarray, least: float, m: float, faint: float, weights: np.ndarray
) -> float:
    """Fill the weights of a unit in groups down to exp(-faint) of the nearest; return L_i."""
    n_groups = distances.shape[0]
    cut = exponential((1.0 - m) * faint)
    total = 0.0
    for g in range(n_groups):
        weights[i, g] = -np.inf
        if distances[g, i] * cut <= least:
            weights[i, g] = _log_ratio(least, distances[g, i], m)
            total += exponential(weights[i, g])
    log_total = logarithm(total)
    for g in range(n_groups):
        weights[i, g] = exponential(m * (weights[i, g] - log_total))
    return least * exponential((1.0 - m) * log_total)


@kernel
def _add_faint(g: int, m: float, now: Fuzzy) -> None:
    """Fill the weights of all units in a group that no unit belongs to: they place it."""
    distances, weights = now.distances, now.weights
    n_groups, n_units = distances.shape
    cut = exponential((1.0 - m) * _VANISHES)
    now.mass[g] = 0.0
    for i in range(n_units):
        least = now.least[i]
        if weights[i, g] == 0.0 and distances[g, i] * cut <= least:
            total = 0.0
            for h in range(n_groups):
                if distances[h, i] * cut <= least:
                    total += exponential(_log_ratio(least, distances[h, i], m))
            log_share = _log_ratio(least, distances[g, i], m) - logarithm(total)
            weights[i, g] = exponential(m * log_share)
            if weights[i, g] > 0.0:
                now.alone[i] = -1
        now.mass[g] += weights[i, g]


@kernel
def shares(m: float, now: Fuzzy, memberships: np.ndarray) -> None:
    """Fill `memberships` (N, G) from the distances, faint ones too."""
    distances = now.distances
    n_groups, n_units = distances.shape
    for i in range(n_units):
        least = distances[0, i]
        for g in range(1, n_groups):
            least = min(least, distances[g, i])
        total = 0.0
        for g in range(n_groups):
            memberships[i, g] = exponential(_log_ratio(least, distances[g, i], m))
            total += memberships[i, g]
        for g in range(n_groups):
            memberships[i, g] /= total
