"""Nonlinear models with groups that are given."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require_generator, require_one_of
from gfe_mc.estimators.given import checked_groups, groups_for, groups_of_units
from gfe_mc.estimators.losses.begin import begin
from gfe_mc.estimators.losses.grouped_m import PROFILES
from gfe_mc.estimators.losses.loss import Loss, require_loss
from gfe_mc.estimators.losses.report import report
from gfe_mc.fit import LossFit


@dataclass(frozen=True)
class GivenGroupsM:
    """M-estimator of given groups: slopes and profiles as `GroupedM`, groups known.

    Parameters
    ----------
    loss : Loss
        As in `GroupedM`.
    groups : tuple of int, length N
        Group of each unit, whole numbers from 0, none left out.
    profiles : str, default "time"
        As in `GroupedM`.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GivenGroupsM, Panel, Poisson
    >>> panel = Panel.from_arrays([[1, 2], [3, 2], [50, 9], [52, 11]])
    >>> fit = GivenGroupsM(Poisson(), groups=(0, 0, 1, 1)).fit(panel, np.random.default_rng(0))
    >>> np.exp(fit.alpha).round(3)  # means of each group in each period
    array([[ 2.,  2.],
           [51., 10.]])
    >>> constant = GivenGroupsM(Poisson(), groups=(0, 0, 1, 1), profiles="constant")
    >>> np.exp(constant.fit(panel, np.random.default_rng(0)).alpha).round(3)
    array([[ 2. ,  2. ],
           [30.5, 30.5]])
    """

    loss: Loss
    groups: tuple[int, ...]
    profiles: str = "time"

    def __post_init__(self) -> None:
        require_loss(self.loss)
        require_one_of("profiles", self.profiles, PROFILES)
        object.__setattr__(self, "groups", checked_groups(self.groups))

    def fit(self, panel: Panel, rng: np.random.Generator) -> LossFit:
        """Estimate slopes and profiles; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Raises
        ------
        InputError
            As `GroupedM.fit`, or other units than there are groups for.
        """
        require_generator(rng)
        groups = groups_for(panel, self.groups)
        problem, pooled = begin(self.loss, panel, by_period=self.profiles == "time")
        return report(problem, pooled, groups, int(groups.max()) + 1, self)

    def of_units(self, units: np.ndarray) -> GivenGroupsM:
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
