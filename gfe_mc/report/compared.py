"""All figures that a study sets beside its print, and each of its columns as a whole, as CSV.

Two small files beside the tables, so that programs can read verdicts without the store:
`compared.csv` has a row for each figure and method beside it, `columns.csv` one for each method.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from gfe_mc.errors import InputError
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.columns import joint
from gfe_mc.report.compare import compare_all
from gfe_mc.report.digits import ROUNDING

COMPARED = "compared.csv"
COLUMNS = "columns.csv"
Comparisons = Sequence[Mapping[str, pd.DataFrame]]
"""What stands beside one printed name each: of `gfe_mc.report.compare.compare_all`."""

# What only the test of a whole column needs of a figure.
_INNER = ("score", "sampling", "spread", "influence", "common_samples")
# Significant digits: those of sums over samples that all machines have, and of what is a quotient.
_DIGITS = {"ours": 8, "error": 6, "z": 4, "p": 4, "mean_square": 4, "freedom": 4}


def compare_methods(
    summary: pd.DataFrame, print_: PublishedTable, estimators: Iterable[str]
) -> Comparisons:
    """Compare estimators with a print, those together that have one printed name.

    Raises
    ------
    InputError
        See `gfe_mc.report.compare.compare_all`.
    """
    together: dict[str, list[str]] = {}
    for name in estimators:
        together.setdefault(print_.name_of(name), []).append(name)
    return [compare_all(summary, print_, alike) for alike in together.values()]


def figures_compared(comparisons: Comparisons, print_: PublishedTable) -> pd.DataFrame:
    """Return every figure beside a print, a row a figure and method.

    Columns are `table`, `printed_as` (the estimator's printed name, if the table has several),
    `method`, and those of `compare_all` but for what only tests of whole columns need.
    """
    made = [
        frame.drop(columns=[*_INNER]).assign(
            table=print_.table, printed_as=print_.name_of(name), method=name
        )
        for alike in comparisons
        for name, frame in alike.items()
    ]
    frame = pd.concat(made, ignore_index=True)
    # Errors of what is the same in all replications are rounding, which another machine has not.
    frame.loc[frame["error"] <= ROUNDING * frame["ours"].abs(), "error"] = 0.0
    first = ["table", "printed_as", "method"]
    return _rounded(frame[[*first, *(name for name in frame if name not in first)]])


def columns_compared(comparisons: Comparisons, print_: PublishedTable) -> pd.DataFrame:
    """Return the test of each method's whole column, see `gfe_mc.report.columns.joint`.

    Columns are `table`, `method`, and the attributes of `Joint`; methods of which no figure counts
    have no row.
    """
    rows = [
        {"table": print_.table, "method": name, **tested._asdict()}
        for alike in comparisons
        for name, frame in alike.items()
        if (tested := joint(frame)) is not None
    ]
    columns = ["table", "method", "mean_square", "figures", "freedom", "p", "left_out"]
    return _rounded(pd.DataFrame(rows, columns=columns))


def read_compared(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read both files of a study; keys are text, as figures are chosen by them.

    Raises
    ------
    InputError
        One is not there, or is no such file.
    """
    numbers = dict.fromkeys(("ours", "error", "z", "p", "published"), "float64")
    numbers |= {name: "float64" for name in _DIGITS if name not in numbers}
    frames = []
    for name, needed in ((COMPARED, "verdict"), (COLUMNS, "mean_square")):
        try:
            frame = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
            frame = frame.replace({column: {"": "nan"} for column in numbers if column in frame})
            frame = frame.astype({column: numbers[column] for column in numbers if column in frame})
            frame[needed]
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                "A study beside a print must have its figures as CSV",
                f"{folder / name}: {getattr(error, 'strerror', None) or error}",
                f"Write them from its store: gfe-mc report {folder.name} --write",
            ) from None
        frames.append(frame)
    return frames[0], frames[1]


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Round to the digits that are written."""
    for name, digits in _DIGITS.items():
        if name in frame:
            frame[name] = [float(f"{value:.{digits}g}") for value in frame[name]]
    return frame
