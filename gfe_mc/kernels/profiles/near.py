"""Units that a move to another group might bring something, where units are many: those near one.

Most units are far from every group but their own, and bounds on their distances tell it: with H at
least the leverages of `leverage`, a move cannot lower the objective if

    (1 + 2 H) D_a < (1 - 2 H) D_b,

as 2 sqrt(D_a D_b) <= D_a + D_b.
"""

import numpy as np

from gfe_mc.kernels._jit import bare, inlined
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.assign import locate


@inlined
def may_bring(own: float, other: float, count: float, weight: float, leverage: float) -> bool:
    """Whether the bound leaves a move open: `own` is d_a, `other` the least c_b d_b / w_i."""
    factor = count / (count - weight)
    twice = 2.0 * weight * factor * leverage
    return not (1.0 + twice) * factor * own < (1.0 - twice) * other


@bare
def greatest(values: np.ndarray) -> float:
    """The greatest of some values (n,)."""
    most = -np.inf
    for i in range(values.shape[0]):
        most = max(most, values[i])
    return most


@bare
def least_share(counts: np.ndarray, heaviest: float) -> float:
    """The least c_b / w_i of any group b and unit i."""
    least = 1.0
    for g in range(counts.shape[0]):
        least = min(least, counts[g] / (counts[g] + heaviest))
    return least


@bare
def near_by_bounds(data: Data, now: Grouping, scratch: Scratch) -> int:
    """Fill the first places of `scratch.near` with the units, in order; return how many there are.

    Slopes, profiles, bounds and `scratch.moving` must be those of the grouping. Bounds that do
    not tell are made tight.
    """
    n_regressors = now.theta.shape[0]
    groups, counts, weights, near = now.groups, now.counts, data.weights, scratch.near
    upper, lower, lengths = scratch.upper, scratch.lower, data.lengths
    z, theta, alpha, residual = data.z, now.theta, now.alpha, scratch.residual
    inverse, reach = scratch.moving.inverse, greatest(scratch.moving.reaches)
    share = least_share(counts, greatest(weights))
    found = 0
    for i in range(groups.shape[0]):
        weight, count = weights[i], counts[groups[i]]
        if count == weight:  # It is alone.
            continue
        length = reach
        for k in range(n_regressors):
            length += np.sqrt(inverse[k, k]) * lengths[k, i]
        leverage = length * length
        own, other = max(upper[i], 0.0), max(lower[i], 0.0)
        if may_bring(own * own, share * other * other, count, weight, leverage):
            _, own, other = locate(z, theta, alpha, i, residual, groups[i])
            upper[i], lower[i] = np.sqrt(own), np.sqrt(other)
            if may_bring(own, share * other, count, weight, leverage):
                near[found] = i
                found += 1
    return found
