"""The objective at each number of groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import Variable


@dataclass(frozen=True)
class Path:
    """Objective at each number of groups from 1, of estimators that fit several.

    What criteria choose is made of it: `gfe_mc.metrics.choice.along_paths`.
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        "path": Variable("objective at each number of groups", ("number_of_groups",))
    }

    def record(self, outcome: Outcome) -> dict[str, np.ndarray]:
        """Take the path from the fit; criteria along it are of N T observations, without gaps."""
        path = outcome.fit.path
        if path is not None:
            outcome.sample.panel.require_balanced("A path for criteria")
        return {} if path is None else {"path": np.asarray(path, np.float64)}

    @staticmethod
    def figures(one: object) -> Figures:  # noqa: ARG004
        """Summarize nothing: criteria do."""
        return iter(())
