"""Checks of what a panel is made of: numbers, and names."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import numpy as np

from gfe_mc.errors import InputError, require


def numbers(values: Any, name: str, dimensions: int) -> np.ndarray:
    """Convert values to float64; masked entries are NaN, which is refused where it is observed.

    Raises
    ------
    InputError
        Text, complex numbers, or another number of dimensions.
    """
    if np.ma.isMaskedArray(values):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        given = np.asarray(values)
        for value in given.ravel().tolist() if given.dtype.kind not in "biuf" else []:
            if isinstance(value, str | complex) or given.dtype.kind != "O":
                raise TypeError(f"{value!r}")
        array = given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"`{name}` must hold numbers", str(error), "Convert what is not a real number"
        ) from None
    require(
        array.ndim == dimensions,
        f"`{name}` must have {dimensions} dimensions",
        f"shape {array.shape}",
        "Put units first, periods second, regressors last",
    )
    return array


def names(
    what: str, given: Iterable[Any] | None, length: int, default: Callable[[int], Hashable]
) -> tuple[Any, ...]:
    """Return `length` different names, by `default` if none are given.

    Raises
    ------
    InputError
        Names that are not hashable, of another number, or not all different.
    """
    made = tuple(default(n) for n in range(length)) if given is None else tuple(given)
    made = tuple(_plain(name) for name in made)
    require(
        all(isinstance(name, Hashable) for name in made),
        f"`{what}` must be names",
        f"{made!r}",
        "Give text or numbers",
    )
    require(
        len(made) == length and len(set(made)) == length,
        f"`{what}` must be {length} different names",
        f"{len(made)} names, {len(set(made))} of them different",
        "Give one name for each",
    )
    return made


def _plain(name: Any) -> Any:
    """Return a NumPy scalar as Python's own number or text, or as pandas' date."""
    if isinstance(name, np.datetime64):
        import pandas as pd

        # In nanoseconds, NumPy's own conversion would make it a number.
        return pd.Timestamp(name)
    return name.item() if isinstance(name, np.generic) else name
