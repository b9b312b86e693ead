"""The arrays that the GFE kernels share, under their names.

N units, T periods, K regressors, D = K + 1 series (the regressors, then the outcome), G groups.
"""

from typing import NamedTuple

import numpy as np


class Data(NamedTuple):
    """A balanced panel, as the kernels read it."""

    z: np.ndarray
    """(N, D, T) each unit's series, regressors first, outcome last."""
    weights: np.ndarray
    """(N,) how often each unit counts: whole numbers."""
    series: np.ndarray
    """(D, T, N) the same with the units last, for the loops that run over units."""
    total: np.ndarray
    """(D, D) sum_i w_i sum_t z_it z_it'."""
    floor: np.ndarray
    """(D,) the variation below which a regressor counts as collinear and a fit as exact."""


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


class Scratch(NamedTuple):
    """Room to work in; nothing in it outlives a call."""

    units: np.ndarray
    """(N,) the numbers of the units, in any order."""
    best: np.ndarray
    """(N,) the best grouping of a search so far."""
    residuals: np.ndarray
    """(T, N)"""
    distance: np.ndarray
    """(N,)"""
    nearest: np.ndarray
    """(N,)"""
    assigned: np.ndarray
    """(N,)"""
    factor: np.ndarray
    """(D, D)"""
    trial: np.ndarray
    """(D, D)"""
    deviation: np.ndarray
    """(D, T)"""
    white: np.ndarray
    """(D, D)"""
    white_means: np.ndarray
    """(D, T, G)"""
    white_unit: np.ndarray
    """(D,)"""
    leverages: np.ndarray
    """(G,)"""
    distances: np.ndarray
    """(G,)"""


def empty_grouping(n_units: int, n_periods: int, n_regressors: int, n_groups: int) -> Grouping:
    """Room for one grouping."""
    n_series = n_regressors + 1
    return Grouping(
        groups=np.zeros(n_units, np.int64),
        counts=np.zeros(n_groups),
        sums=np.zeros((n_groups, n_series, n_periods)),
        within=np.zeros((n_series, n_series)),
        theta=np.zeros(n_regressors),
        alpha=np.zeros((n_groups, n_periods)),
    )


def empty_scratch(n_units: int, n_periods: int, n_regressors: int, n_groups: int) -> Scratch:
    """Room to work in, for a panel and a number of groups."""
    n_series = n_regressors + 1
    return Scratch(
        units=np.arange(n_units),
        best=np.zeros(n_units, np.int64),
        residuals=np.zeros((n_periods, n_units)),
        distance=np.zeros(n_units),
        nearest=np.zeros(n_units),
        assigned=np.zeros(n_units, np.int64),
        factor=np.zeros((n_series, n_series)),
        trial=np.zeros((n_series, n_series)),
        deviation=np.zeros((n_series, n_periods)),
        white=np.zeros((n_series, n_series)),
        white_means=np.zeros((n_series, n_periods, n_groups)),
        white_unit=np.zeros(n_series),
        leverages=np.zeros(n_groups),
        distances=np.zeros(n_groups),
    )
