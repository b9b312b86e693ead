"""What an estimator returns, and the closed set of ways in which it can end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from gfe_mc.data.panel import Panel

if TYPE_CHECKING:
    from gfe_mc.summary import Summary


class Status(IntEnum):
    """How a fit, or a replication of it, ended. Stored as the number; `message` says it."""

    SUCCESS = 0
    ITERATION_LIMIT = 1
    COLLINEAR = 2
    NOT_FINITE = 3
    ESTIMATOR_FAILED = 4
    DGP_FAILED = 5
    WORKER_LOST = 6
    NOT_RUN = 7
    GROUP_TOO_SMALL = 8
    EXACT_FIT = 9

    @property
    def message(self) -> str:
        """What the status means."""
        return _MESSAGES[self]


_MESSAGES = {
    Status.SUCCESS: "the search ended by its own rule",
    Status.ITERATION_LIMIT: "the iteration limit was reached before the groups settled",
    Status.COLLINEAR: "a regressor does not vary within the groups and periods that were found",
    Status.NOT_FINITE: "an estimate is not finite",
    Status.ESTIMATOR_FAILED: "the estimator raised an exception",
    Status.DGP_FAILED: "the sample could not be drawn",
    Status.WORKER_LOST: "the worker died each time it was tried",
    Status.NOT_RUN: "not part of what was asked for, or not yet run",
    Status.GROUP_TOO_SMALL: "a group would have had fewer units than the minimum",
    Status.EXACT_FIT: "the groups leave no residuals, so that soft memberships are not defined",
}


@dataclass(frozen=True, eq=False)
class Fit:
    """Estimates of a panel with N units, T periods, K regressors and G groups.

    Attributes
    ----------
    theta : (K,)
        Common slopes; where slopes differ between groups, their mean over units. NaN where the
        status is COLLINEAR.
    alpha : (G, T), optional
        Group profiles alpha_gt.
    groups : (N,), optional
        Group of each unit, 0, ..., G - 1, numbered by first appearance.
    objective
        The minimised sum of squared residuals.
    status
        How the fit ended.
    n_best, n_tries
        How many of the search's tries met the best objective, and how many there were. What a
        try is (a start, a local optimum), the search says.
    path : (G_max,), optional
        The minimised objective at each number of groups from 1, where several were fitted.
    beta : (G, K), optional
        Slopes of each group, where they differ; without `alpha`, the model has a fixed effect for
        each unit. Common slopes are the same in every row, and those of single units are NaN.
    unit_slopes : (N, K), optional
        Slopes of each unit: its group's, the common ones, and its own.
    group_objectives : (G,), optional
        What each group has of the objective, where slopes differ between groups.
    memberships : (N, G), optional
        Share of each unit in each group, where memberships are soft.
    fuzziness, optional
        The regularization parameter m of soft memberships.
    panel
        The panel that was fitted, which `summary` needs; None if the estimator does not keep it.
    """

    theta: np.ndarray
    alpha: np.ndarray | None = None
    groups: np.ndarray | None = None
    objective: float = float("nan")
    status: Status = Status.SUCCESS
    n_best: int = 1
    n_tries: int = 1
    path: np.ndarray | None = None
    beta: np.ndarray | None = None
    unit_slopes: np.ndarray | None = None
    group_objectives: np.ndarray | None = None
    memberships: np.ndarray | None = None
    fuzziness: float | None = None
    panel: Panel | None = field(default=None, repr=False)

    def summary(self, **options: Any) -> Summary:
        """Return standard errors, groups and all else there is to say, of the panel of the fit.

        Options and errors are those of `gfe_mc.summary.summarize_fit`. `print` shows it as text;
        `render` writes other formats.
        """
        # What stands to the right of this module in the order of imports is found by its name.
        summary: Summary = import_module("gfe_mc.summary").summarize_fit(self, **options)
        return summary

    def residuals(self, panel: Panel) -> np.ndarray:
        """Residuals y_it - x_it'theta - alpha_{g_i t} of a panel, (N, T).

        With slopes of units, y_it - x_it'beta_i less the effects; about their unit means where
        there are no effects of groups and periods.
        """
        if self.unit_slopes is not None:
            panel = panel if self.alpha is not None else panel.within_units()
            left = panel.y.copy()
            for k in range(panel.shape[2]):
                left -= self.unit_slopes[:, k, None] * panel.x[:, :, k]
            if self.alpha is not None and self.groups is not None:
                left -= self.alpha[self.groups]
            return left
        # Slope by slope rather than by a matrix product: the same bits on every machine.
        residuals = panel.y.copy()
        for k, slope in enumerate(self.theta):
            residuals -= slope * panel.x[:, :, k]
        if self.alpha is not None and self.groups is not None:
            residuals -= self.alpha[self.groups]
        return residuals
