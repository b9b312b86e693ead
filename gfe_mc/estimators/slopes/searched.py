"""From a search for groups by slopes to its fit, at one number of groups or at each."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require_generator
from gfe_mc.estimators.slopes.products import (
    MinimumSize,
    UnitProducts,
    fit_groups,
    require_group_specific,
    require_room,
    room,
    unit_cross_products,
)
from gfe_mc.fit import SlopeFit, Status
from gfe_mc.kernels.slopes.products import Slopes


class Searching(Protocol):
    """An estimator that searches for groups: its options, and how it does."""

    @property
    def groups(self) -> int:
        """Number of groups, or the largest one."""
        ...

    @property
    def minimum(self) -> MinimumSize:
        """Fewest units of a group."""
        ...

    @property
    def common(self) -> tuple[str, ...]:
        """Regressors with common slopes."""
        ...

    @property
    def individual(self) -> tuple[str, ...]:
        """Regressors with slopes of each unit's own."""
        ...

    def find_groups(
        self, data: UnitProducts, fewest: int, now: Slopes, rng: np.random.Generator
    ) -> tuple[int, int, bool]:
        """Leave the best grouping in `now`; return how many tries met it, of how many, if settled.

        `now` has room for as many groups as are looked for.
        """
        ...


def fit_searched(estimator: Searching, panel: Panel, rng: np.random.Generator) -> SlopeFit:
    """Search, and estimate the slopes of the groups that were found; errors are `CKMeans.fit`'s."""
    return _searched(estimator, panel, _read(estimator, panel, rng), estimator.groups, rng)


def path_searched(estimator: Searching, panel: Panel, rng: np.random.Generator) -> list[SlopeFit]:
    """Search for each number of groups up to `groups`, as many as the minimum size allows."""
    data = _read(estimator, panel, rng)
    most = max(panel.shape[0] // estimator.minimum.of(panel.shape[0]), 1)
    numbers = range(1, min(estimator.groups, most) + 1)
    return [_searched(estimator, panel, data, n_groups, rng) for n_groups in numbers]


def _read(estimator: Searching, panel: Panel, rng: np.random.Generator) -> UnitProducts:
    require_generator(rng)
    who = type(estimator).__name__
    data = unit_cross_products(panel, who, estimator.common, estimator.individual)
    require_group_specific(panel, data, who)
    return data


def _searched(
    estimator: Searching,
    panel: Panel,
    data: UnitProducts,
    n_groups: int,
    rng: np.random.Generator,
) -> SlopeFit:
    fewest = require_room(panel.shape[0], n_groups, estimator.minimum)
    now = room(data, n_groups)
    n_best, n_tries, settled = estimator.find_groups(data, fewest, now, rng)
    fit = fit_groups(panel, data, now.groups, n_groups, estimator)
    if fit.status == Status.SUCCESS and not settled:
        fit = replace(fit, status=Status.ITERATION_LIMIT)
    return replace(fit, n_best=n_best, n_tries=n_tries)
