"""Hostile arrays: values, shapes, types, gaps and names that a panel may be given."""

from __future__ import annotations

import datetime
import decimal
import fractions
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc import Panel


@dataclass
class Call:
    """A call that makes a panel, and what it must not do."""

    what: str
    make: Callable[[], Panel]
    y: Any = None
    """The outcome (N, T) that the panel must have where it is observed; None if not known."""
    refused: bool = False
    """Whether anything but a refusal is wrong."""
    names: tuple[str, ...] = field(default=())
    """What options of an estimator may name."""


Given = dict[str, Any]
"""Arguments of `Panel.from_arrays`."""


def plain(rng: np.random.Generator, least: int = 2) -> Given:
    """An ordinary panel with two groups of profiles, or of slopes."""
    n = int(rng.integers(least, 15))
    t = int(rng.integers(least, 10))
    k = int(rng.choice([0, 1, 1, 2, 3]))
    x = rng.standard_normal((n, t, k)) + rng.standard_normal((n, 1, k))
    groups = rng.integers(0, 2, n)
    slopes = np.where(groups[:, None], 1.0, rng.choice([1.0, -1.0]))
    y = (x * slopes[:, None, :]).sum(axis=2) + 3.0 * groups[:, None] * rng.random(t)
    made: Given = {"y": y + 0.3 * rng.standard_normal((n, t)), "x": x}
    return made


def called(what: str, given: Given, *, refused: bool = False, y: Any = None) -> Call:
    """The call of `Panel.from_arrays` with arguments."""
    return Call(what, lambda: Panel.from_arrays(**given), given["y"] if y is None else y, refused)


_ODD = (np.nan, np.inf, -np.inf, 1e308, -1e308, 1e154, 1e-154, 1e-200, 1e-320, -0.0, 0.0, 1e16)


