"""From a frame and a formula to a frame with an outcome and regressors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gfe_mc.data.columns import Columns
from gfe_mc.data.formula import Formula
from gfe_mc.data.frames import with_names
from gfe_mc.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def designed(
    frame: pd.DataFrame, formula: str, unit: str, time: str, drop_missing: bool = False
) -> tuple[pd.DataFrame, Columns, Formula]:
    """Evaluate a formula at the rows of a frame; errors are those of `Panel.from_formula`.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row for each unit and period.
    formula : str
        The formula.
    unit, time : str
        Names of the columns or levels of the index with units and periods.
    drop_missing : bool, default False
        Whether rows in which a column of the formula is missing are to be dropped.

    Returns
    -------
    frame : pandas.DataFrame
        Units, periods, outcome and regressors; missing in rows that are to be dropped.
    columns : Columns
        Which column is what.
    formula : Formula
        The formula, which has learnt from the rows that are not.
    """
    rows = with_names(frame, unit, time).reset_index(drop=True)
    named = list(Formula(formula).variables)
    Columns(unit, (), unit, time).require_names(rows.columns)
    there = [name for name in named if name in rows.columns]
    missing = rows[there].isna()
    if not drop_missing and missing.to_numpy().any():
        first = next(name for name in there if missing[name].any())
        at = rows[missing[first]].iloc[0]
        raise InputError(
            "Every column of the formula must be given in every row",
            f"`{first}` missing in {int(missing[first].sum())} rows, the first "
            f"{at[unit]}, {at[time]}",
            "Drop those rows, or give drop_missing=True; the panel is then unbalanced",
        )
    whole = rows[~missing.any(axis=1)]
    values, learnt = Formula(formula).learn(whole)
    made = values.reindex(rows.index)
    outcome, *regressors = values.columns
    columns = Columns(str(outcome), tuple(regressors), unit, time, drop_missing)
    for name in (unit, time):
        if name in made.columns:
            raise InputError(
                "Unit, time, outcome and regressors must be different columns",
                f"`{name}`, which is in {formula} as well",
                f"Make a copy of the column under another name, or write C({name})",
            )
        made[name] = rows[name]
    return made, columns, learnt
