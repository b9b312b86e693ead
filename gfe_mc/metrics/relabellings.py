"""Units in the wrong group, under the best of some random relabellings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import factorial
from typing import ClassVar

import numpy as np
import xarray as xr

from gfe_mc.errors import require_whole
from gfe_mc.labels import agreement
from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.misclassification import misclassification
from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import Variable

NAME = "misclassification_permutations"
PERCENT = "misclassification_permutations_percent"


def misclassification_permutations(
    groups: np.ndarray, truth: np.ndarray, permutations: int, rng: np.random.Generator
) -> float:
    """Compute the misclassification rate under the best of some random relabellings.

    As many relabellings as `permutations` says are drawn at random, with replacement; if there
    are no more than that, all of them are gone through, which is the optimal assignment.

    Parameters
    ----------
    groups, truth : (N,) array
        Group of each unit, from 0.
    permutations : int
        Number of relabellings.
    rng : numpy.random.Generator
        Source of the relabellings.

    Returns
    -------
    float
        The share of units in a wrong group, from 0 to 1.

    References
    ----------
    Bonhomme and Manresa (2012), footnote 31.
    """
    # Reports are made without a compiler.
    from gfe_mc.kernels.relabel import best_of_permutations

    counted = agreement(groups, truth)
    if factorial(len(counted)) <= permutations:
        return misclassification(groups, truth)
    return 1.0 - best_of_permutations(counted, rng, permutations) / len(groups)


@dataclass(frozen=True)
class RandomRelabellings:
    """Misclassification rate under the best of random relabellings of the groups.

    Parameters
    ----------
    number : int
        Number of relabellings drawn.

    References
    ----------
    Bonhomme and Manresa (2012), footnote 31.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from gfe_mc import Fit, RandomRelabellings, Sample, Truth
    >>> sample = Sample(None, Truth(np.zeros(0), groups=np.array([0, 0, 1, 1])))
    >>> fit = Fit(np.zeros(0), groups=np.array([1, 1, 0, 0]))
    >>> outcome = SimpleNamespace(sample=sample, fit=fit, rng=lambda _: np.random.default_rng(0))
    >>> RandomRelabellings(100).record(outcome)  # both orders are among a hundred draws
    {'misclassification_permutations': 0.0}
    """

    number: int

    variables: ClassVar[Mapping[str, Variable]] = {
        NAME: Variable("share of units in another group than the true one, random relabellings")
    }
    titles: ClassVar[Mapping[str, str]] = {PERCENT: "misclassified % (random relabellings)"}

    def __post_init__(self) -> None:
        require_whole("number", self.number, 1)

    def record(self, outcome: Outcome) -> dict[str, float]:
        """Compute the rate where fit and truth have groups."""
        groups, truth = outcome.fit.groups, outcome.sample.truth.groups
        if groups is None or truth is None:
            return {}
        rng = outcome.rng("permutations")
        return {NAME: misclassification_permutations(np.asarray(groups), truth, self.number, rng)}

    @staticmethod
    def figures(one: xr.Dataset) -> Figures:
        """Compute the mean, in percent."""
        yield "none", PERCENT, moments.mean(100 * counts.array(one, NAME))
