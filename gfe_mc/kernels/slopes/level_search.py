"""Searches for groups in two layers by cross-products: random starts, and a genetic one."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import count_best
from gfe_mc.kernels.draw import below
from gfe_mc.kernels.profiles.genetic import PERSISTENCE
from gfe_mc.kernels.profiles.two_layer_search import match_layers
from gfe_mc.kernels.slopes.genetic import assign, place_slopes
from gfe_mc.kernels.slopes.levels import Levels, move_across, regroup_levels, settle_levels
from gfe_mc.kernels.slopes.products import Slopes
from gfe_mc.kernels.slopes.pull import Pull
from gfe_mc.kernels.slopes.search import random_groups


@kernel
def cross_levels(
    data: Levels,
    rng: np.random.Generator,
    members: np.ndarray,
    partner: np.ndarray,
    child: np.ndarray,
) -> None:
    """Fill `child` (F, T + 1 + K) from two random members (P, F, T + 1 + K).

    Slopes lie between theirs, and each primary group comes from one of them, its profile with all
    of its levels.
    """
    population, first, n_periods = members.shape[0], data.first, data.n_periods
    n_groups = first.shape[0] - 1
    a = below(rng, population)
    b = (a + 1 + below(rng, population - 1)) % population
    profiles = np.empty((2, n_groups, n_periods))
    for g in range(n_groups):
        profiles[0, g] = members[a, first[g], :n_periods]
        profiles[1, g] = members[b, first[g], :n_periods]
    match_layers(profiles[0], profiles[1], first, partner)
    weight = rng.random()
    slopes = weight * members[a, 0, n_periods + 1 :]
    slopes += (1.0 - weight) * members[b, 0, n_periods + 1 :]
    for g in range(n_groups):
        parent, own = (a, g) if rng.random() < 0.5 else (b, partner[g])
        for j in range(first[g + 1] - first[g]):
            child[first[g] + j] = members[parent, first[own] + j]
            child[first[g] + j, n_periods + 1 :] = slopes


@kernel
def disturb_levels(data: Levels, rng: np.random.Generator, beta: np.ndarray) -> None:
    """Move one random level to a random unit, or with it the profile of its primary group.

    A profile is that of the unit in the periods in which it is observed, and as it was in others.
    """
    n_periods, first, last = data.n_periods, data.first, beta.shape[1]
    unit, f = below(rng, data.products.shape[0]), below(rng, beta.shape[0])
    own = data.products[unit]
    level = own[last, n_periods] / own[n_periods, n_periods]
    for k in range(n_periods + 1, last):
        level -= beta[f, k] * own[k, n_periods] / own[n_periods, n_periods]
    if rng.random() < 0.5:
        for t in range(n_periods):
            if own[t, t] > 0.0:
                value = own[last, t]
                for k in range(n_periods + 1, last):
                    value -= beta[f, k] * own[k, t]
                for h in range(first[data.primary[f]], first[data.primary[f] + 1]):
                    beta[h, t] = value / own[t, t] - level
    for t in range(n_periods):
        level -= beta[f, t] * own[n_periods, t] / own[n_periods, n_periods]
    beta[f, n_periods] = level


@kernel
def evolve_levels(
    data: Levels,
    population: int,
    starts: int,
    patience: int,
    hits: int,
    limit: int,
    rng: np.random.Generator,
    pull: Pull,
    given: np.ndarray,
    now: Slopes,
) -> tuple[float, int, int, bool]:
    """Search from `starts` random groupings, or longer by crossing and disturbing local optima.

    With `patience` zero, it ends after the starts; else after so many children in a row without a
    better objective, and later where the best was long in coming. It ends before that once `hits`
    local optima met the best objective, if `hits` is positive. The first starts are the groupings
    `given` (any number, N). Local optima are of moves of single units, with everything profiled
    out. `pull` is none: it is what assignment asks for.

    The best grouping ends up in `now`. Returns its objective, how many of the tries met it, how
    many there were, and whether units settled on the way to it.
    """
    n_units, n_own = now.groups.shape[0], data.primary.shape[0]
    members = np.empty((population, n_own, data.products.shape[1] - 1))
    objectives = np.full(population, np.inf)
    partner, counts = np.arange(data.first.shape[0] - 1), np.empty(n_own, np.int64)
    beta = np.empty(members.shape[1:])
    units, groups = np.arange(n_units), np.empty(n_units, np.int64)
    best = np.empty(n_units, np.int64)
    lowest, n_best, settled, born, found = np.inf, 0, False, 0, 0
    while (hits == 0 or n_best < hits) and (
        born < starts
        or (patience > 0 and born - found < max(patience, PERSISTENCE * (found - population)))
    ):
        if born < given.shape[0]:
            groups[:] = given[born]
        elif born < starts:
            random_groups(rng, 1, n_own, units, groups)
        else:
            cross_levels(data, rng, members, partner, beta)
            disturb_levels(data, rng, beta)
            assign(data.products, 1, beta, pull, groups)
        regroup_levels(data, groups, counts, beta, now)
        value, _ = settle_levels(data, limit, counts, beta, now)
        value, ended = move_across(data, limit, value, counts, beta, now)
        n_best, better = count_best(value, lowest, n_best)
        p = place_slopes(objectives, born, value)
        born += 1
        if better:
            lowest, settled, found = value, ended, max(born, population)
            best[:] = now.groups
        if p >= 0:
            members[p] = beta
            objectives[p] = value
    lowest = regroup_levels(data, best, counts, beta, now)
    return lowest, n_best, born, settled
