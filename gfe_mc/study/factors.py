"""Factors of a grid: what their values may be, and how they are written in tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

import numpy as np

from gfe_mc.code import identity
from gfe_mc.errors import InputError, require

LONGEST = 60
"""Characters of a label; a longer one is cut, and told from others by its identity."""

RESERVED = frozenset(
    {
        *("cell", "estimator", "replication", "parameter", "inference", "metric", "statistic"),
        *("value", "error", "low", "high", "attempted", "failed", "used"),
        *("group", "period", "slope", "number_of_groups", "status", "message", "count", "first"),
        *("criterion", "reference", "compared", "missed", "figure", "printed", "second"),
        *("difference", "share_percent"),
    }
)
"""Names that columns and dimensions have already."""


def checked(factors: Mapping[str, Sequence[Any]]) -> dict[str, tuple[Any, ...]]:
    """Return the values of each factor as a tuple.

    Raises
    ------
    InputError
        No factors, one without values, with text in the place of values, with the same value
        twice, or with a name that is taken.
    """
    require(
        isinstance(factors, Mapping) and len(factors) > 0,
        "The grid must have factors",
        repr(factors) if factors else "none",
        'Give {"G": (3, 5)}, say',
    )
    return {name: _values(name, values) for name, values in factors.items()}


def _values(name: str, values: Any) -> tuple[Any, ...]:
    require(
        isinstance(name, str) and name not in RESERVED,
        "A factor must have a name that is not taken",
        repr(name),
        f"Do not use {', '.join(sorted(RESERVED))}",
    )
    array = isinstance(values, np.ndarray) and values.ndim > 0
    require(
        array or (isinstance(values, Sequence) and not isinstance(values, str)),
        f"Factor `{name}` must have a list of values",
        repr(values),
        f"Give [{values!r}]",
    )
    given = tuple(values.tolist() if array and values.ndim == 1 else values)
    require(len(given) > 0, f"Factor `{name}` must have values", "none", "Give at least one")
    try:
        distinct = {identity(value) for value in given}
    except InputError as error:
        raise InputError(
            f"The values of factor `{name}` must be known by their content",
            error.came,
            "Give numbers, text, tuples, mappings, or frozen dataclasses",
        ) from None
    require(
        len(distinct) == len(given),
        f"The values of factor `{name}` must differ, or cells are duplicated",
        str(list(given)),
        "Give each once",
    )
    return tuple(value.item() if isinstance(value, np.generic) else value for value in given)


def require_taken(
    function: Callable[..., Any], name: str, before: tuple[Any, ...], factors: Mapping[str, Any]
) -> None:
    """Refuse a function that cannot be called with the factors, after what comes before them."""
    try:
        signature(function).bind(*before, **factors)
    except TypeError as error:
        raise InputError(
            f"`{name}` must take the factors {', '.join(factors)}",
            f"a call with {error}",
            "Make factors and parameters agree",
        ) from None


def labels(values: Sequence[Any]) -> list[Any]:
    """Return how the values of a factor are written: themselves where they are numbers or text.

    Values of other kinds become text, cut where it is long, and all different.
    """
    if all(isinstance(value, str | int | float) for value in values):
        return list(values)
    made = [_text(value) for value in values]
    return [
        text if made.count(text) == 1 else f"{text} #{identity(value)[:6]}"
        for text, value in zip(made, values, strict=True)
    ]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        text = f"array {'x'.join(map(str, value.shape))}"
        return f"{text} #{identity(value)[:6]}"
    if isinstance(value, Mapping):
        text = ", ".join(f"{key}={_text(one)}" for key, one in value.items())
    elif isinstance(value, tuple | list):
        text = f"({', '.join(map(_text, value))})"
    elif callable(value) and hasattr(value, "__qualname__"):
        text = str(value.__qualname__)
    else:
        text = repr(value)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 8]}#{identity(value)[:6]}"
