"""The printed tables as frames."""

import io
from importlib.resources import files

import pandas as pd

from gfe_mc.errors import require

# Tables with one statistic print it as the name of their only column of numbers.
_NUMBERS = ("value", "percent", "rmse_x100")


def names() -> tuple[str, ...]:
    """Return the names of the tables there are, in alphabetical order."""
    entries = [entry.name for entry in files("gfe_mc.published").iterdir()]
    return tuple(sorted(name.removesuffix(".csv") for name in entries if name.endswith(".csv")))


def published(name: str) -> pd.DataFrame:
    """Read a printed table: one row a number.

    Parameters
    ----------
    name : str
        Name of the table, such as "bm_table3"; ".csv" may follow.

    Returns
    -------
    DataFrame
        Its keys as columns (integers where all entries are, else text; "none" where a key does
        not apply), `statistic`, `value` (float, in the units of the print) and `decimals` (int,
        how many were printed).

    Raises
    ------
    InputError
        There is no such table.

    References
    ----------
    bm: Bonhomme and Manresa (2012). ln: Lin and Ng (2011). fcr: Lewis, Melcangi, Pilossoph and
    Toner-Rodgers (2022).
    """
    table = name.removesuffix(".csv")
    require(table in names(), "There is no such table", name, f"There are {', '.join(names())}")
    text = (files("gfe_mc.published") / f"{table}.csv").read_text(encoding="utf-8")
    return _typed(pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of a table, all of them text, their types."""
    number = next(column for column in _NUMBERS if column in frame)
    if "statistic" not in frame:
        frame.insert(list(frame.columns).index(number), "statistic", number)
    frame = frame.rename(columns={number: "value"})
    types = {column: "int64" for column in frame if frame[column].str.fullmatch(r"-?\d+").all()}
    return frame.astype(types | {"value": "float64", "decimals": "int64"})
