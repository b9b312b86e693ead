"""The arrays that the GFE kernels share, under their names.

N units, T periods, K regressors, D = K + 1 series (the regressors, then the outcome), G groups.
"""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels.room import zeros_apart


class Data(NamedTuple):
    """A balanced panel, as the kernels read it."""

    z: np.ndarray
    """(N, D, T) each unit's series, regressors first, outcome last."""
    weights: np.ndarray
    """(N,) how often each unit counts: whole numbers."""
    series: np.ndarray
    """(D, T, N) the same with the units last, for the loops that run over units; (D, T, 0) where
    there are so many units that one layout is all there is room for."""
    total: np.ndarray
    """(D, D) sum_i w_i sum_t z_it z_it'."""
    floor: np.ndarray
    """(D,) the variation below which a regressor counts as collinear and a fit as exact."""
    lengths: np.ndarray
    """(K, N) length over time of each regressor of a unit, for bounds on its distances."""


class Grouping(NamedTuple):
    """A grouping and what follows from it; the kernels keep its parts in step."""

    groups: np.ndarray
    """(N,) the group of each unit."""
    counts: np.ndarray
    """(G,) units in each group, each as often as it counts; whole numbers."""
    sums: np.ndarray
    """(G, D, T) weighted sums of z over each group."""
    within: np.ndarray
    """(D, D) within-group cross-products W, lower triangle."""
    theta: np.ndarray
    """(K,) slopes."""
    alpha: np.ndarray
    """(G, T) group profiles."""


class Moving(NamedTuple):
    """What single-unit moves need of the grouping at hand, kept in step with it."""

    means: np.ndarray
    """(G, D, T) group means M_g."""
    inverse: np.ndarray
    """(K, K) W_xx^-1."""
    reaches: np.ndarray
    """(G,) length of the mean regressors of a group, in the coordinates in which W_xx = I."""
    across: np.ndarray
    """(T, G) the profiles, with the groups side by side."""
    apart: np.ndarray
    """(G,) squared distance of a unit from each."""
    ruled_out: np.ndarray
    """(G,) whether a move of the unit there cannot lower the objective."""
    gaps: np.ndarray
    """(K, TILE) deviations of some units from the means of their groups, in one period."""
    without: np.ndarray
    """(D, D) W without the part of a unit in its group."""
    trial: np.ndarray
    """(D, D) W after a move."""
    best: np.ndarray
    """(D, D) W after the best one."""


class Scratch(NamedTuple):
    """Room to work in; nothing in it outlives a call."""

    units: np.ndarray
    """(N,) the numbers of the units, in any order."""
    best: np.ndarray
    """(N,) the best grouping of a search so far."""
    tile: np.ndarray
    """(T, TILE) residuals of some neighbouring units."""
    distance: np.ndarray
    """(TILE,) their squared distances from one group."""
    nearest: np.ndarray
    """(N,) squared distance of a unit from the profile nearest to it."""
    second: np.ndarray
    """(N,) from the one that is nearest after that."""
    assigned: np.ndarray
    """(N,) the number of the nearest."""
    residual: np.ndarray
    """(T,) of one unit."""
    upper: np.ndarray
    """(N,) bound on a unit's distance from the profile of its group, from above."""
    lower: np.ndarray
    """(N,) bound on its distance from every other profile, from below."""
    theta: np.ndarray
    """(K,) slopes before a step."""
    alpha: np.ndarray
    """(G, T) profiles before it."""
    drift: np.ndarray
    """(G,) how far each profile went."""
    unsure: np.ndarray
    """(TILE,) units whose bounds meet."""
    near: np.ndarray
    """(N,) units that a move might bring something."""
    factor: np.ndarray
    """(D, D)"""
    moving: Moving
    """What moves of single units need."""


TILE = 256
"""Units whose residuals are held at once: as many as the nearest memory has room for."""


def empty_grouping(n_units: int, n_periods: int, n_regressors: int, n_groups: int) -> Grouping:
    """Room for one grouping."""
    n_series = n_regressors + 1
    return Grouping(
        groups=zeros_apart((n_units,), np.int64),
        counts=zeros_apart((n_groups,)),
        sums=zeros_apart((n_groups, n_series, n_periods)),
        within=zeros_apart((n_series, n_series)),
        theta=zeros_apart((n_regressors,)),
        alpha=zeros_apart((n_groups, n_periods)),
    )


def empty_scratch(n_units: int, n_periods: int, n_regressors: int, n_groups: int) -> Scratch:
    """Room to work in, for a panel and a number of groups."""
    n_series = n_regressors + 1
    return Scratch(
        units=np.arange(n_units),
        best=zeros_apart((n_units,), np.int64),
        tile=zeros_apart((n_periods, TILE)),
        distance=zeros_apart((TILE,)),
        nearest=zeros_apart((n_units,)),
        second=zeros_apart((n_units,)),
        assigned=zeros_apart((n_units,), np.int64),
        residual=zeros_apart((n_periods,)),
        upper=zeros_apart((n_units,)),
        lower=zeros_apart((n_units,)),
        theta=zeros_apart((n_regressors,)),
        alpha=zeros_apart((n_groups, n_periods)),
        drift=zeros_apart((n_groups,)),
        unsure=zeros_apart((TILE,), np.int64),
        near=zeros_apart((n_units,), np.int64),
        factor=zeros_apart((n_series, n_series)),
        moving=Moving(
            means=zeros_apart((n_groups, n_series, n_periods)),
            inverse=zeros_apart((n_regressors, n_regressors)),
            reaches=zeros_apart((n_groups,)),
            across=zeros_apart((n_periods, n_groups)),
            apart=zeros_apart((n_groups,)),
            ruled_out=zeros_apart((n_groups,), np.bool_),
            gaps=zeros_apart((n_regressors, TILE)),
            without=zeros_apart((n_series, n_series)),
            trial=zeros_apart((n_series, n_series)),
            best=zeros_apart((n_series, n_series)),
        ),
    )
