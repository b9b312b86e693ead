"""The canonical form of an object made of parameters, and its fingerprint.

Two objects have one fingerprint if and only if they have the same type name and the same
parameters, down to the last bit of every number. Fields declared with `compare=False` (labels,
say) are no part of an object's identity, and fields with the metadata `LATER` are part of it only
where they depart from their default.

Types are known by their names alone: which class of a name it is, its code says (`gfe_mc.code`).
Dates of NumPy in days and microseconds are Python's. A masked array is known by its values, those
behind the mask too, and its mask; what it would be filled with is no part of it.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from gfe_mc.errors import InputError, require

_MOST_BITS = 14_000
"""Python writes whole numbers of 4,300 digits, and no longer ones."""

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
        dataclass, a number, text, a date, an array, or a list, tuple or mapping (by text) of these;
        or it holds itself, or is nested without end.
    """
    with not_endless():
        return form(value, canonical)


@contextmanager
def not_endless() -> Iterator[None]:
    """Refuse what is nested deeper than can be followed, such as what holds itself."""
    try:
        yield
    except RecursionError:
        raise InputError(
            "What is known by its parameters must have an end",
            "a value that holds itself, or is nested too deep to be followed",
            "Make it a frozen dataclass of numbers, text and arrays",
        ) from None


def form(value: Any, inside: Callable[[Any], Any]) -> Any:
    """Turn a value into what JSON can hold, and what is inside it into what `inside` says.

    Errors are those of `canonical`.
    """
    if isinstance(value, enum.Enum):
        return {"enum": f"{type(value).__qualname__}.{value.name}"}
    if value is None or isinstance(value, bool | int | float | str):
        return _plain(value)
    if isinstance(value, datetime.date):  # those with a time of day, and pandas' own, are too
        return {"date": value.isoformat()}
    # A period of pandas; an index of them is none, and is not written in full.
    if hasattr(value, "to_timestamp") and hasattr(value, "freqstr") and not np.iterable(value):
        return {"date": str(value), "length": value.freqstr}
    if isinstance(value, np.generic) and not isinstance(value.item(), np.generic):
        return _scalar(value, inside)
    if isinstance(value, np.ndarray):
        return _array(value, inside)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {"type": type(value).__qualname__, "fields": [inside(item) for item in value]}
    if isinstance(value, list | tuple):
        items = [inside(item) for item in value]
        own = type(value) not in (list, tuple)
        return {"type": type(value).__qualname__, "items": items} if own else items
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


def _plain(value: Any) -> Any:
    """A number or text: as it is, but with the name of a type of one's own (lengths in metres)."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise InputError(
            "Whole numbers must be such as can be written",
            f"one of {value.bit_length()} bits",
            "Give it as text",
        )
    if type(value) in (type(None), bool, int, float, str) or isinstance(value, np.generic):
        return value
    base: Any = next(one for one in (int, float, str) if isinstance(value, one))
    return {"type": type(value).__qualname__, "value": base.__new__(base, value)}


def _scalar(value: Any, inside: Callable[[Any], Any]) -> Any:
    """A scalar of NumPy: as Python's, but where that loses precision in computing, or names."""
    if isinstance(value, np.floating) and not isinstance(value, np.float64):
        return {"scalar": value.item(), "dtype": value.dtype.str}
    if value.dtype.names is not None:
        return _array(np.asarray(value), inside)
    # Python has dates in days and times in microseconds; of other units it makes numbers, or these.
    if value.dtype.kind == "m" or (
        value.dtype.kind == "M"
        and (np.datetime_data(value.dtype)[0] not in ("D", "us") or np.isnat(value))
    ):
        return {"scalar": str(value.astype(np.int64)), "dtype": value.dtype.str}
    return inside(value.item())


def _array(value: np.ndarray, inside: Callable[[Any], Any]) -> Any:
    """An array by its bytes; what the bytes do not say (masks, names of fields) beside them."""
    if value.dtype.hasobject:
        require(
            value.dtype.names is None and type(value) is np.ndarray and value.ndim > 0,
            "Arrays of objects must be plain ones to be known by what they hold",
            f"a {type(value).__qualname__} of {value.dtype} and shape {value.shape}",
            "Give arrays of numbers",
        )
        held = [inside(item) for item in value.ravel().tolist()]
        # Of one dimension it is the list; of several, it is no list of lists.
        return held if value.ndim == 1 else {"objects": held, "shape": list(value.shape)}
    require(
        not _extended(value.dtype),
        "Arrays must be of numbers that are the same on every machine to be known by their bytes",
        f"a {type(value).__qualname__} of {value.dtype}",
        "Give float64",
    )
    plain = np.ascontiguousarray(_packed(np.asarray(value)))
    known: dict[str, Any] = {
        "array": hashlib.sha256(plain.tobytes()).hexdigest(),
        "dtype": value.dtype.str,
        "shape": list(value.shape),
    }
    if value.dtype.names is not None:
        known["fields"] = _described(value.dtype)
    if isinstance(value, np.ma.MaskedArray):
        known["mask"] = inside(np.ma.getmaskarray(value))
    elif type(value) not in (np.ndarray, np.memmap):
        known["kind"] = type(value).__qualname__
    return known


def _extended(dtype: np.dtype) -> bool:
    """Whether numbers of extended precision are in it, some of whose bytes mean nothing."""
    of_fields = (dtype.base.fields or {}).values()
    return dtype.base.char in "gG" or any(_extended(kind) for kind, *_ in of_fields)


def _packed(value: np.ndarray) -> np.ndarray:
    """An array without the bytes between fields of a record, which mean nothing."""
    if value.dtype.names is None:
        return value
    from numpy.lib.recfunctions import repack_fields

    return np.asarray(repack_fields(value, recurse=True))


def _described(dtype: np.dtype) -> str:
    """Names, types and places of the fields of a record."""
    try:
        return repr(dtype.descr)
    except ValueError:  # Fields that overlap, or are not in the order of their places.
        return repr(
            [(name, str(kind), *place) for name, (kind, *place) in (dtype.fields or {}).items()]
        )


def _as_before(field: dataclasses.Field[Any], value: Any) -> bool:
    """Whether an option that was added later is at its default, to the last bit."""
    if "later" not in field.metadata:
        return False
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    if value is default:
        return True
    try:
        return digest(canonical(value)) == digest(canonical(default))
    except InputError:  # It has no parameters, so that it is not the default.
        return False


def fingerprint(value: Any) -> str:
    """SHA-256 of the canonical form, as 64 hexadecimal digits."""
    return digest(canonical(value))


def digest(known: Any) -> str:
    """SHA-256 of what JSON can hold, as 64 hexadecimal digits."""
    with not_endless():
        text = json.dumps(known, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
