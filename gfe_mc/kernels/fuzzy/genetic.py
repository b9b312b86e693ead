"""A hybrid genetic search: a small population of local minima, and their annealed children."""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import SAME, count_best
from gfe_mc.kernels.draw import below
from gfe_mc.kernels.fuzzy.anneal import anneal_once
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData
from gfe_mc.kernels.fuzzy.descend import descend_fuzzy, place_on_unit, place_units
from gfe_mc.kernels.fuzzy.exchange import exchange_units
from gfe_mc.kernels.fuzzy.weights import measure, weigh
from gfe_mc.kernels.profiles.genetic import match_profiles


class FuzzyPopulation(NamedTuple):
    """Local minima: P members, each with its coefficients and its objective."""

    alpha: np.ndarray
    """(P, G, T)"""
    beta: np.ndarray
    """(P, G, K)"""
    objective: np.ndarray
    """(P,)"""


@kernel
def cross_fuzzy(
    data: FuzzyData,
    rng: np.random.Generator,
    members: FuzzyPopulation,
    partner: np.ndarray,
    mode: int,
    now: Fuzzy,
) -> None:
    """Fill alpha and beta of `now` with a child of two random members.

    Common slopes lie between theirs. Each group comes from one of them, with its own slopes, and
    the effects of one group are moved to a unit: one that is random, or is among those furthest
    from their nearest group.
    """
    population, n_groups = members.alpha.shape[:2]
    alpha, beta, own = now.alpha, now.beta, data.own
    a = below(rng, population)
    b = (a + 1 + below(rng, population - 1)) % population
    match_profiles(members.alpha[a], members.alpha[b], partner)
    weight = rng.random()
    for g in range(n_groups):
        parent, h = (a, g) if rng.random() < 0.5 else (b, partner[g])
        alpha[g] = members.alpha[parent, h]
        for k in range(own):
            beta[g, k] = members.beta[parent, h, k]
        for k in range(own, beta.shape[1]):
            first, second = members.beta[a, 0, k], members.beta[b, 0, k]
            beta[g, k] = weight * first + (1.0 - weight) * second
    n_units = data.rows.shape[0]
    unit, g = below(rng, n_units), below(rng, n_groups)
    if mode == 1 or (mode == 2 and rng.random() < 0.5):
        measure(data, now)
        total = 0.0
        for i in range(n_units):
            least = now.distances[0, i]
            for h in range(1, n_groups):
                least = min(least, now.distances[h, i])
            now.least[i] = least
            total += least
        left = rng.random() * total
        unit = 0
        while unit < n_units - 1 and left >= now.least[unit]:
            left -= now.least[unit]
            unit += 1
    place_on_unit(data.rows, unit, g, beta, alpha)


@kernel
def improve(
    data: FuzzyData, m: float, tolerance: float, limit: int, objective: float, settled: bool, now: Fuzzy
) -> tuple[float, bool]:
    """Exchange units and descend in turn while the objective falls."""
    for _ in range(limit):
        if not exchange_units(data, now):
            break
        lower, settled = descend_fuzzy(data, m, tolerance, limit, now)
        if not lower < objective * (1.0 - SAME):
            return lower, settled
        objective = lower
    return objective, settled


@kernel
def evolve_fuzzy(
    data: FuzzyData,
    rng: np.random.Generator,
    slopes: np.ndarray,
    schedule: np.ndarray,
    short: np.ndarray,
    population: int,
    patience: int,
    hits: int,
    tolerance: float,
    limit: int,
    mode: int,
    now: Fuzzy,
) -> tuple[float, int, int, bool]:
    n_groups, n_periods = now.alpha.shape
    members = FuzzyPopulation(
        np.empty((population, n_groups, n_periods)),
        np.empty((population, n_groups, now.beta.shape[1])),
        np.full(population, np.inf),
    )
    alpha, beta = now.alpha.copy(), now.beta.copy()
    partner, units = np.arange(n_groups), np.arange(data.rows.shape[0])
    lowest, n_best, settled = np.inf, 0, False
    born, fruitless = 0, 0
    while fruitless < patience and (hits == 0 or n_best < hits):
        if born < population:
            place_units(data, rng, slopes[0], slopes[1], units, now)
            value, ended = anneal_once(data, schedule, tolerance, limit, now)
        else:
            cross_fuzzy(data, rng, members, partner, mode, now)
            value, ended = anneal_once(data, short, tolerance, limit, now)
            fruitless += 1
        if mode >= 0:
            value, ended = improve(data, schedule[-1], tolerance, limit, value, ended, now)
        n_best, better = count_best(value, lowest, n_best)
        if better:
            fruitless = 0
        if value < lowest:
            alpha[:], beta[:] = now.alpha, now.beta
            lowest, settled = value, ended
        p = _place(members.objective, born, value)
        if p >= 0:
            members.alpha[p], members.beta[p] = now.alpha, now.beta
            members.objective[p] = value
        born += 1
    now.alpha[:], now.beta[:] = alpha, beta
    measure(data, now)
    weigh(schedule[-1], now)
    return lowest, n_best, born, settled


@kernel
def _place(objective: np.ndarray, born: int, value: float) -> int:
    """Where the next member goes: a free place, else the worst one's; -1 if it is there."""
    if born < objective.shape[0]:
        return born
    for p in range(objective.shape[0]):
        if abs(objective[p] - value) <= SAME * value:
            return -1
    return int(np.argmax(objective))
