"""From a file to a frame with the columns of a panel, and no others."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gfe_mc.data.columns import Columns
from gfe_mc.errors import InputError, require
from gfe_mc.optional import missing

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = {".csv": ",;\t", ".tsv": "\t,;", ".txt": "\t,;"}
"""By ending: the separators of columns, in the order in which they are tried."""

_MISSING = (
    *("", ".", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND"),
    *("1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)
"""What a cell without a number may hold: what pandas takes for missing, and the point of Stata."""


def read_columns(path: str, columns: Columns) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read the columns of a panel from a file, told by its ending.

    Text files (.csv, .tsv, .txt) have a header. Columns are separated by commas, semicolons or
    tabs: the first of them by which the header has all columns. Where they are separated by
    semicolons, numbers may have decimal commas. Text is UTF-8, UTF-16 with its mark, or
    Windows-1252, which contains Latin-1. Units and periods are names: NA is Namibia's, unless all
    the others are numbers. In a Stata file, value labels are the names of units and periods;
    outcome and regressors are numbers. Text and Stata files may be compressed (.gz, .bz2, .zip).

    Parameters
    ----------
    path : str
        The file.
    columns : Columns
        Which columns to read.

    Returns
    -------
    frame : pandas.DataFrame
        The columns.
    notes : tuple of str
        A sentence where the text is not UTF-8.

    Raises
    ------
    InputError
        No such file, an ending that is not known, a file that cannot be read, or columns that
        are not in it.
    """
    ending, packed = _ending(path)
    with _reading(path, ending, "panel file"):
        if ending == ".parquet":
            return _read_parquet(path, columns), ()
        content = _unpack(path, packed)
        if ending == ".dta":
            return _read_stata(content, columns), ()
        text, notes = _decode(content)
        return _read_text(text, columns, _SEPARATORS[ending]), notes


def read_table(path: str, what: str) -> pd.DataFrame:
    """Read all columns of a text file with a header, told by its ending: .csv, .tsv or .txt.

    Text, separators, decimal commas and compression are as in `read_columns`: columns are
    separated by what makes the most of them, the first of these if several do. The first column
    is one of names.

    Parameters
    ----------
    path : str
        The file.
    what : str
        What it is of, for the messages.

    Raises
    ------
    InputError
        No such file, another ending, a column without a name of its own, or a file that cannot be
        read.
    """
    inner, packed = _packing(path)
    ending = next((one for one in _SEPARATORS if inner.endswith(one)), None)
    if ending is None:
        raise InputError(
            f"The file of a {what} must be text",
            path,
            f"Give a path that ends in {', '.join(_SEPARATORS)}",
        )
    with _reading(path, ending, f"file of a {what}"):
        text, _ = _decode(_unpack(path, packed))
        headers = {separator: _header(text, separator) for separator in _SEPARATORS[ending]}
        separator = max(headers, key=lambda one: len(headers[one]))
        header = headers[separator]
        require(
            len(set(header)) == len(header) > 0 and all(name.strip() for name in header),
            f"Columns of the file of a {what} must have different names",
            ", ".join(header) if any(header) else "no header",
            "Name each in the first line",
        )
        return _read_whole(text, separator, header[0])


@contextmanager
def _reading(path: str, ending: str, what: str) -> Iterator[None]:
    """Refuse a file that is none, or that cannot be read."""
    # A pipe or a device may have no end.
    require(
        not Path(path).exists() or Path(path).is_file() or Path(path).is_dir(),
        f"A {what} must be a file",
        f"{path}, which is a pipe or a device",
        "Write its content to a file first",
    )
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"The {what} must exist", path, "Check the path") from None
    except ImportError as error:
        raise missing("pyarrow", "parquet", "Parquet files", error) from None
    except Exception as error:  # each reader has errors of its own
        remedy = "Check the file"
        if isinstance(error, UnicodeDecodeError):
            remedy += ", or save it as UTF-8"
        raise InputError(
            f"The {what} must be readable as {ending[1:]}", f"{path}: {error}", remedy
        ) from None


def _ending(path: str) -> tuple[str, str]:
    """Return what the file is, and how it is compressed ("" if it is not)."""
    known = ", ".join((".csv", ".parquet", ".dta", ".tsv", ".txt"))
    inner, packed = _packing(path)
    ending = next((one for one in (*_SEPARATORS, ".parquet", ".dta") if inner.endswith(one)), None)
    if ending is None:
        raise InputError(
            "A panel file must be CSV, Parquet or Stata",
            path,
            f"Give a path that ends in {known}, or in one of them and {', '.join(_UNPACK)}",
        )
    require(
        not (packed and ending == ".parquet"),
        "A Parquet file is compressed inside",
        path,
        "Unpack it, and give a path that ends in .parquet",
    )
    return ending, packed


def _packing(path: str) -> tuple[str, str]:
    """Return the path without how the file is compressed, in small letters, and that."""
    packed = next((one for one in _UNPACK if path.lower().endswith(one)), "")
    return path.lower().removesuffix(packed), packed


