"""The table of a paper that compares estimators over sizes: declared, and made."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gfe_mc.errors import require
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.summary import factors
from gfe_mc.report.digits import ABSENT, alone
from gfe_mc.report.others import others_of
from gfe_mc.report.render import Table
from gfe_mc.report.tables.common import BRACKETS, Figures, Record, by, entry

ERRORS = ("below", "beside", "note")
LINES = 54
"""Lines of a table that fills a page; what is more is in further ones."""
_NO_FIGURE = (
    f"{ABSENT}: no figure, as the estimator was not asked for there or none of its replications "
    "can be used."
)

Line = tuple[str, ...]


@dataclass(frozen=True)
class SizeTable:
    """Table of figures by size: a row for each N and T, a column for each estimator.

    Figures are in panels of their own, and so are the combinations of the other factors in which
    cells differ.

    Parameters
    ----------
    statistics : tuple of Criterion
        The figures, with their sign.
    rows : tuple of str, default ("N", "T")
        Factors that name the rows.
    errors : str, default "below"
        Where Monte Carlo standard errors are: "below" the figures, "beside" them, or the largest
        of each panel in a "note".

    Raises
    ------
    InputError
        No figures, no rows, or another place of the errors.

    Examples
    --------
    >>> from gfe_mc import Criterion, Report, SizeTable
    >>> table = SizeTable((Criterion("bias", "theta1"), Criterion("rmse", "theta1")), errors="note")
    >>> Report(layout=table).layout.rows
    ('N', 'T')
    """

    statistics: tuple[Criterion, ...]
    rows: tuple[str, ...] = ("N", "T")
    errors: str = "below"

    def __post_init__(self) -> None:
        for what, kind, such in (
            ("statistics", Criterion, '(Criterion("bias", "theta1"), Criterion("rmse", "theta1"))'),
            ("rows", str, '("N", "T")'),
        ):
            value = getattr(self, what)
            require(
                isinstance(value, tuple)
                and len(value) > 0
                and all(isinstance(one, kind) for one in value),
                f"`{what}` must be a tuple of {kind.__name__}",
                repr(value),
                f"Give {such}",
            )
        require(
            self.errors in ERRORS,
            "Monte Carlo errors must have a place",
            repr(self.errors),
            f"Give one of {', '.join(ERRORS)}",
        )

    def describe(self) -> dict[str, Any]:
        """Return what it says, as JSON can hold it."""
        return {
            "statistics": [asdict(one) for one in self.statistics],
            "rows": list(self.rows),
            "errors": self.errors,
        }

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> SizeTable:
        """Return the table that `describe` described."""
        return cls(
            tuple(Criterion(**one) for one in described["statistics"]),
            tuple(described["rows"]),
            described["errors"],
        )

    def tables(self, summary: pd.DataFrame) -> list[Table]:
        """Make the table, or as many as have room on pages.

        Parameters
        ----------
        summary : pandas.DataFrame
            Of `gfe_mc.metrics.summary.summarize_study`.

        Raises
        ------
        InputError
            The study has no such factor or figure.
        """
        names = factors(summary)
        for name in self.rows:
            require(
                name in names, "A row must be named by factors", name, f"Give of {', '.join(names)}"
            )
        cells = summary.drop_duplicates("cell")[["cell", *names]]
        others = others_of(cells, self.rows)
        estimators = tuple(dict.fromkeys(summary["estimator"].astype(str)))
        groups = [own for _, own in cells.groupby(list(others), sort=False)] if others else [cells]
        panels = [
            self._panel(own, others, estimators, statistic, figures)
            for statistic in self.statistics
            for figures in [by(statistic.rows(summary), "cell", "estimator")]
            for own in groups
        ]
        header = ("figure", *others, *self.rows, *estimators)
        pages = list(_pages(panels))
        return [
            Table(
                "Figures by size" + (f", {number} of {len(pages)}" if len(pages) > 1 else ""),
                header,
                tuple((*panel.label, *line) for panel in page for line in panel.lines),
                self._notes(page),
                panels=1 + len(others),
            )
            for number, page in enumerate(pages, start=1)
        ]

    def _panel(
        self,
        cells: pd.DataFrame,
        others: Sequence[str],
        estimators: Sequence[str],
        statistic: Criterion,
        figures: Figures,
    ) -> _Panel:
        """Make the rows of a figure in cells that agree in the other factors."""
        lines: list[Line] = []
        records: list[Record] = []
        ordered = cells.sort_values(list(self.rows), kind="stable")
        for cell in ordered.to_dict("records"):
            own = [figures.get((cell["cell"], name)) for name in estimators]
            records += [record for record in own if record is not None]
            lines += self._lines(tuple(str(cell[name]) for name in self.rows), own)
        label = (statistic.name, *[str(cells[name].iloc[0]) for name in others])
        errors = [float(one["error"]) for one in records if math.isfinite(one["error"])]
        used = frozenset(int(one["used"]) for one in records if one["used"] > 0)
        return _Panel(label, tuple(lines), max(errors, default=math.nan), used)

    def _lines(self, label: Line, records: Sequence[Record | None]) -> list[Line]:
        """Write a row: one line, or two with errors below."""
        texts = [ABSENT if record is None else entry(record) for record in records]
        if self.errors == "beside":
            return [(*label, *texts)]
        parts = [text.partition(" ") for text in texts]
        values: Line = (*label, *[value for value, _, _ in parts])
        if self.errors == "note":
            return [values]
        return [values, (*[""] * len(label), *[error for _, _, error in parts])]

    def _notes(self, page: Sequence[_Panel]) -> tuple[str, ...]:
        """What is to be said of a page."""
        notes = [BRACKETS]
        if self.errors == "note":
            largest: dict[str, float] = {}
            for panel in page:
                # What is not a number is less than any.
                largest[panel.label[0]] = float(
                    np.fmax(largest.get(panel.label[0], np.nan), panel.error)
                )
            said = "; ".join(f"{name} {alone(error, 2)}" for name, error in largest.items())
            notes = [f"Monte Carlo standard errors are at most: {said}."]
        used = sorted({number for panel in page for number in panel.used})
        if used:
            number = str(used[0]) if used[0] == used[-1] else f"{used[0]} to {used[-1]}"
            notes.append(f"Each figure rests on {number} replications.")
        if any(ABSENT in line for panel in page for line in panel.lines):
            notes.append(_NO_FIGURE)
        return tuple(notes)


class _Panel(NamedTuple):
    """Rows of a figure, in cells that agree in the other factors."""

    label: Line
    lines: tuple[Line, ...]
    error: float
    """The largest Monte Carlo standard error."""
    used: frozenset[int]
    """How many replications figures rest on."""


def _pages(panels: Sequence[_Panel]) -> Iterator[list[_Panel]]:
    """Put as many panels on a page as it has lines for."""
    page: list[_Panel] = []
    used = 0
    for panel in panels:
        needed = len(panel.lines) + 1
        if page and used + needed > LINES:
            yield page
            page, used = [], 0
        page.append(panel)
        used += needed
    yield page
