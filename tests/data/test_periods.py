"""In which order periods come, and how they are written."""

from __future__ import annotations

import datetime
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.data.periods import ordered_periods, period_labels
from tests.helpers import refused


def order(entries: list[Any], units: list[Any] | None = None) -> tuple[list[Any], tuple[str, ...]]:
    """Order entries; those of two units, each with all rows in the order given, if none said."""
    if units is None:
        entries, units = entries * 2, ["A"] * len(entries) + ["B"] * len(entries)
    return ordered_periods(pd.Series(entries, name="t"), pd.Series(units))


@pytest.mark.parametrize(
    "entries",
    [
        [1970, 1975, 1980],
        [0.5, 1.5, 10.0],
        [False, True],
        [datetime.date(1969, 12, 31), datetime.date(1970, 1, 1)],
        list(pd.to_datetime(["1969-12-31", "1970-01-01", "2001-06-01"])),
        list(pd.period_range("2001Q3", periods=3, freq="Q")),
        ["1970", "1975", "1980"],
        ["2001Q1", "2001Q2", "2002Q1"],
        ["2001-02-28", "2001-03-01", "2002-01-01"],
        ["1999/00", "2000/01"],
        ["wave 1", "wave 2"],
    ],
)
def test_what_is_sorted_is_said_nothing_of(entries: list[Any]) -> None:
    shuffled = entries[1:] + entries[:1]
    assert order(shuffled) == (entries, ())


@pytest.mark.parametrize(
    "entries",
    [
        ["P6", "P10", "P100"],
        ["2001M2", "2001M10", "2002M1"],
        ["9", "10", "11"],
        ["-2", "-1", "0", "1"],
        ["1.25", "1.5", "9.5", "10.0"],
        ["t-9", "t-10"],
    ],
)
def test_numbers_in_text_count_as_numbers(entries: list[str]) -> None:
    made, notes = order(entries[::-1])
    assert made == entries
    assert notes == (
        f"Periods in `t` are in the order of the numbers in them: {', '.join(entries)}.",
    )


@pytest.mark.parametrize(
    "entries",
    [
        ["pre", "post"],
        ["Jan", "Feb", "Mar"],
        ["Nov 2001", "Feb 2002"],
        ["Q1 2001", "Q2 2001", "Q1 2002"],
        ["3/2001", "1/2002"],
        ["31.12.2001", "01.01.2002"],
        ["base", "1", "2"],
        ["01", "1", "2"],
    ],
)
def test_other_text_is_in_the_order_of_the_rows(entries: list[str]) -> None:
    made, notes = order(entries)
    assert made == entries
    assert notes == (f"Periods are in the order of the rows: {', '.join(entries)}.",)


def test_units_may_miss_periods_as_long_as_they_tell_the_order() -> None:
    made, _ = order(
        ["pre", "post", "pre", "during", "during", "post"], ["A", "A", "B", "B", "C", "C"]
    )
    assert made == ["pre", "during", "post"]
    # Rows sorted by period, all units of each.
    made, _ = order(["pre", "pre", "post", "post"], ["A", "B", "A", "B"])
    assert made == ["pre", "post"]


@pytest.mark.parametrize(
    ("entries", "units"),
    [
        (["pre", "post", "post", "pre"], ["A", "A", "B", "B"]),
        (["pre", "post", "pre", "during"], ["A", "A", "B", "B"]),
        (["pre", "post"], ["A", "B"]),
    ],
)
def test_text_whose_order_is_not_known_is_refused(entries: list[str], units: list[str]) -> None:
    with refused("The periods in `t` must have an order; got text whose order is not known, "):
        order(entries, units)


def test_long_lists_are_cut() -> None:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]
    assert order(months)[1][0].endswith(": Jan, Feb, Mar, Apr, ..., Jun.")


def test_an_ordered_categorical_keeps_its_order() -> None:
    levels = ["low", "high", "never", "also"]
    column = pd.Series(
        pd.Categorical(["also", "high", "low"], categories=levels, ordered=True), name="t"
    )
    made, notes = ordered_periods(column, pd.Series(["A", "A", "B"]))
    assert made == ["low", "high", "also"]
    assert notes == ("Periods in `t` are in the order of their categories: low, high, also.",)
    years = pd.Series(pd.Categorical([1975, 1970], ordered=True), name="t")
    assert ordered_periods(years, pd.Series(["A", "B"])) == ([1970, 1975], ())


def test_categories_without_order_are_what_they_hold() -> None:
    column = pd.Series(pd.Categorical(["P10", "P6", "P10", "P6"]), name="t")
    made, _ = ordered_periods(column, pd.Series(["A", "A", "B", "B"]))
    assert made == ["P6", "P10"]


def test_entries_of_several_types_are_refused() -> None:
    with refused("`t` must have entries of one type"):
        order([1970, "1975"])


@given(st.sets(st.integers(0, 10**6), min_size=1, max_size=12), st.randoms())
def test_natural_order_does_not_depend_on_the_rows(numbers: set[int], rng: random.Random) -> None:
    shuffled = [f"P{number}" for number in numbers]
    rng.shuffle(shuffled)
    assert order(shuffled)[0] == [f"P{number}" for number in sorted(numbers)]


@pytest.mark.parametrize(
    ("periods", "labels"),
    [
        ([1970, 1975], ["1970", "1975"]),
        ([1970.0, 1970.5], ["1970", "1970.5"]),
        (["pre", "post"], ["pre", "post"]),
        (pd.to_datetime(["1970-01-01", "1975-01-01"]), ["1970", "1975"]),
        (pd.to_datetime(["1970-01-01", "1970-03-01"]), ["1970-01", "1970-03"]),
        (pd.to_datetime(["1970-01-31", "1970-02-28"]), ["1970-01-31", "1970-02-28"]),
        (
            pd.to_datetime(["1970-01-01 00:00", "1970-01-01 12:30"]),
            ["1970-01-01 00:00", "1970-01-01 12:30"],
        ),
        (pd.to_datetime(["1970-01-01 00:00:05"]), ["1970-01-01 00:00:05"]),
        (pd.period_range("2001Q3", periods=2, freq="Q"), ["2001Q3", "2001Q4"]),
        ([datetime.date(1970, 1, 1)], ["1970"]),
        (np.array(["1970-03", "1970-04"], "datetime64[ns]"), ["1970-03", "1970-04"]),
        ([], []),
    ],
)
def test_periods_are_written_no_finer_than_they_differ(periods: Any, labels: list[str]) -> None:
    assert period_labels(periods) == labels