def _unzip(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        # A Mac adds a folder of its own.
        names = [n for n in archive.namelist() if not n.endswith("/") and "__MACOSX" not in n]
        require(
            len(names) == 1,
            "An archive must hold one panel file",
            f"{len(names)} files: {', '.join(names)}",
            "Unpack it, and give the path of the right one",
        )
        return archive.read(names[0])


_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".zip": _unzip,
}


def _unpack(path: str, packed: str) -> bytes:
    content = Path(path).read_bytes()
    return _UNPACK[packed](content) if packed else content


def _decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text, and a note where its encoding had to be guessed."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16"), ()
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        note = "The file is not in UTF-8: it was read as Windows-1252 (Latin-1)."
        return content.decode("cp1252"), (note,)


def _read_text(text: str, columns: Columns, separators: str) -> pd.DataFrame:
    import pandas as pd

    headers = {separator: _header(text, separator) for separator in separators}
    wanted = set(columns.all())
    separator = next((one for one, there in headers.items() if wanted <= set(there)), None)
    if separator is None:
        # What the separator that finds most columns finds is shown, if it makes a table at all.
        separator = max(headers, key=lambda one: len(headers[one]))
        pd.read_csv(io.StringIO(text), sep=separator, low_memory=False)
    columns.require_in(headers[separator])

    def read(decimal: str) -> pd.DataFrame:
        frame: pd.DataFrame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            decimal=decimal,
            usecols=columns.all(),
            na_values=_missing_of(columns),
            keep_default_na=False,
            low_memory=False,
        )
        return frame

    frame = read(".")
    values = [columns.outcome, *columns.regressors]
    # With commas between columns, a comma inside a number may be one of thousands.
    if separator == ";" and any(frame[name].dtype.kind not in "biuf" for name in values):
        frame = read(",")
    for name in (columns.unit, columns.time):
        frame[name] = _names(frame[name])
    return frame


def _read_whole(text: str, separator: str, first: str) -> pd.DataFrame:
    """All columns: the first as text, the others as numbers where they are."""
    import pandas as pd

    def read(decimal: str) -> pd.DataFrame:
        frame: pd.DataFrame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            decimal=decimal,
            dtype={first: str},
            index_col=False,
            keep_default_na=False,
            na_values={name: list(_MISSING) for name in _header(text, separator)[1:]},
            low_memory=False,
        )
        return frame

    frame = read(".")
    if separator == ";" and any(frame[name].dtype.kind not in "biuf" for name in frame.columns[1:]):
        frame = read(",")
    return frame


def _header(text: str, separator: str) -> list[str]:
    """Return the names in the first line that is not empty."""
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    return next((row for row in rows if any(row)), [])


def _missing_of(columns: Columns) -> dict[str, list[str]]:
    """By column, what is read as missing: in names, nothing but an empty cell."""
    missing = {name: list(_MISSING) for name in (columns.outcome, *columns.regressors)}
    return {**missing, columns.unit: [""], columns.time: [""]}


def _names(column: pd.Series) -> pd.Series:
    """Return a column of names; numbers, if all that is not NA or the like is a number."""
    import pandas as pd

    if column.dtype.kind in "biuf" or not (unnamed := column.isin(_MISSING)).any():
        return column
    try:
        found = pd.to_numeric(column[~unnamed])
    except (TypeError, ValueError):
        return column
    return found.reindex(column.index) if found.notna().any() else column


def _read_parquet(path: str, columns: Columns) -> pd.DataFrame:
    import pandas as pd
    from pyarrow.parquet import read_schema

    if Path(path).is_dir():  # a file a part
        return pd.read_parquet(path)
    columns.require_in(read_schema(path).names)
    return pd.read_parquet(path, columns=columns.all())


def _read_stata(content: bytes, columns: Columns) -> pd.DataFrame:
    import pandas as pd

    with pd.read_stata(io.BytesIO(content), iterator=True) as reader:
        columns.require_in(reader.variable_labels())
    frame = pd.read_stata(io.BytesIO(content), columns=columns.all(), convert_categoricals=False)
    for name in (columns.unit, columns.time):
        frame[name] = _stata_names(content, name, frame[name])
    return frame


def _stata_names(content: bytes, name: str, plain: pd.Series) -> pd.Series:
    """Return the value labels of a column if all its values have one, else the values."""
    import pandas as pd

    try:
        labelled = pd.read_stata(io.BytesIO(content), columns=[name])[name]
    except ValueError:  # two values have the same label
        return plain
    if isinstance(labelled.dtype, pd.CategoricalDtype):
        used = labelled.cat.remove_unused_categories()
        return used if all(isinstance(one, str) for one in used.cat.categories) else plain
    # An empty text is Stata's missing one.
    return labelled.mask(labelled == "") if labelled.dtype.kind not in "biufM" else labelled
