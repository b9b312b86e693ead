"""Single units moved across both layers, with slopes, profiles and levels profiled out."""

import numpy as np

from gfe_mc.kernels._jit import bare
from gfe_mc.kernels.copy import copy_matrix
from gfe_mc.kernels.profiles.crossproducts import profile_out
from gfe_mc.kernels.profiles.leverage import joining, leaving
from gfe_mc.kernels.profiles.moves import LESS
from gfe_mc.kernels.profiles.two_layers import (
    Layered,
    Layers,
    LayerScratch,
    move_in_layers,
    update_layers,
)


@bare
def add_primary(
    data: Layered, i: int, now: Layers, g: int, weight: float, within: np.ndarray
) -> None:
    """Add weight * sum_t U_t U_t' to `within`, U_t = d_it less the mean of primary group `g`."""
    z, sums, share = data.z, now.sums, 1.0 / now.counts[g]
    for d in range(z.shape[1]):
        for e in range(d + 1):
            value = 0.0
            for t in range(z.shape[2]):
                value += (z[i, d, t] - share * sums[g, d, t]) * (z[i, e, t] - share * sums[g, e, t])
            within[d, e] += weight * value


@bare
def add_own(data: Layered, i: int, now: Layers, f: int, weight: float, within: np.ndarray) -> None:
    """Add weight * u u' to `within`, u = m_i less the mean of secondary group `f`."""
    means, sums, share = data.means, now.own_sums, 1.0 / now.own_counts[f]
    for d in range(means.shape[1]):
        for e in range(d + 1):
            value = (means[i, d] - share * sums[f, d]) * (means[i, e] - share * sums[f, e])
            within[d, e] += weight * value


@bare
def try_layers(data: Layered, now: Layers, scratch: LayerScratch, objective: float) -> bool:
    """Move units in turn, each at once to where the objective becomes lowest, if that is lower.

    Ends once none of them moved since it was last looked at; returns whether any did. A unit alone
    in its secondary group stays. W, counts and sums are kept in step; slopes, profiles and levels
    are not.
    """
    weights, primary, first, floor = data.weights, data.primary, data.first, data.floor
    groups, counts, own_counts, within = now.groups, now.counts, now.own_counts, now.within
    without, apart, there, trial, kept = (
        scratch.parts[0],
        scratch.parts[1],
        scratch.parts[2],
        scratch.parts[3],
        scratch.parts[4],
    )
    n_units, n_groups = groups.shape[0], counts.shape[0]
    since_last, any_moved, i = 0, False, n_units - 1
    while since_last < n_units:
        since_last += 1
        i = i + 1 if i + 1 < n_units else 0
        old, weight = groups[i], weights[i]
        if own_counts[old] == weight:
            continue
        home = primary[old]
        copy_matrix(within, without)
        add_own(data, i, now, old, -leaving(own_counts[old], weight), without)
        # A primary group that the unit leaves has other units, as its secondary group has.
        copy_matrix(without, apart)
        add_primary(data, i, now, home, -leaving(counts[home], weight), apart)
        best, lowest = old, objective * LESS
        for g in range(n_groups):
            if g == home:
                copy_matrix(without, there)
            else:
                copy_matrix(apart, there)
                add_primary(data, i, now, g, joining(counts[g], weight), there)
            for f in range(first[g], first[g + 1]):
                if f == old:
                    continue
                copy_matrix(there, trial)
                add_own(data, i, now, f, joining(own_counts[f], weight), trial)
                price = profile_out(trial, floor, scratch.factor)
                if price < lowest:
                    best, lowest = f, price
                    copy_matrix(trial, kept)
        if best != old:
            objective = lowest
            copy_matrix(kept, within)
            move_in_layers(data, i, best, now)
            since_last, any_moved = 0, True
    return any_moved


@bare
def improve_layers(data: Layered, now: Layers, scratch: LayerScratch, objective: float) -> float:
    """Move single units while that lowers the profiled objective; return it.

    W, slopes, profiles and levels must be those of the grouping, and are so at the end.
    """
    while try_layers(data, now, scratch, objective):
        before, objective = objective, update_layers(data, now, scratch.factor)
        if not objective < before:  # What the moves brought was rounding.
            return objective
    return objective
