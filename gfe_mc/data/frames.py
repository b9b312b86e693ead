"""From a frame with one row for each unit and period to arrays."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gfe_mc.data.checks import is_name, numbers, short
from gfe_mc.data.columns import Columns
from gfe_mc.data.periods import ordered_periods, sorted_entries
from gfe_mc.errors import InputError, require

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False)
class FrameArrays:
    """Arrays of a panel that a frame holds.

    Attributes
    ----------
    values : (N, T, 1 + K) array
        The outcome, then the regressors; zeros where there is no row.
    observed : (N, T) bool array
        Which cells have a row.
    units, periods : list of hashable
        Names of the units and of the periods, of length N and T.
    notes : tuple of str
        How periods were ordered, where that was not plain sorting.
    """

    values: np.ndarray
    observed: np.ndarray
    units: list[Hashable]
    periods: list[Hashable]
    notes: tuple[str, ...]


def frame_arrays(frame: pd.DataFrame, columns: Columns) -> FrameArrays:
    """Arrange the rows of a frame by unit and period; errors are those of `Panel.from_frame`."""
    unit, time = columns.unit, columns.time
    frame = with_names(frame, unit, time)
    columns.require_in(frame.columns)
    _require_named(frame, unit, time)
    periods, notes = ordered_periods(frame[time], frame[unit])
    if columns.drop_missing:
        frame = frame.dropna(subset=[columns.outcome, *columns.regressors])
    units = sorted_entries(frame[unit].unique().tolist(), unit)
    left = set(frame[time].unique().tolist())
    periods = [period for period in periods if period in left]
    i, t = _numbered(frame[unit], units), _numbered(frame[time], periods)
    values = np.zeros((len(units), len(periods), 1 + len(columns.regressors)))
    for k, name in enumerate([columns.outcome, *columns.regressors]):
        values[i, t, k] = numbers(frame[name].to_numpy(), name, 1)
    observed = np.zeros((len(units), len(periods)), bool)
    observed[i, t] = True
    return FrameArrays(values, observed, units, periods, notes)


def with_names(frame: pd.DataFrame, unit: str, time: str) -> pd.DataFrame:
    """Return a frame whose units and periods are columns where they are levels of its index."""
    _require_frame(frame)
    levels = [name for name in frame.index.names if name in {unit, time}]
    return frame.reset_index(level=[name for name in levels if name not in frame.columns])


def dataset_frame(dataset: xr.Dataset, columns: Columns) -> pd.DataFrame:
    """Turn an xarray Dataset into a frame; errors are those of `Panel.from_dataset`."""
    import xarray as xr

    require(
        isinstance(dataset, xr.Dataset),
        "`dataset` must be a Dataset of xarray",
        f"a {type(dataset).__qualname__}",
        "Make it one, as by `to_dataset(name=...)` of an array",
    )
    names = [columns.outcome, *columns.regressors]
    missing = [name for name in names if name not in dataset.data_vars]
    require(
        not missing,
        f"The dataset must have the variables {', '.join(names)}",
        f"no {', '.join(missing)} among {', '.join(map(str, dataset.data_vars))}",
        "Name the variables as they are in the dataset",
    )
    for name in names:
        require(
            set(dataset[name].dims) == {columns.unit, columns.time},
            f"`{name}` must have the dimensions {columns.unit} and {columns.time}",
            ", ".join(map(str, dataset[name].dims)) or "none",
            "Select or aggregate over the other dimensions first",
        )
    return dataset[names].to_dataframe().dropna(how="all")


def _require_frame(frame: object) -> None:
    import pandas as pd

    require(
        isinstance(frame, pd.DataFrame),
        "`frame` must be a DataFrame of pandas",
        f"a {type(frame).__qualname__}",
        "Make it one, or use from_arrays, from_dataset or from_file",
    )


def _require_named(frame: pd.DataFrame, unit: str, time: str) -> None:
    """Raise `InputError` unless each row has a unit and a period, and no other row has both."""
    for name in (unit, time):
        require(
            not frame[name].isna().any(),
            f"`{name}` must be given in every row",
            f"{int(frame[name].isna().sum())} rows without it",
            "Drop those rows",
        )
        unnamed = [entry for entry in frame[name].tolist() if not is_name(entry)]
        require(
            not unnamed,
            f"`{name}` must hold names",
            f"{len(unnamed)} entries that are none, the first {short(repr(unnamed[:1]))}",
            "Give text, numbers or dates",
        )
    repeated = frame.duplicated([unit, time])
    if repeated.any():
        row = frame.loc[repeated, [unit, time]].iloc[0]
        raise InputError(
            "Each unit and period must have one row",
            f"{int(repeated.sum())} repeated, the first {row[unit]}, {row[time]}",
            "Drop the duplicates, or aggregate them",
        )


def _numbered(column: pd.Series, entries: Sequence[Hashable]) -> np.ndarray:
    """Return the number of each row's entry among the entries."""
    number = {entry: n for n, entry in enumerate(entries)}
    return np.array([number[entry] for entry in column.tolist()], np.int64)
