"""Checks of what a panel is made of: numbers, cells that are observed, and names."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Iterable
from itertools import islice
from typing import Any

import numpy as np

from gfe_mc.errors import InputError, require

_SHOWN = 160
_BLOCK = 4096
"""Units that are looked at together."""
_NO_NUMBERS = (
    *(str, bytes, bytearray, memoryview, complex, np.complexfloating, np.ndarray),
    *(np.datetime64, np.timedelta64, datetime.date, datetime.time, datetime.timedelta),
)
"""What an array of objects may hold that turns into a number, and is none."""


def numbers(values: Any, name: str, dimensions: int) -> np.ndarray:
    """Convert values to float64 in C order; masked entries are NaN, refused where observed.

    Numbers that float64 cannot hold become infinite, and are refused so.

    Raises
    ------
    InputError
        Text, complex numbers, or another number of dimensions.
    """
    try:
        array = _real(values)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise InputError(
            f"`{name}` must hold numbers", short(error), "Convert what is not a real number"
        ) from None
    require(
        array.ndim == dimensions,
        f"`{name}` must have {dimensions} dimensions",
        f"shape {array.shape}",
        "Put units first, periods second, regressors last",
    )
    return array


def cells(observed: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return which cells are observed, as a boolean array of the shape of y.

    Raises
    ------
    InputError
        Anything but booleans, or entries that are masked.
    """
    wrong = "`observed` must be a boolean array of the shape of y"
    remedy = f"Give booleans of shape {shape}"
    try:
        seen = np.array(observed, order="C")
    except (TypeError, ValueError) as error:
        raise InputError(wrong, short(error), remedy) from None
    require(seen.shape == shape and seen.dtype == bool, wrong, f"{seen.dtype} {seen.shape}", remedy)
    require(not np.ma.is_masked(observed), wrong, "entries that are masked", remedy)
    return seen


def all_finite(values: np.ndarray) -> bool:
    """Return whether all numbers of an array (N, ...) are finite; it needs next to no memory."""
    return all(
        bool(np.isfinite(values[start : start + _BLOCK]).all())
        for start in range(0, len(values), _BLOCK)
    )


def listed(what: str, given: Iterable[Any], most: int) -> list[Any]:
    """List names that were given; of what has no end, one more than there may be.

    Raises
    ------
    InputError
        They are no list, or in no order.
    """
    require(
        isinstance(given, Iterable) and not isinstance(given, str | bytes | set | frozenset),
        f"`{what}` must be a list of names",
        short(repr(given)),
        "Give a list, a name for each",
    )
    try:
        return list(given if hasattr(given, "__len__") else islice(given, most + 1))
    except TypeError as error:  # An array without dimensions says that it can be gone through.
        raise InputError(
            f"`{what}` must be a list of names", str(error), "Give a list, a name for each"
        ) from None


def names(
    what: str, given: Iterable[Any] | None, length: int, default: Callable[[int], Hashable]
) -> tuple[Any, ...]:
    """Return `length` different names, by `default` if none are given.

    Raises
    ------
    InputError
        Names that are missing or not hashable, of another number, or not all different.
    """
    if given is None:  # A simulated panel's: made for every sample, and right as they are.
        return tuple(map(default, range(length)))
    made = listed(what, given, length)
    for name in made:
        # What is said of a name is put together where it is wrong alone: there may be many.
        if not is_name(name):
            raise InputError(f"`{what}` must be names", short(repr(name)), "Give text or numbers")
        if isinstance(name, str) and not _writable(name):
            raise InputError(
                f"`{what}` must be text that can be written",
                ascii(name)[:_SHOWN],
                "Leave out halves of characters (surrogates)",
            )
    plain = tuple(_plain(name) for name in made)
    require(
        len(plain) == length and len(set(plain)) == length,
        f"`{what}` must be {length} different names",
        f"{len(plain)} names, {len(set(plain))} of them different",
        "Give one name for each",
    )
    return plain


def is_name(name: Any) -> bool:
    """Return whether something can be told from other names, and found again by itself."""
    try:
        hash(name)
        return bool(name == name)
    except (TypeError, ValueError):  # pandas' NA says neither.
        return False


def _writable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _real(values: Any) -> np.ndarray:
    """Values as float64; raises what NumPy does, and for what NumPy would take as a number."""
    given = np.asarray(values)
    mask = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else None
    if mask is not None and given.dtype.kind == "O":
        given = given.copy()
        given[mask] = 0  # What is behind a mask need be no number.
    if given.dtype.kind not in "biufO":
        shown = [f"{value!r}" for value in given.ravel()[:1].tolist()]
        raise TypeError(f"{', '.join(shown) or 'entries'} of type {given.dtype}")
    for value in given.ravel().tolist() if given.dtype.kind == "O" else []:
        if isinstance(value, _NO_NUMBERS):
            raise TypeError(f"{value!r}")
    with np.errstate(over="ignore", invalid="ignore"):
        array = given.astype(np.float64, order="C")
    if mask is not None:
        array[mask] = np.nan
    return array


def short(said: object) -> str:
    """Return what is said of an input, no longer than a line."""
    text = str(said)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _plain(name: Any) -> Any:
    """Return a NumPy scalar as Python's own number or text, or as pandas' date."""
    if isinstance(name, np.datetime64):
        import pandas as pd

        # In nanoseconds, NumPy's own conversion would make it a number.
        try:
            return pd.Timestamp(name)
        except ValueError as error:
            raise InputError(
                "Dates must be such as pandas can hold", str(error), "Give them as text"
            ) from None
    return name.item() if isinstance(name, np.generic) else name
