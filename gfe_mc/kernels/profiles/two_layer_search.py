"""Searches for groups in two layers: random starts, and a genetic one."""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import bare, kernel
from gfe_mc.kernels.best import count_best
from gfe_mc.kernels.copy import copy_vector
from gfe_mc.kernels.draw import below, distinct
from gfe_mc.kernels.profiles.genetic import PERSISTENCE
from gfe_mc.kernels.profiles.two_layer_moves import improve_layers
from gfe_mc.kernels.profiles.two_layers import (
    Layered,
    Layers,
    LayerScratch,
    assign_layers,
    begin_layers,
    iterate_layers,
    regroup_layers,
    residual_of,
    update_layers,
)
from gfe_mc.kernels.slopes.genetic import place_slopes


class LayerPopulation(NamedTuple):
    """Local optima: P members, each with its parameters and its objective."""

    theta: np.ndarray
    """(P, K)"""
    alpha: np.ndarray
    """(P, G, T)"""
    levels: np.ndarray
    """(P, F)"""
    objective: np.ndarray
    """(P,) infinite where there is no member yet."""


def empty_layer_population(size: int, now: Layers) -> LayerPopulation:
    """Room for members."""
    return LayerPopulation(
        np.zeros((size, *now.theta.shape)),
        np.zeros((size, *now.alpha.shape)),
        np.zeros((size, *now.levels.shape)),
        np.full(size, np.inf),
    )


@bare
def random_layers(
    data: Layered, rng: np.random.Generator, slopes: np.ndarray, now: Layers, scratch: LayerScratch
) -> None:
    """Draw a start: theta, then F units, whose levels are taken and, of G of them, the profiles.

    theta is normal with means `slopes[0]` and standard deviations `slopes[1]`, both (K,).
    """
    theta, alpha, levels, residual = now.theta, now.alpha, now.levels, scratch.residual
    for k in range(theta.shape[0]):
        theta[k] = slopes[0, k] + slopes[1, k] * rng.standard_normal()
    units, n_periods = scratch.units, alpha.shape[1]
    distinct(rng, levels.shape[0], units)
    for f in range(levels.shape[0]):
        residual_of(data, units[f], theta, residual)
        levels[f] = residual[n_periods]
        if data.first[data.primary[f]] == f:
            for t in range(n_periods):
                alpha[data.primary[f], t] = residual[t]


@kernel
def match_layers(
    first: np.ndarray, second: np.ndarray, offsets: np.ndarray, partner: np.ndarray
) -> None:
    """Pair the primary groups of two solutions that have as many secondary groups.

    Time and again the two with the nearest profiles (G, T) that are still free; `partner[g]`
    receives the one of `second` that goes with group g of `first`. `offsets` are `Layered.first`.
    """
    n_groups, n_periods = first.shape
    distance = np.full((n_groups, n_groups), np.inf)
    for g in range(n_groups):
        for h in range(n_groups):
            if offsets[g + 1] - offsets[g] == offsets[h + 1] - offsets[h]:
                distance[g, h] = 0.0
                for t in range(n_periods):
                    distance[g, h] += (first[g, t] - second[h, t]) ** 2
    for _ in range(n_groups):
        nearest = np.argmin(distance)
        g, h = nearest // n_groups, nearest % n_groups
        partner[g] = h
        distance[g, :] = np.inf
        distance[:, h] = np.inf


@kernel
def cross_layers(
    data: Layered,
    rng: np.random.Generator,
    members: LayerPopulation,
    partner: np.ndarray,
    now: Layers,
) -> None:
    """Fill the parameters of `now` with a child of two random members.

    Its theta lies between theirs, and each primary group comes from one of them, its profile with
    all of its levels.
    """
    population, first = members.objective.shape[0], data.first
    a = below(rng, population)
    b = (a + 1 + below(rng, population - 1)) % population
    match_layers(members.alpha[a], members.alpha[b], first, partner)
    weight = rng.random()
    now.theta[:] = weight * members.theta[a] + (1.0 - weight) * members.theta[b]
    for g in range(now.alpha.shape[0]):
        parent, own = (a, g) if rng.random() < 0.5 else (b, partner[g])
        now.alpha[g] = members.alpha[parent, own]
        now.levels[first[g] : first[g + 1]] = members.levels[parent, first[own] : first[own + 1]]


