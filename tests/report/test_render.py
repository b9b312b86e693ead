"""One table in every format."""

import csv
import html
import io
import re

import pytest
from markdown_it import MarkdownIt

from gfe_mc.errors import InputError
from gfe_mc.report.render import FORMATS, Table, render, render_line

TABLE = Table(
    "A & B <100%>",
    ("name_1", "value"),
    (("a|b_<i>", "0.123 (0.004)"), ("$x^2$ \\ *", "-")),
    ("50% & more_",),
)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_holds_the_numbers(format: str) -> None:  # noqa: A002
    text = render(TABLE, format)
    assert "0.123 (0.004)" in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_holds_a_table_without_rows_or_notes(format: str) -> None:  # noqa: A002
    assert "value" in render(Table("Empty", ("key", "value"), ()), format)


def test_latex_is_escaped_and_balanced() -> None:
    text = render(TABLE, "latex")
    assert r"\caption{A \& B \ensuremath{<}100\%\ensuremath{>}}" in text
    assert r"50\% \& more\_\par" in text
    assert r"\toprule" in text
    assert r"\begin{tabular}{lr}" in text
    # Without what is escaped on purpose, only column separators are special.
    bare = re.sub(r"\\[&%$#_{}^]", "", text)
    assert not set("%$#_^~") & set(bare)
    assert bare.count("{") == bare.count("}")
    for name in ("table", "tabular"):
        assert text.count(rf"\begin{{{name}}}") == text.count(rf"\end{{{name}}}") == 1
    body = text.split(r"\toprule")[1].split(r"\bottomrule")[0]
    assert all(len(re.findall(r"(?<!\\)&", line)) == 1 for line in body.splitlines() if "&" in line)


def test_html_is_escaped() -> None:
    text = render(TABLE, "html")
    assert "<i>" not in text
    assert html.escape("a|b_<i>") in text
    assert "<h3>A &amp; B &lt;100%&gt;</h3>" in text
    assert "<li>50% &amp; more_</li>" in text


def test_markdown_entries_cannot_end_early() -> None:
    lines = render(TABLE, "markdown").splitlines()
    entries = [line for line in lines if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 3 for line in entries)
    assert "- 50% & more_" in lines


def test_csv_holds_header_and_rows_only() -> None:
    rows = list(csv.reader(io.StringIO(render(TABLE, "csv"))))
    assert rows == [list(TABLE.header), *[list(row) for row in TABLE.rows]]


def test_text_holds_title_and_notes() -> None:
    lines = render(TABLE, "text").splitlines()
    assert lines[0] == TABLE.title
    assert lines[-1] == TABLE.notes[0]


def test_refusals() -> None:
    with pytest.raises(InputError, match=r"pdf.*text, markdown, latex, csv, html"):
        render(TABLE, "pdf")
    with pytest.raises(InputError, match="1 entries"):
        Table("Uneven", ("a", "b"), (("1",),))


HOSTILE = "[x](http://y) `code` *em* <i> | \\ &amp; \x1b[31m a\nb\r\u2028\u202e \udcff"
SHOWN = r"\x1b[31m a\nb\r\u2028\u202e \udcff"
"""What it says where nothing has a meaning."""


@pytest.mark.parametrize("format", sorted(set(FORMATS) - {"csv"}))
def test_names_cannot_steer(format: str) -> None:  # noqa: A002
    """Neither a terminal nor what is made of the text: no line ends where none should."""
    plain = Table("t", ("h", "v"), (("e", "1"),), ("n",))
    hostile = Table(HOSTILE, (HOSTILE, "v"), ((HOSTILE, "1"),), (HOSTILE,))
    text = render(hostile, format)
    assert len(text.splitlines()) == len(render(plain, format).splitlines())
    assert all(one.isprintable() for one in text.splitlines())
    line = render_line(HOSTILE, format)
    assert line.isprintable()
    if format == "text":
        assert text.startswith(HOSTILE.partition("\x1b")[0] + SHOWN)
        assert line.endswith(SHOWN)


def test_markdown_reads_names_as_they_are() -> None:
    """By a reader of Markdown that is not ours."""
    shown = HOSTILE.partition("\x1b")[0] + SHOWN
    line = render_line(HOSTILE, "markdown")
    assert html.unescape(MarkdownIt().render(line)) == f"<p>{shown}</p>\n"
    assert render_line("R & D", "markdown") == "R & D"
    row = render(Table("", ("h", "v"), ((HOSTILE, "1"),)), "markdown").splitlines()[4]
    made = html.unescape(MarkdownIt("gfm-like", {"linkify": False}).render(f"|h|v|\n|-|-|\n{row}"))
    assert f">{shown}</td>" in made


def test_line_above_tables() -> None:
    assert render_line("a\nb", "latex") == r"% a\nb"
    assert render_line("<b>\n", "html") == r"<p>&lt;b&gt;\n</p>"
    with pytest.raises(InputError, match="no such format"):
        render_line("", "pdf")
