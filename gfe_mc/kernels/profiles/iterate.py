"""Algorithm 1 of Bonhomme and Manresa (2012): assign, update, until no unit moves."""

import numpy as np

from gfe_mc.kernels._jit import bare
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.assign import assign
from gfe_mc.kernels.profiles.bounds import FEW_MOVE, MANY, follow, keep, reassign, reassign_all
from gfe_mc.kernels.profiles.crossproducts import move_unit, move_units, regroup, update


@bare
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


@bare
def has_empty(counts: np.ndarray) -> bool:
    """Whether a group has no unit."""
    empty = False
    for g in range(counts.shape[0]):
        empty |= counts[g] == 0
    return empty


@bare
def classify(data: Data, now: Grouping, scratch: Scratch) -> int:
    """Assign every unit by the parameters at hand and refill; return how many units moved."""
    assign(data, now.theta, now.alpha, scratch)
    moved = move_units(data, scratch.assigned, now)
    return moved + refill(data, now, scratch.nearest)


@bare
def classify_by_bounds(data: Data, now: Grouping, scratch: Scratch, everyone: bool) -> int:
    """As `classify`, to the bit; the bounds must be those of the parameters at hand.

    If `everyone` is to be looked at, there need be none. A unit that refills a group has no bounds
    afterwards, and is looked at the next time.
    """
    if everyone:
        reassign_all(data, now, scratch)
    else:
        reassign(data, now, scratch)
    moved = move_units(data, scratch.assigned, now)
    if has_empty(now.counts):
        # Which unit is farthest bounds do not tell.
        assign(data, now.theta, now.alpha, scratch)
        moved += refill(data, now, scratch.nearest)
        for i in range(now.groups.shape[0]):
            if now.groups[i] != scratch.assigned[i]:
                scratch.upper[i], scratch.lower[i] = np.inf, 0.0
    return moved


@bare
def begin(data: Data, now: Grouping, scratch: Scratch) -> float:
    """From parameters to a grouping: one assignment step, sums from nothing, one update."""
    assign(data, now.theta, now.alpha, scratch)
    regroup(data, scratch.assigned, now)
    refill(data, now, scratch.nearest)
    return update(data, now, scratch.factor)


@bare
def iterate(
    data: Data, now: Grouping, scratch: Scratch, objective: float, limit: int
) -> tuple[float, bool]:
    """Algorithm 1 from a grouping and its parameters, whose objective is `objective`.

    It stops where no unit moves or the moves no longer lower the objective (which never rises),
    or after `limit` steps. Returns the objective, and whether it stopped before the limit.
    """
    n_units = data.z.shape[0]
    bounded, moved = False, n_units
    for _ in range(limit):
        if n_units >= MANY and FEW_MOVE * moved < n_units:
            moved = classify_by_bounds(data, now, scratch, not bounded)
            bounded = True
        else:
            moved = classify(data, now, scratch)
            bounded = False
        if moved == 0:
            return objective, True
        if bounded:
            keep(now, scratch)
        value = update(data, now, scratch.factor)
        if bounded:
            follow(data, now, scratch)
        if not value < objective:
            return value, True
        objective = value
    return objective, False
