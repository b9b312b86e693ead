"""Algorithm 1 of Bonhomme and Manresa (2012): assign, update, until no unit moves."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.crossproducts import move_unit, move_units, regroup, update


@kernel
def assign(data: Data, theta: np.ndarray, alpha: np.ndarray, scratch: Scratch) -> None:
    """The assignment step (9): every unit to the profile nearest to y_i - x_i theta.

    `scratch.assigned` receives the numbers of the profiles, ties going to the lowest, and
    `scratch.nearest` the squared distances to them. The inner loops run over the units, which
    are neighbours in `data.series`, so that the compiler turns them into vector instructions.
    """
    n_series, n_periods, n_units = data.series.shape
    for t in range(n_periods):
        residual = scratch.residuals[t]
        residual[:] = data.series[n_series - 1, t]
        for k in range(n_series - 1):
            slope = theta[k]
            regressor = data.series[k, t]
            for i in range(n_units):
                residual[i] -= slope * regressor[i]
    distance, nearest, assigned = scratch.distance, scratch.nearest, scratch.assigned
    nearest[:] = np.inf
    assigned[:] = 0
    for g in range(alpha.shape[0]):
        distance[:] = 0.0
        for t in range(n_periods):
            centre = alpha[g, t]
            residual = scratch.residuals[t]
            for i in range(n_units):
                distance[i] += (residual[i] - centre) * (residual[i] - centre)
        for i in range(n_units):
            closer = distance[i] < nearest[i]
            nearest[i] = distance[i] if closer else nearest[i]
            assigned[i] = g if closer else assigned[i]


@kernel
def refill(data: Data, now: Grouping, nearest: np.ndarray) -> int:
    """Give each empty group the unit farthest from its own profile (footnote 11).

    Only units of groups that keep another one are taken; `nearest` (N,) is their distance.
    Returns the number of units that moved.
    """
    moved = 0
    for g in range(now.counts.shape[0]):
        if now.counts[g] == 0:
            farthest = -1
            for i in range(nearest.shape[0]):
                if now.counts[now.groups[i]] > data.weights[i] and (
                    farthest < 0 or nearest[i] > nearest[farthest]
                ):
                    farthest = i
            move_unit(data, farthest, g, now)
            moved += 1
    return moved


@kernel
def classify(data: Data, now: Grouping, scratch: Scratch) -> int:
    """Assign every unit by the parameters at hand and refill; return how many units moved."""
    assign(data, now.theta, now.alpha, scratch)
    moved = move_units(data, scratch.assigned, now)
    return moved + refill(data, now, scratch.nearest)


@kernel
def begin(data: Data, now: Grouping, scratch: Scratch) -> float:
    """From parameters to a grouping: one assignment step, sums from nothing, one update."""
    assign(data, now.theta, now.alpha, scratch)
    regroup(data, scratch.assigned, now)
    refill(data, now, scratch.nearest)
    return update(data, now, scratch.factor)


@kernel
def iterate(
    data: Data, now: Grouping, scratch: Scratch, objective: float, limit: int
) -> tuple[float, bool]:
    """Algorithm 1 from a grouping and its parameters, whose objective is `objective`.

    It stops where no unit moves or the moves no longer lower the objective (which never rises),
    or after `limit` steps. Returns the objective, and whether it stopped before the limit.
    """
    for _ in range(limit):
        if classify(data, now, scratch) == 0:
            return objective, True
        value = update(data, now, scratch.factor)
        if not value < objective:
            return value, True
        objective = value
    return objective, False
