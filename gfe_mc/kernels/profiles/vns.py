"""Algorithm 2 of Bonhomme and Manresa (2012): Variable Neighborhood Search."""

import numpy as np

from gfe_mc.kernels._jit import bare, kernel
from gfe_mc.kernels.best import count_best
from gfe_mc.kernels.copy import copy_vector
from gfe_mc.kernels.draw import below, distinct
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.crossproducts import move_unit, regroup, update
from gfe_mc.kernels.profiles.iterate import begin, iterate
from gfe_mc.kernels.profiles.moves import LESS, improve_by_moves
from gfe_mc.kernels.profiles.starts import random_parameters, restore


@bare
def jump(data: Data, rng: np.random.Generator, n: int, now: Grouping, scratch: Scratch) -> None:
    """Step 3: relocate n random units, each to a random group (its own included)."""
    n = min(n, scratch.units.shape[0])
    distinct(rng, n, scratch.units)
    for m in range(n):
        move_unit(data, scratch.units[m], below(rng, now.counts.shape[0]), now)


@bare
def neighborhood_search(
    data: Data,
    rng: np.random.Generator,
    neighborhoods: int,
    iterations: int,
    limit: int,
    star: np.ndarray,
    now: Grouping,
    scratch: Scratch,
) -> tuple[float, bool]:
    """Algorithm 2 from the parameters in `now`; `star` (N,) receives the best grouping.

    As printed, j runs from 0 and the search stops once j exceeds `iterations`: the
    neighborhoods are gone through at least `iterations` + 1 times. Returns the objective, and
    whether Algorithm 1 converged on the way to it.
    """
    objective = begin(data, now, scratch)
    copy_vector(now.groups, star)
    settled = True
    for _ in range(iterations + 1):
        n = 1
        while n <= neighborhoods:
            regroup(data, star, now)
            jump(data, rng, n, now, scratch)
            value = update(data, now, scratch.factor)
            value, converged = iterate(data, now, scratch, value, limit)
            value = improve_by_moves(data, now, scratch, value, limit)
            n += 1
            if value < objective * LESS:
                objective, settled = value, converged
                copy_vector(now.groups, star)
                n = 1
    return objective, settled


@kernel
def search_neighborhoods(
    data: Data,
    rng: np.random.Generator,
    slopes: np.ndarray,
    starts: int,
    neighborhoods: int,
    iterations: int,
    limit: int,
    given: bool,
    now: Grouping,
    scratch: Scratch,
) -> tuple[float, int, int, bool]:
    """Algorithm 2 from `starts` starts, best of; the best grouping ends up in `now`.

    Starts are random, but for the first if parameters are `given` in `now`.

    Returns its objective, how many starts reached it, the number of starts, and whether
    Algorithm 1 converged on the way to it.
    """
    star = np.empty(now.groups.shape[0], np.int64)
    lowest, n_best, settled = np.inf, 0, False
    for start in range(starts):
        if start > 0 or not given:
            random_parameters(data, rng, slopes, now, scratch)
        value, converged = neighborhood_search(
            data, rng, neighborhoods, iterations, limit, star, now, scratch
        )
        n_best, better = count_best(value, lowest, n_best)
        if better:
            lowest, settled = value, converged
            copy_vector(star, scratch.best)
    return restore(data, now, scratch), n_best, starts, settled
