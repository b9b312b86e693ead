"""A hybrid genetic search: a small population of local minima, and their improved children."""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import SAME, count_best
from gfe_mc.kernels.draw import below
from gfe_mc.kernels.fuzzy.anneal import anneal_once
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData
from gfe_mc.kernels.fuzzy.descend import descend_fuzzy, place_on_unit, place_units
from gfe_mc.kernels.fuzzy.exchange import exchange_units
from gfe_mc.kernels.fuzzy.weights import measure
from gfe_mc.kernels.profiles.genetic import match_profiles

_SETTLED = 1e-13
"""Tolerance to which the best coefficients are settled in the end."""


_FRESH = 0.125
"""Share of children that have no parents: a population may have settled around one minimum."""


class FuzzyPopulation(NamedTuple):
    """Local minima: P members, each with its coefficients and its objective."""

    alpha: np.ndarray
    """(P, G, T)"""
    beta: np.ndarray
    """(P, G, K)"""
    objective: np.ndarray
    """(P,)"""


@kernel
def far_unit(data: FuzzyData, rng: np.random.Generator, now: Fuzzy) -> int:
    """A unit drawn with the chances of its distance from the nearest group."""
    distances, least = now.distances, now.least
    n_groups, n_units = distances.shape
    measure(data, now)
    total = 0.0
    for i in range(n_units):
        least[i] = distances[0, i]
        for g in range(1, n_groups):
            least[i] = min(least[i], distances[g, i])
        total += least[i]
    left = rng.random() * total
    for i in range(n_units - 1):
        if left < least[i]:
            return int(i)
        left -= least[i]
    return int(n_units - 1)


@kernel
def cross_fuzzy(
    data: FuzzyData,
    rng: np.random.Generator,
    members: FuzzyPopulation,
    partner: np.ndarray,
    now: Fuzzy,
) -> None:
    """Fill alpha and beta of `now` with a child of two random members.

    Each group comes from one of them, with its own slopes; common slopes lie between theirs. The
    effects of one group are then moved to a unit: any, or one far from its nearest group.
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
    g, n_units = below(rng, n_groups), data.rows.shape[0]
    unit = far_unit(data, rng, now) if rng.random() < 0.5 else below(rng, n_units)
    place_on_unit(data.rows, unit, g, beta, alpha)


@kernel
def exchange_and_descend(
    data: FuzzyData,
    m: float,
    objective: float,
    settled: bool,
    tolerance: float,
    limit: int,
    now: Fuzzy,
) -> tuple[float, bool]:
    """Exchange units and descend in turn, from where a descent ended, until that gains nothing."""
    alpha, beta = now.alpha.copy(), now.beta.copy()
    for _ in range(limit):
        if not exchange_units(data, now):
            break
        lower, ended = descend_fuzzy(data, m, tolerance, limit, now)
        if not lower < objective * (1.0 - SAME):
            now.alpha[:], now.beta[:] = alpha, beta
            break
        objective, settled = lower, ended
        alpha[:], beta[:] = now.alpha, now.beta
    return objective, settled


@kernel
def place_member(objective: np.ndarray, born: int, value: float) -> int:
    """Where the next member goes: a free place, else the worst one's; -1 if it is there."""
    if born < objective.shape[0]:
        return born
    for p in range(objective.shape[0]):
        if abs(objective[p] - value) <= SAME * value:
            return -1
    return int(np.argmax(objective))


@kernel
def evolve_fuzzy(
    data: FuzzyData,
    schedule: np.ndarray,
    population: int,
    patience: int,
    hits: int,
    tolerance: float,
    limit: int,
    rng: np.random.Generator,
    slope: np.ndarray,
    spread: np.ndarray,
    now: Fuzzy,
) -> tuple[float, int, int, bool]:
    """The search; it ends after `patience` children in a row without a better objective.

    It ends before that once `hits` local minima met the best objective, if `hits` is positive.
    The first population is annealed along the schedule of m from random units; children descend
    at its last m, and some of them start from random units too.

    The best coefficients end up in `now`. Returns their objective, how many of the local minima
    met it, how many there were, and whether the best one settled.
    """
    n_groups, n_periods = now.alpha.shape
    members = FuzzyPopulation(
        np.empty((population, n_groups, n_periods)),
        np.empty((population, n_groups, now.beta.shape[1])),
        np.full(population, np.inf),
    )
    alpha, beta, m = now.alpha.copy(), now.beta.copy(), schedule[-1]
    partner, units = np.arange(n_groups), np.arange(data.rows.shape[0])
    lowest, n_best, born, fruitless = np.inf, 0, 0, 0
    while fruitless < patience and (hits == 0 or n_best < hits):
        if born < population:
            place_units(data, rng, slope, spread, units, now)
            value, ended = anneal_once(data, schedule, tolerance, limit, now)
        else:
            if rng.random() < _FRESH:
                place_units(data, rng, slope, spread, units, now)
            else:
                cross_fuzzy(data, rng, members, partner, now)
            value, ended = descend_fuzzy(data, m, tolerance, limit, now)
            fruitless += 1
        value, ended = exchange_and_descend(data, m, value, ended, tolerance, limit, now)
        n_best, better = count_best(value, lowest, n_best)
        if better:
            fruitless = 0
        if value < lowest:
            alpha[:], beta[:] = now.alpha, now.beta
            lowest = value
        p = place_member(members.objective, born, value)
        if p >= 0:
            members.alpha[p], members.beta[p] = now.alpha, now.beta
            members.objective[p] = value
        born += 1
    now.alpha[:], now.beta[:] = alpha, beta
    objective, settled = descend_fuzzy(data, m, _SETTLED, limit, now)
    return objective, n_best, born, settled
