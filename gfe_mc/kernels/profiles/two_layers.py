"""Groups in two layers: profiles of primary groups, levels of secondary groups within them.

Notation. z_it (D,) stacks the regressors and, last, the outcome, as in `crossproducts`. It is
split into what does not vary over time, m_i = sqrt(T) times the mean over periods, and the rest,
d_it = z_it - mean: sums of squares of the two add up. Primary groups g = 0, ..., G - 1 have n_g
units and the sums S_gt of d_it; secondary groups are numbered through, f = 0, ..., F - 1, and have
n_f units and the sums s_f of m_i. A profile alpha_gt with levels eta_f of its secondary groups fits
d_it by the primary group and m_i by the secondary one, so that the cross-products within are

    W = sum_it z_it z_it' - sum_g sum_t S_gt S_gt' / n_g - sum_f s_f s_f' / n_f        (D, D),

from which the slopes are profiled out. Here alpha_gt are the profiles less their mean over time,
and levels are sqrt(T) times eta_f with that mean.
"""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import bare
from gfe_mc.kernels.copy import copy_vector
from gfe_mc.kernels.profiles.crossproducts import profile_out, slopes


class Layered(NamedTuple):
    """A balanced panel, as the kernels of two layers read it."""

    z: np.ndarray
    """(N, D, T) deviations d of each unit's series from their means over time."""
    means: np.ndarray
    """(N, D) sqrt(T) times those means, m."""
    weights: np.ndarray
    """(N,) how often each unit counts: whole numbers."""
    total: np.ndarray
    """(D, D) sum_i w_i sum_t z_it z_it'."""
    floor: np.ndarray
    """(D,) the variation below which a regressor counts as collinear and a fit as exact."""
    primary: np.ndarray
    """(F,) the primary group of each secondary one, in order."""
    first: np.ndarray
    """(G + 1,) the first secondary group of each primary one; last, F."""


class Layers(NamedTuple):
    """A grouping and what follows from it; the kernels keep its parts in step."""

    groups: np.ndarray
    """(N,) the secondary group of each unit."""
    counts: np.ndarray
    """(G,) units in each primary group, each as often as it counts."""
    sums: np.ndarray
    """(G, D, T) weighted sums of d over each."""
    own_counts: np.ndarray
    """(F,) units in each secondary group."""
    own_sums: np.ndarray
    """(F, D) weighted sums of m over each."""
    within: np.ndarray
    """(D, D) cross-products W, lower triangle."""
    theta: np.ndarray
    """(K,) slopes."""
    alpha: np.ndarray
    """(G, T) profiles less their means over time."""
    levels: np.ndarray
    """(F,) sqrt(T) times the levels."""


class LayerScratch(NamedTuple):
    """Room to work in; nothing in it outlives a call."""

    units: np.ndarray
    """(N,) the numbers of the units, in any order."""
    best: np.ndarray
    """(N,) the best grouping of a search so far."""
    nearest: np.ndarray
    """(N,) squared distance of a unit from the secondary group nearest to it."""
    assigned: np.ndarray
    """(N,) the number of the nearest."""
    residual: np.ndarray
    """(T + 1,) of one unit: its deviations, and last its mean."""
    factor: np.ndarray
    """(D, D)"""
    parts: np.ndarray
    """(5, D, D) W with a unit taken out, in one group and another, and the best of these."""


def empty_layers(data: Layered) -> Layers:
    """Room for one grouping."""
    n_units, n_series, n_periods = data.z.shape
    n_groups, n_own = len(data.first) - 1, len(data.primary)
    return Layers(
        groups=np.zeros(n_units, np.int64),
        counts=np.zeros(n_groups),
        sums=np.zeros((n_groups, n_series, n_periods)),
        own_counts=np.zeros(n_own),
        own_sums=np.zeros((n_own, n_series)),
        within=np.zeros((n_series, n_series)),
        theta=np.zeros(n_series - 1),
        alpha=np.zeros((n_groups, n_periods)),
        levels=np.zeros(n_own),
    )


def empty_layer_scratch(data: Layered) -> LayerScratch:
    """Room to work in."""
    n_units, n_series, n_periods = data.z.shape
    return LayerScratch(
        units=np.arange(n_units),
        best=np.zeros(n_units, np.int64),
        nearest=np.zeros(n_units),
        assigned=np.zeros(n_units, np.int64),
        residual=np.zeros(n_periods + 1),
        factor=np.zeros((n_series, n_series)),
        parts=np.zeros((5, n_series, n_series)),
    )


@bare
def shift_layers(data: Layered, i: int, f: int, weight: float, now: Layers) -> None:
    """Add unit `i` so many times to the counts and sums of secondary group `f`."""
    z, means, g = data.z, data.means, data.primary[f]
    counts, sums, own_counts, own_sums = now.counts, now.sums, now.own_counts, now.own_sums
    counts[g] += weight
    own_counts[f] += weight
    for d in range(z.shape[1]):
        own_sums[f, d] += weight * means[i, d]
        for t in range(z.shape[2]):
            sums[g, d, t] += weight * z[i, d, t]


@bare
def move_in_layers(data: Layered, i: int, f: int, now: Layers) -> None:
    """Move unit `i` to secondary group `f`; W is left as it was."""
    shift_layers(data, i, now.groups[i], -data.weights[i], now)
    shift_layers(data, i, f, data.weights[i], now)
    now.groups[i] = f


