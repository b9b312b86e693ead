"""Units between two groups: bandwidths, and the curvature that is lost to changes of group.

Notation. r_i = y_i - x_i theta (T,); unit i's two nearest profiles are alpha_g, the nearest, and
alpha_h; d = alpha_h - alpha_g.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.linear import mirror
from gfe_mc.kernels.powers import exponential

_ROOT_OF_TWO_PI = 2.5066282746310002


@kernel
def least_spread(profiles: np.ndarray, alpha: np.ndarray, floor: float, robust: bool) -> float:
    """Compute the least spread of r_i (N, T) along the line between two profiles, over pairs.

    The spread is the standard deviation; with `robust`, the interquartile range / 1.34 where that
    is less. It is zero where two profiles are the same or a spread does not exceed `floor`, and
    infinite with one group.
    """
    n_units, n_periods = profiles.shape
    gap, along = np.empty(n_periods), np.empty(n_units)
    least = np.inf
    for g in range(alpha.shape[0]):
        for h in range(g + 1, alpha.shape[0]):
            squared = 0.0
            for t in range(n_periods):
                gap[t] = alpha[h, t] - alpha[g, t]
                squared += gap[t] * gap[t]
            length = np.sqrt(squared)
            if length == 0.0:
                return 0.0
            mean = 0.0
            for i in range(n_units):
                value = 0.0
                for t in range(n_periods):
                    value += profiles[i, t] * gap[t]
                along[i] = value / length
                mean += along[i]
            mean /= n_units
            variation = 0.0
            for i in range(n_units):
                variation += (along[i] - mean) * (along[i] - mean)
            spread = np.sqrt(variation / (n_units - 1))
            if robust:
                along.sort()
                range_ = quantile(along, 0.75) - quantile(along, 0.25)
                spread = min(spread, range_ / 1.34)
            if spread <= floor:
                return 0.0
            least = min(least, spread)
    return least


@kernel
def quantile(ordered: np.ndarray, share: float) -> float:
    """Compute a quantile of sorted numbers (n,), linear between two of them."""
    place = share * (ordered.shape[0] - 1)
    below = int(place)
    above = min(below + 1, ordered.shape[0] - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


@kernel
def known_curvature(x: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Sum W_i W_i': least squares with known groups, (K + G T, K + G T)."""
    n_units, n_periods, n_slopes = x.shape
    size = n_slopes + n_groups * n_periods
    design = np.zeros((size, size))
    for i in range(n_units):
        for t in range(n_periods):
            row = n_slopes + groups[i] * n_periods + t
            for k in range(n_slopes):
                for j in range(k + 1):
                    design[k, j] += x[i, t, k] * x[i, t, j]
                design[row, k] += x[i, t, k]
            design[row, row] += 1.0
    mirror(design)
    return design


@kernel
def scores(
    x: np.ndarray, profiles: np.ndarray, alpha: np.ndarray, groups: np.ndarray
) -> np.ndarray:
    """Compute W_i times the residuals of unit i, as columns: (K + G T, N)."""
    n_units, n_periods, n_slopes = x.shape
    found = np.zeros((n_slopes + alpha.shape[0] * n_periods, n_units))
    for i in range(n_units):
        for t in range(n_periods):
            residual = profiles[i, t] - alpha[groups[i], t]
            for k in range(n_slopes):
                found[k, i] += x[i, t, k] * residual
            found[n_slopes + groups[i] * n_periods + t, i] = residual
    return found


@kernel
def distances_between(
    profiles: np.ndarray, alpha: np.ndarray, nearest: np.ndarray, distance: np.ndarray
) -> None:
    """Fill the two nearest profiles (N, 2) and the distance (N,) to the hyperplane between.

    Of profiles that are as near, the first counts; what is not a number is the farthest.
    """
    n_units, n_periods = profiles.shape
    for i in range(n_units):
        first, second = -1, -1
        least, next_ = np.inf, np.inf
        for g in range(alpha.shape[0]):
            squared = 0.0
            for t in range(n_periods):
                gap = profiles[i, t] - alpha[g, t]
                squared += gap * gap
            if first < 0 or squared < least:
                second, next_ = first, least
                first, least = g, squared
            elif second < 0 or squared < next_:
                second, next_ = g, squared
        nearest[i, 0], nearest[i, 1] = first, second
        inner, squared = 0.0, 0.0
        for t in range(n_periods):
            between = alpha[second, t] - alpha[first, t]
            middle = (profiles[i, t] - alpha[first, t]) + (profiles[i, t] - alpha[second, t])
            inner += between * (middle / 2.0)
            squared += between * between
        distance[i] = inner / np.sqrt(squared)


@kernel
def lose_curvature(
    x: np.ndarray,
    profiles: np.ndarray,
    alpha: np.ndarray,
    nearest: np.ndarray,
    density: np.ndarray,
    curvature: np.ndarray,
) -> None:
    """Take sum_i Delta_i / ||d|| q_i q_i' from `curvature` (K + G T, K + G T).

    `density` (N,) is Delta_i, the kernel at the unit's distance; q_i stacks x_i'd, the residuals
    from alpha_g in the block of g, and minus those from alpha_h in the block of h.
    """
    n_units, n_periods, n_slopes = x.shape
    used = n_slopes + 2 * n_periods
    value, place = np.empty(used), np.empty(used, np.int64)
    for i in range(n_units):
        # Blocks in ascending order, so that places ascend and only the lower triangle is filled.
        one, other = min(nearest[i, 0], nearest[i, 1]), max(nearest[i, 0], nearest[i, 1])
        sign = 1.0 if one == nearest[i, 0] else -1.0
        squared = 0.0
        for k in range(n_slopes):
            value[k], place[k] = 0.0, k
        for t in range(n_periods):
            between = alpha[nearest[i, 1], t] - alpha[nearest[i, 0], t]
            squared += between * between
            for k in range(n_slopes):
                value[k] += x[i, t, k] * between
            value[n_slopes + t] = sign * (profiles[i, t] - alpha[one, t])
            value[n_slopes + n_periods + t] = -sign * (profiles[i, t] - alpha[other, t])
            place[n_slopes + t] = n_slopes + one * n_periods + t
            place[n_slopes + n_periods + t] = n_slopes + other * n_periods + t
        weight = density[i] / np.sqrt(squared)
        if weight == 0.0:
            continue
        for j in range(used):
            weighted = weight * value[j]
            for k in range(j + 1):
                curvature[place[j], place[k]] -= weighted * value[k]
    mirror(curvature)


@kernel
def normal_density(x: np.ndarray, density: np.ndarray) -> None:
    """Fill `density` (N,) with the standard normal density at `x` (N,)."""
    for i in range(x.shape[0]):
        density[i] = exponential(-(x[i] * x[i]) / 2.0) / _ROOT_OF_TWO_PI
