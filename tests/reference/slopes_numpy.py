"""Estimators of slopes by groups in plain NumPy, from the raw panel and by least squares."""

from __future__ import annotations

from itertools import product

import numpy as np

from gfe_mc.panel import Panel


def ols(
    panel: Panel,
    groups: np.ndarray,
    common: tuple[int, ...] = (),
    individual: tuple[int, ...] = (),
) -> tuple[np.ndarray, float]:
    """Slopes of each unit (N, K) and the sum of squared residuals, by dummies and interactions."""
    n_units, n_periods, n_slopes = panel.shape
    columns, owners = [], []
    for i in range(n_units):
        effect = np.zeros((n_units, n_periods))
        effect[i] = 1.0
        columns.append(effect.ravel())
        owners.append((None, np.zeros(n_units, bool)))
    for k in range(n_slopes):
        sets = [groups == g for g in np.unique(groups)]
        if k in common:
            sets = [np.ones(n_units, bool)]
        if k in individual:
            sets = [np.arange(n_units) == i for i in range(n_units)]
        for members in sets:
            columns.append((panel.x[:, :, k] * members[:, None]).ravel())
            owners.append((k, members))
    design, outcome = np.array(columns).T, panel.y.ravel()
    solution = np.linalg.lstsq(design, outcome, rcond=None)[0]
    slopes = np.zeros((n_units, n_slopes))
    for value, (k, members) in zip(solution, owners, strict=True):
        if k is not None:
            slopes[members, k] = value
    return slopes, float(((outcome - design @ solution) ** 2).sum())


def partitions(n_units: int, n_groups: int, minimum: int) -> list[np.ndarray]:
    """Every grouping with at least `minimum` units in each group, once."""
    found = {}
    for labels in product(range(n_groups), repeat=n_units):
        groups = np.array(labels)
        counts = np.bincount(groups, minlength=n_groups)
        if counts.min() >= minimum:
            _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
            found[tuple(np.argsort(np.argsort(first))[inverse])] = None
    return [np.array(groups) for groups in found]


def brute_force(panel: Panel, n_groups: int, minimum: int, **which: tuple[int, ...]) -> float:
    """The least sum of squared residuals over all groupings."""
    n_units = panel.shape[0]
    return min(ols(panel, groups, **which)[1] for groups in partitions(n_units, n_groups, minimum))


def conditional_kmeans(panel: Panel, groups: np.ndarray, minimum: int) -> np.ndarray:
    """Algorithm 3, step 2, as printed, from a grouping: the final groups."""
    groups, n_groups = groups.copy(), int(groups.max()) + 1
    x, y = panel.within_units().x, panel.within_units().y
    moved = True
    while moved:
        moved = False
        for i in range(len(groups)):
            if (groups == groups[i]).sum() <= minimum:
                continue
            slopes, _ = ols(panel, groups)
            ssr = [
                ((y[i] - x[i] @ slopes[np.argmax(groups == g)]) ** 2).sum() for g in range(n_groups)
            ]
            best = int(np.argmin(ssr))
            if best != groups[i]:
                groups[i], moved = best, True
    return groups


def threshold(panel: Panel, members: np.ndarray, groups: np.ndarray, minimum: int) -> np.ndarray:
    """The best split of some units by a threshold in one of their own slopes: all groups then."""
    own = np.array(
        [
            np.linalg.lstsq(
                np.column_stack([np.ones(panel.shape[1]), panel.x[i]]), panel.y[i], rcond=None
            )[0][1:]
            for i in range(panel.shape[0])
        ]
    )
    best, lowest = groups, np.inf
    for k in range(panel.shape[2]):
        for value in own[members, k]:
            parted = groups.copy()
            parted[members[own[members, k] > value]] = groups.max() + 1
            above = int((parted > groups.max()).sum())
            if min(above, len(members) - above) < minimum:
                continue
            objective = ols(panel, parted)[1]
            if objective < lowest:
                best, lowest = parted, objective
    return best
