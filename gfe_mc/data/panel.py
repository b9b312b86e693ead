"""A panel, checked when it is made."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gfe_mc.data.checks import all_finite, cells, is_name, listed, numbers
from gfe_mc.data.checks import names as checked_names
from gfe_mc.data.columns import Columns
from gfe_mc.data.designed import designed
from gfe_mc.data.files import read_columns
from gfe_mc.data.formula import CONSTANT, Formula
from gfe_mc.data.frames import dataset_frame, frame_arrays
from gfe_mc.data.periods import period_labels
from gfe_mc.errors import InputError, require

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


_MOST_COLUMNS = 1_000_000
"""More names than any table has columns: what goes on longer has no end."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Panel data: outcomes and regressors of N units over T periods.

    Make one with `from_arrays`, `from_frame`, `from_formula`, `from_dataset` or `from_file`. The
    arrays are float64, units first, and read-only. Where `observed` is false, y and x hold zeros.

    Attributes
    ----------
    y : (N, T) array
        Outcomes.
    x : (N, T, K) array
        Regressors.
    observed : (N, T) bool array
        Which cells are observed.
    units, periods : tuple of hashable
        Names of the units and of the periods, of length N and T.
    regressors : tuple of str
        Names of the regressors, of length K.
    outcome : str
        Name of y.
    notes : tuple of str, default ()
        How the panel was read where that is not plain: in which order text periods are, and
        which encoding was guessed. A sentence each, none as a rule; no part of its identity.
    columns : Columns, optional
        Names of the columns that it was made of, where it was; no part of its identity.
    formula : Formula, optional
        The formula that it was made by, where it was; no part of its identity.

    Examples
    --------
    >>> import pandas as pd
    >>> from gfe_mc import Panel
    >>> frame = pd.DataFrame(
    ...     {
    ...         "country": ["A", "A", "B", "B", "C"],
    ...         "year": [1990, 1995, 1990, 1995, 1990],
    ...         "democracy": [0.1, 0.2, 0.9, 0.8, 0.5],
    ...         "income": [1.0, 1.2, 3.0, 3.1, 2.0],
    ...     }
    ... )
    >>> panel = Panel.from_frame(
    ...     frame, outcome="democracy", regressors=["income"], unit="country", time="year"
    ... )
    >>> panel.shape, panel.balanced  # (N, T, K), and C is not observed in 1995
    ((3, 2, 1), False)
    >>> panel.units, panel.period_labels
    (('A', 'B', 'C'), ('1990', '1995'))
    """

    y: np.ndarray
    x: np.ndarray
    observed: np.ndarray
    units: tuple[Hashable, ...]
    periods: tuple[Hashable, ...]
    regressors: tuple[str, ...]
    outcome: str
    notes: tuple[str, ...] = field(default=(), compare=False)
    columns: Columns | None = field(default=None, compare=False, repr=False)
    formula: Formula | None = field(default=None, compare=False, repr=False)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of units, periods and regressors, (N, T, K)."""
        n_units, n_periods, n_regressors = self.x.shape
        return n_units, n_periods, n_regressors

    @property
    def balanced(self) -> bool:
        """Whether every unit is observed in every period."""
        return bool(self.observed.all())

    @property
    def period_labels(self) -> tuple[str, ...]:
        """The periods as people write them, such as 1970 or 1970-03 for dates."""
        return tuple(period_labels(self.periods))

    def require_balanced(self, who: str) -> None:
        """Raise `InputError` if the panel has gaps.

        Parameters
        ----------
        who : str
            What needs it, for the message.
        """
        gaps = self.observed.size - int(np.count_nonzero(self.observed))
        require(
            gaps == 0,
            f"{who} needs a balanced panel",
            f"{gaps} of {self.observed.size} unit-periods missing",
            "Keep the units that are observed in every period",
        )

    def within_units(self) -> Panel:
        """Return the panel in deviations from unit means over the periods observed.

        Raises
        ------
        InputError
            A unit is not observed, or values are so large that their sums are not finite.
        """
        counts = np.count_nonzero(self.observed, axis=1)
        require(
            bool(counts.all()),
            "Deviations from unit means need observations of every unit",
            f"{np.count_nonzero(counts == 0)} units without",
            "Leave them out",
        )
        with np.errstate(over="ignore", invalid="ignore"):  # The next lines refuse it.
            if self.balanced:
                y = self.y - self.y.mean(axis=1, keepdims=True)
                x = self.x - self.x.mean(axis=1, keepdims=True)
            else:
                # What is not observed is zero, before and after.
                seen = self.observed
                y = (self.y - self.y.sum(axis=1, keepdims=True) / counts[:, None]) * seen
                x = self.x - self.x.sum(axis=1, keepdims=True) / counts[:, None, None]
                x = x * seen[:, :, None]
        require(
            bool(np.isfinite(y).all() and np.isfinite(x).all()),
            "Sums over the periods of a unit must be numbers that the computer can hold",
            "values too large",
            "Measure them in another unit",
        )
        # What is constant in each unit is zero, and not what rounding leaves of it.
        for k in range(x.shape[2]):
            if np.abs(x[:, :, k]).max() <= 1e-12 * np.abs(self.x[:, :, k]).max():
                x[:, :, k] = 0.0
        for array in (y, x):
            array.flags.writeable = False
        return replace(self, y=y, x=x)

    def resampled(self, units: np.ndarray) -> Panel:
        """Return the panel of some units, which may be there several times, numbered anew.

        Parameters
        ----------
        units : (M,) array of int
            Positions of the units.
        """
        y, x, observed = self.y[units], self.x[units], self.observed[units]
        for array in (y, x, observed):
            array.flags.writeable = False
        return replace(self, y=y, x=x, observed=observed, units=tuple(range(len(units))), notes=())

    @classmethod
    def from_arrays(
        cls,
        y: Any,
        x: Any = None,
        *,
        observed: Any = None,
        units: Iterable[Hashable] | None = None,
        periods: Iterable[Hashable] | None = None,
        regressors: Sequence[str] | None = None,
        outcome: str = "y",
    ) -> Panel:
        """Make a panel from arrays.

        Parameters
        ----------
        y : (N, T) array
            Outcomes.
        x : (N, T, K) array, optional
            Regressors; none (K = 0) if left out.
        observed : (N, T) bool array, optional
            Which cells are observed; all of them if left out.
        units, periods : iterable of hashable, optional
            Names of the units and of the periods; numbers from 0 if left out.
        regressors : sequence of str, optional
            Names of the regressors; x1, x2, ... if left out.
        outcome : str, default "y"
            Name of the outcome.

        Raises
        ------
        InputError
            Wrong shapes or lengths, text, or values that are not finite in an observed cell.
        """
        y = numbers(y, outcome, 2)
        x = np.zeros((*y.shape, 0)) if x is None else numbers(x, "x", 3)
        require(
            x.shape[:2] == y.shape,
            "y must be (N, T) and x (N, T, K) over the same units and periods",
            f"y {y.shape} and x {x.shape}",
            "Put units first, periods second, regressors last",
        )
        require(y.size > 0, "A panel needs units and periods", f"y {y.shape}", "Give at least one")
        seen = np.ones(y.shape, bool) if observed is None else cells(observed, y.shape)
        whole = observed is None or bool(seen.all())
        n_units, n_periods, n_regressors = x.shape
        named = None
        if regressors is not None:
            named = [str(name) for name in listed("regressors", regressors, n_regressors)]
        if not whole:
            # They are this panel's own copies.
            unseen = ~seen
            y[unseen], x[unseen] = 0.0, 0.0
        made = cls(
            y=y,
            x=x,
            observed=seen,
            units=checked_names("units", units, n_units, int),
            periods=checked_names("periods", periods, n_periods, int),
            regressors=checked_names("regressors", named, n_regressors, lambda k: f"x{k + 1}"),
            outcome=str(outcome),
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

        `unit` and `time` name columns or levels of the index. Units are sorted. So are periods that
        are numbers or dates; an ordered categorical keeps its order; text is ordered by the
        numbers in it (P6 before P10, 2001Q1 before 2001Q2), and where they do not tell the order
        by the rows, on which all units must agree. `notes` says so where it is not plain
        sorting. A pair of unit and period without a row makes the panel unbalanced; so does,
        with `drop_missing`, a row in which the outcome or a regressor is missing.

        Parameters
        ----------
        frame : pandas.DataFrame
            A row for each unit and period.
        outcome : str
            Name of the outcome.
        regressors : sequence of str, default ()
            Names of the regressors.
        unit, time : str
            Names of the columns or levels of the index with units and periods.
        drop_missing : bool, default False
            Whether rows in which the outcome or a regressor is missing are dropped.

        Raises
        ------
        InputError
            Missing columns, duplicate pairs, missing names, text or values that are not finite,
            or periods whose order is not known.
        """
        columns = _columns(outcome, regressors, unit, time, drop_missing)
        return cls._from_frame(frame, columns)

    @classmethod
    def from_formula(
        cls,
        formula: str,
        frame: pd.DataFrame,
        *,
        unit: str,
        time: str,
        drop_missing: bool = False,
    ) -> Panel:
        """Make a panel from a DataFrame by a formula such as `log(y) ~ x1:x2 + C(region)`.

        The grammar is formulaic's (R's): `+`, `:`, `*`, `**`, categories by `C(...)` or of text,
        `log`, `exp`, `center`, `scale`, `poly`, `bs`, functions of NumPy such as `np.sqrt`, and
        arithmetic in braces or `I(...)`. The constant is left out, since effects of groups over
        time absorb it; categories keep their base all the same. Rows, units and periods are taken
        as by `from_frame`: a row in which a column of the formula is missing is refused, or, with
        `drop_missing`, makes a gap.

        Parameters
        ----------
        formula : str
            Outcome and regressors, as transformations of columns.
        frame : pandas.DataFrame
            A row for each unit and period.
        unit, time : str
            Names of the columns or levels of the index with units and periods.
        drop_missing : bool, default False
            Whether rows in which a column of the formula is missing are dropped.

        Raises
        ------
        InputError
            Formulaic is not installed, no outcome or several, a column that is not there, code
            that is more than a transformation, lags (which would be of rows), or the errors of
            `from_frame`.

        Examples
        --------
        >>> import pandas as pd
        >>> from gfe_mc import Panel
        >>> frame = pd.DataFrame(
        ...     {
        ...         "firm": ["a", "a", "b", "b"],
        ...         "year": [2000, 2001, 2000, 2001],
        ...         "sales": [1.0, 2.0, 4.0, 8.0],
        ...         "size": ["small", "small", "large", "large"],
        ...     }
        ... )
        >>> panel = Panel.from_formula("log2(sales) ~ C(size)", frame, unit="firm", time="year")
        >>> panel.outcome, panel.regressors
        ('log2(sales)', ('C(size)[T.small]',))
        >>> panel.y
        array([[0., 1.],
               [2., 3.]])
        """
        _columns("y", (), unit, time)
        made, columns, learnt = designed(frame, formula, unit, time, drop_missing)
        panel = cls._from_frame(made, columns)
        return replace(panel, notes=(*panel.notes, CONSTANT), formula=learnt)

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

        Parameters
        ----------
        dataset : xarray.Dataset
            With the outcome and the regressors as variables.
        outcome : str
            Name of the outcome.
        regressors : sequence of str, default ()
            Names of the regressors.
        unit, time : str
            Names of the dimensions with units and periods.
        """
        columns = _columns(outcome, regressors, unit, time)
        return cls._from_frame(dataset_frame(dataset, columns), columns)

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
        """Make a panel from a text, Parquet or Stata file, told by its ending.

        Endings are .csv, .tsv, .txt, .parquet and .dta; all but .parquet may be followed by .gz,
        .bz2 or .zip. What is read how is said in `gfe_mc.data.files.read_columns`. Columns that
        are not named are not read.

        Parameters
        ----------
        path : str
            The file.
        outcome : str
            Name of the outcome.
        regressors : sequence of str, default ()
            Names of the regressors.
        unit, time : str
            Names of the columns with units and periods.
        drop_missing : bool, default False
            Whether rows in which the outcome or a regressor is missing are dropped.

        Raises
        ------
        InputError
            No such file, an ending that is not known, a file that cannot be read, and the
            errors of `from_frame`.
        """
        columns = _columns(outcome, regressors, unit, time, drop_missing)
        frame, notes = read_columns(str(path), columns)
        return cls._from_frame(frame, columns, notes)

    @classmethod
    def _from_frame(
        cls, frame: pd.DataFrame, columns: Columns, notes: tuple[str, ...] = ()
    ) -> Panel:
        made = frame_arrays(frame, columns)
        panel = cls.from_arrays(
            made.values[:, :, 0],
            made.values[:, :, 1:],
            observed=made.observed,
            units=made.units,
            periods=made.periods,
            regressors=list(columns.regressors),
            outcome=columns.outcome,
        )
        return replace(panel, notes=(*notes, *made.notes), columns=columns)

    def _require_finite(self) -> None:
        if np.isfinite(self.y).all() and np.isfinite(self.x).all():
            return
        for name, values in [
            (self.outcome, self.y),
            *((name, self.x[:, :, k]) for k, name in enumerate(self.regressors)),
        ]:
            if not all_finite(values):
                bad = np.argwhere(~np.isfinite(values))
                i, t = bad[0]
                raise InputError(
                    f"`{name}` must be finite wherever it is observed",
                    f"{len(bad)} values that are not, the first {values[i, t]} for unit "
                    f"{self.units[i]} in period {self.periods[t]}",
                    "Drop those rows; the panel is then unbalanced",
                )


def _columns(
    outcome: str,
    regressors: Sequence[str],
    unit: str,
    time: str,
    drop_missing: bool = False,
) -> Columns:
    require(
        not isinstance(regressors, str),
        "`regressors` must be a list of names",
        repr(regressors),
        f"Give [{regressors!r}]",
    )
    chosen = tuple(listed("regressors", regressors, _MOST_COLUMNS))
    columns = Columns(outcome, chosen, unit, time, drop_missing)
    for name in columns.all():
        require(
            is_name(name),
            "Columns must be known by their names",
            repr(name),
            "Give the names as they are in the data",
        )
    return columns
