"""Nonlinear models with groups that are given."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require, require_generator, require_one_of
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
    """

    loss: Loss
    groups: tuple[int, ...]
    profiles: str = "time"

    def __post_init__(self) -> None:
        require_loss(self.loss)
        require_one_of("profiles", self.profiles, PROFILES)
        try:
            numbers = np.asarray(self.groups)
        except ValueError:  # Of rows of different lengths.
            numbers = np.zeros(0)
        whole = numbers.ndim == 1 and numbers.size > 0 and numbers.dtype.kind in "iu"
        require(
            whole and bool(np.array_equal(np.unique(numbers), np.arange(numbers.max() + 1))),
            "Groups must be whole numbers from 0, none left out",
            repr(self.groups),
            "Number them 0, 1, ...: one number a unit",
        )
        object.__setattr__(self, "groups", tuple(numbers.tolist()))

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
        require(
            len(self.groups) == panel.shape[0],
            "There must be a group for each unit",
            f"{len(self.groups)} for {panel.shape[0]} units",
            "Give the groups of this panel's units",
        )
        problem, pooled = begin(self.loss, panel, by_period=self.profiles == "time")
        groups = np.array(self.groups, np.int64)
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
        groups = np.asarray(self.groups)[units]
        found, n_groups = len(np.unique(groups)), max(self.groups) + 1
        require(
            found == n_groups,
            "Every group must have a unit",
            f"units of {found} of {n_groups} groups",
            "Draw again",
        )
        return replace(self, groups=tuple(groups.tolist()))