def values(rng: np.random.Generator) -> Call:
    """Values of every size, and regressors that are not what least squares needs."""
    given = plain(rng, int(rng.integers(1, 4)))
    y, x = given["y"], given["x"]
    k = x.shape[2]
    kind = int(rng.integers(0, 18))
    if kind == 0:
        put = rng.choice(_ODD)
        y[tuple(rng.integers(0, y.shape))] = put
        return called(f"y has {put}", given, refused=not np.isfinite(put))
    if kind == 1 and x.size:
        put = rng.choice(_ODD)
        x[tuple(rng.integers(0, x.shape))] = put
        return called(f"x has {put}", given, refused=not np.isfinite(put))
    if kind in (2, 3):
        scale = 10.0 ** rng.integers(-320, 309)
        with np.errstate(all="ignore"):
            given["y"] = y * scale
            if kind == 3 and k:
                x[:, :, 0] *= 10.0 ** rng.integers(-320, 309)
        return called(f"sizes {scale:g}", given)
    if kind == 4:
        given["y"] = np.full(y.shape, rng.choice([0.0, 1.0, -1e-300, 1e300, 0.1]))
        return called("constant y", given)
    if kind == 5:
        return called("all zero", {"y": np.zeros(y.shape), "x": np.zeros(x.shape)})
    if kind == 6:
        take = rng.integers(0, len(y), len(y))
        return called("duplicated units", {"y": y[take], "x": x[take]})
    if kind in (7, 8, 9) and k:
        near = 0.0 if kind == 7 else 10.0 ** rng.integers(-18, -2)
        other = x[:, :, :1] * rng.choice([1.0, -2.0, 1e8, 1e-8])
        noise = near * np.abs(other).max() * rng.standard_normal(other.shape)
        given["x"] = np.concatenate([x, other + noise], axis=2)
        return called(f"collinear up to {near:g}", given)
    if kind == 10 and k:
        x[:, :, 0] = rng.standard_normal((len(y), 1)) * rng.choice([1.0, 1e10])
        return called("constant within units", given)
    if kind == 11 and k:
        x[:, :, 0] = rng.standard_normal((1, y.shape[1])) * rng.choice([1.0, 1e10])
        return called("constant within periods", given)
    if kind == 12 and k:
        x[:, :, -1] = rng.standard_normal((len(y), 1)) + rng.standard_normal((1, y.shape[1]))
        return called("sum of unit and period", given)
    if kind == 13:
        y[: len(y) // 2] += 10.0 ** rng.integers(1, 16)
        return called("perfectly separated", given)
    if kind == 14:
        given["y"] = x.sum(axis=2) + np.arange(len(y))[:, None] % 2
        return called("exact fit", given)
    if kind == 15:
        given["y"] = y + 10.0 ** rng.integers(3, 17)
        given["x"] = x + 10.0 ** rng.integers(3, 17)
        return called("far from zero", given)
    if kind == 16 and k:
        x[:, :, 0] = 0.0
        x[0, 0, 0] = 1.0
        return called("one cell of a regressor", given)
    return called("ordinary", given)


def shapes(rng: np.random.Generator) -> Call:
    """Few or no units, periods, regressors; wrong numbers of dimensions."""
    kind = int(rng.integers(0, 10))
    if kind < 6:
        n, t, k = (int(size) for size in rng.integers(0, [4, 4, 9]))
        given: Given = {"y": rng.standard_normal((n, t)), "x": rng.standard_normal((n, t, k))}
        return called(f"(N, T, K) = {n, t, k}", given, refused=n * t == 0)
    given = plain(rng)
    if kind == 6:
        given["y"] = rng.standard_normal(tuple(rng.integers(0, 4, int(rng.choice([0, 1, 3, 5])))))
        return called(f"y of shape {given['y'].shape}", given, refused=True)
    if kind == 7:
        wrong = (*rng.integers(0, 4, int(rng.choice([0, 1, 2, 4]))),)
        given["x"] = rng.standard_normal(wrong)
        return called(f"x of shape {wrong}", given, refused=True)
    if kind == 8:
        given["x"] = given["x"].transpose(1, 0, 2)
        square = given["y"].shape[0] == given["y"].shape[1]
        return called("x periods first", given, refused=not square)
    given["x"] = None
    return called("no x", given)


def types(rng: np.random.Generator) -> Call:
    """Types and layouts of arrays, and what is no array."""
    given = plain(rng)
    which = "y" if not given["x"].size or rng.random() < 0.7 else "x"
    array = given[which]
    expected = given["y"]
    kind = int(rng.integers(0, 26))
    refused = False
    what = ""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        made: Any = array
        if kind == 0:
            what, made = "Fortran order", np.asfortranarray(array)
        elif kind == 1:
            what, made = "strides", np.repeat(array, 2, axis=0)[::2]
        elif kind == 2:
            what, made = "reversed", array[::-1][::-1]
        elif kind == 3:
            what, made = "big-endian", array.astype(">f8")
        elif kind in (4, 5, 6, 7):
            dtype = ["f2", "f4", "i1", "u8"][kind - 4]
            what, made = dtype, np.abs(10 * array).astype(dtype)
        elif kind == 8:
            what, made = "longdouble", array.astype(np.longdouble)
        elif kind == 9:
            what, made = "huge longdouble", array.astype(np.longdouble)
            made[0, 0] = np.longdouble("1e400")
            refused = True
        elif kind == 10:
            what, made = "bool", array > 0
        elif kind == 11:
            what, made, refused = "complex", array + 1j * rng.integers(0, 2), True
        elif kind == 12:
            what, made = "masked complex", np.ma.array(array + 1j, mask=rng.random(array.shape) < 0)
            refused = True
        elif kind == 13:
            mask = rng.random(array.shape) < 0.2
            what, made, refused = "masked", np.ma.array(array, mask=mask), bool(mask.any())
        elif kind == 14:
            what, made, refused = "text", array.astype(str), True
        elif kind == 15:
            what, made, refused = "bytes", array.astype("S24"), True
        elif kind == 16:
            what, made, refused = "masked text", np.ma.array(array.astype(str)), True
        elif kind == 17:
            what, made = "objects", array.astype(object)
            refused = _put_object(rng, made)
        elif kind == 18 and which == "y":
            what, made = "matrix", np.matrix(array)
        elif kind == 19:
            what, made, refused = "ragged lists", array.tolist(), True
            made[0] = made[0][:-1]
        elif kind == 20:
            what, made = "nested lists", array.tolist()
            if rng.random() < 0.5:
                made[0][0], refused = 10**400 if which == "y" else None, True
        elif kind == 21 and which == "y":
            what = "DataFrame"
            made = pd.DataFrame(array, index=rng.permutation(len(array)) // 2)
        elif kind == 22 and which == "y":
            what = "nullable DataFrame"
            made = pd.DataFrame(array).astype("Float64")
            if rng.random() < 0.5:
                made.iloc[0, 0], refused = pd.NA, True
        elif kind == 23:
            what, made = "DataArray", xr.DataArray(array)
        elif kind == 24:
            dtype = rng.choice(["M8[D]", "m8[s]", "i4,f8", "V8"])
            made = np.zeros(array.shape, dtype)
            what, refused = str(dtype), True
        else:
            odd = [None, "y", 3.0, object(), {}, {1: 2}, set(), iter([1]), len, np.float64, ...]
            made = odd[int(rng.integers(0, len(odd)))]
            what, refused = f"{made!r:.30}", made is not None or which == "y"
    given[which] = made
    if which == "y" and not refused:
        expected = np.asarray(made).astype(np.float64)
    return called(f"{which} {what}", given, refused=refused, y=expected)


def _put_object(rng: np.random.Generator, array: np.ndarray) -> bool:
    """Put an odd object in an array of objects; whether it is no number."""
    odd: list[tuple[object, bool]] = [
        (decimal.Decimal("1.5"), False),
        (fractions.Fraction(1, 3), False),
        (True, False),
        (np.float16(1.5), False),
        (decimal.Decimal("NaN"), True),
        (decimal.Decimal("sNaN"), True),
        (decimal.Decimal("1e999"), True),
        (10**400, True),
        (fractions.Fraction(10**400, 3), True),
        (b"1.5", True),
        (bytearray(b"1.5"), True),
        ("1.5", True),
        (None, True),
        (pd.NA, True),
        (pd.NaT, True),
        (1j, True),
        (np.complex64(1 + 1j), True),
        (np.clongdouble(1 + 1j), True),
        (datetime.date(2000, 1, 1), True),
        (np.datetime64("2000"), True),
        (np.timedelta64(3, "s"), True),
        (np.array([1.0]), True),
        (np.array(1.0), True),
        (np.array(1j), True),
        ([1.0], True),
        (object(), True),
    ]
    value, refused = odd[int(rng.integers(0, len(odd)))]
    array[(0,) * array.ndim] = value
    return refused


def gaps(rng: np.random.Generator) -> Call:
    """Cells that are not observed."""
    given = plain(rng)
    shape = given["y"].shape
    seen: Any = rng.random(shape) < 0.7
    kind = int(rng.integers(0, 12))
    refused, what = False, "some cells"
    if kind == 0:
        what, seen = "none observed", np.zeros(shape, bool)
    elif kind == 1:
        what, seen[0] = "a unit without any", False
    elif kind == 2:
        what, seen[:, 0] = "a period without any", False
    elif kind == 3:
        what, seen = "a checkerboard", np.indices(shape).sum(axis=0) % 2 == 0
    elif kind == 4:
        what, seen = "one period a unit", np.zeros(shape, bool)
        seen[np.arange(shape[0]), rng.integers(0, shape[1], shape[0])] = True
    elif kind == 5:
        given["y"] = np.where(seen, given["y"], rng.choice([np.nan, np.inf, 1e308]))
        what = "nothing in gaps"
    elif kind == 6:
        what, seen, refused = (
            "observed as numbers",
            seen.astype(rng.choice(["i8", "f8", "O"])),
            True,
        )
    elif kind == 7:
        what, seen, refused = "observed of another shape", seen[:, :-1], True
    elif kind == 8:
        what, seen, refused = "observed ragged", [[True], [True, False]], True
    elif kind == 9:
        what, refused = "observed masked", True
        seen = np.ma.array(np.ones(shape, bool), mask=np.eye(*shape, dtype=np.bool_))
    elif kind == 10:
        what, seen = "all observed, in lists", np.ones(shape, bool).tolist()
    given["observed"] = seen
    return called(what, given, refused=refused)


def names(rng: np.random.Generator) -> Call:
    """Names of units, periods, regressors and the outcome."""
    given = plain(rng)
    n, t, k = given["x"].shape
    which, length = [("units", n), ("periods", t), ("regressors", k)][int(rng.integers(0, 3))]
    odd: list[tuple[str, list[Any], bool]] = [
        ("the same", ["a"], True),
        ("NaN", [float("nan"), np.nan, np.float64("nan")], which != "regressors"),
        ("NaT", [pd.NaT, np.datetime64("NaT")], which != "regressors"),
        ("NA", [pd.NA], which != "regressors"),
        ("None", [None], False),
        ("lists", [[1], [2]], which != "regressors"),
        ("tuples of lists", [([1],), ([2],)], which != "regressors"),
        ("tuples", [(1, "a"), ()], False),
        ("long", ["a" * 10**5], False),
        ("surrogates", ["\ud800", "\udfff"], True),
        ("NUL", ["\0", "a\0b"], False),
        ("zones", [pd.Timestamp("2000", tz="UTC"), pd.Timestamp("2000", tz="Asia/Tokyo")], False),
        ("mixed", [1, "1", 1.5, datetime.date(2000, 1, 1), np.int8(3), b"1"], False),
        ("equal of two types", [1, True, 1.0, np.float32(1)], which != "regressors"),
        ("braces", ["{}", "%s", "\\", "$x$", "<b>"], False),
        ("arrays", [np.array([1]), np.array([2])], which != "regressors"),
        ("complex", [1j, 2 + 1j], False),
    ]
    what, put, refused = odd[int(rng.integers(0, len(odd)))]
    made: list[Any] = [f"n{i}" for i in range(length)]
    made[: len(put)] = put[:length]
    if what == "the same":
        made = ["a"] * length
    given[which] = made
    # One of several that clash may not be there.
    certain = refused and length >= max(2, min(len(put), 2) if what != "NA" else 1)
    kind = int(rng.integers(0, 8))
    if kind == 0:
        given[which], what, certain = made[:-1], "too few", length > 0
    elif kind == 1:
        given[which] = [5, 1.5, object(), np.array(1), len, True][int(rng.integers(0, 6))]
        what, certain = "no list", True
    elif kind == 2:
        given[which], what, certain = "abcdefghijklm"[:length], "a text", which == "regressors"
    elif kind == 3:
        put = [None, 1, "", "x1", b"y", [1], np.nan, ("a",)]
        given["outcome"] = put[int(rng.integers(0, len(put)))]
        what, certain = f"outcome {given['outcome']!r}", False
        given[which] = None
    return called(f"{which}: {what}", given, refused=certain)
