"""Agreement of estimated and true groups beyond chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from gfe_mc.labels import agreement
from gfe_mc.metrics.outcome import Outcome
from gfe_mc.metrics.variable import Variable

NAME = "adjusted_rand"


def adjusted_rand(groups: np.ndarray, truth: np.ndarray) -> float:
    """Compute the adjusted Rand index of two groupings: 1 if the same, 0 on average by chance.

    Parameters
    ----------
    groups, truth : (N,) array
        Group of each unit, from 0.

    References
    ----------
    Hubert and Arabie (1985), Journal of Classification 2, equation (5).
    """
    counted = agreement(groups, truth)
    pairs = float(_pairs(counted).sum())
    rows = float(_pairs(counted.sum(axis=1)).sum())
    columns = float(_pairs(counted.sum(axis=0)).sum())
    every = float(_pairs(np.int64(len(groups))))
    expected = rows * columns / every if every else 0.0
    largest = (rows + columns) / 2
    # One group in both, or a group for each unit in both.
    return 1.0 if largest == expected else (pairs - expected) / (largest - expected)


def _pairs(counts: Any) -> Any:
    """How many pairs there are of so many units: whole numbers, exactly."""
    return counts * (counts - 1) // 2


@dataclass(frozen=True)
class AdjustedRand:
    """Adjusted Rand index of estimated and true groups, whatever their numbers.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from gfe_mc import AdjustedRand, Fit, Truth
    >>> truth = Truth(np.zeros(0), groups=np.array([0, 0, 0, 1, 1, 1]))
    >>> fit = Fit(np.zeros(0), groups=np.array([0, 0, 1, 2, 2, 2]))  # one group too many
    >>> outcome = SimpleNamespace(sample=SimpleNamespace(truth=truth), fit=fit)  # of a replication
    >>> round(AdjustedRand().record(outcome)["adjusted_rand"], 4)
    0.7059
    """

    variables: ClassVar[Mapping[str, Variable]] = {NAME: Variable("adjusted Rand index")}

    def record(self, outcome: Outcome) -> dict[str, float]:
        """Compute the index where fit and truth have groups."""
        groups, truth = outcome.fit.groups, outcome.sample.truth.groups
        if groups is None or truth is None:
            return {}
        return {NAME: adjusted_rand(np.asarray(groups), truth)}
