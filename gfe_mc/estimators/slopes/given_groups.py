"""Slopes by groups that are given: known ones, one for all, or one for each unit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_names, require_generator
from gfe_mc.estimators.given import checked_groups, groups_for, groups_of_units
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

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import KnownGroups, Panel
    >>> x = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0], [2.0, 0.0, 1.0]])
    >>> y = np.array([1.0, 3.0, 1.0, 3.0])[:, None] * x
    >>> panel = Panel.from_arrays(y, x[:, :, None])
    >>> fit = KnownGroups(groups=(0, 1, 0, 1)).fit(panel, np.random.default_rng(0))
    >>> fit.beta.round(6), fit.theta.round(6)  # theta is the mean over units
    (array([[1.],
           [3.]]), array([2.]))
    """

    groups: tuple[int, ...]
    common: tuple[str, ...] = ()
    individual: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keep_names(self, "common", "individual")
        object.__setattr__(self, "groups", checked_groups(self.groups))

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
        groups = groups_for(panel, self.groups)
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

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Panel, Pooled
    >>> x = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0]])
    >>> y = np.array([[5.0], [0.0], [9.0]]) + 2.0 * x
    >>> fit = Pooled().fit(Panel.from_arrays(y, x[:, :, None]), np.random.default_rng(0))
    >>> fit.theta.round(6)
    array([2.])
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
    """Mean-group estimator: least squares in each unit alone, `theta` the mean of its slopes.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Panel, UnitByUnit
    >>> x = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0]])
    >>> y = np.array([1.0, 2.0, 6.0])[:, None] * x
    >>> fit = UnitByUnit().fit(Panel.from_arrays(y, x[:, :, None]), np.random.default_rng(0))
    >>> fit.unit_slopes.round(6).ravel(), fit.theta.round(6)
    (array([1., 2., 6.]), array([3.]))
    """

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
