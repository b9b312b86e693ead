"""What files of panels may look like, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gfe_mc import Panel
from gfe_mc.data.columns import Columns
from gfe_mc.data.files import read_columns
from tests.helpers import refused

NAMES = Columns("y", ("x",), "unit", "year")
TEXT = "unit,year,y,x,other\nNA,1970,0.5,1,a\nNA,1975,1.5,2,NA\nDE,1970,2.5,3,\nDE,1975,3.5,4,b\n"


def write(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


PACK: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress}


def is_the_panel(panel: Panel, units: tuple[Any, ...] = ("DE", "NA")) -> None:
    assert panel.units == units
    assert panel.periods == (1970, 1975)
    np.testing.assert_array_equal(panel.y, [[2.5, 3.5], [0.5, 1.5]])
    np.testing.assert_array_equal(panel.x[:, :, 0], [[3.0, 4.0], [1.0, 2.0]])


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".txt", ".CSV"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_of_columns(tmp_path: Path, separator: str, ending: str) -> None:
    path = write(tmp_path / f"panel{ending}", TEXT.replace(",", separator))
    panel = NAMES.read(path)
    is_the_panel(panel)
    assert panel.notes == ()


def test_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    text = TEXT.replace(",", ";").replace(".", ",")
    is_the_panel(NAMES.read(write(tmp_path / "panel.csv", text)))


def test_a_comma_of_thousands_is_no_decimal_comma(tmp_path: Path) -> None:
    text = TEXT.replace(",", "\t").replace("2.5", "2,500")
    with refused("`y` must hold numbers"):
        NAMES.read(write(tmp_path / "panel.tsv", text))
    mixed = TEXT.replace(",", ";").replace("2.5", "2,5")
    with refused("`y` must hold numbers"):
        NAMES.read(write(tmp_path / "panel.csv", mixed))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = TEXT.replace("DE", "Côte d'Ivoire")
    panel = NAMES.read(write(tmp_path / "panel.csv", text, encoding))
    is_the_panel(panel, ("Côte d'Ivoire", "NA"))
    assert panel.notes == ()


def test_latin_1_is_read_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "panel.csv", TEXT.replace("DE", "Côte d'Ivoire"), "latin-1")
    panel = NAMES.read(path)
    is_the_panel(panel, ("Côte d'Ivoire", "NA"))
    assert panel.notes == ("The file is not in UTF-8: it was read as Windows-1252 (Latin-1).",)


def test_an_encoding_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_bytes(TEXT.encode().replace(b"DE", b"\x81"))
    with refused("Check the file, or save it as UTF-8"):
        NAMES.read(path)


@pytest.mark.parametrize("ending", ["csv", "dta"])
@pytest.mark.parametrize("packed", ["gz", "bz2", "zip"])
def test_compressed_files(tmp_path: Path, ending: str, packed: str) -> None:
    plain = write(tmp_path / "panel.csv", TEXT)
    if ending == "dta":
        plain = tmp_path / "panel.dta"
        frame = pd.read_csv(tmp_path / "panel.csv", keep_default_na=False)
        frame.to_stata(plain, write_index=False)
    path = tmp_path / f"panel.{ending}.{packed}"
    if packed == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(plain, "inside.csv")
            archive.writestr("__MACOSX/._inside.csv", "nothing")
    else:
        path.write_bytes(PACK[packed](plain.read_bytes()))
    is_the_panel(NAMES.read(path))


def test_compressed_files_that_are_refused(tmp_path: Path) -> None:
    broken = write(tmp_path / "panel.csv.gz", TEXT)
    with refused("must be readable as csv"):
        NAMES.read(broken)
    with refused("A Parquet file is compressed inside"):
        NAMES.read(tmp_path / "panel.parquet.gz")
    with refused("must be CSV, Parquet or Stata"):
        NAMES.read(tmp_path / "panel.gz")
    with zipfile.ZipFile(tmp_path / "two.csv.zip", "w") as archive:
        archive.writestr("a.csv", TEXT)
        archive.writestr("b.csv", TEXT)
    with refused("An archive must hold one panel file; got 2 files: a.csv, b.csv"):
        NAMES.read(tmp_path / "two.csv.zip")


def test_units_that_are_numbers_stay_numbers(tmp_path: Path) -> None:
    text = TEXT.replace("NA,19", "10,19").replace("DE", "9")
    assert NAMES.read(write(tmp_path / "panel.csv", text)).units == (9, 10)
    with refused("`unit` must be given in every row; got 2 rows"):
        NAMES.read(write(tmp_path / "gap.csv", TEXT.replace("DE", "9")))
    with refused("`unit` must be given in every row; got 2 rows"):
        NAMES.read(write(tmp_path / "empty.csv", TEXT.replace("DE", "")))


@pytest.mark.parametrize("missing", ["NA", "", ".", "NaN", "#N/A"])
def test_numbers_may_be_missing(tmp_path: Path, missing: str) -> None:
    path = write(tmp_path / "panel.csv", TEXT.replace("2.5", missing))
    columns = Columns("y", ("x",), "unit", "year", drop_missing=True)
    assert columns.read(path).observed.tolist() == [[False, True], [True, True]]
    with refused("`y` must be finite"):
        NAMES.read(path)


def test_a_header_without_the_columns_shows_what_is_there(tmp_path: Path) -> None:
    path = write(tmp_path / "panel.csv", TEXT.replace(",", ";").replace("year", "time"))
    with refused("no year among unit, time, y, x, other"):
        NAMES.read(path)


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "panel.csv", TEXT.replace("other", "x"))
    with refused("Each column must be there once; got several columns named x"):
        NAMES.read(path)


def test_files_of_r_have_a_column_without_a_name(tmp_path: Path) -> None:
    rows = TEXT.splitlines()
    text = "\n".join([rows[0], *(f'"{n}",{row}' for n, row in enumerate(rows[1:]))])
    is_the_panel(NAMES.read(write(tmp_path / "panel.csv", text)))


def test_only_the_columns_of_the_panel_are_read(tmp_path: Path) -> None:
    frame = pd.read_csv(write(tmp_path / "panel.csv", TEXT), keep_default_na=False)
    frame.to_parquet(tmp_path / "panel.parquet")
    frame.set_index(["unit", "year"]).to_parquet(tmp_path / "indexed.parquet")
    for name in ("panel.csv", "panel.parquet", "indexed.parquet"):
        made, _ = read_columns(str(tmp_path / name), NAMES)
        assert "other" not in made.columns
        is_the_panel(NAMES.read(tmp_path / name))
    frame.drop(columns="y").to_parquet(tmp_path / "short.parquet")
    with refused("no y among unit, year, x, other"):
        NAMES.read(tmp_path / "short.parquet")


# Stata.


def stata(path: Path, labels: Any, **columns: Any) -> Path:
    frame = pd.DataFrame(
        {
            "unit": [2, 2, 1, 1],
            "year": [1970, 1975, 1970, 1975],
            "y": [2.5, 3.5, 0.5, 1.5],
            "x": [3.0, 4.0, 1.0, 2.0],
            "other": [0, 1, 0, 1],
        }
    ).assign(**columns)
    frame.to_stata(path, write_index=False, value_labels=labels)
    return path


def test_value_labels_are_names_of_units_and_periods(tmp_path: Path) -> None:
    path = stata(
        tmp_path / "panel.dta",
        {
            "unit": {1: "Norway", 2: "Germany", 3: "none"},
            "year": {1970: "then", 1975: "now"},
            "x": {1: "few", 2: "some", 3: "many", 4: "all"},
            "other": {0: "no", 1: "yes"},
        },
    )
    panel = NAMES.read(path)
    assert panel.units == ("Germany", "Norway")
    assert panel.periods == ("then", "now")
    assert panel.notes == ("Periods in `year` are in the order of their categories: then, now.",)
    np.testing.assert_array_equal(panel.x[:, :, 0], [[3.0, 4.0], [1.0, 2.0]])


def test_numbers_with_labels_for_some_stay_numbers(tmp_path: Path) -> None:
    path = stata(tmp_path / "panel.dta", {"unit": {1: "Norway"}, "year": {1970: "the first"}})
    panel = NAMES.read(path)
    assert panel.units == (1, 2)
    assert panel.periods == (1970, 1975)


def test_labels_that_are_the_same_name_no_units(tmp_path: Path) -> None:
    labels = {"other": {0.0: "no", 1.0: "no"}, "x": {1.0: "few", 2.0: "few"}}
    assert NAMES.read(stata(tmp_path / "unused.dta", labels)).units == (1, 2)
    labels = {"unit": {1.0: "Congo", 2.0: "Congo"}}
    assert NAMES.read(stata(tmp_path / "units.dta", labels)).units == (1, 2)


def test_text_and_dates_of_stata(tmp_path: Path) -> None:
    path = tmp_path / "panel.dta"
    years = pd.to_datetime(["1970", "1975"] * 2, format="%Y")
    frame = pd.DataFrame(
        {"unit": ["DE", "DE", "NA", "NA"], "year": years, "y": [2.5, 3.5, 0.5, 1.5], "x": 1.0}
    )
    frame.to_stata(path, write_index=False, convert_dates={"year": "ty"})
    panel = NAMES.read(path)
    assert panel.units == ("DE", "NA")
    assert panel.period_labels == ("1970", "1975")
    frame.assign(unit=["DE", "DE", "", ""]).to_stata(path, write_index=False)
    with refused("`unit` must be given in every row; got 2 rows"):
        NAMES.read(path)


def test_what_may_have_no_end_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zeros.csv").symlink_to("/dev/zero")
    for name in ("pipe.csv", "zeros.csv"):
        with refused("A panel file must be a file"):
            read_columns(str(tmp_path / name), Columns("y", ("x",), "unit", "time"))
