"""Newton's step in slopes and profile values together: profiles drop out, cell by cell."""

import numpy as np

from gfe_mc.kernels._jit import bare, kernel

COLLINEAR = 1e-10
"""A slope whose share of its information that others leave is below this has none of its own."""


@bare
def derivatives(
    x: np.ndarray,
    cell: np.ndarray,
    groups: np.ndarray,
    used: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    slope: np.ndarray,
    profile: np.ndarray,
    inner: np.ndarray,
    mixed: np.ndarray,
    bend: np.ndarray,
) -> None:
    """Sum derivatives of the loss over the unit-periods that are used, (N, T).

    Parameters
    ----------
    first, second : (N, T) array
        Of each unit-period, in the index.
    slope, profile : (K,), (G, C) array
        Filled with the first derivatives in slopes and profile values.
    inner, mixed, bend : (K, K), (G, C, K), (G, C) array
        Filled with the second ones: in slopes, both, and profile values.
    """
    n_units, n_periods, n_slopes = x.shape
    slope[:] = 0.0
    profile[:, :] = 0.0
    inner[:, :] = 0.0
    mixed[:, :, :] = 0.0
    bend[:, :] = 0.0
    for i in range(n_units):
        g = groups[i]
        for t in range(n_periods):
            if not used[i, t]:
                continue
            c, d, h = cell[t], first[i, t], second[i, t]
            profile[g, c] += d
            bend[g, c] += h
            for k in range(n_slopes):
                xk = x[i, t, k]
                slope[k] += d * xk
                mixed[g, c, k] += h * xk
                for j in range(k + 1):
                    inner[k, j] += h * xk * x[i, t, j]
    for k in range(n_slopes):
        for j in range(k):
            inner[j, k] = inner[k, j]


@bare
def profiled_information(
    inner: np.ndarray, mixed: np.ndarray, bend: np.ndarray, held: np.ndarray, left: np.ndarray
) -> None:
    """Fill `left` (K, K) with the information on slopes, profile values that are free out of it."""
    n_groups, n_cells = bend.shape
    n_slopes = len(inner)
    for k in range(n_slopes):
        for j in range(n_slopes):
            left[k, j] = inner[k, j]
    for g in range(n_groups):
        for c in range(n_cells):
            if held[g, c] or bend[g, c] <= 0.0:
                continue
            for k in range(n_slopes):
                share = mixed[g, c, k] / bend[g, c]
                for j in range(n_slopes):
                    left[k, j] -= share * mixed[g, c, j]


@kernel
def newton_step(
    slope: np.ndarray,
    profile: np.ndarray,
    inner: np.ndarray,
    mixed: np.ndarray,
    bend: np.ndarray,
    held: np.ndarray,
    step_slope: np.ndarray,
    step_profile: np.ndarray,
    lost: np.ndarray,
) -> float:
    """Fill in Newton's step, and return twice the fall of the objective that it promises.

    Profile values that are held, and those without curvature, stay. Slopes without information of
    their own stay as well, and are `lost` (K,).
    """
    n_groups, n_cells = bend.shape
    n_slopes = len(slope)
    left, side = np.empty((n_slopes, n_slopes)), np.empty(n_slopes)
    profiled_information(inner, mixed, bend, held, left)
    for k in range(n_slopes):
        side[k] = -slope[k]
    for g in range(n_groups):
        for c in range(n_cells):
            if not held[g, c] and bend[g, c] > 0.0:
                share = profile[g, c] / bend[g, c]
                for k in range(n_slopes):
                    side[k] += share * mixed[g, c, k]
    # L'L of what is left, slopes without information taken out one by one.
    for k in range(n_slopes):
        lost[k] = not left[k, k] > COLLINEAR * inner[k, k]
        if lost[k]:
            continue
        for j in range(k + 1, n_slopes):
            share = left[j, k] / left[k, k]
            side[j] -= share * side[k]
            for m in range(k + 1, n_slopes):
                left[j, m] -= share * left[k, m]
    for back in range(n_slopes):
        k = n_slopes - 1 - back
        step_slope[k] = 0.0
        if lost[k]:
            continue
        value = side[k]
        for j in range(k + 1, n_slopes):
            value -= left[k, j] * step_slope[j]
        step_slope[k] = value / left[k, k]
    promised = 0.0
    for k in range(n_slopes):
        promised -= slope[k] * step_slope[k]
    for g in range(n_groups):
        for c in range(n_cells):
            step_profile[g, c] = 0.0
            if held[g, c] or bend[g, c] <= 0.0:
                continue
            value = -profile[g, c]
            for k in range(n_slopes):
                value -= mixed[g, c, k] * step_slope[k]
            step_profile[g, c] = value / bend[g, c]
            promised -= profile[g, c] * step_profile[g, c]
    return promised
