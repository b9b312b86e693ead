"""Profiles of groups that are given: the true ones, or ones drawn at random."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_whole, require, require_flags, require_generator
from gfe_mc.estimators.given import checked_groups, groups_for, groups_of_units
from gfe_mc.estimators.profiles.design import design
from gfe_mc.estimators.profiles.gfe import fit_of_labels, starting_slopes
from gfe_mc.estimators.profiles.linear import fit_of_groups
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.estimators.profiles.search import Found
from gfe_mc.estimators.profiles.stack import stack
from gfe_mc.fit import Model, ProfileFit
from gfe_mc.kernels.profiles.arrays import empty_grouping


@dataclass(frozen=True)
class OracleGFE:
    """Least squares with group-period effects of known groups: the infeasible benchmark.

    The estimator does not see the truth: it is made of it, as `KnownGroups` is. A study whose
    groups do not differ between replications gives each cell the groups of its design.

    Parameters
    ----------
    groups : tuple of int, length N
        Group of each unit, whole numbers from 0, none left out.
    unit_effects : bool, default False
        As in `GFE`.

    References
    ----------
    Bonhomme and Manresa (2012), equation (13).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import OracleGFE, Panel
    >>> panel = Panel.from_arrays([[1.0, 2.0], [9.0, 8.0], [3.0, 4.0]])
    >>> OracleGFE((0, 1, 0)).fit(panel, np.random.default_rng(0)).alpha
    array([[2., 3.],
           [9., 8.]])
    """

    groups: tuple[int, ...]
    unit_effects: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", checked_groups(self.groups))
        require_flags(self, "unit_effects")

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
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
            The panel has other units than there are groups for, or as `GFE.fit`.
        """
        require_generator(rng)
        groups = groups_for(panel, self.groups)
        return fit_given(panel, groups, self, unit_effects=self.unit_effects)

    def of_units(self, units: np.ndarray) -> OracleGFE:
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
class RandomGroups:
    """Least squares with group-period effects of groups drawn at random: what no search is worth.

    Groups are of equal size, but for one unit, and say nothing about the data.

    Parameters
    ----------
    groups : int
        Number of groups G.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, RandomGroups
    >>> panel = GroupedEffects(10, 5, 2, separation=3.0).draw(np.random.default_rng(0)).panel
    >>> fit = RandomGroups(groups=3).fit(panel, np.random.default_rng(0))
    >>> sorted(np.bincount(fit.groups).tolist())
    [3, 3, 4]
    """

    groups: int

    def __post_init__(self) -> None:
        keep_whole(self, groups=1)

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Draw the groups, and estimate by least squares.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Draws the groups.

        Raises
        ------
        InputError
            The panel has fewer units than groups, or as `GFE.fit`.
        """
        require_generator(rng)
        n_units = panel.shape[0]
        require_enough_units(self.groups, n_units)
        return fit_given(panel, rng.permutation(n_units) % self.groups, self)


def require_enough_units(n_groups: int, n_units: int) -> None:
    """Raise `InputError` if there are more groups than units."""
    require(
        n_groups <= n_units,
        "There must be no more groups than units",
        f"{n_groups} groups for {n_units} units",
        f"Give `groups` from 1 to {n_units}",
    )


def fit_given(
    panel: Panel,
    groups: np.ndarray,
    estimator: object,
    *,
    unit_effects: bool = False,
    converged: bool = True,
) -> ProfileFit:
    """Estimate slopes and profiles of groups (N,) by least squares.

    Parameters
    ----------
    panel : Panel
        The panel, which may have gaps.
    groups : (N,) array
        Group of each unit, whole numbers from 0, none left out.
    estimator : object
        What makes the fit.
    unit_effects : bool, default False
        Whether units have effects.
    converged : bool, default True
        Whether what found the groups ended by its own rule.

    Raises
    ------
    InputError
        As `GFE.fit`.
    """
    n_units, n_periods, n_regressors = panel.shape
    n_groups = int(groups.max()) + 1
    labels, _ = by_first_appearance(groups, n_groups)
    found = Found(float("nan"), 1, 1, converged)
    if not panel.balanced:
        made = design(panel, np.eye(n_periods), (), unit_effects=unit_effects)
        model = Model(unit_effects=unit_effects, profiles=True)
        return fit_of_groups(panel, made, labels, n_groups, model, found, estimator)
    seen = panel.within_units() if unit_effects else panel
    data, means = stack(seen)
    starting_slopes(seen, data, 0.0, unit_effects=unit_effects)  # Refuses what is not identified.
    now = empty_grouping(n_units, n_periods, n_regressors, n_groups)
    now.groups[:] = labels
    room = now, np.zeros((n_regressors + 1, n_regressors + 1))
    return fit_of_labels(estimator, panel, data, means, *room, found, unit_effects=unit_effects)
