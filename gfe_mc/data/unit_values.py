"""What a panel file says of units rather than of periods: columns that are the same in a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gfe_mc.data.columns import Columns
from gfe_mc.data.files import read_columns
from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError


def read_unit_values(
    path: str | Path, columns: Columns, names: Sequence[str], panel: Panel
) -> dict[str, np.ndarray]:
    """Read further columns of the file of a panel, the same in all rows of a unit.

    Parameters
    ----------
    path : str or Path
        The file.
    columns : Columns
        Those that the panel was read by.
    names : sequence of str
        The columns.
    panel : Panel
        The panel that was read.

    Returns
    -------
    dict of str to (N,) array
        Values of each column, in the order of the panel's units; None where a unit has none.

    Raises
    ------
    InputError
        A column is not there, or differs between the rows of a unit, which is named; or the
        errors of `Panel.from_file`.
    """
    frame, _ = read_columns(str(path), replace(columns, regressors=tuple(names)))
    by_unit = {unit: i for i, unit in enumerate(panel.units)}
    place = [by_unit.get(unit, -1) for unit in frame[columns.unit].tolist()]
    return {name: _of_units(frame[name], np.array(place), panel) for name in names}


def _of_units(column: pd.Series, place: np.ndarray, panel: Panel) -> np.ndarray:
    """Value of each unit (N,), of the rows of units at their places."""
    found = np.full(len(panel.units), None, object)
    known = (place >= 0) & column.notna().to_numpy()
    entries: list[Any] = column[known].tolist()
    for i, entry in zip(place[known].tolist(), entries, strict=True):
        if found[i] is not None and found[i] != entry:
            raise InputError(
                f"`{column.name}` must be the same in all rows of a unit",
                f"{found[i]} and {entry} for {panel.units[i]}",
                "Give each unit one value; rows without one are left out",
            )
        found[i] = entry
    return found
