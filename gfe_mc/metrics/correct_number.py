"""Whether the number of groups is the true one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import Variable

NAME = "correct_number"
PERCENT = "correct_number_percent"


@dataclass(frozen=True)
class CorrectNumber:
    """Whether there are as many groups as in the truth: for estimators that choose their number.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from gfe_mc import CorrectNumber, Fit, Truth
    >>> truth = Truth(np.zeros(0), groups=np.array([0, 0, 0, 1, 1, 1]))
    >>> fit = Fit(np.zeros(0), groups=np.array([0, 0, 1, 2, 2, 2]))
    >>> outcome = SimpleNamespace(sample=SimpleNamespace(truth=truth), fit=fit)  # of a replication
    >>> CorrectNumber().record(outcome)  # three for two
    {'correct_number': False}
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        NAME: Variable("whether the number of groups is the true one", dtype="bool")
    }
    titles: ClassVar[Mapping[str, str]] = {PERCENT: "correct number %"}

    def record(self, outcome: Outcome) -> dict[str, bool]:
        """Compare the numbers where fit and truth have groups."""
        found, truth = outcome.fit.n_groups, outcome.sample.truth.groups
        if found is None or truth is None:
            return {}
        return {NAME: found == len(np.unique(truth))}

    @staticmethod
    def figures(one: xr.Dataset) -> Figures:
        """Compute the share of the replications in which it is, in percent."""
        values = counts.array(one, NAME)
        known = CorrectNumber.variables[NAME].has_values(values)
        shares = np.where(known, values.astype(np.float64), np.nan)
        yield "none", PERCENT, moments.proportion(shares).times(100)
