"""Periods: in which order they come, and how they are written."""

from __future__ import annotations

import datetime
import re
from collections.abc import Hashable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import numpy as np

from gfe_mc.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_YEAR_DIGITS = 4
_SHOWN = 4


def ordered_periods(periods: pd.Series, units: pd.Series) -> tuple[list[Hashable], tuple[str, ...]]:
    """Put the periods of a long frame in order, and say so where that is not plain sorting.

    An ordered categorical keeps its order. Numbers and dates are sorted. Text is put in natural
    order where that is beyond doubt: the numbers in it count as numbers (P6 before P10), the rest
    is the same in all periods, and of several numbers that differ the first is a year of four
    digits (2001Q1, 2001-02-03). Other text (pre and post, months by name, Q1 2001) is put in the
    order of the rows, on which those of all units must agree.

    Parameters
    ----------
    periods, units : pandas.Series
        The columns, row by row, without missing entries.

    Returns
    -------
    periods : list of hashable
        The different ones, in order.
    notes : tuple of str
        One sentence, or none.

    Raises
    ------
    InputError
        Entries of several types, or text whose order is not known.
    """
    entries = periods.unique().tolist()
    # Categories, which no other type of column has.
    categories = getattr(periods.dtype, "categories", None)
    if categories is not None and periods.cat.ordered:
        there = set(entries)
        kept = [entry for entry in categories.tolist() if entry in there]
        return kept, _note(periods.name, kept, "are in the order of their categories")
    if not entries or not all(isinstance(entry, str) for entry in entries):
        return sorted_entries(entries, periods.name), ()
    natural = _natural_order(entries)
    if natural is not None:
        return natural, _note(periods.name, natural, "are in the order of the numbers in them")
    agreed = _order_of_rows(periods, units)
    listed = _listed(sorted(entries))
    if agreed is None:
        raise InputError(
            f"The periods in `{periods.name}` must have an order",
            f"text whose order is not known, {listed}; the rows of units do not tell it",
            "Sort the rows of each unit by time, or give numbers, dates or an ordered categorical",
        )
    return agreed, (f"Periods are in the order of the rows: {_listed(agreed)}.",)


def sorted_entries(entries: Sequence[Any], name: Hashable) -> list[Hashable]:
    """Sort the different entries of a column.

    Raises
    ------
    InputError
        They are of types that do not compare.
    """
    try:
        return sorted(entries)
    except TypeError as error:
        raise InputError(
            f"`{name}` must have entries of one type", str(error), "Convert them all to text"
        ) from None


def period_labels(periods: Sequence[Any]) -> list[str]:
    """Write periods as people do: dates no finer than they differ, whole numbers without point.

    First days of years are written 1970, first days of months 1970-03, other days 1970-03-15.

    Examples
    --------
    >>> from datetime import date
    >>> period_labels([date(1970, 1, 1), date(1975, 1, 1)])
    ['1970', '1975']
    >>> period_labels([date(1970, 1, 1), date(1970, 4, 1)])
    ['1970-01', '1970-04']
    >>> period_labels([1970.0, 1972.5])
    ['1970', '1972.5']
    """
    # An array or an index of dates holds NumPy's dates, which have neither month nor day.
    plain = [_date(period) for period in periods]
    if not plain or not all(isinstance(period, datetime.date) for period in plain):
        return [_number_or_text(period) for period in plain]
    times = [getattr(day, "time", datetime.time)() for day in plain]
    if any(time != datetime.time() for time in times):
        seconds = any(time.second or time.microsecond for time in times)
        return [day.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M") for day in plain]
    if any(day.day != 1 for day in plain):
        return [f"{day.year:04d}-{day.month:02d}-{day.day:02d}" for day in plain]
    if any(day.month != 1 for day in plain):
        return [f"{day.year:04d}-{day.month:02d}" for day in plain]
    return [f"{day.year:04d}" for day in plain]


def _natural_order(entries: list[str]) -> list[Hashable] | None:
    """Sort text by the numbers in it; None where that may not be their order in time."""
    if all(_NUMBER.fullmatch(entry) for entry in entries):
        keys: list[Any] = [float(entry) for entry in entries]
        return _by_key(entries, keys)
    parts = [re.split(r"(\d+)", entry) for entry in entries]
    if len({tuple(part[::2]) for part in parts}) > 1 or len(parts[0]) == 1:
        return None
    digits = [part[1::2] for part in parts]
    columns = list(zip(*digits, strict=True))
    varying = [column for column in columns if len({int(number) for number in column}) > 1]
    if len(varying) > 1 and any(len(number) != _YEAR_DIGITS for number in varying[0]):
        return None
    return _by_key(entries, [tuple(int(number) for number in one) for one in digits])


def _by_key(entries: list[str], keys: list[Any]) -> list[Hashable] | None:
    """Sort entries by keys; None where two of them have the same key."""
    if len(set(keys)) < len(keys):
        return None
    return [entry for _, entry in sorted(zip(keys, entries, strict=True))]


def _order_of_rows(periods: pd.Series, units: pd.Series) -> list[Hashable] | None:
    """Return the one order in which the rows of every unit are; None if there is none, or several.

    Which period follows which in a unit makes a graph; the order is the only path through it.
    """
    entries = periods.unique().tolist()
    number = {entry: n for n, entry in enumerate(entries)}
    codes = np.array([number[entry] for entry in periods.tolist()], np.int64)
    unit_of = {unit: n for n, unit in enumerate(units.unique().tolist())}
    owners = np.array([unit_of[unit] for unit in units.tolist()], np.int64)
    by_unit = np.argsort(owners, kind="stable")
    codes, owners = codes[by_unit], owners[by_unit]
    same = owners[1:] == owners[:-1]
    pairs = np.unique(np.column_stack([codes[:-1][same], codes[1:][same]]), axis=0)
    sorter: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(range(len(entries)), ()))
    for before, after in pairs.tolist():
        sorter.add(after, before)
    try:
        sorter.prepare()
    except CycleError:
        return None
    order: list[Hashable] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        if len(ready) > 1:
            return None
        order.append(entries[ready[0]])
        sorter.done(*ready)
    return order


def _note(name: Hashable, order: list[Hashable], how: str) -> tuple[str, ...]:
    try:
        plain = sorted(order) == order  # type: ignore[type-var]
    except TypeError:
        plain = False
    return () if plain else (f"Periods in `{name}` {how}: {_listed(order)}.",)


def _listed(entries: Sequence[Hashable]) -> str:
    """The first entries, and the last."""
    shown = [str(entry) for entry in entries]
    if len(shown) > _SHOWN + 1:
        shown = [*shown[:_SHOWN], "...", shown[-1]]
    return ", ".join(shown)


def _date(period: Any) -> Any:
    if isinstance(period, np.datetime64):
        import pandas as pd

        return pd.Timestamp(period)
    return period


def _number_or_text(period: Any) -> str:
    if isinstance(period, float) and period.is_integer():
        return str(int(period))
    return str(period)
