"""Algorithm 2 of Bonhomme and Manresa (2012) on cross-products: Variable Neighborhood Search."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import count_best
from gfe_mc.kernels.draw import below, distinct
from gfe_mc.kernels.slopes.products import Slopes, regroup_slopes
from gfe_mc.kernels.slopes.pull import Pull, total_cost
from gfe_mc.kernels.slopes.search import LESS, local_optimum, random_groups


@kernel
def jump_groups(
    rng: np.random.Generator,
    n: int,
    minimum: int,
    units: np.ndarray,
    counts: np.ndarray,
    groups: np.ndarray,
) -> None:
    """Step 3: relocate n random units, each to a random group (its own included).

    Groups with `minimum` units keep them. `counts` (G,) receives how many units groups have, and
    `units` (N,) is reordered.
    """
    n = min(n, units.shape[0])
    counts[:] = 0
    for i in range(groups.shape[0]):
        counts[groups[i]] += 1
    distinct(rng, n, units)
    for m in range(n):
        i, g = units[m], below(rng, counts.shape[0])
        if counts[groups[i]] > minimum:
            counts[groups[i]] -= 1
            counts[g] += 1
            groups[i] = g


@kernel
def search_slope_neighborhoods(
    products: np.ndarray,
    own: int,
    minimum: int,
    starts: int,
    neighborhoods: int,
    iterations: int,
    limit: int,
    rng: np.random.Generator,
    pull: Pull,
    given: np.ndarray,
    now: Slopes,
) -> tuple[float, int, int, bool]:
    """Algorithm 2 from `starts` starts, best of; the best grouping ends up in `now`.

    The first starts are the groupings `given` (any number, N), the others are random. As printed,
    the neighborhoods are gone through at least `iterations` + 1 times.

    Returns its objective, how many starts reached it, the number of starts, and whether units
    settled on the way to it.
    """
    n_units, n_groups = now.groups.shape[0], now.counts.shape[0]
    units, counts = np.arange(n_units), np.empty(n_groups, np.int64)
    star, groups = np.empty(n_units, np.int64), np.empty(n_units, np.int64)
    best = np.empty(n_units, np.int64)
    lowest, n_best, settled = np.inf, 0, False
    for start in range(starts):
        if start < given.shape[0]:
            groups[:] = given[start]
        else:
            random_groups(rng, minimum, n_groups, units, groups)
        objective, ended = local_optimum(products, own, minimum, limit, groups, pull, now)
        star[:] = now.groups
        for _ in range(iterations + 1):
            n = 1
            while n <= neighborhoods:
                groups[:] = star
                jump_groups(rng, n, minimum, units, counts, groups)
                value, at_rest = local_optimum(products, own, minimum, limit, groups, pull, now)
                n += 1
                if value < objective * LESS:
                    objective, ended, n = value, at_rest, 1
                    star[:] = now.groups
        n_best, better = count_best(objective, lowest, n_best)
        if better:
            lowest, settled = objective, ended
            best[:] = star
    lowest = regroup_slopes(products, best, own, now) + total_cost(pull, best)
    return lowest, n_best, starts, settled
