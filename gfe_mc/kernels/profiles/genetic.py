"""A hybrid genetic search: a small population of local optima, and their improved children."""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import SAME, count_best
from gfe_mc.kernels.draw import below
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.iterate import begin
from gfe_mc.kernels.profiles.starts import (
    descend,
    profile_of_unit,
    random_parameters,
    restore,
)


class Population(NamedTuple):
    """Local optima: P members, each with its parameters and its objective."""

    theta: np.ndarray
    """(P, K)"""
    alpha: np.ndarray
    """(P, G, T)"""
    objective: np.ndarray
    """(P,)"""


@kernel
def match_profiles(first: np.ndarray, second: np.ndarray, partner: np.ndarray) -> None:
    """Pair the profiles (G, T) of two solutions: time and again the two nearest still free.

    `partner[g]` receives the profile of `second` that goes with profile g of `first`.
    """
    n_groups, n_periods = first.shape
    distance = np.zeros((n_groups, n_groups))
    for g in range(n_groups):
        for h in range(n_groups):
            for t in range(n_periods):
                distance[g, h] += (first[g, t] - second[h, t]) ** 2
    for _ in range(n_groups):
        nearest = np.argmin(distance)
        g, h = nearest // n_groups, nearest % n_groups
        partner[g] = h
        distance[g, :] = np.inf
        distance[:, h] = np.inf


@kernel
def cross(
    data: Data, rng: np.random.Generator, members: Population, partner: np.ndarray, now: Grouping
) -> None:
    """Fill theta and alpha of `now` with a child of two random members.

    Its theta lies between theirs, each profile comes from one of them, and one profile is moved
    to a random unit.
    """
    population, n_groups = members.alpha.shape[:2]
    a = below(rng, population)
    b = (a + 1 + below(rng, population - 1)) % population
    match_profiles(members.alpha[a], members.alpha[b], partner)
    weight = rng.random()
    for k in range(now.theta.shape[0]):
        now.theta[k] = weight * members.theta[a, k] + (1.0 - weight) * members.theta[b, k]
    for g in range(n_groups):
        if rng.random() < 0.5:
            now.alpha[g] = members.alpha[a, g]
        else:
            now.alpha[g] = members.alpha[b, partner[g]]
    unit, g = below(rng, data.z.shape[0]), below(rng, n_groups)
    profile_of_unit(data.z, unit, g, now.theta, now.alpha)


@kernel
def place(members: Population, born: int, value: float) -> int:
    """Where the next member goes: a free place, else the worst one's; -1 if it is there."""
    if born < members.objective.shape[0]:
        return born
    for p in range(members.objective.shape[0]):
        if abs(members.objective[p] - value) <= SAME * value:
            return -1
    return int(np.argmax(members.objective))


@kernel
def evolve(
    data: Data,
    rng: np.random.Generator,
    slopes: np.ndarray,
    population: int,
    patience: int,
    limit: int,
    hits: int,
    given: bool,
    now: Grouping,
    scratch: Scratch,
) -> tuple[float, int, int, bool]:
    """The search; it ends after `patience` children in a row without a better objective.

    It ends before that once `hits` local optima met the best objective, if `hits` is positive.
    The first population is random, but for its first member if parameters are `given` in `now`.

    The best grouping ends up in `now`. Returns its objective, how many of the local optima met
    it, how many there were, and whether Algorithm 1 converged on the way to it.
    """
    n_groups, n_periods = now.alpha.shape
    members = Population(
        np.empty((population, now.theta.shape[0])),
        np.empty((population, n_groups, n_periods)),
        np.full(population, np.inf),
    )
    partner = np.arange(n_groups)
    lowest, n_best, settled = np.inf, 0, False
    born, fruitless = 0, 0
    while fruitless < patience and (hits == 0 or n_best < hits):
        if born < population:
            if born > 0 or not given:
                random_parameters(data, rng, slopes, now, scratch)
        else:
            cross(data, rng, members, partner, now)
            fruitless += 1
        value = begin(data, now, scratch)
        value, converged = descend(data, now, scratch, value, limit)
        n_best, better = count_best(value, lowest, n_best)
        if better:
            lowest, settled, fruitless = value, converged, 0
            scratch.best[:] = now.groups
        p = place(members, born, value)
        if p >= 0:
            members.theta[p] = now.theta
            members.alpha[p] = now.alpha
            members.objective[p] = value
        born += 1
    return restore(data, now, scratch), n_best, born, settled
