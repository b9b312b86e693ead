"""Group sums and within-group cross-products, updated as units move.

Notation. D = K + 1 and z_it = (x_it', y_it)' stacks the regressors and, last, the outcome.
`z` (N, D, T) holds a unit's series side by side, and unit i counts w_i times (once, but in a
resampled panel). Groups have sizes n_g = sum_i w_i, sums S_g = sum_i w_i z_i (`sums`, (G, D, T))
and means M_g = S_g / n_g. The within-group cross-products are

    W = sum_i w_i sum_t z_it z_it' - sum_g sum_t S_gt S_gt' / n_g        (D, D),

from which the slopes are profiled out: theta = W_xx^{-1} W_xy minimises the objective for the
grouping at hand, and its minimum is the Schur complement W_yy - W_yx W_xx^{-1} W_xy. A unit that
moves from group a to group b changes W by

    c_b sum_t U_b U_b' - c_a sum_t U_a U_a',   U_g = z_i - M_g,
    c_a = n_a w_i / (n_a - w_i),   c_b = n_b w_i / (n_b + w_i),

with the means of before the move.
"""

import numpy as np

from gfe_mc.kernels._jit import bare
from gfe_mc.kernels.copy import copy_vector
from gfe_mc.kernels.profiles.arrays import Data, Grouping


@bare
def total_crossproducts(z: np.ndarray, weights: np.ndarray, total: np.ndarray) -> None:
    """Fill `total` (D, D) with sum_i w_i sum_t z_it z_it'."""
    n_units, n_series, n_periods = z.shape
    total[:] = 0.0
    for i in range(n_units):
        for d in range(n_series):
            for e in range(n_series):
                for t in range(n_periods):
                    total[d, e] += (weights[i] * z[i, d, t]) * z[i, e, t]


@bare
def regressor_lengths(z: np.ndarray, lengths: np.ndarray) -> None:
    """Fill `lengths` (K, N) with the square roots of sum_t x_itk^2."""
    for i in range(z.shape[0]):
        for k in range(lengths.shape[0]):
            square = 0.0
            for t in range(z.shape[2]):
                square += z[i, k, t] * z[i, k, t]
            lengths[k, i] = np.sqrt(square)


@bare
def move_unit(data: Data, i: int, g: int, now: Grouping) -> None:
    """Move unit `i` from its group to group `g`; W is left as it was."""
    move(data.z, i, data.weights[i], g, now.groups, now.counts, now.sums)


@bare
def move(
    z: np.ndarray,
    i: int,
    weight: float,
    g: int,
    groups: np.ndarray,
    counts: np.ndarray,
    sums: np.ndarray,
) -> None:
    """The same, of arrays."""
    old = groups[i]
    groups[i] = g
    counts[old] -= weight
    counts[g] += weight
    for d in range(sums.shape[1]):
        for t in range(sums.shape[2]):
            sums[old, d, t] -= weight * z[i, d, t]
            sums[g, d, t] += weight * z[i, d, t]


@bare
def regroup(data: Data, groups: np.ndarray, now: Grouping) -> None:
    """Take over a grouping (N,): its counts and sums, from nothing."""
    counts, sums, z, weights = now.counts, now.sums, data.z, data.weights
    copy_vector(groups, now.groups)
    counts[:] = 0.0
    sums[:] = 0.0
    for i in range(groups.shape[0]):
        g, weight = groups[i], weights[i]
        counts[g] += weight
        for d in range(sums.shape[1]):
            for t in range(sums.shape[2]):
                sums[g, d, t] += weight * z[i, d, t]


@bare
def move_units(data: Data, groups: np.ndarray, now: Grouping) -> int:
    """Move every unit to its group of `groups` (N,); return how many were elsewhere.

    W is left as it was.
    """
    z, weights, before, counts, sums = data.z, data.weights, now.groups, now.counts, now.sums
    moved = 0
    for i in range(groups.shape[0]):
        if before[i] != groups[i]:
            move(z, i, weights[i], groups[i], before, counts, sums)
            moved += 1
    return moved


@bare
def within_crossproducts(data: Data, now: Grouping) -> None:
    """Fill the lower triangle of W; an empty group contributes nothing."""
    n_groups, n_series, n_periods = now.sums.shape
    for d in range(n_series):
        for e in range(d + 1):
            now.within[d, e] = data.total[d, e]
    for g in range(n_groups):
        if now.counts[g] > 0:
            for d in range(n_series):
                for e in range(d + 1):
                    part = 0.0
                    for t in range(n_periods):
                        part += now.sums[g, d, t] * now.sums[g, e, t]
                    now.within[d, e] -= part / now.counts[g]


@bare
def profile_out(within: np.ndarray, floor: np.ndarray, factor: np.ndarray) -> float:
    """Eliminate the regressors from `within`; return the profiled objective.

    `factor` (D, D) receives the Cholesky factor of W in its lower triangle. A regressor whose
    pivot does not exceed its `floor` (D,) does not vary within groups and periods: it is left
    out, and its column of `factor` is zero. An objective that does not exceed the outcome's
    floor is an exact fit, zero.
    """
    last = within.shape[0] - 1
    for d in range(last + 1):
        for e in range(d):
            value = within[d, e]
            for k in range(e):
                value -= factor[d, k] * factor[e, k]
            factor[d, e] = value / factor[e, e] if factor[e, e] > 0.0 else 0.0
        value = within[d, d]
        for k in range(d):
            value -= factor[d, k] * factor[d, k]
        if not value > floor[d]:
            value = 0.0
        factor[d, d] = np.sqrt(value) if d < last else value
    return float(factor[last, last])


@bare
def slopes(factor: np.ndarray, theta: np.ndarray) -> None:
    """Fill `theta` (K,) from the factor of `profile_out`; a slope that was left out is zero."""
    n_regressors = theta.shape[0]
    for back in range(n_regressors):
        k = n_regressors - 1 - back
        theta[k] = 0.0
        if factor[k, k] > 0.0:
            value = factor[n_regressors, k]
            for j in range(k + 1, n_regressors):
                value -= factor[j, k] * theta[j]
            theta[k] = value / factor[k, k]


@bare
def profiles(now: Grouping) -> None:
    """Fill `alpha` with the mean over each group of y_it - x_it'theta.

    The profile of an empty group is infinitely far from every unit.
    """
    n_groups, n_series, n_periods = now.sums.shape
    for g in range(n_groups):
        for t in range(n_periods):
            value = now.sums[g, n_series - 1, t]
            for k in range(n_series - 1):
                value -= now.theta[k] * now.sums[g, k, t]
            now.alpha[g, t] = value / now.counts[g] if now.counts[g] > 0 else np.inf


@bare
def update(data: Data, now: Grouping, factor: np.ndarray) -> float:
    """The update step (10): slopes and profiles of the grouping; return the objective."""
    within_crossproducts(data, now)
    objective = profile_out(now.within, data.floor, factor)
    slopes(factor, now.theta)
    profiles(now)
    return objective
