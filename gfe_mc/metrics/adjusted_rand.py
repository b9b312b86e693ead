"""Agreement of estimated and true groups beyond chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import comb

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
    pairs = float(comb(counted, 2).sum())
    rows = float(comb(counted.sum(axis=1), 2).sum())
    columns = float(comb(counted.sum(axis=0), 2).sum())
    every = float(comb(len(groups), 2))
    expected = rows * columns / every if every else 0.0
    largest = (rows + columns) / 2
    # One group in both, or a group for each unit in both.
    return 1.0 if largest == expected else (pairs - expected) / (largest - expected)


@dataclass(frozen=True)
class AdjustedRand:
    """Adjusted Rand index of estimated and true groups, whatever their numbers."""

    variables: ClassVar[Mapping[str, Variable]] = {NAME: Variable("adjusted Rand index")}

    def record(self, outcome: Outcome) -> dict[str, float]:
        """Compute the index where fit and truth have groups."""
        groups, truth = outcome.fit.groups, outcome.sample.truth.groups
        if groups is None or truth is None:
            return {}
        return {NAME: adjusted_rand(np.asarray(groups), truth)}
