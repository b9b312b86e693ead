"""The five-year panel of income and democracy: the samples of the application."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gfe_mc.data.columns import Columns
from gfe_mc.data.files import read_columns
from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require, require_whole
from gfe_mc.papers.income_democracy import COLUMNS

STEP = 5
"""Years between two periods, and from a lag to its outcome."""

INCOME = "income"
"""Log GDP per capita: its lag is a regressor of every specification."""

BASE = "sample_base"
"""Column that is 1 in the rows of the base sample, 150 countries from 1960 to 2000."""

BALANCED = "sample_balanced_fe"
"""Column that is 1 in the rows of the balanced panel, 90 countries from 1970 to 2000."""


def five_year_panel(
    frame: pd.DataFrame,
    *,
    outcome: str = "democracy",
    controls: Collection[str] = (),
    sample: str | None = None,
    least: int = 1,
    years: Collection[int] | None = None,
    balanced: bool = False,
) -> Panel:
    """Take a sample of the five-year panel, regressors lagged by one period.

    The regressors are the lags of the outcome, of income and of the controls, `lag_...`. A row
    counts where the outcome and all lags are there.

    Parameters
    ----------
    frame : DataFrame
        A row for each country and year: `country`, `year`, and the variables by their names.
    outcome : str, default "democracy"
        The index of democracy.
    controls : collection of str, default ()
        Further variables whose lags are regressors.
    sample : str, optional
        Column that is 1 in the rows of the sample; all rows if left out.
    least : int, default 1
        How many observations a country must have.
    years : collection of int, optional
        Years of the outcome; all if left out.
    balanced : bool, default False
        Whether only countries with an observation in every year are kept.

    Raises
    ------
    InputError
        A column is not there or named twice, a country has a year twice, or no row is left.

    References
    ----------
    Bonhomme and Manresa (2012), equation (28); Acemoglu, Johnson, Robinson and Yared (2008).
    """
    require_whole("least", least, 1)
    lagged = [outcome, INCOME, *controls]
    needed = ["country", "year", *lagged, *([] if sample is None else [sample])]
    missing = [name for name in needed if name not in frame]
    require(
        not missing,
        "The five-year panel must have the columns it is asked for",
        f"no {', '.join(missing)}",
        f"Give a frame with {', '.join(needed)}",
    )
    own = with_lags(frame, lagged)
    names = [f"lag_{name}" for name in lagged]
    if sample is not None:
        own = own[own[sample] == 1]
    if years is not None:
        own = own[own["year"].isin(years)]
    own = own.dropna(subset=[outcome, *names])
    counts = own.groupby("country")["year"].transform("size")
    own = own[counts >= (own["year"].nunique() if balanced else least)]
    require(
        len(own) > 0,
        "The sample must have rows",
        "none with the outcome and all lags",
        "Give fewer controls, or another sample",
    )
    return Panel.from_frame(own, outcome=outcome, regressors=names, unit="country", time="year")


def with_lags(frame: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """Add columns `lag_...` with the values of five years before; missing where there are none.

    Raises
    ------
    InputError
        A country has a year twice.
    """
    keys = ["country", "year"]
    twice = int(frame.duplicated(keys).sum())
    require(
        twice == 0,
        "Each country and year must have one row",
        f"{twice} repeated",
        "Drop the duplicates",
    )
    before = frame[[*keys, *names]].rename(columns={name: f"lag_{name}" for name in names})
    before["year"] = before["year"] + STEP
    return frame.merge(before, on=keys, how="left", validate="one_to_one")


@dataclass(frozen=True)
class BaseSample(Columns):
    """Columns of the five-year panel of which a study takes the base sample.

    The panel that is read has the lags of democracy and income as regressors, and which of its
    cells are the balanced panel as a third one: see `of_sample`.
    """

    outcome: str = COLUMNS.outcome
    regressors: tuple[str, ...] = (INCOME, BASE, BALANCED)
    unit: str = COLUMNS.unit
    time: str = COLUMNS.time

    def read(self, path: str | Path) -> Panel:
        """Read the five-year panel; errors are those of `Panel.from_file`."""
        frame, _ = read_columns(str(path), self)
        own = with_lags(frame, (self.outcome, INCOME))
        own[BALANCED] = (own[BALANCED] == 1).astype(float)
        names = [*COLUMNS.regressors, BALANCED]
        own = own[own[BASE] == 1].dropna(subset=[self.outcome, *names])
        return Panel.from_frame(
            own, outcome=self.outcome, regressors=names, unit=self.unit, time=self.time
        )


def of_sample(panel: Panel | None, *, balanced: bool) -> Panel:
    """Take the unbalanced panel without its mark, or the balanced panel out of it.

    Parameters
    ----------
    panel : Panel or None
        The panel, read with `BaseSample`.
    balanced : bool
        Whether only the cells that are marked are taken.

    Raises
    ------
    InputError
        There is no panel, or it has no mark.
    """
    if panel is None:
        raise InputError(
            "The study is about the unbalanced panel of income and democracy",
            "no panel",
            "Give the five-year panel as --panel",
        )
    require(
        panel.regressors == (*COLUMNS.regressors, BALANCED),
        f"The panel must have the regressors {', '.join(COLUMNS.regressors)} and {BALANCED}",
        ", ".join(panel.regressors) or "none",
        "Read it with `BaseSample`",
    )
    seen = panel.observed & (panel.x[:, :, -1] == 1.0) if balanced else panel.observed
    rows, periods = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return Panel.from_arrays(
        panel.y[rows][:, periods],
        panel.x[rows][:, periods, :-1],
        observed=seen[rows][:, periods],
        units=[panel.units[i] for i in rows],
        periods=[panel.periods[t] for t in periods],
        regressors=COLUMNS.regressors,
        outcome=panel.outcome,
    )


@dataclass(frozen=True)
class FromSeventy(Columns):
    """Columns of the five-year panel of which a study takes countries with gaps, from 1970 on.

    The base sample's rows that have democracy and both lags, and countries with four of them or
    more: 118 countries, 1970 to 2000, and 776 rows.

    References
    ----------
    Bonhomme and Manresa (2012), section 6.4.
    """

    outcome: str = COLUMNS.outcome
    regressors: tuple[str, ...] = COLUMNS.regressors
    unit: str = COLUMNS.unit
    time: str = COLUMNS.time

    def read(self, path: str | Path) -> Panel:
        """Read the five-year panel; errors are those of `Panel.from_file`."""
        there = Columns(self.outcome, (INCOME, BASE), self.unit, self.time)
        frame, _ = read_columns(str(path), there)
        return five_year_panel(frame, sample=BASE, least=4, years=range(1970, 2001))