@bare
def disturb_layers(
    data: Layered, rng: np.random.Generator, now: Layers, scratch: LayerScratch
) -> None:
    """Move one random level to a unit, or with it the profile of its primary group: even chances.

    The unit is drawn in proportion to its squared distance from its own group: they go where one
    is wanted.
    """
    assign_layers(data, now, scratch)
    nearest, alpha, residual = scratch.nearest, now.alpha, scratch.residual
    total = 0.0
    for i in range(nearest.shape[0]):
        total += nearest[i]
    rest, unit = rng.random() * total, 0
    while unit < nearest.shape[0] - 1 and rest >= nearest[unit]:
        rest -= nearest[unit]
        unit += 1
    residual_of(data, unit, now.theta, residual)
    f = below(rng, now.levels.shape[0])
    now.levels[f] = residual[alpha.shape[1]]
    if rng.random() < 0.5:
        for t in range(alpha.shape[1]):
            alpha[data.primary[f], t] = residual[t]


@bare
def restore_layers(data: Layered, now: Layers, scratch: LayerScratch) -> float:
    """Make the best grouping of a search the one in `now`; return its objective."""
    regroup_layers(data, scratch.best, now)
    return update_layers(data, now, scratch.factor)


@bare
def search_layers(
    data: Layered,
    rng: np.random.Generator,
    slopes: np.ndarray,
    starts: int,
    limit: int,
    hits: int,
    given: bool,
    now: Layers,
    scratch: LayerScratch,
) -> tuple[float, int, int, bool]:
    """Algorithm 1 from `starts` starts, best of; the best grouping ends up in `now`.

    Starts are random, but for the first if parameters are `given` in `now`. The search ends
    before its time once `hits` starts reached the best objective, if `hits` is positive.

    Returns its objective, how many starts reached it, the number of starts, and whether
    Algorithm 1 converged from the one that reached it first.
    """
    lowest, n_best, settled, tried = np.inf, 0, False, 0
    while tried < starts and (hits == 0 or n_best < hits):
        if tried > 0 or not given:
            random_layers(data, rng, slopes, now, scratch)
        tried += 1
        value = begin_layers(data, now, scratch)
        value, converged = iterate_layers(data, now, scratch, value, limit)
        n_best, better = count_best(value, lowest, n_best)
        if better:
            lowest, settled = value, converged
            copy_vector(now.groups, scratch.best)
    return restore_layers(data, now, scratch), n_best, tried, settled


@kernel
def evolve_layers(
    data: Layered,
    rng: np.random.Generator,
    slopes: np.ndarray,
    members: LayerPopulation,
    patience: int,
    limit: int,
    hits: int,
    given: bool,
    now: Layers,
    scratch: LayerScratch,
) -> tuple[float, int, int, bool]:
    """The genetic search; it ends after `patience` children in a row without a better objective.

    It goes on for longer where the best was long in coming, and ends before that once `hits`
    local optima met the best objective, if `hits` is positive. As many tries as there are to be
    members begin at random, but for the first if parameters are `given` in `now`. Local optima are
    those of Algorithm 1, then of moves of single units.

    The best grouping ends up in `now`. Returns its objective, how many of the tries met it, how
    many there were, and whether Algorithm 1 converged on the way to it.
    """
    population = members.objective.shape[0]
    partner = np.arange(now.alpha.shape[0])
    members.objective[:] = np.inf
    lowest, n_best, settled = np.inf, 0, False
    born, found = 0, 0
    while (hits == 0 or n_best < hits) and (
        born < population or born - found < max(patience, PERSISTENCE * (found - population))
    ):
        if born >= population:
            cross_layers(data, rng, members, partner, now)
            disturb_layers(data, rng, now, scratch)
        elif born > 0 or not given:
            random_layers(data, rng, slopes, now, scratch)
        value = begin_layers(data, now, scratch)
        value, converged = iterate_layers(data, now, scratch, value, limit)
        value = improve_layers(data, now, scratch, value)
        n_best, better = count_best(value, lowest, n_best)
        p = place_slopes(members.objective, born, value)
        born += 1
        if better:
            lowest, settled, found = value, converged, max(born, population)
            copy_vector(now.groups, scratch.best)
        if p >= 0:
            members.theta[p] = now.theta
            members.alpha[p] = now.alpha
            members.levels[p] = now.levels
            members.objective[p] = value
    return restore_layers(data, now, scratch), n_best, born, settled
