"""Groups by slopes, and their number by cross-validation over periods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_whole, require, require_generator
from gfe_mc.fit import Fit
from gfe_mc.selection.chosen_slopes import SlopePath, held_at, require_path


@dataclass(frozen=True)
class ChosenByValidation:
    """Slopes by groups, with the number of groups whose fit of the other periods fits best.

    Periods are cut into `folds` parts of neighbours. Each is left out in turn: groups and slopes
    are estimated from the others, and the squares of y_it - x_it'beta_{g_i} in the part, about
    its own unit means, are added up. The number of groups with the least total is estimated from
    all periods. As only slopes and memberships are carried over, more groups do not always fit
    better.

    Parameters
    ----------
    estimator : SlopePath
        As in `ChosenByCriterion`.
    folds : int, default 2
        Number of parts, at least 2; each must have two periods or more.
    buffer : int, default 0
        Periods on either side of a part that are left out with it, but not predicted: as long as
        errors are correlated.

    References
    ----------
    Li, Zhu and Zou (2022), "Consistent selection of the number of groups in panel models via
    cross-validation": folds on the time span, with a buffer, groups and parameters of one plugged
    into the other. How many folds, and deviations from the part's own means, are ours.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import ChosenByValidation, CKMeans, StaticSlopes, assigned_groups
    >>> design = StaticSlopes(30, beta=((0.0,), (2.0,)), groups=assigned_groups(40, 2))
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> chosen = ChosenByValidation(CKMeans(groups=3), folds=3)
    >>> chosen.fit(panel, np.random.default_rng(0)).n_groups
    2
    """

    estimator: SlopePath
    folds: int = 2
    buffer: int = 0

    def __post_init__(self) -> None:
        require_path(self.estimator)
        keep_whole(self, folds=2, buffer=0)

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Choose by `losses`, and estimate from all periods; errors are theirs.

        Where that number cannot be estimated from all periods, the best one that can is taken.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Source of all randomness.
        """
        require_generator(rng)
        losses = self.losses(panel, rng)
        fits = [replace(fit, estimator=self) for fit in self.estimator.path(panel, rng)]
        numbers = min(len(fits), len(losses))
        usable = np.array([fit.status.usable for fit in fits[:numbers]])
        values = np.where(usable, losses[:numbers], np.inf)
        return fits[int(np.argmin(values))] if np.isfinite(values).any() else fits[0]

    def losses(self, panel: Panel, rng: np.random.Generator) -> np.ndarray:
        """Compute the squares of what is left out, at each number of groups from 1.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Source of all randomness.

        Returns
        -------
        (G_max,) array
            Infinite where a part could not be estimated.

        Raises
        ------
        InputError
            The panel is unbalanced, or has too few periods; or as the estimator's.
        """
        require_generator(rng)
        panel.require_balanced("ChosenByValidation")
        n_periods = panel.shape[1]
        most = n_periods // 2
        require(
            self.folds <= most,
            "Every part must have two periods, as deviations from means are compared",
            f"{self.folds} parts of {n_periods} periods",
            f"Give `folds` from 2 to {most}" if most >= 2 else "Give a panel of four periods",
        )
        total: np.ndarray | None = None
        for part in np.array_split(np.arange(n_periods), self.folds):
            near = (np.arange(n_periods) >= part[0] - self.buffer) & (
                np.arange(n_periods) <= part[-1] + self.buffer
            )
            require(
                not near.all(),
                "There must be periods to estimate from",
                f"a buffer of {self.buffer} in {n_periods} periods",
                "Give a shorter one",
            )
            fits = self.estimator.path(_of_periods(panel, np.flatnonzero(~near)), rng)
            left_out = _of_periods(panel, part)
            losses = np.array([_loss(left_out, fit) for fit in fits])
            total = losses if total is None else _added(total, losses)
        assert total is not None
        return total

    def held(self, n_groups: int) -> Any:
        """Return the estimator at a number of groups that was chosen."""
        return held_at(self.estimator, n_groups)


def _of_periods(panel: Panel, periods: np.ndarray) -> Panel:
    return Panel.from_arrays(
        panel.y[:, periods], panel.x[:, periods], regressors=list(panel.regressors)
    )


def _loss(panel: Panel, fit: Fit) -> float:
    """Squares of the residuals of a panel about unit means, at the slopes of a fit of another."""
    if not fit.status.usable or fit.unit_slopes is None:
        return np.inf
    return float((fit.residuals(panel) ** 2).sum())


def _added(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Sums of losses, as many as both have."""
    numbers = min(len(one), len(other))
    return np.asarray(one[:numbers] + other[:numbers])
