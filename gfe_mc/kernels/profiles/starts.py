"""Random starts, and the descent from one of them to a local optimum."""

import numpy as np

from gfe_mc.kernels._jit import bare
from gfe_mc.kernels.best import count_best
from gfe_mc.kernels.copy import copy_vector
from gfe_mc.kernels.draw import distinct
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.crossproducts import regroup, update
from gfe_mc.kernels.profiles.iterate import begin, iterate
from gfe_mc.kernels.profiles.moves import improve_by_moves


@bare
def profile_of_unit(z: np.ndarray, i: int, g: int, theta: np.ndarray, alpha: np.ndarray) -> None:
    """Put the profile of group `g` onto unit `i`: alpha_gt = y_it - x_it'theta."""
    n_series, n_periods = z.shape[1], z.shape[2]
    for t in range(n_periods):
        value = z[i, n_series - 1, t]
        for k in range(n_series - 1):
            value -= theta[k] * z[i, k, t]
        alpha[g, t] = value


@bare
def random_parameters(
    data: Data, rng: np.random.Generator, slopes: np.ndarray, now: Grouping, scratch: Scratch
) -> None:
    """The random start of section 3.1: theta drawn, then G units taken as profiles.

    theta is normal with means `slopes[0]` and standard deviations `slopes[1]`, both (K,).
    """
    for k in range(now.theta.shape[0]):
        now.theta[k] = slopes[0, k] + slopes[1, k] * rng.standard_normal()
    z, units, theta, alpha = data.z, scratch.units, now.theta, now.alpha
    distinct(rng, alpha.shape[0], units)
    for g in range(alpha.shape[0]):
        profile_of_unit(z, units[g], g, theta, alpha)


@bare
def descend(
    data: Data, now: Grouping, scratch: Scratch, objective: float, limit: int
) -> tuple[float, bool]:
    """Algorithm 1, then single-unit moves, until neither improves.

    What no single move improves Algorithm 1 does not either: a unit that is nearer to another
    profile could move there alone.
    """
    objective, converged = iterate(data, now, scratch, objective, limit)
    return improve_by_moves(data, now, scratch, objective, limit), converged


@bare
def restore(data: Data, now: Grouping, scratch: Scratch) -> float:
    """Make the best grouping of a search the one in `now`; return its objective."""
    regroup(data, scratch.best, now)
    return update(data, now, scratch.factor)


@bare
def search_starts(
    data: Data,
    rng: np.random.Generator,
    slopes: np.ndarray,
    starts: int,
    limit: int,
    hits: int,
    given: bool,
    now: Grouping,
    scratch: Scratch,
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
            random_parameters(data, rng, slopes, now, scratch)
        tried += 1
        value = begin(data, now, scratch)
        value, converged = iterate(data, now, scratch, value, limit)
        n_best, better = count_best(value, lowest, n_best)
        if better:
            lowest, settled = value, converged
            copy_vector(now.groups, scratch.best)
    return restore(data, now, scratch), n_best, tried, settled
