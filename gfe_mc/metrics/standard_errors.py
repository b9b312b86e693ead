"""Standard errors of the parameters, and the intervals and tests that are made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gfe_mc.metrics import intervals, moments
from gfe_mc.metrics.moments import Figure
from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import INFERENCE, Variable

NAME = "standard_error"


@dataclass(frozen=True)
class StandardErrors:
    """Standard errors of the parameters by each inference method; recorded where there is any.

    Examples
    --------
    >>> from gfe_mc import StandardErrors
    >>> StandardErrors().variables["standard_error"].dims  # of each replication
    ('inference', 'parameter')
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        NAME: Variable("standard error", (INFERENCE, "parameter"))
    }

    def record(self, outcome: Outcome) -> dict[str, np.ndarray]:
        """Compute them by the covariances, (M, P)."""
        if not outcome.covariances:
            return {}
        theta = np.asarray(outcome.fit.theta, np.float64)
        errors = [outcome.parameters.errors(one, theta) for one in outcome.covariances.values()]
        return {NAME: np.array(errors).reshape(len(errors), len(outcome.parameters.names))}

    @staticmethod
    def figures(one: object) -> Figures:  # noqa: ARG004
        """Summarize nothing that belongs to no inference method: see `of_method`."""
        return iter(())


def of_method(
    estimates: np.ndarray, truths: np.ndarray, errors: np.ndarray
) -> Iterator[tuple[str, Figure]]:
    """Compute figures of one parameter by one inference method, from (n,) each."""
    yield "median_se", moments.median(errors)
    yield "mean_se", moments.mean(errors)
    yield "se_ratio_median", intervals.ratio_of_median(estimates, errors)
    yield "se_ratio_mean", intervals.ratio_of_mean(estimates, errors)
    yield "coverage", intervals.coverage(estimates, errors, truths)
    yield "bias_eliminated_coverage", intervals.bias_eliminated_coverage(estimates, errors)
    yield "size", intervals.rejection(estimates, errors, truths)
    yield "power", intervals.rejection(estimates, errors, np.zeros(len(truths)))
