"""A panel, checked when it is made."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gfe_mc.errors import InputError, require

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Panel:
    """Outcomes and regressors of N units over T periods.

    Make one with `from_arrays`, `from_frame`, `from_dataset` or `from_file`. The arrays are
    float64, units first, and read-only. Where `observed` is false, y and x hold zeros.

    Attributes
    ----------
    y : (N, T)
    x : (N, T, K)
    observed : (N, T) bool
    units, periods, regressors
        Their names, of length N, T and K.
    outcome
        The name of y.
    """

    y: np.ndarray
    x: np.ndarray
    observed: np.ndarray
    units: tuple[Hashable, ...]
    periods: tuple[Hashable, ...]
    regressors: tuple[str, ...]
    outcome: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """(N, T, K)."""
        n_units, n_periods, n_regressors = self.x.shape
        return n_units, n_periods, n_regressors

    @property
    def balanced(self) -> bool:
        """Whether every unit is observed in every period."""
        return bool(self.observed.all())

    def require_balanced(self, who: str) -> None:
        """Raise `InputError` if the panel has gaps."""
        gaps = int((~self.observed).sum())
        require(
            gaps == 0,
            f"{who} needs a balanced panel",
            f"{gaps} of {self.observed.size} unit-periods missing",
            "Keep the units that are observed in every period",
        )

    def within_units(self) -> Panel:
        """Return a balanced panel in deviations from unit means.

        Raises
        ------
        InputError
            The panel has gaps.
        """
        self.require_balanced("Deviations from unit means")
        y = self.y - self.y.mean(axis=1, keepdims=True)
        x = self.x - self.x.mean(axis=1, keepdims=True)
        # What is constant in each unit is zero, and not what rounding leaves of it.
        for k in range(x.shape[2]):
            if np.abs(x[:, :, k]).max() <= 1e-12 * np.abs(self.x[:, :, k]).max():
                x[:, :, k] = 0.0
        for array in (y, x):
            array.flags.writeable = False
        return replace(self, y=y, x=x)

    @classmethod
    def from_arrays(
        cls,
        y: Any,
        x: Any = None,
        *,
        observed: Any = None,
        units: Sequence[Hashable] | None = None,
        periods: Sequence[Hashable] | None = None,
        regressors: Sequence[str] | None = None,
        outcome: str = "y",
    ) -> Panel:
        """Make a panel from arrays.

        Parameters
        ----------
        y : (N, T)
            Outcomes.
        x : (N, T, K), optional
            Regressors; none (K = 0) if left out.
        observed : (N, T) bool, optional
            Which cells are observed; all of them if left out.
        units, periods, regressors, outcome
            Names; numbers and x1, x2, ... if left out.

        Raises
        ------
        InputError
            Wrong shapes or lengths, text, or values that are not finite in an observed cell.
        """
        y = _numbers(y, outcome, 2)
        x = np.zeros((*y.shape, 0)) if x is None else _numbers(x, "x", 3)
        require(
            x.shape[:2] == y.shape,
            "y must be (N, T) and x (N, T, K) over the same units and periods",
            f"y {y.shape} and x {x.shape}",
            "Put units first, periods second, regressors last",
        )
        require(y.size > 0, "A panel needs units and periods", f"y {y.shape}", "Give at least one")
        seen = np.ones(y.shape, bool) if observed is None else np.array(observed)
        require(
            seen.shape == y.shape and seen.dtype == bool,
            "`observed` must be a boolean array of the shape of y",
            f"{seen.dtype} {seen.shape}",
            f"Give booleans of shape {y.shape}",
        )
        n_units, n_periods, n_regressors = x.shape
        names = None if regressors is None else [str(name) for name in regressors]
        made = cls(
            y=y if seen.all() else np.where(seen, y, 0.0),
            x=x if seen.all() else np.where(seen[:, :, None], x, 0.0),
            observed=seen,
            units=_names("units", units, n_units, lambda i: i),
            periods=_names("periods", periods, n_periods, lambda t: t),
            regressors=_names("regressors", names, n_regressors, lambda k: f"x{k + 1}"),
            outcome=outcome,
        )
        made._require_finite()
        for array in (made.y, made.x, made.observed):
            array.flags.writeable = False
        return made

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        outcome: str,
        regressors: Sequence[str] = (),
        unit: str,
        time: str,
        drop_missing: bool = False,
    ) -> Panel:
        """Make a panel from a DataFrame with one row for each unit and period.

        `unit` and `time` name columns or levels of the index. Units and periods are sorted. A
        pair of unit and period without a row makes the panel unbalanced; so does, with
        `drop_missing`, a row in which the outcome or a regressor is missing.

        Raises
        ------
        InputError
            Missing columns, duplicate pairs, missing names, text or values that are not finite.
        """
        require(
            not isinstance(regressors, str),
            "`regressors` must be a list of names",
            repr(regressors),
            f"Give [{regressors!r}]",
        )
        columns = [unit, time, outcome, *regressors]
        levels = [name for name in frame.index.names if name in {unit, time}]
        frame = frame.reset_index(level=[name for name in levels if name not in frame.columns])
        missing = [name for name in columns if name not in frame.columns]
        require(
            not missing,
            f"The data must have the columns {', '.join(map(str, columns))}",
            f"no {', '.join(map(str, missing))} among {', '.join(map(str, frame.columns))}",
            "Name the columns as they are in the data",
        )
        require(
            len(set(columns)) == len(columns),
            "Unit, time, outcome and regressors must be different columns",
            ", ".join(map(str, columns)),
            "Name each column once",
        )
        repeated_names = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
        require(
            not set(repeated_names) & set(columns),
            "Each column must be there once",
            f"several columns named {', '.join(repeated_names)}",
            "Rename or drop the others",
        )
        for name in (unit, time):
            require(
                not frame[name].isna().any(),
                f"`{name}` must be given in every row",
                f"{int(frame[name].isna().sum())} rows without it",
                "Drop those rows",
            )
        repeated = frame.duplicated([unit, time])
        if repeated.any():
            row = frame.loc[repeated, [unit, time]].iloc[0]
            raise InputError(
                "Each unit and period must have one row",
                f"{int(repeated.sum())} repeated, the first {row[unit]}, {row[time]}",
                "Drop the duplicates, or aggregate them",
            )
        if drop_missing:
            frame = frame.dropna(subset=[outcome, *regressors])
        i, units = _numbered(frame, unit)
        t, periods = _numbered(frame, time)
        values = np.zeros((len(units), len(periods), 1 + len(regressors)))
        for k, name in enumerate([outcome, *regressors]):
            values[i, t, k] = _numbers(frame[name].to_numpy(), name, 1)
        observed = np.zeros((len(units), len(periods)), bool)
        observed[i, t] = True
        return cls.from_arrays(
            values[:, :, 0],
            values[:, :, 1:],
            observed=observed,
            units=units,
            periods=periods,
            regressors=list(regressors),
            outcome=outcome,
        )

    @classmethod
    def from_dataset(
        cls,
        dataset: xr.Dataset,
        *,
        outcome: str,
        regressors: Sequence[str] = (),
        unit: str,
        time: str,
    ) -> Panel:
        """Make a panel from an xarray Dataset whose variables have dimensions `unit` and `time`.

        Cells in which the outcome and all regressors are missing count as not observed. Errors
        are those of `from_frame`.
        """
        names = [outcome, *regressors]
        missing = [name for name in names if name not in dataset.data_vars]
        require(
            not missing,
            f"The dataset must have the variables {', '.join(names)}",
            f"no {', '.join(missing)} among {', '.join(map(str, dataset.data_vars))}",
            "Name the variables as they are in the dataset",
        )
        for name in names:
            require(
                set(dataset[name].dims) == {unit, time},
                f"`{name}` must have the dimensions {unit} and {time}",
                ", ".join(map(str, dataset[name].dims)) or "none",
                "Select or aggregate over the other dimensions first",
            )
        frame = dataset[names].to_dataframe().dropna(how="all")
        return cls.from_frame(frame, outcome=outcome, regressors=regressors, unit=unit, time=time)

    @classmethod
    def from_file(
        cls,
        path: str,
        *,
        outcome: str,
        regressors: Sequence[str] = (),
        unit: str,
        time: str,
        drop_missing: bool = False,
    ) -> Panel:
        """Make a panel from a CSV, Parquet or Stata file, told by its ending.

        Raises
        ------
        InputError
            No such file, an ending that is not known, a file that cannot be read, and the
            errors of `from_frame`.
        """
        frame = _read(str(path))
        return cls.from_frame(
            frame,
            outcome=outcome,
            regressors=regressors,
            unit=unit,
            time=time,
            drop_missing=drop_missing,
        )

    def _require_finite(self) -> None:
        for name, values in [
            (self.outcome, self.y),
            *((name, self.x[:, :, k]) for k, name in enumerate(self.regressors)),
        ]:
            finite = np.isfinite(values)
            if not finite.all():
                bad = np.argwhere(~finite)
                i, t = bad[0]
                raise InputError(
                    f"`{name}` must be finite wherever it is observed",
                    f"{len(bad)} values that are not, the first {values[i, t]} for unit "
                    f"{self.units[i]} in period {self.periods[t]}",
                    "Drop those rows; the panel is then unbalanced",
                )


def _numbered(frame: pd.DataFrame, name: str) -> tuple[np.ndarray, list[Hashable]]:
    """Number the entries of a column in sorted order: numbers by row, and the sorted entries."""
    try:
        entries = sorted(frame[name].unique().tolist())
    except TypeError as error:
        raise InputError(
            f"`{name}` must have entries of one type", str(error), "Convert them all to text"
        ) from None
    number = {entry: n for n, entry in enumerate(entries)}
    return np.array([number[entry] for entry in frame[name].tolist()], np.int64), entries


def _numbers(values: Any, name: str, dimensions: int) -> np.ndarray:
    """Convert to float64; masked entries become NaN, which is refused where it is observed."""
    if np.ma.isMaskedArray(values):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        given = np.asarray(values)
        for value in given.ravel().tolist() if given.dtype.kind not in "biuf" else []:
            if isinstance(value, str | complex) or given.dtype.kind != "O":
                raise TypeError(f"{value!r}")
        array = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"`{name}` must hold numbers", str(error), "Convert what is not a real number"
        ) from None
    require(
        array.ndim == dimensions,
        f"`{name}` must have {dimensions} dimensions",
        f"shape {array.shape}",
        "Put units first, periods second, regressors last",
    )
    return array


def _names(what: str, given: Sequence[Any] | None, length: int, default: Any) -> tuple[Any, ...]:
    names = tuple(default(n) for n in range(length)) if given is None else tuple(given)
    require(
        all(isinstance(name, Hashable) for name in names),
        f"`{what}` must be names",
        f"{names!r}",
        "Give text or numbers",
    )
    require(
        len(names) == length and len(set(names)) == length,
        f"`{what}` must be {length} different names",
        f"{len(names)} names, {len(set(names))} of them different",
        "Give one name for each",
    )
    return names


def _read(path: str) -> pd.DataFrame:
    import pandas as pd

    readers = {
        ".csv": pd.read_csv,
        ".parquet": pd.read_parquet,
        ".dta": pd.read_stata,
    }
    ending = next((known for known in readers if path.lower().endswith(known)), None)
    if ending is None:
        raise InputError(
            "A panel file must be CSV, Parquet or Stata",
            path,
            f"Give a path that ends in {', '.join(readers)}",
        )
    try:
        frame: pd.DataFrame = readers[ending](path)  # type: ignore[operator]
    except FileNotFoundError:
        raise InputError("The panel file must exist", path, "Check the path") from None
    except ImportError as error:
        raise InputError(
            "Parquet files need pyarrow", str(error), "pip install 'gfe-mc[parquet]'"
        ) from None
    except Exception as error:  # each reader has errors of its own
        raise InputError(
            f"The panel file must be readable as {ending[1:]}", f"{path}: {error}", "Check the file"
        ) from None
    return frame
