"""A table as a page shows it: which entries are numbers, labels, long, or marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from gfe_mc.report.render import Table, numeric
from gfe_mc.report.verdicts import ABSENT, CHECKED, Verdict

SYMBOLS = {
    Verdict.AGREES.value: "\u2713",
    Verdict.WITHIN_CHANCE.value: "\u2248",
    Verdict.DIFFERS.value: "\u2717",
    Verdict.AS_PRINTED.value: "\u2713",
    Verdict.ROUNDED_TWICE.value: "\u2248",
    Verdict.NOT_AS_PRINTED.value: "\u2717",
}
"""What stands beside a z, so that a verdict is seen without colour."""

_WORDS = tuple(verdict.value for verdict in (*ABSENT, *CHECKED, Verdict.TOO_FEW))
"""What stands in the place of a number."""
LABELS = ("figure", "parameter", "estimator", "metric", "cell")
"""Columns that say what a row is of; the first of these that a table has stays in sight."""
_NAMES = ("figure", "estimator")
"""Columns before which those of the factors stand."""

LONG = 36
"""Letters of an entry that is broken into lines."""
WIDE = 10
"""Columns of a table that is printed across."""
MOST = 1500
"""Rows that a page shows of a table."""


class Entry(NamedTuple):
    """One entry of a table."""

    text: str
    classes: str
    symbol: str = ""
    verdict: str = ""
    label: bool = False


@dataclass(frozen=True)
class Grid:
    """A table as a page shows it.

    Attributes
    ----------
    title : str
        One line.
    header : tuple of Entry
        One a column.
    rows : tuple of tuple of Entry
        The first `MOST`.
    notes : tuple of str
        One line each.
    throughout : str
        What all rows have in common, in the place of columns.
    length : int
        Rows of the table, shown or not.
    """

    title: str
    header: tuple[Entry, ...]
    rows: tuple[tuple[Entry, ...], ...]
    notes: tuple[str, ...]
    throughout: str
    length: int

    @property
    def wide(self) -> bool:
        """Whether it has many columns."""
        return len(self.header) > WIDE

    @property
    def left_out(self) -> int:
        """Rows that are not shown."""
        return self.length - len(self.rows)


def grid(table: Table) -> Grid:
    """Return a table as a page shows it: a factor that is the same in all rows has no column."""
    same = _same(table)
    columns = [k for k in range(len(table.header)) if k not in same]
    marks = {(row, column): verdict for row, column, verdict in table.marks}
    known = [k for name in LABELS for k in columns if table.header[k] == name]
    label = (known or columns)[0]
    said = {k: [row[k] for row in table.rows if row[k] not in _WORDS] for k in columns}
    right = {k for k in columns if k != label and said[k] and numeric(said[k])}
    header = tuple(
        Entry(table.header[k], "number" if k in right else "", label=k == label) for k in columns
    )
    rows = tuple(
        tuple(_entry(row[k], k in right, k == label, marks.get((n, k), "")) for k in columns)
        for n, row in enumerate(table.rows[:MOST])
    )
    throughout = ", ".join(f"{table.header[k]} = {table.rows[0][k]}" for k in same)
    return Grid(table.title, header, rows, table.notes, throughout, len(table.rows))


def _same(table: Table) -> list[int]:
    """Columns of factors that are the same in all of several rows."""
    ends = [table.header.index(name) for name in _NAMES if name in table.header]
    if not ends or len(table.rows) < 2:
        return []
    return [k for k in range(min(ends)) if len({row[k] for row in table.rows}) == 1]


def _entry(text: str, right: bool, label: bool, verdict: str) -> Entry:
    classes = ["number"] if right else []
    if len(text) > LONG:
        classes.append("long")
    symbol = SYMBOLS.get(verdict, "")
    if symbol:
        classes.append(verdict.replace(" ", "-"))
    return Entry(text, " ".join(classes), symbol, verdict if symbol else "", label)
