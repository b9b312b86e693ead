"""Annealing from many random starts."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import count_best
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData
from gfe_mc.kernels.fuzzy.descend import descend_fuzzy, place_units
from gfe_mc.kernels.fuzzy.weights import measure, weigh

COARSE = 1e-3
"""Tolerance on the way to the last m, where there is no need to settle."""


@kernel
def anneal_once(
    data: FuzzyData, schedule: np.ndarray, tolerance: float, limit: int, now: Fuzzy
) -> tuple[float, bool]:
    """Descend at each m of the schedule in turn; the objective at the last, and if it settled."""
    objective, ended = np.inf, False
    for step in range(schedule.shape[0]):
        precise = tolerance if step == schedule.shape[0] - 1 else COARSE
        objective, ended = descend_fuzzy(data, schedule[step], precise, limit, now)
    return objective, ended


@kernel
def anneal(
    data: FuzzyData,
    schedule: np.ndarray,
    starts: int,
    hits: int,
    tolerance: float,
    limit: int,
    rng: np.random.Generator,
    slope: np.ndarray,
    spread: np.ndarray,
    now: Fuzzy,
) -> tuple[float, int, int, bool]:
    """Descend from random starts at each m of the schedule in turn; keep the best.

    Returns the objective at the last m, how many starts met it, how many there were, and whether
    the best one settled. The search ends once `hits` starts met the best; 0 for never.
    """
    alpha, beta = now.alpha.copy(), now.beta.copy()
    units = np.arange(data.rows.shape[0])
    lowest, n_best, n_starts, settled = np.inf, 0, 0, False
    for _ in range(starts):
        n_starts += 1
        place_units(data, rng, slope, spread, units, now)
        objective, ended = anneal_once(data, schedule, tolerance, limit, now)
        n_best, _ = count_best(objective, lowest, n_best)
        if objective < lowest:
            alpha[:], beta[:] = now.alpha, now.beta
            lowest, settled = objective, ended
        if 0 < hits <= n_best:
            break
    now.alpha[:], now.beta[:] = alpha, beta
    measure(data, now)
    weigh(schedule[-1], now)
    return lowest, n_best, n_starts, settled
