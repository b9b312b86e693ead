"""Functions of time from a file: a row a period, a column a function."""

from __future__ import annotations

import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gfe_mc.data.files import read_table
from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require

_SHOWN = 5


def read_period_values(path: str | Path, panel: Panel) -> tuple[tuple[str, ...], np.ndarray]:
    """Read functions of time at the periods of a panel.

    Parameters
    ----------
    path : str or Path
        A text file with a header, as `gfe_mc.data.files.read_table` reads it: periods in the first
        column, in any order, and a function in each of the others.
    panel : Panel
        The panel, whose periods the file must have, and no others.

    Returns
    -------
    names : tuple of str
        Names of the functions.
    values : (T, R) array
        Each at each period, in the panel's order.

    Raises
    ------
    InputError
        No column beside the periods; a period that the panel does not have, that the file does not
        have, or that is there twice; an entry that is no number: each by name; or the errors of
        reading a file.
    """
    frame = read_table(str(path), "time basis")
    time, *names = (str(name) for name in frame.columns)
    require(
        len(names) > 0,
        "A file of a time basis must have a column of periods, and one for each function",
        f"the column {time} alone",
        "Name the period in the first column, and give each function one of its own",
    )
    rows = _rows(frame.iloc[:, 0], panel)
    values = np.empty((len(rows), len(names)))
    for r, name in enumerate(names):
        column = frame.iloc[:, r + 1]
        for t, row in enumerate(rows):
            values[t, r] = _number(column.iloc[row], name, panel.period_labels[t])
    return tuple(names), values


def _rows(column: pd.Series, panel: Panel) -> list[int]:
    """The row of each period of the panel."""
    place: dict[Hashable, int] = {}
    for t, (period, label) in enumerate(zip(panel.periods, panel.period_labels, strict=True)):
        # A date without a time of day is written by the day alone, too.
        for name in (str(period), str(period).removesuffix(" 00:00:00"), label):
            place[_key(name)] = t
    found: dict[int, int] = {}
    unknown: list[str] = []
    for row, entry in enumerate(column.tolist()):
        if _key(entry) not in place:
            unknown.append(str(entry))
            continue
        own = place[_key(entry)]
        require(
            own not in found,
            "A time basis must have one row for each period",
            f"several for {panel.period_labels[own]}",
            "Leave all but one of them out",
        )
        found[own] = row
    require(
        not unknown,
        "A time basis must be of periods of the panel",
        f"{_listed(unknown)}, which the panel does not have",
        f"Give a row for each of {_listed(list(panel.period_labels))}, and no other",
    )
    lacking = [label for t, label in enumerate(panel.period_labels) if t not in found]
    require(
        not lacking,
        "A time basis must have a row for each period",
        f"none for {_listed(lacking)}",
        "Give the functions at every period of the panel",
    )
    return [found[t] for t in range(len(panel.periods))]


def _key(name: Hashable) -> Hashable:
    """What a period is found by: its number where it is one, however it is written."""
    text = str(name).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _number(entry: Any, name: str, period: str) -> float:
    """An entry as a number: beside an entry that is none, all are text."""
    try:
        number = float(entry)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        missing = not isinstance(entry, str) and math.isnan(number)
        raise InputError(
            "A time basis must hold a number in each period",
            f"{'nothing' if missing else entry} in `{name}` for {period}",
            "Give the value of the function there",
        )
    return number


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
