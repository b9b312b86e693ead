"""What estimators are compared by: one figure of a summary, and which values of it are better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gfe_mc.errors import require

TARGETS = {"bias": 0.0, "coverage": 0.95, "bias_eliminated_coverage": 0.95}
"""Figures of which neither the least nor the most is best, and what is."""


@dataclass(frozen=True)
class Criterion:
    """A figure that estimators are compared by; the less, the better, or the nearer its target.

    Parameters
    ----------
    statistic : str
        Name of a statistic of the summary: rmse, bias, misclassification_percent,
        median_seconds, coverage, ...
    parameter : str, default "none"
        The parameter that it is of; "none" where it has none.
    inference : str, default "none"
        The inference method that it is of; "none" where it has none.

    Examples
    --------
    >>> from gfe_mc import Criterion
    >>> Criterion("rmse", "theta1").title
    'theta1 rmse'
    >>> Criterion("bias", "theta1").title, Criterion("coverage", "theta1", "large-T").title
    ('theta1 bias, distance from 0', 'theta1 coverage large-T, distance from 0.95')
    """

    statistic: str
    parameter: str = "none"
    inference: str = "none"

    @property
    def name(self) -> str:
        """Name of the figure, such as "theta1 bias"."""
        words = [self.parameter, self.statistic, self.inference]
        return " ".join(word.replace("_", " ") for word in words if word != "none")

    @property
    def title(self) -> str:
        """Name of what is compared, such as "theta1 bias, distance from 0"."""
        target = TARGETS.get(self.statistic)
        return self.name if target is None else f"{self.name}, distance from {target:g}"

    def rows(self, summary: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a summary that have the figure.

        Parameters
        ----------
        summary : pandas.DataFrame
            Of `gfe_mc.metrics.summary.summarize_study`.

        Raises
        ------
        InputError
            There is no such figure.
        """
        same = pd.Series(True, index=summary.index)
        for name in ("statistic", "parameter", "inference"):
            same &= summary[name] == getattr(self, name)
        rows = summary[same].copy()
        require(
            len(rows) > 0,
            "Estimators must be compared by a figure of the study",
            self.title,
            f"There are {', '.join(sorted(set(summary['statistic'])))}",
        )
        return rows

    def of(self, summary: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that have the figure, with `loss` and `loss_influence`.

        Parameters
        ----------
        summary : pandas.DataFrame
            Of `gfe_mc.metrics.summary.summarize_study`; `loss_influence` is None where that was
            made without influences.

        Raises
        ------
        InputError
            There is no such figure.
        """
        rows = self.rows(summary)
        target = TARGETS.get(self.statistic)
        values = rows["value"].to_numpy(float)
        sign = np.ones(len(rows)) if target is None else np.sign(values - target)
        rows["loss"] = values if target is None else np.abs(values - target)
        own = rows["influence"] if "influence" in rows else [None] * len(rows)
        rows["loss_influence"] = [
            None if one is None else side * one for side, one in zip(sign, own, strict=True)
        ]
        return rows
