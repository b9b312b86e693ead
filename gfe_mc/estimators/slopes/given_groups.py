"""Slopes by groups that are given: known ones, one for all, or one for each unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.estimators.slopes.products import fit_groups, own_estimates, unit_cross_products
from gfe_mc.fit import Fit


@dataclass(frozen=True)
class KnownGroups:
    """Least squares with unit effects and the slopes of known groups.

    Parameters
    ----------
    groups : (N,)
        Group of each unit, whole numbers from 0, none left out.
    common, individual
        As in `CKMeans`.

    References
    ----------
    Lin and Ng (2011), section 6, "I^0 is known".
    """

    groups: tuple[int, ...]
    common: tuple[str, ...] = ()
    individual: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        numbers = np.asarray(self.groups)
        whole = numbers.ndim == 1 and numbers.size > 0 and numbers.dtype.kind in "iu"
        require(
            whole and bool(np.array_equal(np.unique(numbers), np.arange(numbers.max() + 1))),
            "Groups must be whole numbers from 0, none left out",
            f"{numbers.dtype} numbers of shape {numbers.shape}",
            "Number them 0, 1, ...: one number a unit",
        )
        object.__setattr__(self, "groups", tuple(numbers.tolist()))

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        """Estimate; nothing is drawn.

        Raises
        ------
        InputError
            The panel is unbalanced, has no regressors or one that does not vary over time, or
            other units than there are groups for.
        """
        data = unit_cross_products(panel, "KnownGroups", self.common, self.individual)
        require(
            len(self.groups) == panel.shape[0],
            "There must be a group for each unit",
            f"{len(self.groups)} for {panel.shape[0]} units",
            "Give the groups of this panel's units",
        )
        groups = np.array(self.groups)
        return fit_groups(panel, data, groups, int(groups.max()) + 1)


@dataclass(frozen=True)
class Pooled:
    """Least squares with unit effects and slopes that are common to all units.

    Parameters
    ----------
    individual
        Names of the regressors whose slopes are each unit's own.
    """

    individual: tuple[str, ...] = ()

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        """Estimate; nothing is drawn. Errors are those of `KnownGroups.fit`."""
        data = unit_cross_products(panel, "Pooled", (), self.individual)
        return fit_groups(panel, data, np.zeros(panel.shape[0], np.int64), 1)


@dataclass(frozen=True)
class UnitByUnit:
    """Least squares in each unit alone; `theta` is the mean-group estimator."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        """Estimate; nothing is drawn. Errors are those of `Pseudo.fit`."""
        data = unit_cross_products(panel, "UnitByUnit")
        own_estimates(panel, data, "UnitByUnit")
        return fit_groups(panel, data, np.arange(panel.shape[0]), panel.shape[0])
