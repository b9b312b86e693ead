"""How many groups there are, where slopes differ between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import Variable

NAME = "n_groups"
CHOSEN = "chosen_percent"
"""Share of the replications with a number of groups, which is the parameter."""


@dataclass(frozen=True)
class NumberOfGroups:
    """Estimated number of groups with slopes of their own.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from gfe_mc import ChosenByBIC, CKMeans, NumberOfGroups, StaticSlopes, assigned_groups
    >>> design = StaticSlopes(50, beta=((0.0,), (2.0,)), groups=assigned_groups(60, 2))
    >>> sample = design.draw(np.random.default_rng(0))
    >>> fit = ChosenByBIC(CKMeans(groups=3)).fit(sample.panel, np.random.default_rng(0))
    >>> NumberOfGroups().record(SimpleNamespace(sample=sample, fit=fit))
    {'n_groups': 2}
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        NAME: Variable("number of groups", dtype="i4", fill=0)
    }
    titles: ClassVar[Mapping[str, str]] = {CHOSEN: "chosen %"}

    def record(self, outcome: Outcome) -> dict[str, int]:
        """Count the groups where slopes differ between them."""
        beta = outcome.fit.beta
        return {} if beta is None else {NAME: len(beta)}

    @staticmethod
    def figures(one: xr.Dataset) -> Figures:
        """Compute the share of each number of groups that there was, in percent."""
        numbers = counts.array(one, NAME)
        for number in np.unique(numbers[numbers > 0]):
            yield str(number), CHOSEN, moments.proportion(numbers == number).times(100)
