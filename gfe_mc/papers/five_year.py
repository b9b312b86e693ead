"""The unbalanced panel of income and democracy, from the five-year panel of all countries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gfe_mc.data.columns import Columns
from gfe_mc.data.files import read_columns
from gfe_mc.data.panel import Panel
from gfe_mc.papers.income_democracy import COLUMNS, LAG

_FIRST = 1970
_LEAST = 4
_LAGGED = {"democracy": LAG, "income": "lag_income"}


@dataclass(frozen=True)
class FiveYear(Columns):
    """Columns of the five-year panel of Acemoglu, Johnson, Robinson and Yared (2008).

    What is read has lags of five years in the place of the levels, the base sample from 1970 on,
    rows that have all three variables, and countries with four such rows or more: 118 countries,
    1970 to 2000, and 776 rows.

    Attributes
    ----------
    sample : str
        Column that is one in the base sample.

    References
    ----------
    Bonhomme and Manresa (2012), section 6.4.
    """

    sample: str = "sample_base"

    def read(self, path: str | Path) -> Panel:
        """Read the file; errors are those of `Panel.from_file`."""
        levels = tuple(name for name in _LAGGED if name != self.outcome)
        there = Columns(self.outcome, (*levels, self.sample), self.unit, self.time)
        frame, _ = read_columns(str(path), there)
        before = frame[[self.unit, self.time, *_LAGGED]].rename(columns=_LAGGED)
        before[self.time] += 5
        rows = frame[(frame[self.sample] == 1) & (frame[self.time] >= _FIRST)]
        rows = rows.merge(before, on=[self.unit, self.time], how="left")
        rows = rows.dropna(subset=[self.outcome, *self.regressors])
        rows = rows[rows.groupby(self.unit)[self.outcome].transform("size") >= _LEAST]
        return Panel.from_frame(
            rows,
            outcome=self.outcome,
            regressors=self.regressors,
            unit=self.unit,
            time=self.time,
        )


FIVE_YEAR = FiveYear(COLUMNS.outcome, COLUMNS.regressors, COLUMNS.unit, COLUMNS.time)
