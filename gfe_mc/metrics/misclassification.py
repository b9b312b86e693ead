"""Units in the wrong group, under the best relabelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from scipy.optimize import linear_sum_assignment

from gfe_mc.labels import agreement
from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import Variable

NAME = "misclassification"
PERCENT = "misclassification_percent"


def misclassification(groups: np.ndarray, truth: np.ndarray) -> float:
    """Compute the misclassification rate: share of units in a wrong group, best relabelling.

    The best of all G! relabellings of the groups is found as an optimal assignment.

    Parameters
    ----------
    groups, truth : (N,) array
        Group of each unit, from 0.

    Returns
    -------
    float
        The share, from 0 to 1.
    """
    counted = agreement(groups, truth)
    rows, columns = linear_sum_assignment(counted, maximize=True)
    return 1.0 - float(counted[rows, columns].sum()) / len(groups)


@dataclass(frozen=True)
class Misclassification:
    """Misclassification rate: share of units in a wrong group, under the best relabelling.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from gfe_mc import Fit, Misclassification, Truth
    >>> truth = Truth(np.zeros(0), groups=np.array([0, 0, 0, 0, 1, 1, 1, 1]))
    >>> fit = Fit(np.zeros(0), groups=np.array([1, 1, 1, 0, 0, 0, 0, 0]))  # numbered otherwise
    >>> outcome = SimpleNamespace(sample=SimpleNamespace(truth=truth), fit=fit)  # of a replication
    >>> Misclassification().record(outcome)
    {'misclassification': 0.125}
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        NAME: Variable("share of units in another group than the true one, best relabelling")
    }
    titles: ClassVar[Mapping[str, str]] = {PERCENT: "misclassified %"}
    note: ClassVar[str] = "Misclassified: under the best relabelling of the groups."

    def record(self, outcome: Outcome) -> dict[str, float]:
        """Compute the rate where fit and truth have groups."""
        groups, truth = outcome.fit.groups, outcome.sample.truth.groups
        if groups is None or truth is None:
            return {}
        return {NAME: misclassification(np.asarray(groups), truth)}

    @staticmethod
    def figures(one: xr.Dataset) -> Figures:
        """Compute the mean, in percent."""
        yield "none", PERCENT, moments.mean(100 * counts.array(one, NAME))
