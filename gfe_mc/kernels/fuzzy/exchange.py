"""Moves of single units from group to group, which leave minima that no descent leaves."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import SAME
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData
from gfe_mc.kernels.fuzzy.weights import measure_group


@kernel
def exchange_units(data: FuzzyData, now: Fuzzy) -> bool:
    """Move units that belong to one group entirely while that lowers the sum of squares.

    At slopes as they are, unit i leaves group g, of mass n_g, and joins h where
    d_ih n_h / (n_h + 1) < d_ig n_g / (n_g - 1), as the means of both follow (Hartigan 1975).
    There are at most N moves. `alpha`, `distances`, `alone` and `mass` are kept in step, and
    `weights` left as they were. Returns whether a unit moved.
    """
    distances, alone, mass = now.distances, now.alone, now.mass
    n_groups, n_units = distances.shape
    moves, still, i = 0, 0, 0
    while still < n_units and moves < n_units:
        g, still = alone[i], still + 1
        if g >= 0 and mass[g] > 1.5:
            best, lowest = g, distances[g, i] * (mass[g] / (mass[g] - 1.0)) * (1.0 - SAME)
            for h in range(n_groups):
                joined = distances[h, i] * (mass[h] / (mass[h] + 1.0))
                if h != g and joined < lowest:
                    best, lowest = h, joined
            if best != g:
                _shift(data.rows, i, g, -1.0, now.beta, mass, now.alpha)
                _shift(data.rows, i, best, 1.0, now.beta, mass, now.alpha)
                measure_group(data.series, data.own, g, now)
                measure_group(data.series, data.own, best, now)
                alone[i] = best
                moves, still = moves + 1, 0
        i = i + 1 if i + 1 < n_units else 0
    return moves > 0


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
