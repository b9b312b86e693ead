"""Single-unit moves with the slopes profiled out: step 5 of Algorithm 2.

Most moves can be ruled out without solving for the slopes. In the coordinates in which W is the
identity, let d_g be the squared residual distance of unit i from group g, h_g the squared
distance of its regressors, and s the length of the change of the slopes that a move from a to b
brings. The objective then changes, relative to its value before, by at least

    s^2 + c_b (sqrt(d_b) - s sqrt(h_b))^2 - c_a (sqrt(d_a) + s sqrt(h_a))^2

with c_a and c_b as in `crossproducts`, a convex function of s whose minimum is found by hand. Only
where that is negative is the move priced exactly, by the profiled objective itself.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.crossproducts import move_unit, profile_out, update

LESS = 1.0 - 1e-11
"""A move counts as an improvement if it lowers the objective by more than rounding could."""


@kernel
def whiten_means(data: Data, now: Grouping, scratch: Scratch) -> bool:
    """Fill `scratch.white_means` (D, T, G): group means in the coordinates where W = I.

    The residual coordinate is left unscaled, as it would be divided by a zero objective. Returns
    whether there are such coordinates: where a regressor does not vary within the groups, a move
    can bring its variation back, and no bound holds.
    """
    n_groups, n_series, n_periods = now.sums.shape
    profile_out(now.within, data.floor, scratch.white)
    white, means = scratch.white, scratch.white_means
    for g in range(n_groups):
        share = 1.0 / now.counts[g]
        for d in range(n_series):
            for t in range(n_periods):
                value = share * now.sums[g, d, t]
                for k in range(d):
                    value -= white[d, k] * means[k, t, g]
                if d < n_series - 1:
                    value = value / white[d, d] if white[d, d] > 0.0 else 0.0
                means[d, t, g] = value
    bounded = True
    for k in range(n_series - 1):
        bounded &= white[k, k] > 0.0
    return bounded


@kernel
def screen(data: Data, i: int, scratch: Scratch) -> None:
    """Fill `scratch.leverages` (G,) and `scratch.distances` (G,) of unit `i`, in those units."""
    n_series, n_periods = data.z.shape[1], data.z.shape[2]
    white, means, unit = scratch.white, scratch.white_means, scratch.white_unit
    leverages, distances = scratch.leverages, scratch.distances
    leverages[:] = 0.0
    distances[:] = 0.0
    for t in range(n_periods):
        for d in range(n_series):
            value = data.z[i, d, t]
            for k in range(d):
                value -= white[d, k] * unit[k]
            if d < n_series - 1:
                unit[d] = value / white[d, d] if white[d, d] > 0.0 else 0.0
                for g in range(leverages.shape[0]):
                    leverages[g] += (unit[d] - means[d, t, g]) * (unit[d] - means[d, t, g])
            else:
                for g in range(distances.shape[0]):
                    distances[g] += (value - means[d, t, g]) * (value - means[d, t, g])


@kernel
def leaving(count: float, weight: float) -> float:
    """c_a: what the squared deviation of a unit that leaves a group counts."""
    return count * weight / (count - weight)


@kernel
def joining(count: float, weight: float) -> float:
    """c_b: what the squared deviation of a unit that joins a group counts."""
    return count * weight / (count + weight)


@kernel
def hopeless(c_a: float, d_a: float, h_a: float, c_b: float, d_b: float, h_b: float) -> bool:
    """Whether the bound above shows that a move from a to b cannot lower the objective.

    With D = c d and H = c h, its minimum over s is at least zero if

        2 sqrt(H_a D_a H_b D_b) + (1 + H_b) D_a < (1 - H_a) D_b.
    """
    own, other = c_a * d_a, c_b * d_b
    own_leverage, other_leverage = c_a * h_a, c_b * h_b
    cross = 2.0 * np.sqrt(own_leverage * own * other_leverage * other)
    return bool(cross + (1.0 + other_leverage) * own < (1.0 - own_leverage) * other)


@kernel
def add_deviation(
    data: Data, now: Grouping, i: int, g: int, weight: float, scratch: Scratch, within: np.ndarray
) -> None:
    """Add weight * sum_t U U' to `within`, U the deviation of unit `i` from group `g`'s mean."""
    n_series, n_periods = data.z.shape[1], data.z.shape[2]
    share = 1.0 / now.counts[g]
    deviation = scratch.deviation
    for d in range(n_series):
        for t in range(n_periods):
            deviation[d, t] = data.z[i, d, t] - share * now.sums[g, d, t]
        for e in range(d + 1):
            value = 0.0
            for t in range(n_periods):
                value += deviation[d, t] * deviation[e, t]
            within[d, e] += weight * value


@kernel
def price_move(data: Data, now: Grouping, scratch: Scratch, i: int, g: int) -> float:
    """The profiled objective after a move of unit `i` to group `g`; W goes to `scratch.trial`."""
    own, weight = now.groups[i], data.weights[i]
    lost, gained = leaving(now.counts[own], weight), joining(now.counts[g], weight)
    scratch.trial[:] = now.within
    add_deviation(data, now, i, own, -lost, scratch, scratch.trial)
    add_deviation(data, now, i, g, gained, scratch, scratch.trial)
    return profile_out(scratch.trial, data.floor, scratch.factor)


@kernel
def improve_by_moves(data: Data, now: Grouping, scratch: Scratch, objective: float) -> float:
    """Move single units to other groups while that lowers the profiled objective.

    Units and groups are tried in order and every improvement is taken at once, until a whole
    round brings none; a unit alone in its group stays. Slopes and profiles are brought up to
    date at the end. Returns the objective.
    """
    n_units, n_groups = now.groups.shape[0], now.counts.shape[0]
    leverages, distances = scratch.leverages, scratch.distances
    bounded = whiten_means(data, now, scratch)
    since_last, moved, i = 0, False, 0
    while since_last < n_units:
        since_last += 1
        if now.counts[now.groups[i]] > data.weights[i]:
            screen(data, i, scratch)
        for g in range(n_groups):
            own = now.groups[i]
            if (
                g == own
                or now.counts[own] == data.weights[i]
                or (
                    bounded
                    and hopeless(
                        leaving(now.counts[own], data.weights[i]),
                        distances[own],
                        leverages[own],
                        joining(now.counts[g], data.weights[i]),
                        distances[g],
                        leverages[g],
                    )
                )
            ):
                continue
            value = price_move(data, now, scratch, i, g)
            if value < objective * LESS:
                objective = value
                now.within[:] = scratch.trial
                move_unit(data, i, g, now)
                bounded = whiten_means(data, now, scratch)
                screen(data, i, scratch)
                since_last, moved = 0, True
        i = (i + 1) % n_units
    return update(data, now, scratch.factor) if moved else objective
