"""Starts at random units, and the descent from coefficients to a local minimum."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.draw import distinct
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData
from gfe_mc.kernels.fuzzy.regress import regress
from gfe_mc.kernels.fuzzy.weights import measure, weigh


@kernel
def descend_fuzzy(
    data: FuzzyData, m: float, tolerance: float, limit: int, now: Fuzzy
) -> tuple[float, bool]:
    """Weighted least squares and memberships in turn, which never raises the objective.

    Ends when an iteration lowers it by less than `tolerance` of itself; returns the objective,
    and whether it ended so.
    """
    measure(data, now)
    objective = weigh(m, now)
    for _ in range(limit):
        regress(data, now)
        measure(data, now)
        lower = weigh(m, now)
        if not lower < objective * (1.0 - tolerance):
            return min(lower, objective), True
        objective = lower
    return objective, False


@kernel
def place_units(
    data: FuzzyData,
    rng: np.random.Generator,
    slope: np.ndarray,
    spread: np.ndarray,
    units: np.ndarray,
    now: Fuzzy,
) -> None:
    """Start from random units: slopes normal about `slope` (K,), effects those of random units.

    `units` (N,) are the numbers of the units in any order; they are shuffled.
    """
    # Two groups that start at one unit would never part.
    distinct(rng, now.alpha.shape[0], units)
    for k in range(now.beta.shape[1]):
        now.beta[:, k] = slope[k] + spread[k] * rng.standard_normal()
    for g in range(now.alpha.shape[0]):
        place_on_unit(data.rows, units[g], g, now.beta, now.alpha)


@kernel
def place_on_unit(rows: np.ndarray, i: int, g: int, beta: np.ndarray, alpha: np.ndarray) -> None:
    """Put the effects of group `g` onto unit `i`: alpha_gt = y_it - x_it'beta_g."""
    last, n_periods = beta.shape[1], alpha.shape[1]
    for t in range(n_periods):
        value = rows[i, last * n_periods + t]
        for k in range(last):
            value -= beta[g, k] * rows[i, k * n_periods + t]
        alpha[g, t] = value
