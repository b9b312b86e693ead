"""Rows of a user's frame, by unit and period of the panel that was fitted."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gfe_mc.errors import InputError, require

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5
"""Most names that a refusal lists."""


def names_of_rows(frame: pd.DataFrame, name: str) -> list[Hashable]:
    """Return what each row has in a column, or in a level of the index.

    Raises
    ------
    InputError
        This is no frame, or there is no such column.
    """
    import pandas as pd

    require(
        isinstance(frame, pd.DataFrame),
        "`frame` must be a DataFrame of pandas",
        f"a {type(frame).__qualname__}",
        "Give one with a row for each unit and period",
    )
    if name in frame.columns:
        return list(frame[name].tolist())
    if name in frame.index.names:
        return list(frame.index.get_level_values(name).tolist())
    raise InputError(
        f"The data must have the column {name}",
        f"{', '.join(map(str, frame.columns))}",
        "Name the column as it was when the panel was fitted",
    )


def places(frame: pd.DataFrame, name: str, known: Sequence[Hashable], what: str) -> np.ndarray:
    """Return the place of each row's name among those of the panel.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows.
    name : str
        The column.
    known : sequence of hashable
        Names of the panel.
    what : str
        What they are, "units" or "periods".

    Raises
    ------
    InputError
        A row has a name that is not known.
    """
    numbers = {one: i for i, one in enumerate(known)}
    found = names_of_rows(frame, name)
    unknown = list(dict.fromkeys(one for one in found if one not in numbers))
    more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
    require(
        not unknown,
        f"{what.capitalize()} must be those of the panel that was fitted",
        f"{', '.join(repr(one) for one in unknown[:SHOWN])}{more} in `{name}`",
        f"Drop those rows: there are no effects of other {what}",
    )
    return np.array([numbers[one] for one in found], np.int64)
