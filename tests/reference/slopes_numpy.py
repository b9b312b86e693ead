"""Estimators of slopes by groups in plain NumPy, from the raw panel and by least squares."""

from __future__ import annotations

from itertools import product

import numpy as np

from gfe_mc.data.panel import Panel


def grouped_panel(
    rng: np.random.Generator, n_units: int, n_periods: int, n_slopes: int, n_groups: int
) -> Panel:
    """A panel whose slopes differ between groups, and whose effects and regressors are related."""
    groups = rng.integers(n_groups, size=n_units)
    beta = rng.standard_normal((n_groups, n_slopes))
    effects = 2.0 * rng.standard_normal((n_units, 1))
    x = rng.standard_normal((n_units, n_periods, n_slopes)) + effects[:, :, None]
    x[:, :, 1:] += 0.5 * x[:, :, :1]
    y = (x * beta[groups][:, None]).sum(axis=2) + effects
    return Panel.from_arrays(y + rng.standard_normal(y.shape), x)


def with_gaps(panel: Panel, rng: np.random.Generator, least: int) -> Panel:
    """The panel without some cells: any unit may lose any, but `least` are left to it."""
    n_units, n_periods, _ = panel.shape
    left = rng.integers(least, n_periods + 1, size=n_units)
    ranks = rng.random((n_units, n_periods)).argsort(axis=1)
    return Panel.from_arrays(panel.y, panel.x, observed=ranks < left[:, None], units=panel.units)


def deviations(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and regressors less unit means, of the periods observed; zero in the others."""
    y, x = np.zeros(panel.y.shape), np.zeros(panel.x.shape)
    for i, seen in enumerate(panel.observed):
        y[i, seen] = panel.y[i, seen] - panel.y[i, seen].mean()
        x[i, seen] = panel.x[i, seen] - panel.x[i, seen].mean(axis=0)
    return y, x


def ols(
    panel: Panel,
    groups: np.ndarray,
    common: tuple[int, ...] = (),
    individual: tuple[int, ...] = (),
) -> tuple[np.ndarray, float]:
    """Slopes of each unit (N, K) and the sum of squared residuals, by dummies and interactions."""
    n_units, n_periods, n_slopes = panel.shape
    columns: list[np.ndarray] = []
    owners: list[tuple[int, np.ndarray]] = []
    for i in range(n_units):
        effect = np.zeros((n_units, n_periods))
        effect[i] = 1.0
        columns.append(effect.ravel())
    for k in range(n_slopes):
        sets = [groups == g for g in np.unique(groups)]
        if k in common:
            sets = [np.ones(n_units, bool)]
        if k in individual:
            sets = [np.arange(n_units) == i for i in range(n_units)]
        for members in sets:
            columns.append((panel.x[:, :, k] * members[:, None]).ravel())
            owners.append((k, members))
    seen = panel.observed.ravel()
    design, outcome = np.array(columns).T[seen], panel.y.ravel()[seen]
    solution = np.linalg.lstsq(design, outcome, rcond=None)[0]
    slopes = np.zeros((n_units, n_slopes))
    for value, (k, members) in zip(solution[n_units:], owners, strict=True):
        slopes[members, k] = value
    return slopes, float(((outcome - design @ solution) ** 2).sum())


def partitions(n_units: int, n_groups: int, minimum: int) -> list[np.ndarray]:
    """Every grouping with at least `minimum` units in each group, once."""
    found: dict[tuple[int, ...], None] = {}
    for labels in product(range(n_groups), repeat=n_units):
        groups = np.array(labels)
        counts = np.bincount(groups, minlength=n_groups)
        if counts.min() >= minimum:
            _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
            found[tuple(np.argsort(np.argsort(first))[inverse].tolist())] = None
    return [np.array(groups) for groups in found]


def brute_force(panel: Panel, n_groups: int, minimum: int, **which: tuple[int, ...]) -> float:
    """The least sum of squared residuals over all groupings."""
    n_units = panel.shape[0]
    return min(ols(panel, groups, **which)[1] for groups in partitions(n_units, n_groups, minimum))


def after_one_move(
    panel: Panel, groups: np.ndarray, n_groups: int, minimum: int, **which: tuple[int, ...]
) -> float:
    """The least sum of squared residuals over all groupings that differ in one unit's group."""
    lowest = np.inf
    for i in range(len(groups)):
        for g in range(n_groups):
            if g != groups[i] and (groups == groups[i]).sum() > minimum:
                after = groups.copy()
                after[i] = g
                lowest = min(lowest, ols(panel, after, **which)[1])
    return lowest


def conditional_kmeans(
    panel: Panel, groups: np.ndarray, minimum: int, common: tuple[int, ...] = ()
) -> np.ndarray:
    """Algorithm 3, step 2, as printed, from a grouping: the final groups.

    Print moves a unit to the lower of two groups where that one explains it worse, which must be
    read as better. No group may be empty.
    """
    groups, n_groups = groups.copy(), int(groups.max()) + 1
    x, y = panel.within_units().x, panel.within_units().y
    moved = True
    while moved:
        moved = False
        for i in range(len(groups)):
            if (groups == groups[i]).sum() <= minimum:
                continue
            slopes, _ = ols(panel, groups, common)
            ssr = [
                ((y[i] - x[i] @ slopes[np.argmax(groups == g)]) ** 2).sum() for g in range(n_groups)
            ]
            best = int(np.argmin(ssr))
            if best != groups[i]:
                groups[i], moved = best, True
    return groups


def threshold(
    panel: Panel,
    members: np.ndarray,
    groups: np.ndarray,
    minimum: int,
    common: tuple[int, ...] = (),
) -> np.ndarray:
    """The best split of some units by a threshold in one of their own slopes: all groups then.

    Those above the threshold become the last group; without any split the groups stay.
    """
    own = np.array(
        [
            np.linalg.lstsq(
                np.column_stack([np.ones(panel.shape[1]), panel.x[i]]), panel.y[i], rcond=None
            )[0][1:]
            for i in range(panel.shape[0])
        ]
    )
    best, lowest = groups, np.inf
    for k in [k for k in range(panel.shape[2]) if k not in common]:
        for value in own[members, k]:
            parted = groups.copy()
            parted[members[own[members, k] > value]] = groups.max() + 1
            above = int((parted > groups.max()).sum())
            if min(above, len(members) - above) < minimum:
                continue
            objective = ols(panel, parted, common)[1]
            if objective < lowest:
                best, lowest = parted, objective
    return best
