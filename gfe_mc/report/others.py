"""What cells of a study differ in beside the factors that are looked at."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def others_of(cells: pd.DataFrame, looked_at: Sequence[str]) -> tuple[str, ...]:
    """Return the other factors in which cells differ.

    Those that are another name of one that is looked at, such as the number of copies of a panel
    beside its N, are none.

    Parameters
    ----------
    cells : pandas.DataFrame
        A row a cell: its number, and its factors.
    looked_at : sequence of str
        Factors, such as N and T.
    """
    return tuple(
        str(name)
        for name in cells.columns[1:]
        if name not in looked_at and cells[name].astype(str).nunique() > 1
        if not any(_same(cells, str(name), other) for other in looked_at)
    )


def _same(cells: pd.DataFrame, one: str, other: str) -> bool:
    """Whether two factors are names of the same."""
    pairs = cells[[one, other]].astype(str).drop_duplicates()
    return bool(pairs[one].is_unique and pairs[other].is_unique)
