"""The table of a paper by size."""

from __future__ import annotations

import re

import numpy as np

from gfe_mc import SizeTable
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.report.digits import with_error
from gfe_mc.report.render import Table, render
from gfe_mc.report.tables.by_size import LINES
from tests.helpers import refused
from tests.report.figures.sizes import BIAS, RMSE, WRONG, make, without

STUDY = make(replications=6)
SUMMARY = summarize_study(STUDY)


def value(statistic: str, groups: int, n: int, t: int, estimator: str) -> str:
    """What is in the summary, with its error."""
    named = SUMMARY[(SUMMARY["statistic"] == statistic) & (SUMMARY["estimator"] == estimator)]
    (row,) = named[(named["G"] == groups) & (named["N"] == n) & (named["T"] == t)].to_dict(
        "records"
    )
    return with_error(row["value"], row["error"])


def test_panels_rows_and_columns() -> None:
    (table,) = SizeTable((BIAS, RMSE), errors="beside").tables(SUMMARY)
    assert table.header == ("figure", "G", "N", "T", "gfe", "pooled", "oracle")
    assert table.panels == 2
    assert [row[:4] for row in table.rows] == [
        (f"theta1 {name}", g, n, t)
        for name in ("bias", "rmse")
        for g in ("2", "3")
        for n in ("20", "80")
        for t in ("5", "10", "20")
    ]
    for name, g, n, t, *entries in table.rows:
        expected = [value(name.split()[1], int(g), int(n), int(t), e) for e in table.header[4:]]
        assert entries == expected
    assert "Each figure rests on 6 replications." in table.notes


def test_errors_below_and_in_a_note() -> None:
    (beside,) = SizeTable((RMSE,), errors="beside").tables(SUMMARY)
    (below,) = SizeTable((RMSE,)).tables(SUMMARY)
    for one, first, second in zip(beside.rows, below.rows[::2], below.rows[1::2], strict=True):
        assert first[:4] == one[:4]
        assert second[:4] == (*one[:2], "", "")
        assert tuple(" ".join(both) for both in zip(first[4:], second[4:], strict=True)) == one[4:]
    (note,) = SizeTable((RMSE,), errors="note").tables(SUMMARY)
    assert [row[4:] for row in note.rows] == [row[4:] for row in below.rows[::2]]
    largest = SUMMARY[SUMMARY["statistic"] == "rmse"]["error"].max()
    assert note.notes[0] == f"Monte Carlo standard errors are at most: theta1 rmse {largest:.2g}."


def test_parts_of_a_grid_and_estimators_that_are_not_there() -> None:
    study = without(make(replications=6), 1, 1).isel(cell=[1, 0, 2, 4, 6])
    (table,) = SizeTable((WRONG,), errors="note").tables(summarize_study(study))
    assert [row[1:4] for row in table.rows] == [
        ("2", "20", "5"),
        ("2", "20", "10"),
        ("2", "20", "20"),
        ("2", "80", "10"),
        ("3", "20", "5"),
    ]
    assert table.rows[1][5] == "-"
    assert table.notes[-1].startswith("-: no figure")


def test_long_tables_are_on_pages() -> None:
    made = SizeTable((BIAS, RMSE, WRONG)).tables(SUMMARY)
    assert [table.title for table in made] == ["Figures by size, 1 of 2", "Figures by size, 2 of 2"]
    assert sum(len(table.rows) for table in made) == 3 * 12 * 2
    assert all(len(table.rows) < LINES for table in made)


def test_latex_has_panels_above_their_rows() -> None:
    study = make({"law_1": ("a&b", "c"), "N": (20,), "T": (5, 10)}, ("one_way", "50%"))
    (table,) = SizeTable((BIAS, RMSE)).tables(summarize_study(study))
    text = render(table, "latex")
    body = text.split(r"\midrule")[1].split(r"\bottomrule")[0].strip().splitlines()
    heads = [line for line in body if "multicolumn" in line]
    assert heads == [
        rf"\multicolumn{{4}}{{l}}{{\textit{{theta1 {name}, law\_1 = {law}}}}} \\"
        for name in ("bias", "rmse")
        for law in (r"a\&b", "c")
    ]
    assert body.count(r"\addlinespace") == 3
    assert r"\begin{tabular}{rrrr}" in text
    rows = [line for line in body if line != r"\addlinespace" and line not in heads]
    assert len(rows) == 2 * 2 * 2 * 2
    assert all(len(re.findall(r"(?<!\\)&", line)) == 3 for line in rows)
    assert all(line.endswith(r"\\") for line in (*rows, *heads))
    header = text.split(r"\toprule")[1].split(r"\midrule")[0]
    assert [name.strip() for name in header.strip().removesuffix(r"\\").split("&")] == [
        *("N", "T", r"one\_way", r"50\%")
    ]
    bare = re.sub(r"\\[&%$#_{}^]", "", text)
    assert not set("%$#_^~") & set(bare)
    assert bare.count("{") == bare.count("}")


def test_tables_without_panels_are_as_they_were() -> None:
    rows = (("a", "1"), ("a", "(2)"))
    assert r"\multicolumn" not in render(Table("t", ("k", "v"), rows), "latex")


def test_rows_may_be_of_one_factor() -> None:
    (table,) = SizeTable((RMSE,), rows=("T",), errors="note").tables(SUMMARY)
    assert table.header[:4] == ("figure", "G", "N", "T")
    assert table.panels == 3
    assert np.unique([row[:3] for row in table.rows], axis=0).shape == (4, 3)


def test_refusals() -> None:
    with refused("`statistics` must be a tuple of Criterion; got ()"):
        SizeTable(())
    with refused("`rows` must be a tuple of str; got 'N'"):
        SizeTable((RMSE,), rows="N")  # type: ignore[arg-type]
    with refused("Monte Carlo errors must have a place; got 'above'"):
        SizeTable((RMSE,), errors="above")
    with refused("A row must be named by factors; got H"):
        SizeTable((RMSE,), rows=("H",)).tables(SUMMARY)
    with refused("Estimators must be compared by a figure of the study", "theta2 rmse"):
        SizeTable((Criterion("rmse", "theta2"),)).tables(SUMMARY)
