"""What the difference between our figure and a printed one says."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import pandas as pd
from scipy.stats import norm

LEVEL = 0.05
"""Probability below which a figure alone does not agree."""
FAMILY_LEVEL = 0.05
"""Probability of at least one "differs" among the figures of a table if none does."""
FEWEST = 10
"""Samples below which nothing is said of a figure that has a sampling error."""


class Verdict(StrEnum):
    """What a figure beside the print says, or why it says nothing."""

    AGREES = "agrees"
    WITHIN_CHANCE = "within chance"
    DIFFERS = "differs"
    AS_PRINTED = "as printed"
    ROUNDED_TWICE = "rounded twice"
    NOT_AS_PRINTED = "not as printed"
    TOO_FEW = "too few"
    NOT_COMPUTED = "not computed"
    NOT_RUN = "not run"


COMPARED = (Verdict.AGREES, Verdict.WITHIN_CHANCE, Verdict.DIFFERS)
"""Verdicts on figures that vary by their samples: what chance may do."""
CHECKED = (Verdict.AS_PRINTED, Verdict.ROUNDED_TWICE, Verdict.NOT_AS_PRINTED)
"""Verdicts on what is the same in all replications, where chance may do nothing."""
IN_ACCORD = (Verdict.AGREES, Verdict.WITHIN_CHANCE, Verdict.AS_PRINTED, Verdict.ROUNDED_TWICE)
"""Verdicts on figures that print and ours may have in common."""
AT_ODDS = (Verdict.DIFFERS, Verdict.NOT_AS_PRINTED)
"""Verdicts on figures that want an explanation."""
ABSENT = (Verdict.NOT_RUN, Verdict.NOT_COMPUTED)
"""Words where there is no figure."""


class Family(NamedTuple):
    """What is judged together.

    Attributes
    ----------
    figures : int
        Figures that are compared, each as often as there are methods beside it.
    methods : int
        Methods that have any.
    """

    figures: int
    methods: int

    @classmethod
    def of(cls, probabilities: Iterable[pd.Series]) -> Family:
        """Count the probabilities that there are, a series a method."""
        each = [int(one.notna().sum()) for one in probabilities]
        return cls(sum(each), sum(number > 0 for number in each))

    @property
    def level(self) -> float:
        """Probability below which one of them differs (Bonferroni)."""
        return FAMILY_LEVEL / self.figures if self.figures else math.nan

    def __str__(self) -> str:
        """Say what is judged together, and how."""
        of = f" of {self.methods} methods beside one print" if self.methods > 1 else ""
        return (
            f"p below {self.level:.2g}, for many samples |z| above {norm.isf(self.level / 2):.2f}: "
            f"Bonferroni, {FAMILY_LEVEL:.0%} for all {self.figures} figures{of} together"
        )


def judge(p: float, family: Family) -> Verdict:
    """Return the verdict on the probability of one figure among those judged together."""
    if p >= LEVEL:
        return Verdict.AGREES
    return Verdict.WITHIN_CHANCE if p >= family.level else Verdict.DIFFERS


def overall(comparison: pd.DataFrame, family: Family | None = None) -> str:
    """Return the verdict on a whole comparison, in one sentence.

    Parameters
    ----------
    comparison : pandas.DataFrame
        Of `gfe_mc.report.compare.compare`.
    family : Family, optional
        What its figures are judged together with; themselves if left out.
    """
    cases = {verdict: int((comparison["verdict"] == verdict.value).sum()) for verdict in Verdict}
    compared = sum(cases[verdict] for verdict in COMPARED)
    said = []
    if compared:
        family = family or Family.of([comparison["p"]])
        said.append(
            f"Of {compared} printed figures compared, agree {cases[Verdict.AGREES]}, "
            f"within chance {cases[Verdict.WITHIN_CHANCE]}, differ {cases[Verdict.DIFFERS]} "
            f"({family})"
        )
    elif not any(cases[verdict] for verdict in CHECKED):
        said.append("No printed figure could be compared")
    if any(cases[verdict] for verdict in CHECKED):
        checked = ", ".join(f"{verdict} {cases[verdict]}" for verdict in CHECKED)
        said.append(f"of those that are the same in all replications, {checked}")
    if cases[Verdict.TOO_FEW]:
        said.append(f"of fewer than {FEWEST} samples {cases[Verdict.TOO_FEW]}")
    absent = f"not computed {cases[Verdict.NOT_COMPUTED]}, not run {cases[Verdict.NOT_RUN]}"
    text = "; ".join([*said, absent]) + "."
    return text[0].upper() + text[1:]
