"""A hybrid genetic search: a small population of local optima, and their improved children."""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import bare, kernel
from gfe_mc.kernels.best import SAME, count_best
from gfe_mc.kernels.copy import copy_matrix, copy_vector
from gfe_mc.kernels.draw import below
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.assign import assign
from gfe_mc.kernels.profiles.bounds import MANY
from gfe_mc.kernels.profiles.iterate import begin, iterate
from gfe_mc.kernels.profiles.moves import improve_by_moves
from gfe_mc.kernels.profiles.starts import profile_of_unit, random_parameters, restore

HOPELESS = 1.05
"""A child of Algorithm 1 whose objective is above that of the worst member by more is given up."""
ROUNDS = 5
"""Rounds of single-unit moves of a try where units are many: the best is brought to its end."""
PERSISTENCE = 2
"""A search goes on for at least so many times the tries that the best took to be found."""


class Population(NamedTuple):
    """Local optima: P members, each with its parameters and its objective."""

    theta: np.ndarray
    """(P, K)"""
    alpha: np.ndarray
    """(P, G, T)"""
    objective: np.ndarray
    """(P,) infinite where there is no member yet."""


def empty_population(size: int, n_regressors: int, n_groups: int, n_periods: int) -> Population:
    """Room for members."""
    return Population(
        np.zeros((size, n_regressors)),
        np.zeros((size, n_groups, n_periods)),
        np.full(size, np.inf),
    )


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


@bare
def cross(
    rng: np.random.Generator, members: Population, partner: np.ndarray, now: Grouping
) -> None:
    """Fill theta and alpha of `now` with a child of two random members.

    Its theta lies between theirs, and each profile comes from one of them.
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
            copy_vector(members.alpha[a, g], now.alpha[g])
        else:
            copy_vector(members.alpha[b, partner[g]], now.alpha[g])


@bare
def disturb(data: Data, rng: np.random.Generator, now: Grouping, scratch: Scratch) -> None:
    """Move one random profile to a unit, drawn in proportion to its squared distance from its own.

    So it goes where a profile is wanted.
    """
    assign(data, now.theta, now.alpha, scratch)
    nearest = scratch.nearest
    total = 0.0
    for i in range(nearest.shape[0]):
        total += nearest[i]
    rest, unit = rng.random() * total, 0
    while unit < nearest.shape[0] - 1 and rest >= nearest[unit]:
        rest -= nearest[unit]
        unit += 1
    profile_of_unit(data.z, unit, below(rng, now.alpha.shape[0]), now.theta, now.alpha)


@bare
def place(members: Population, value: float) -> int:
    """Where the next member goes: a free place, else the worst one's; -1 if it is there."""
    objective, worst = members.objective, 0
    for p in range(objective.shape[0]):
        if abs(objective[p] - value) <= SAME * value:
            return -1
        if objective[p] > objective[worst]:
            worst = p
    return worst


@bare
def finish(data: Data, now: Grouping, scratch: Scratch, limit: int) -> float:
    """Make the best grouping the one in `now`, improved until no move is left; its objective."""
    objective = restore(data, now, scratch)
    if data.z.shape[0] >= MANY:
        objective = improve_by_moves(data, now, scratch, objective, limit)
    return objective


@kernel
def evolve(
    data: Data,
    rng: np.random.Generator,
    slopes: np.ndarray,
    members: Population,
    given: int,
    patience: int,
    limit: int,
    hits: int,
    most: int,
    now: Grouping,
    scratch: Scratch,
) -> tuple[float, int, int, bool]:
    """The search; it ends after `patience` children in a row without a better objective.

    It goes on for longer where the best was long in coming. It ends before that once `hits` local
    optima met the best objective, and after `most` tries, if these are positive. As many tries as
    there are to be members begin at random, but for the first `given`, which begin from the
    parameters of those members.

    The best grouping ends up in `now`. Returns its objective, how many of the tries met it, how
    many there were, and whether Algorithm 1 converged on the way to it.
    """
    population = members.objective.shape[0]
    partner = np.arange(now.alpha.shape[0])
    members.objective[:] = np.inf
    lowest, n_best, settled = np.inf, 0, False
    born, found = 0, 0
    while (hits == 0 or n_best < hits) and (
        born < population
        or (
            born - found < max(patience, PERSISTENCE * (found - population))
            and (most == 0 or born < most)
        )
    ):
        if born < given:
            copy_vector(members.theta[born], now.theta)
            copy_matrix(members.alpha[born], now.alpha)
        elif born < population:
            random_parameters(data, rng, slopes, now, scratch)
        else:
            cross(rng, members, partner, now)
            disturb(data, rng, now, scratch)
        born += 1
        value = begin(data, now, scratch)
        value, converged = iterate(data, now, scratch, value, limit)
        if value > HOPELESS * np.max(members.objective):
            continue
        value = improve_by_moves(data, now, scratch, value, ROUNDS)
        n_best, better = count_best(value, lowest, n_best)
        if better:
            lowest, settled, found = value, converged, max(born, population)
            copy_vector(now.groups, scratch.best)
        p = place(members, value) if born > population else born - 1
        if p >= 0:
            copy_vector(now.theta, members.theta[p])
            copy_matrix(now.alpha, members.alpha[p])
            members.objective[p] = value
    return finish(data, now, scratch, limit), n_best, born, settled