@bare
def regroup_layers(data: Layered, groups: np.ndarray, now: Layers) -> None:
    """Take over a grouping (N,): its counts and sums, from nothing."""
    copy_vector(groups, now.groups)
    now.counts[:] = 0.0
    now.sums[:] = 0.0
    now.own_counts[:] = 0.0
    now.own_sums[:] = 0.0
    for i in range(groups.shape[0]):
        shift_layers(data, i, groups[i], data.weights[i], now)


@bare
def within_layers(data: Layered, now: Layers) -> None:
    """Fill the lower triangle of W; an empty group contributes nothing."""
    within, sums, own_sums = now.within, now.sums, now.own_sums
    for d in range(within.shape[0]):
        for e in range(d + 1):
            value = data.total[d, e]
            for g in range(sums.shape[0]):
                if now.counts[g] > 0:
                    part = 0.0
                    for t in range(sums.shape[2]):
                        part += sums[g, d, t] * sums[g, e, t]
                    value -= part / now.counts[g]
            for f in range(own_sums.shape[0]):
                if now.own_counts[f] > 0:
                    value -= own_sums[f, d] * own_sums[f, e] / now.own_counts[f]
            within[d, e] = value


@bare
def update_layers(data: Layered, now: Layers, factor: np.ndarray) -> float:
    """Update slopes, profiles and levels of the grouping; return the objective.

    The level of an empty group is infinitely far from every unit.
    """
    within_layers(data, now)
    objective = profile_out(now.within, data.floor, factor)
    theta, alpha, levels, last = now.theta, now.alpha, now.levels, now.theta.shape[0]
    slopes(factor, theta)
    for g in range(alpha.shape[0]):
        for t in range(alpha.shape[1]):
            value = now.sums[g, last, t]
            for k in range(last):
                value -= theta[k] * now.sums[g, k, t]
            alpha[g, t] = value / now.counts[g] if now.counts[g] > 0 else 0.0
    for f in range(levels.shape[0]):
        value = now.own_sums[f, last]
        for k in range(last):
            value -= theta[k] * now.own_sums[f, k]
        levels[f] = value / now.own_counts[f] if now.own_counts[f] > 0 else np.inf
    return objective


@bare
def residual_of(data: Layered, i: int, theta: np.ndarray, residual: np.ndarray) -> None:
    """Fill `residual` (T + 1,) with y - x'theta of unit `i`: deviations, and last its mean."""
    z, means, last = data.z, data.means, theta.shape[0]
    for t in range(z.shape[2]):
        value = z[i, last, t]
        for k in range(last):
            value -= theta[k] * z[i, k, t]
        residual[t] = value
    value = means[i, last]
    for k in range(last):
        value -= theta[k] * means[i, k]
    residual[z.shape[2]] = value


@bare
def assign_layers(data: Layered, now: Layers, scratch: LayerScratch) -> None:
    """Assign every unit to the secondary group whose profile and level are nearest to it.

    `scratch.assigned` receives their numbers, ties going to the lowest, and `scratch.nearest` the
    squared distances.
    """
    alpha, levels, residual, first = now.alpha, now.levels, scratch.residual, data.first
    n_periods = alpha.shape[1]
    for i in range(data.z.shape[0]):
        residual_of(data, i, now.theta, residual)
        best, lowest = 0, np.inf
        for g in range(alpha.shape[0]):
            apart = 0.0
            for t in range(n_periods):
                apart += (residual[t] - alpha[g, t]) ** 2
            for f in range(first[g], first[g + 1]):
                distance = apart + (residual[n_periods] - levels[f]) ** 2
                if distance < lowest:
                    best, lowest = f, distance
        scratch.assigned[i], scratch.nearest[i] = best, lowest


@bare
def refill_layers(data: Layered, now: Layers, nearest: np.ndarray) -> int:
    """Give each empty secondary group the unit farthest from its own (footnote 11).

    Only units of groups that keep another one are taken; returns how many units moved.
    """
    moved = 0
    for f in range(now.own_counts.shape[0]):
        if now.own_counts[f] == 0:
            farthest = -1
            for i in range(nearest.shape[0]):
                if now.own_counts[now.groups[i]] > data.weights[i] and (
                    farthest < 0 or nearest[i] > nearest[farthest]
                ):
                    farthest = i
            move_in_layers(data, farthest, f, now)
            moved += 1
    return moved


@bare
def begin_layers(data: Layered, now: Layers, scratch: LayerScratch) -> float:
    """From parameters to a grouping: one assignment step, sums from nothing, one update."""
    assign_layers(data, now, scratch)
    regroup_layers(data, scratch.assigned, now)
    refill_layers(data, now, scratch.nearest)
    return update_layers(data, now, scratch.factor)


@bare
def iterate_layers(
    data: Layered, now: Layers, scratch: LayerScratch, objective: float, limit: int
) -> tuple[float, bool]:
    """Algorithm 1 from a grouping and its parameters, whose objective is `objective`.

    It stops where no unit moves or the moves no longer lower the objective, or after `limit`
    steps. Returns the objective, and whether it stopped before the limit.
    """
    for _ in range(limit):
        assign_layers(data, now, scratch)
        moved = 0
        for i in range(now.groups.shape[0]):
            if now.groups[i] != scratch.assigned[i]:
                move_in_layers(data, i, scratch.assigned[i], now)
                moved += 1
        moved += refill_layers(data, now, scratch.nearest)
        if moved == 0:
            return objective, True
        value = update_layers(data, now, scratch.factor)
        if not value < objective:
            return value, True
        objective = value
    return objective, False
