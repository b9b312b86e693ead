"""A table of text, and the formats it can be written in."""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from tabulate import tabulate

from gfe_mc.errors import require
from gfe_mc.visible import visible

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\ensuremath{<}",
        ">": r"\ensuremath{>}",
        "|": r"\ensuremath{|}",
    }
    | {character: f"\\{character}" for character in "&%$#_{}"}
)


@dataclass(frozen=True)
class Table:
    """A table as it is printed: everything in it is text.

    Parameters
    ----------
    title : str
        One line.
    header : tuple of str
        One name a column.
    rows : tuple of tuple of str
        As many entries each as there are columns.
    notes : tuple of str, default ()
        One line each.
    marks : tuple of (int, int, str), default ()
        Row and column of entries, and what they are to be marked as where a format can do that:
        verdicts.
    panels : int, default 0
        How many of the first columns LaTeX sets above the rows, where they change: the first as it
        is, others as NAME = VALUE.
    rules : tuple of int, default ()
        Rows above which LaTeX sets a rule. Columns are numbers where those above the first are.

    Raises
    ------
    InputError
        A row has more or fewer entries than the header.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    marks: tuple[tuple[int, int, str], ...] = ()
    panels: int = 0
    rules: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            require(
                len(row) == len(self.header),
                f'A row of table "{self.title}" does not fit its header',
                f"{len(row)} entries",
                f"Give {len(self.header)}",
            )


def render(table: Table, format: str) -> str:  # noqa: A002
    """Write a table in one of the formats text, markdown, latex, csv and html.

    LaTeX needs the package booktabs. CSV holds header and rows only, so that programs can read it.

    Raises
    ------
    InputError
        There is no such format.
    """
    require_format(format)
    return FORMATS[format](table if format == "csv" else _changed(table, visible))


def render_line(text: str, format: str) -> str:  # noqa: A002
    """Write a line above tables in one of the formats; in LaTeX it is a comment."""
    require_format(format)
    text = visible(text)
    if format == "latex":
        return f"% {text}"
    if format == "html":
        return f"<p>{html.escape(text)}</p>"
    return markdown_safe(text) if format == "markdown" else text


def require_format(format: str) -> None:  # noqa: A002
    """Raise `InputError` unless there is such a format."""
    require(format in FORMATS, "There is no such format", format, f"There are {', '.join(FORMATS)}")


def _text(table: Table) -> str:
    return "\n".join([table.title, "", _body(table, "simple"), "", *table.notes]).rstrip() + "\n"


def _markdown(table: Table) -> str:
    safe = _changed(table, markdown_safe)
    notes = [f"- {note}" for note in safe.notes]
    lines = [f"**{safe.title}**", "", _body(safe, "pipe"), "", *notes]
    return "\n".join(lines).rstrip() + "\n"


def _latex(table: Table) -> str:
    # The library escapes what is in the table; title and notes are outside.
    title, *notes = [line.translate(_LATEX) for line in (table.title, *table.notes)]
    start = [r"\begin{table}", r"\centering", rf"\caption{{{title}}}"]
    below = [r"\par\smallskip\footnotesize", *[rf"{note}\par" for note in notes]] if notes else []
    return "\n".join([*start, *_latex_body(table), *below, r"\end{table}"]) + "\n"


def _latex_body(table: Table) -> list[str]:
    """Lines of a table; the columns of panels are set above the rows where they change."""
    k = table.panels
    rest = replace(table, header=table.header[k:], rows=tuple(row[k:] for row in table.rows))
    lines = _body(rest, "latex_booktabs").splitlines()
    first = lines.index(r"\midrule") + 1
    made, before = lines[:first], None
    for number, (row, line) in enumerate(zip(table.rows, lines[first:], strict=False)):
        panel = row[:k]
        made += [r"\midrule"] * (number in table.rules and number > 0)
        if panel != before and k:
            others = [" = ".join(pair) for pair in zip(table.header[1:k], panel[1:], strict=True)]
            said = ", ".join([panel[0], *others]).translate(_LATEX)
            made += [r"\addlinespace"] * (before is not None)
            made.append(rf"\multicolumn{{{len(rest.header)}}}{{l}}{{\textit{{{said}}}}} \\")
            before = panel
        made.append(line)
    return [*made, *lines[first + len(table.rows) :]]


def _csv(table: Table) -> str:
    frame = pd.DataFrame(list(table.rows), columns=list(table.header))
    return frame.to_csv(index=False, lineterminator="\n")


def _html(table: Table) -> str:
    # As in LaTeX, the library escapes what is in the table.
    title, *notes = [html.escape(line) for line in (table.title, *table.notes)]
    items = [f"<li>{note}</li>" for note in notes]
    below = ["<ul>", *items, "</ul>"] if items else []
    return "\n".join([f"<h3>{title}</h3>", _body(table, "html"), *below]) + "\n"


FORMATS: dict[str, Callable[[Table], str]] = {
    "text": _text,
    "markdown": _markdown,
    "latex": _latex,
    "csv": _csv,
    "html": _html,
}
"""What each format is written by."""


def _body(table: Table, style: str) -> str:
    """Header and rows in a style of the library, columns of numbers to the right."""
    columns = range(len(table.header))
    entries = [[row[k] for row in table.rows] for k in columns]
    if table.rules:
        entries = [column[: table.rules[0]] for column in entries]
    if table.panels or table.rules:
        # A row may go on in a second line, which need not have an entry, or has one in brackets.
        entries = [[entry.lstrip("([") for entry in column if entry] for column in entries]
    align = ["right" if numeric(column) else "left" for column in entries]
    return tabulate(
        table.rows,
        headers=table.header,
        tablefmt=style,
        disable_numparse=True,
        # The library takes no alignment for a table without rows.
        colalign=align if table.rows else None,
    )


def numeric(entries: Sequence[str]) -> bool:
    """Return whether entries are numbers, or dashes in their place."""
    return all(entry[:1].isdigit() or entry[:1] == "-" for entry in entries)


def _changed(table: Table, change: Callable[[str], str]) -> Table:
    """Change every text of a table."""
    return Table(
        change(table.title),
        tuple(change(name) for name in table.header),
        tuple(tuple(change(entry) for entry in row) for row in table.rows),
        tuple(change(note) for note in table.notes),
        table.marks,
        table.panels,
        table.rules,
    )


_MARKDOWN = re.compile(r"[\\|<*`\[\]]|&(?=#?\w+;)")  # an ampersand that stands alone is no entity


def markdown_safe(text: str) -> str:
    """Escape what would end an entry, or be read as a tag, emphasis, code, a link or an entity."""
    return _MARKDOWN.sub(lambda found: f"\\{found[0]}", text)
