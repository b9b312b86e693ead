"""The canonical form of an object made of parameters, and its fingerprint.

Two objects have one fingerprint if and only if they have the same type name and the same
parameters, down to the last bit of every number. Fields declared with `compare=False` (labels,
say) are no part of an object's identity, and fields with the metadata `LATER` are part of it only
where they depart from their default.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gfe_mc.errors import InputError, require

LATER = {"later": True}
"""Metadata of an option whose default is what the class did before it had the option.

An object that leaves it at its default is the one that it was: its streams and results stay.
"""


def canonical(value: Any) -> Any:
    """Turn a value into what JSON can hold, without loss of identity.

    Raises
    ------
    InputError
        The value, or something inside it, has no parameters to be known by: it is not a
        dataclass, a number, text, a date, an array, or a list, tuple or mapping (by text) of these.
    """
    return form(value, canonical)


def form(value: Any, inside: Callable[[Any], Any]) -> Any:
    """Turn a value into what JSON can hold, and what is inside it into what `inside` says.

    Errors are those of `canonical`.
    """
    if isinstance(value, enum.Enum):
        return {"enum": f"{type(value).__qualname__}.{value.name}"}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.date):  # those with a time of day, and pandas' own, are too
        return {"date": value.isoformat()}
    if hasattr(value, "to_timestamp") and hasattr(value, "freqstr"):  # a period of pandas
        return {"date": str(value), "length": value.freqstr}
    if isinstance(value, np.generic) and not isinstance(value.item(), np.generic):
        return _scalar(value, inside)
    if isinstance(value, np.ndarray):
        return _array(value, inside)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {"type": type(value).__qualname__, "fields": [inside(item) for item in value]}
    if isinstance(value, list | tuple):
        return [inside(item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"mapping": {key: inside(value[key]) for key in sorted(value)}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parameters = {
            field.name: inside(getattr(value, field.name)) for field in compared_fields(value)
        }
        return {"type": type(value).__qualname__, "parameters": parameters}
    raise InputError(
        "Everything in a study must be known by its parameters",
        f"a {type(value).__qualname__}",
        "Make it a frozen dataclass of numbers, text and arrays",
    )


def compared_fields(value: Any) -> list[dataclasses.Field[Any]]:
    """Return the fields of a dataclass object that are part of its identity."""
    return [
        field
        for field in dataclasses.fields(value)
        if field.compare and not _as_before(field, getattr(value, field.name))
    ]


def _scalar(value: np.generic, inside: Callable[[Any], Any]) -> Any:
    """A scalar of NumPy: as Python's, but where that loses precision in computing, or names."""
    if isinstance(value, np.floating) and not isinstance(value, np.float64):
        return {"scalar": value.item(), "dtype": value.dtype.str}
    if value.dtype.names is not None:
        return _array(np.asarray(value), inside)
    return inside(value.item())


def _array(value: np.ndarray, inside: Callable[[Any], Any]) -> Any:
    """An array by its bytes; what the bytes do not say (masks, names of fields) beside them."""
    if value.dtype.hasobject:
        require(
            value.dtype.names is None and type(value) is np.ndarray,
            "Arrays of objects must be plain ones to be known by what they hold",
            f"a {type(value).__qualname__} of {value.dtype}",
            "Give arrays of numbers",
        )
        return [inside(item) for item in value.tolist()]
    plain = np.ascontiguousarray(np.asarray(value))
    known: dict[str, Any] = {
        "array": hashlib.sha256(plain.tobytes()).hexdigest(),
        "dtype": value.dtype.str,
        "shape": list(value.shape),
    }
    if value.dtype.names is not None:
        known["fields"] = repr(value.dtype.descr)
    if isinstance(value, np.ma.MaskedArray):
        known["mask"] = inside(np.ma.getmaskarray(value))
    elif type(value) not in (np.ndarray, np.memmap):
        known["kind"] = type(value).__qualname__
    return known


def _as_before(field: dataclasses.Field[Any], value: Any) -> bool:
    """Whether an option that was added later is at its default."""
    return "later" in field.metadata and bool(value == field.default)


def fingerprint(value: Any) -> str:
    """SHA-256 of the canonical form, as 64 hexadecimal digits."""
    return digest(canonical(value))


def digest(known: Any) -> str:
    """SHA-256 of what JSON can hold, as 64 hexadecimal digits."""
    text = json.dumps(known, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
