"""Objects of the package as JSON and arrays, and back: no code is in them, and none is run."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import math
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from gfe_mc.errors import InputError, require

_ROOT = __name__.split(".")[0]


class Encoder:
    """Turns objects into what JSON can hold, and gathers their arrays.

    Attributes
    ----------
    arrays : dict of str to array
        The arrays, by the names under which they are spoken of.
    """

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}

    def encode(self, value: Any) -> Any:
        """Turn a value into what JSON can hold.

        Raises
        ------
        InputError
            It is neither a number, text, a date, an array, nor an object of the package made of
            these.
        """
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if isinstance(value, enum.Enum) and _is_ours(type(value)):
            return {"enum": _name(type(value)), "is": value.name}
        if isinstance(value, np.ndarray) and not value.dtype.hasobject:
            name = f"a{len(self.arrays)}"
            self.arrays[name] = np.asarray(value)
            return {"array": name}
        if isinstance(value, np.generic) and not value.dtype.hasobject:
            return {"scalar": self.encode(np.asarray(value))}
        if isinstance(value, pd.Timestamp | datetime.date):
            return _date(value)
        if isinstance(value, pd.Period):
            return {"period": str(value), "length": value.freqstr}
        if isinstance(value, tuple) and hasattr(value, "_fields") and _is_ours(type(value)):
            items = [self.encode(one) for one in value]
            return {"named": _name(type(value)), "items": items}
        if type(value) in (tuple, list):
            return {type(value).__name__: [self.encode(one) for one in value]}
        if isinstance(value, Mapping):
            return {"mapping": [[self.encode(k), self.encode(v)] for k, v in value.items()]}
        if dataclasses.is_dataclass(value) and _is_ours(type(value)):
            fields = [field for field in dataclasses.fields(value) if field.init]
            held = {field.name: self.encode(getattr(value, field.name)) for field in fields}
            return {"type": _name(type(value)), "fields": held}
        raise InputError(
            "What a file of a fit holds must be of the package, or numbers, text and dates",
            f"a {type(value).__module__}.{type(value).__qualname__}",
            "Leave it out of the fit",
        )


class Decoder:
    """Turns back what an `Encoder` made.

    Parameters
    ----------
    arrays : mapping of str to array
        The arrays.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._arrays = arrays

    def decode(self, form: Any) -> Any:
        """Turn the form of a value back into the value.

        Raises
        ------
        InputError, KeyError, TypeError, ValueError
            It is no such form, or what it says is refused by the class.
        """
        if not isinstance(form, dict):
            require(
                form is None or isinstance(form, bool | int | float | str),
                "A file of a fit must hold forms that are known",
                repr(form)[:60],
                "Save the fit anew",
            )
            return form
        kind = next(iter(form), "")
        return getattr(self, f"_{kind}")(form) if kind in _KINDS else self._unknown(form)

    def _unknown(self, form: dict[str, Any]) -> Any:
        raise InputError(
            "A file of a fit must hold forms that are known",
            repr(sorted(form))[:60],
            "Update gfe_mc, or save the fit anew",
        )

    def _float(self, form: dict[str, Any]) -> float:
        return float(form["float"])

    def _array(self, form: dict[str, Any]) -> np.ndarray:
        return self._arrays[form["array"]]

    def _scalar(self, form: dict[str, Any]) -> Any:
        return self.decode(form["scalar"])[()]

    def _enum(self, form: dict[str, Any]) -> Any:
        return _class(form["enum"], enum.Enum)[form["is"]]

    def _timestamp(self, form: dict[str, Any]) -> pd.Timestamp:
        plain = pd.Timestamp(form["timestamp"]).as_unit(form["unit"])
        return plain if form["zone"] is None else plain.tz_localize("UTC").tz_convert(form["zone"])

    def _datetime(self, form: dict[str, Any]) -> datetime.datetime:
        return datetime.datetime.fromisoformat(form["datetime"])

    def _date(self, form: dict[str, Any]) -> datetime.date:
        return datetime.date.fromisoformat(form["date"])

    def _period(self, form: dict[str, Any]) -> pd.Period:
        return pd.Period(form["period"], freq=form["length"])

    def _named(self, form: dict[str, Any]) -> Any:
        return _class(form["named"], tuple)(*[self.decode(one) for one in form["items"]])

    def _tuple(self, form: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(self.decode(one) for one in form["tuple"])

    def _list(self, form: dict[str, Any]) -> list[Any]:
        return [self.decode(one) for one in form["list"]]

    def _mapping(self, form: dict[str, Any]) -> dict[Any, Any]:
        return {self.decode(key): self.decode(value) for key, value in form["mapping"]}

    def _type(self, form: dict[str, Any]) -> Any:
        held = {name: self.decode(one) for name, one in form["fields"].items()}
        return _class(form["type"], object)(**held)


_KINDS = {
    *("float", "array", "scalar", "enum", "timestamp", "datetime", "date", "period", "named"),
    *("tuple", "list", "mapping", "type"),
}


def _date(value: datetime.date) -> dict[str, Any]:
    """A date, with a time of day or without, of pandas or of Python."""
    if isinstance(value, pd.Timestamp):
        zone = None if value.tz is None else str(value.tz)
        plain = value if value.tz is None else value.tz_convert(None)
        return {"timestamp": plain.isoformat(), "zone": zone, "unit": value.unit}
    kind = "datetime" if isinstance(value, datetime.datetime) else "date"
    return {kind: value.isoformat()}


def _is_ours(kind: type) -> bool:
    """Whether a class is one of the package, which has it under its name."""
    return kind.__module__.split(".")[0] == _ROOT and "." not in kind.__qualname__


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: Any, base: type) -> Any:
    """Return a class of the package by its name, which holds values: it does nothing else."""
    module, _, own = str(name).partition(":")
    found = None
    if module.split(".")[0] == _ROOT and own.isidentifier():
        try:
            found = getattr(import_module(module), own, None)
        except ImportError:
            found = None
    holds = isinstance(found, type) and found.__module__ == module and issubclass(found, base)
    holds = holds and (dataclasses.is_dataclass(found) or base is not object)
    require(
        holds,
        "A file of a fit must hold objects of this version of the package",
        repr(name)[:80],
        "Update gfe_mc, or save the fit anew",
    )
    return found
