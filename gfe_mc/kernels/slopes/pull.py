"""What draws units to groups beside the data: costs of membership, and units kept apart.

A pull adds to the sum of squared residuals c_{i g_i} for every unit, and a penalty for every pair
of units that are to be apart and are in one group. Without costs `costs` is (0, 0), and without
pairs `partners` is empty: a pull with neither is none, and leaves every number as it is.
"""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import kernel


class Pull(NamedTuple):
    """Costs and pairs of N units and G groups."""

    costs: np.ndarray
    """(N, G) c_ig, from zero; (0, 0) without any."""
    first: np.ndarray
    """(N + 1,) where the partners of each unit begin in `partners`."""
    partners: np.ndarray
    """Units that each unit is to be apart from, unit after unit; each pair is there twice."""
    penalty: float
    """What a pair in one group costs."""


def no_pull() -> Pull:
    """Nothing beside the data."""
    nothing = np.zeros(0, np.int64)
    return Pull(np.zeros((0, 0)), nothing, nothing, 0.0)


@kernel
def pulls(pull: Pull) -> bool:
    """Whether there is anything beside the data."""
    return bool(pull.costs.shape[0] > 0 or pull.partners.shape[0] > 0)


@kernel
def cost_of(pull: Pull, groups: np.ndarray, i: int, g: int) -> float:
    """Return what unit `i` adds in group `g`, the others where they are."""
    cost = 0.0
    if pull.costs.shape[0] > 0:
        cost += pull.costs[i, g]
    if pull.partners.shape[0] > 0:
        for p in range(pull.first[i], pull.first[i + 1]):
            if groups[pull.partners[p]] == g:
                cost += pull.penalty
    return cost


@kernel
def total_cost(pull: Pull, groups: np.ndarray) -> float:
    """Return what a grouping (N,) adds to the sum of squared residuals."""
    cost = 0.0
    if pulls(pull):
        for i in range(groups.shape[0]):
            if pull.costs.shape[0] > 0:
                cost += pull.costs[i, groups[i]]
            if pull.partners.shape[0] > 0:
                for p in range(pull.first[i], pull.first[i + 1]):
                    if groups[pull.partners[p]] == groups[i]:
                        cost += 0.5 * pull.penalty
    return cost
