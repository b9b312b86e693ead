"""Standard errors of the slopes of groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gfe_mc.metrics.group_slopes import ordered
from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import INFERENCE, Variable


@dataclass(frozen=True)
class GroupErrors:
    """Standard errors of the slopes of each group by each inference method.

    Groups are in the order of `GroupSlopes`, whose t values are made of them.

    Examples
    --------
    >>> from gfe_mc import GroupErrors, GroupSlopes
    >>> record = (GroupSlopes(), GroupErrors())  # as in Experiment(record=record, inference=...)
    >>> GroupErrors().variables["group_errors"].dims
    ('inference', 'group', 'slope')
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        "group_errors": Variable("standard errors of slopes", (INFERENCE, "group", "slope"))
    }

    def record(self, outcome: Outcome) -> dict[str, np.ndarray]:
        """Take the errors from joint covariances of slopes by groups."""
        found = ordered(outcome)
        if found is None:
            return {}
        beta, order = found
        n_groups, n_slopes = beta.shape
        errors = np.full((len(outcome.covariances), n_groups, n_slopes), np.nan)
        for m, covariance in enumerate(outcome.covariances.values()):
            if covariance.group_slopes is not None:
                errors[m] = covariance.group_slopes[order]
            elif covariance.joint is not None and outcome.fit.alpha is None:
                errors[m] = covariance.profile_errors(n_groups, n_slopes)[order]
        return {"group_errors": errors}

    @staticmethod
    def figures(one: object) -> Figures:  # noqa: ARG004
        """Summarize nothing: they are in the t values of `GroupSlopes`."""
        return iter(())
