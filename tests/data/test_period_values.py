"""Functions of time from a file: periods by name, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from gfe_mc import Panel
from gfe_mc.data.period_values import read_period_values
from tests.helpers import refused


def panel_of(periods: list[object]) -> Panel:
    return Panel.from_arrays(np.zeros((2, len(periods))), periods=periods)


def written(folder: Path, text: str, name: str = "basis.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("periods", "rows"),
    [
        ([1990, 1995, 2000], ["1995", "1990", "2000"]),
        ([1990.0, 1995.0, 2000.0], ["1995", "1990.0", "2000"]),
        (["2001Q1", "2001Q2", "2001Q3"], ["2001Q2", "2001Q1", "2001Q3"]),
        ([date(1990, 1, 1), date(1995, 1, 1), date(2000, 1, 1)], ["1995", "1990-01-01", "2000"]),
        (
            [np.datetime64("1990-03-01"), np.datetime64("1990-04-01"), np.datetime64("1990-05-01")],
            ["1990-04", "1990-03-01", "1990-05"],
        ),
    ],
)
def test_rows_are_put_in_the_order_of_the_periods(
    periods: list[object], rows: list[str], tmp_path: Path
) -> None:
    text = "time,level,slope\n" + "".join(f"{row},1,{n}.5\n" for n, row in enumerate(rows))
    names, values = read_period_values(written(tmp_path, text), panel_of(periods))
    assert names == ("level", "slope")
    np.testing.assert_array_equal(values, [[1, 1.5], [1, 0.5], [1, 2.5]])


def test_decimal_commas_and_tabs(tmp_path: Path) -> None:
    panel = panel_of([1, 2])
    for text, name in (("t;f\n1;0,5\n2;1,5\n", "a.csv"), ("t\tf\n1\t0.5\n2\t1.5\n", "a.txt")):
        _, values = read_period_values(written(tmp_path, text, name), panel)
        np.testing.assert_array_equal(values, [[0.5], [1.5]])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "t,f\n1990,1\n1995,1\n2000,1\n",
            ("got 2000, which the panel does not have", "1990, 1995"),
        ),
        ("t,f\n1990,1\n", ("must have a row for each period", "none for 1995")),
        ("t,f\n1990,1\n1995,1\n1990,2\n", ("one row for each period", "several for 1990")),
        ("t,f\n1990,1\n1995,\n", ("a number in each period", "nothing in `f` for 1995")),
        ("t,f\n1990,1\n1995,high\n", ("a number in each period", "high in `f` for 1995")),
        ("t,f\n1990,1\n1995,inf\n", ("a number in each period", "in `f` for 1995")),
        ("t\n1990\n1995\n", ("a column of periods, and one for each function", "t alone")),
        ("t,f,f\n1990,1,2\n1995,1,2\n", ("must have different names", "t, f, f")),
        ("", ("must have different names", "no header")),
    ],
)
def test_what_is_refused_by_name(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    with refused(*words):
        read_period_values(written(tmp_path, text), panel_of([1990, 1995]))


def test_files_that_are_none(tmp_path: Path) -> None:
    panel = panel_of([1990, 1995])
    with refused("The file of a time basis must exist", "nothing.csv"):
        read_period_values(tmp_path / "nothing.csv", panel)
    with refused("The file of a time basis must be text", "ends in .csv, .tsv, .txt"):
        read_period_values(tmp_path / "basis.parquet", panel)
    with refused("The file of a time basis must be readable as csv"):
        read_period_values(written(tmp_path, "t,f\n1,2,3,4\n1,2\n1,2,3,4,5\n"), panel)
