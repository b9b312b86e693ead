"""Hostile frames, datasets and files."""

from __future__ import annotations

import bz2
import gzip
import io
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc import Panel
from tests.reliability.hostile_arrays import Call

COLUMNS: dict[str, Any] = {"outcome": "y", "regressors": ["x1"], "unit": "unit", "time": "time"}


def long_frame(rng: np.random.Generator) -> pd.DataFrame:
    """A row for each unit and period."""
    n, t = (int(size) for size in rng.integers(2, 7, 2))
    rows = n * t
    return pd.DataFrame(
        {
            "unit": np.repeat([f"u{i}" for i in range(n)], t),
            "time": np.tile(np.arange(2000, 2000 + t), n),
            "y": rng.standard_normal(rows),
            "x1": rng.standard_normal(rows),
        }
    )


def frames(rng: np.random.Generator) -> Call:
    """Frames that are not one row for each unit and period."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame, what, refused = _spoiled(rng, long_frame(rng))
    columns = dict(COLUMNS)
    kind = int(rng.integers(0, 12))
    if kind == 0:
        odd: list[Any] = ["y", None, 5, [1], ["y"], ["nowhere"], [["x1"]], ("x1", "x1"), [None]]
        columns["regressors"] = odd[int(rng.integers(0, len(odd)))]
        what, refused = f"regressors {columns['regressors']!r}", True
    elif kind == 1:
        which = str(rng.choice(["outcome", "unit", "time"]))
        odd = [None, 5, [1], "nowhere", "x1", np.nan, ("unit",), {}]
        columns[which] = odd[int(rng.integers(0, len(odd)))]
        what, refused = f"{which} {columns[which]!r}", True
    elif kind == 2:
        odd = [None, 5, [1], "a", {}, np.zeros((2, 2)), frame.index, {"y": [1.0]}]
        frame = odd[int(rng.integers(0, len(odd)))]
        what, refused = f"a {type(frame).__name__}", True
    elif kind == 3:
        columns["drop_missing"] = True
        refused = False
    return Call(what, lambda: Panel.from_frame(frame, **columns), refused=refused)


def _spoiled(rng: np.random.Generator, frame: Any) -> tuple[Any, str, bool]:
    """A frame with something wrong, what that is, and whether it must be refused."""
    kind = int(rng.integers(0, 26))
    row = int(rng.integers(0, len(frame)))
    if kind == 0:
        return pd.concat([frame, frame.iloc[[row]]]), "a duplicate row", True
    if kind == 1:
        return frame.drop(columns=str(rng.choice(list(frame)))), "a column less", True
    if kind == 2:
        return frame.assign(y="text"), "y of text", True
    if kind == 3:
        return frame.assign(y=frame["y"].astype(str)), "y of numbers in text", True
    if kind == 4:
        frame.loc[row, "y"] = np.inf
        return frame, "inf", True
    if kind == 5:
        frame.loc[row, "x1"] = np.nan
        return frame, "NaN", True
    if kind == 6:
        return frame.assign(unit=frame["unit"].astype("category")), "categorical units", False
    if kind == 7:
        times = frame["time"].astype("category").cat.reorder_categories([*frame["time"].unique()])
        return frame.assign(time=times.cat.as_ordered()), "categorical periods", False
    if kind == 8:
        zoned = pd.to_datetime(frame["time"].astype(str)).dt.tz_localize("Asia/Tokyo")
        return frame.assign(time=zoned), "zoned periods", False
    if kind == 9:
        return (
            frame.assign(time=frame["time"].astype(object).where(frame.index != row, "a")),
            ("mixed periods"),
            False,
        )
    if kind == 10:
        return frame.drop(index=row), "a row less", False
    if kind == 11:
        return frame.iloc[:0], "no rows", True
    if kind == 12:
        return frame.assign(y=frame["y"] + 1j), "complex y", True
    if kind == 13:
        frame.columns = ["unit", "time", "y", "y"]
        return frame, "a column twice", True
    if kind == 14:
        return frame.set_index(["unit", "time"]), "an index", False
    if kind == 15:
        wide = frame.set_index(["unit", "time"])
        wide["unit"] = wide.index.get_level_values(0)
        return wide, "a level that is a column", False
    if kind == 16:
        return frame.assign(unit=[[1]] * len(frame)), "units of lists", True
    if kind == 17:
        return frame.assign(y=frame["y"].astype("Float64")), "nullable y", False
    if kind == 18:
        masked = frame["y"].astype("Float64").where(frame.index != row)
        return frame.assign(y=masked), "missing nullable y", True
    if kind == 19:
        return frame.assign(y=frame["y"].astype("category")), "categorical y", False
    if kind == 20:
        return frame.assign(y=pd.arrays.SparseArray(frame["y"])), "sparse y", False
    if kind == 21:
        frame.columns = pd.MultiIndex.from_product([["a"], frame.columns])
        return frame, "columns of two levels", True
    if kind == 22:
        return frame.assign(time=frame["time"].map(lambda v: f"{v}" + "0" * 5000)), "long", False
    if kind == 23:
        return frame.assign(time=frame["time"].map(lambda v: f"P²{v}")), "odd digits", False
    if kind == 24:
        return frame.assign(y=frame["y"].gt(0).astype("boolean")), "boolean y", False
    return frame.assign(time=frame["time"].astype(object).map(lambda v: (v,))), "tuples", False


def datasets(rng: np.random.Generator) -> Call:
    """Datasets of xarray."""
    n, t = (int(size) for size in rng.integers(1, 6, 2))
    made = xr.Dataset(
        {
            "y": (("unit", "time"), rng.standard_normal((n, t))),
            "x1": (("time", "unit"), rng.standard_normal((t, n))),
        }
    )
    columns, what, refused = dict(COLUMNS), "ordinary", False
    kind = int(rng.integers(0, 8))
    data: Any = made
    if kind == 0:
        data, what, refused = made.isel(time=0), "no periods", True
    elif kind == 1:
        data = made.assign_coords(unit=["same"] * n)
        what, refused = "the same units", n > 1
    elif kind == 2:
        data, what, refused = made.assign(x1=((), 1.0)), "a number", True
    elif kind == 3:
        data, what, refused = made["y"], "no dataset", True
    elif kind == 4:
        data, what, refused = made.assign(y=made["y"] * np.nan), "NaN", True
    elif kind == 5:
        data, what, refused = made.assign(y=made["y"] + 1j), "complex", True
    elif kind == 6:
        columns["unit"], what, refused = "time", "unit is time", True
    return Call(f"dataset, {what}", lambda: Panel.from_dataset(data, **columns), refused=refused)


def files(rng: np.random.Generator, folder: Path) -> Call:
    """Files that are broken, odd or not what their ending says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ending, content, what = _content(rng, long_frame(rng))
    path = folder / f"panel{ending}"
    path.write_bytes(content)
    return Call(f"{ending}: {what}", lambda: Panel.from_file(str(path), **COLUMNS))


