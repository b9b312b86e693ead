"""Slopes by groups that are given: known ones, one for all, or one for each unit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_names, require_generator
from gfe_mc.estimators.given import groups_of, groups_of_units, keep_groups
from gfe_mc.estimators.slopes.products import fit_groups, own_estimates, unit_cross_products
from gfe_mc.fit import SlopeFit


@dataclass(frozen=True)
class KnownGroups:
    """Fixed effects estimator of the slopes of known groups: y_it = mu_i + x_it'beta_{g_i} + v_it.

    Parameters
    ----------
    groups : tuple of int, length N
        Group of each unit, whole numbers from 0, none left out.
    common, individual : tuple of str, default ()
        As in `CKMeans`.

    References
    ----------
    Lin and Ng (2011), section 6, "I^0 is known".
    """

    groups: tuple[int, ...]
    common: tuple[str, ...] = ()
    individual: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keep_names(self, "common", "individual")
        keep_groups(self)

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Estimate by least squares; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Raises
        ------
        InputError
            The panel has no regressors or one that does not vary over time, a unit that is
            observed once, or other units than there are groups for.
        """
        require_generator(rng)
        data = unit_cross_products(panel, "KnownGroups", self.common, self.individual)
        groups = groups_of(self.groups, panel)
        return fit_groups(panel, data, groups, int(groups.max()) + 1, self)

    def of_units(self, units: np.ndarray) -> KnownGroups:
        """Return the estimator of a panel of these units (positions), some of them repeated.

        Parameters
        ----------
        units : (n,) array
            Positions of units, from 0.

        Raises
        ------
        InputError
            A group has none of them.
        """
        return replace(self, groups=groups_of_units(self.groups, units))


@dataclass(frozen=True)
class Pooled:
    """Fixed effects (within) estimator: unit effects, and slopes that are common to all units.

    Parameters
    ----------
    individual : tuple of str, default ()
        Names of the regressors whose slopes are each unit's own.
    """

    individual: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keep_names(self, "individual")

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Estimate by least squares; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Raises
        ------
        InputError
            As `KnownGroups.fit`.
        """
        require_generator(rng)
        data = unit_cross_products(panel, "Pooled", (), self.individual)
        fit = fit_groups(panel, data, np.zeros(panel.shape[0], np.int64), 1, self)
        return replace(fit, model=replace(fit.model, group_slopes=()))


@dataclass(frozen=True)
class UnitByUnit:
    """Mean-group estimator: least squares in each unit alone, `theta` the mean of its slopes."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Estimate by least squares; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Raises
        ------
        InputError
            As `Pseudo.fit`.
        """
        require_generator(rng)
        data = unit_cross_products(panel, "UnitByUnit")
        own_estimates(panel, data, "UnitByUnit")
        return fit_groups(panel, data, np.arange(panel.shape[0]), panel.shape[0], self)
