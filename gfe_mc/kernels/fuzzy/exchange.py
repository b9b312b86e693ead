"""Moves of single units from group to group, which leave minima that no descent leaves."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import SAME
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData


@kernel
def exchange_units(data: FuzzyData, now: Fuzzy) -> bool:
    """Move units that belong to one group entirely while that lowers the sum of squares.

    At slopes as they are, unit i leaves group g, of mass n_g, and joins h where
    d_ih n_h / (n_h + 1) < d_ig n_g / (n_g - 1), as the means of both follow (Hartigan 1975).
    There are at most N moves. `alpha`, `alone` and `mass` are kept in step; `distances` are so
    only of units looked at since, and `weights` are left. Returns whether a unit moved.
    """
    rows, alpha, beta = data.rows, now.alpha, now.beta
    distances, alone, mass = now.distances, now.alone, now.mass
    n_groups, n_units = distances.shape
    # Numbers of the moves that changed a group last, and before which a unit was looked at.
    changed, seen = np.zeros(n_groups, np.int64), np.zeros(n_units, np.int64)
    moves, still, i = 0, 0, 0
    while still < n_units and moves < n_units:
        g, still = alone[i], still + 1
        if g >= 0 and mass[g] > 1.5:
            for h in range(n_groups):
                if changed[h] > seen[i]:
                    distances[h, i] = _distance(rows, i, h, beta, alpha)
            seen[i] = moves
            best, lowest = g, distances[g, i] * (mass[g] / (mass[g] - 1.0)) * (1.0 - SAME)
            for h in range(n_groups):
                joined = distances[h, i] * (mass[h] / (mass[h] + 1.0))
                if h != g and joined < lowest:
                    best, lowest = h, joined
            if best != g:
                _shift(rows, i, g, -1.0, beta, mass, alpha)
                _shift(rows, i, best, 1.0, beta, mass, alpha)
                alone[i] = best
                moves, still = moves + 1, 0
                changed[g], changed[best] = moves, moves
        i = i + 1 if i + 1 < n_units else 0
    return moves > 0


@kernel
def _distance(rows: np.ndarray, i: int, g: int, beta: np.ndarray, alpha: np.ndarray) -> float:
    """Distance of a unit from a group."""
    last, n_periods = beta.shape[1], alpha.shape[1]
    total = 0.0
    for t in range(n_periods):
        value = rows[i, last * n_periods + t] - alpha[g, t]
        for k in range(last):
            value -= beta[g, k] * rows[i, k * n_periods + t]
        total += value * value
    return float(total)


@kernel
def _shift(
    rows: np.ndarray,
    i: int,
    g: int,
    sign: float,
    beta: np.ndarray,
    mass: np.ndarray,
    alpha: np.ndarray,
) -> None:
    """Let a unit join the mean of a group, or leave it."""
    last, n_periods = beta.shape[1], alpha.shape[1]
    mass[g] += sign
    for t in range(n_periods):
        value = rows[i, last * n_periods + t] - alpha[g, t]
        for k in range(last):
            value -= beta[g, k] * rows[i, k * n_periods + t]
        alpha[g, t] += sign * value / mass[g]