def _content(rng: np.random.Generator, frame: pd.DataFrame) -> tuple[str, bytes, str]:
    """Ending, bytes and description of a file."""
    text = frame.to_csv(index=False)
    content = text.encode()
    kind = int(rng.integers(0, 26))
    if kind == 0:
        return ".csv", b"", "empty"
    if kind == 1:
        return ".csv", b"unit,time,y,x1\n", "a header only"
    if kind == 2:
        return ".csv", b"\xef\xbb\xbf" + content, "a mark"
    if kind == 3:
        return ".csv", text.replace(",", ";", 9).encode(), "mixed separators"
    if kind == 4:
        return ".csv", content.replace(b"u1", b'"u1', 1), "a quote that is not closed"
    if kind == 5:
        at = int(rng.integers(0, len(content)))
        return ".csv", content[:at] + b"\0" + content[at:], "NUL"
    if kind == 6:
        end = str(rng.choice([".csv", ".txt", ".tsv", ".dta", ".parquet", ".csv.gz", ".dta.zip"]))
        return end, rng.bytes(int(rng.integers(1, 3000))), "random bytes"
    if kind == 7:
        packed = gzip.compress(content)
        return ".csv.gz", packed[: int(rng.integers(0, len(packed)))], "cut"
    if kind == 8:
        packed = bz2.compress(content)
        return ".csv.bz2", packed[: int(rng.integers(0, len(packed)))], "cut"
    if kind in (9, 10):
        packed = _zip({"a.csv": content})
        cut = packed if kind == 9 else packed[: int(rng.integers(0, len(packed)))]
        return ".csv.zip", _turned(rng, cut), "changed bytes"
    if kind in (11, 12, 13):
        room = io.BytesIO()
        frame.to_stata(room, write_index=False)
        whole = room.getvalue()
        if kind == 11:
            return ".dta", whole[: int(rng.integers(0, len(whole)))], "cut"
        return ".dta", _turned(rng, whole), "changed bytes"
    if kind in (14, 15, 16):
        room = io.BytesIO()
        frame.to_parquet(room)
        whole = room.getvalue()
        if kind == 14:
            return ".parquet", whole[: int(rng.integers(0, len(whole)))], "cut"
        return ".parquet", _turned(rng, whole), "changed bytes"
    if kind == 17:
        return ".csv.zip", _zip({"a.csv": b"0" * 20_000_000}), "a bomb"
    if kind == 18:
        return ".csv", bytes(rng.choice([b"1", b",", b'"', b"\xff"])) * 10**6, "a long line"
    if kind == 19:
        return ".csv", text.encode("utf-16"), "UTF-16"
    if kind == 20:
        return ".csv", b"\xff\xfe" + content + b"x", "UTF-16 of odd length"
    if kind == 21:
        odd = str(rng.choice(["inf", "1e999", "nan", "0x10", "1_000", "--1", "1e", "٣", "True"]))
        lines = text.splitlines()
        lines[1] = ",".join([*lines[1].split(",")[:2], odd, "1.0"])
        return ".csv", "\n".join(lines).encode(), f"y has {odd}"
    if kind == 22:
        return ".csv.zip", _zip({"a.csv": content, "b.csv": content}), "two files"
    if kind == 23:
        return ".csv", content.replace(b"2000", b"2" * 400), "long numbers"
    if kind == 24:
        return ".csv", content.replace(b"\n", b",,,,\n", 2), "longer rows"
    return str(rng.choice([".csv", ".CSV", ".txt", ".xlsx", ""])), content, "ordinary"


def _zip(files: dict[str, bytes]) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return room.getvalue()


def _turned(rng: np.random.Generator, content: bytes) -> bytes:
    """Bytes with a few of them changed."""
    changed = np.frombuffer(content, np.uint8).copy()
    if len(changed):
        at = rng.integers(0, len(changed), int(rng.integers(1, 4)))
        changed[at] = rng.integers(0, 256, len(at))
    return changed.tobytes()
