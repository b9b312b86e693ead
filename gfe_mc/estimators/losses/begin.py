"""Where every estimate under a loss begins: the panel checked and arranged, and one group."""

from __future__ import annotations

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError
from gfe_mc.estimators.losses.descent import descend
from gfe_mc.estimators.losses.loss import Loss, require_outcomes
from gfe_mc.estimators.losses.problem import Parameters, Problem, problem_of
from gfe_mc.estimators.losses.search import bounds_of


def begin(loss: Loss, panel: Panel, *, by_period: bool) -> tuple[Problem, Parameters]:
    """Arrange a panel, and estimate slopes and profile values (1, C) of one group.

    Profile values stay within the bounds of the search there.

    Raises
    ------
    InputError
        Outcomes that the loss is not for, the errors of `problem_of`, or regressors without
        variation of their own.
    """
    require_outcomes(loss, panel)
    problem = problem_of(loss, panel, by_period=by_period)
    pooled = Parameters(np.zeros(panel.shape[2]), np.zeros((1, problem.n_cells)))
    groups, bounds = np.zeros(panel.shape[0], np.int64), bounds_of(problem)
    # What is collinear shows at the first step, at an index of zero.
    first = descend(problem, groups, pooled, used=problem.observed, bounds=bounds, limit=1)
    if first.lost.any():
        names = zip(panel.regressors, first.lost, strict=True)
        within = "of a period" if by_period else "and periods"
        raise InputError(
            f"Every regressor must vary between the units {within}, given the others",
            f"no such variation in {', '.join(name for name, lost in names if lost)}",
            "Leave it out: the effects or the regressors before it explain it",
        )
    descend(problem, groups, pooled, used=problem.observed, bounds=bounds)
    return problem, pooled
