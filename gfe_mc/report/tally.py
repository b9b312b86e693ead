"""How many printed figures a method has beside it, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from gfe_mc.report.digits import ABSENT
from gfe_mc.report.explained import printed_keys
from gfe_mc.report.verdicts import AT_ODDS, Verdict

NO_VERDICT = (Verdict.TOO_FEW, Verdict.NOT_COMPUTED, Verdict.NOT_RUN)
"""Words where nothing is said of a figure."""


@dataclass(frozen=True)
class Tally:
    """Printed figures by what became of them; those that differ are explained or open.

    Attributes
    ----------
    verdicts : dict of Verdict to int
        How many figures have each.
    explained : int
        How many of those that differ, or are not as printed, are explained.
    printed : int
        How many printed figures these are: each counts once for each method beside it.
    never_met : int
        How many of the printed ones are open for every method that has a verdict on them.
    """

    verdicts: dict[Verdict, int] = field(default_factory=dict)
    explained: int = 0
    printed: int = 0
    never_met: int = 0

    @classmethod
    def of(cls, compared: pd.DataFrame, explanation: pd.Series) -> Tally:
        """Count rows of `compared.csv`, with the number of the explanation of each; -1 if none."""
        counts = compared["verdict"].value_counts()
        verdicts = {verdict: int(counts.get(verdict.value, 0)) for verdict in Verdict}
        explained = explanation[compared.index] >= 0
        keys = printed_keys(compared)
        judged = ~compared["verdict"].isin(NO_VERDICT)
        met = judged & (~compared["verdict"].isin(AT_ODDS) | explained)
        never = set(keys[judged]) - set(keys[met])
        return cls(verdicts, int(explained.sum()), keys.nunique(), len(never))

    @property
    def figures(self) -> int:
        """How many there are."""
        return sum(self.verdicts.values())

    @property
    def open(self) -> int:
        """How many of those that differ, or are not as printed, nothing explains."""
        return sum(self[verdict] for verdict in AT_ODDS) - self.explained

    def __getitem__(self, verdict: Verdict) -> int:
        return self.verdicts.get(verdict, 0)

    def __add__(self, other: Tally) -> Tally:
        both = {verdict: self[verdict] + other[verdict] for verdict in Verdict}
        return Tally(
            both,
            self.explained + other.explained,
            self.printed + other.printed,
            self.never_met + other.never_met,
        )

    @classmethod
    def total(cls, tallies: Iterable[Tally]) -> Tally:
        """Add several."""
        return sum(tallies, start=cls())

    @staticmethod
    def header() -> tuple[str, ...]:
        """Return what `entries` are."""
        return (
            "figures",
            "agree",
            "within chance",
            "as printed",
            "rounded twice",
            "differ, explained",
            "differ, open",
            "no verdict",
        )

    def entries(self) -> tuple[str, ...]:
        """Return all numbers as text; what is after the first adds up to it.

        The last says why as well, such as "3 too few, 2 not run".
        """
        numbers = (
            self.figures,
            self[Verdict.AGREES],
            self[Verdict.WITHIN_CHANCE],
            self[Verdict.AS_PRINTED],
            self[Verdict.ROUNDED_TWICE],
            self.explained,
            self.open,
        )
        none = [f"{self[verdict]} {verdict}" for verdict in NO_VERDICT if self[verdict]]
        return (*(str(number) for number in numbers), ", ".join(none) or ABSENT)
