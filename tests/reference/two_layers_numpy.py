"""Least squares with dummies for groups in two layers: no cross-products, no profiling."""

from __future__ import annotations

from itertools import product

import numpy as np

from gfe_mc import Panel


def columns(panel: Panel, groups: np.ndarray, secondary: np.ndarray) -> np.ndarray:
    """Return the columns (N, T, P) of full rank: slopes, profiles, then levels.

    Levels add up to zero over the units of a group: the last one of each is left to the others.
    """
    _, t, k = panel.shape
    found = [panel.x[:, :, j] for j in range(k)]
    for g in range(groups.max() + 1):
        found += [(groups == g)[:, None] * np.eye(t)[s] for s in range(t)]
    for g in range(groups.max() + 1):
        own = [(groups == g) & (secondary == h) for h in range(secondary[groups == g].max() + 1)]
        for one in own[:-1]:
            level = one - one.sum() / own[-1].sum() * own[-1]
            found.append(level[:, None] * np.ones(t))
    return np.stack(found, axis=2)


def least_squares(
    panel: Panel, groups: np.ndarray, secondary: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the sum of squared residuals, and the coefficients in the order of `columns`."""
    made, seen = columns(panel, groups, secondary), panel.observed
    found = np.linalg.lstsq(made[seen], panel.y[seen], rcond=None)[0]
    return float(((panel.y[seen] - made[seen] @ found) ** 2).sum()), found


def clustered(panel: Panel, groups: np.ndarray, secondary: np.ndarray) -> np.ndarray:
    """Return the sandwich covariance (P, P), clustered by unit, as if both groups were known."""
    made = columns(panel, groups, secondary) * panel.observed[:, :, None]
    flat = made.reshape(panel.y.size, -1)
    bread = np.linalg.inv(flat.T @ flat)
    residuals = panel.y - made @ least_squares(panel, groups, secondary)[1]
    scores = np.einsum("itp,it->ip", made, residuals)
    found: np.ndarray = bread @ scores.T @ scores @ bread
    return found


def lowest(panel: Panel, sizes: tuple[int, ...]) -> float:
    """Return the least objective of all groupings with a unit in each secondary group."""
    pairs = [(g, h) for g, size in enumerate(sizes) for h in range(size)]
    values = []
    for chosen in product(range(len(pairs)), repeat=len(panel.y)):
        if len(set(chosen)) == len(pairs):
            groups, secondary = np.array([pairs[f] for f in chosen]).T
            values.append(least_squares(panel, groups, secondary)[0])
    return min(values)
