"""The canonical form of an object made of parameters, and its fingerprint.

Two objects have one fingerprint if and only if they have the same type name and the same
parameters, down to the last bit of every number. Fields declared with `compare=False` (labels,
say) are no part of an object's identity, and fields with the metadata `LATER` are part of it only
where they depart from their default.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from gfe_mc.errors import InputError

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
        dataclass, a number, text, an array, or a list, tuple or mapping (by text) of these.
    """
    if isinstance(value, enum.Enum):
        return {"enum": f"{type(value).__qualname__}.{value.name}"}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic) and not isinstance(value.item(), np.generic):
        return canonical(value.item())
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            return [canonical(item) for item in value.tolist()]
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"array": digest, "dtype": value.dtype.str, "shape": list(value.shape)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {"type": type(value).__qualname__, "fields": [canonical(item) for item in value]}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"mapping": {key: canonical(value[key]) for key in sorted(value)}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parameters = {
            field.name: canonical(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.compare and not _as_before(field, getattr(value, field.name))
        }
        return {"type": type(value).__qualname__, "parameters": parameters}
    raise InputError(
        "Everything in a study must be known by its parameters",
        f"a {type(value).__qualname__}",
        "Make it a frozen dataclass of numbers, text and arrays",
    )


def _as_before(field: dataclasses.Field[Any], value: Any) -> bool:
    """Whether an option that was added later is at its default."""
    return "later" in field.metadata and bool(value == field.default)


def fingerprint(value: Any) -> str:
    """SHA-256 of the canonical form, as 64 hexadecimal digits."""
    text = json.dumps(canonical(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
