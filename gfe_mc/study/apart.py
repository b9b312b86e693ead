"""Which code is trusted with what others read as well, and copies for code that is not.

Arrays that are read-only can be opened again, and attributes of frozen objects set, by code that
means to. The package's own does not. What comes from anywhere else gets copies, so that whatever it
does to them, the next estimator, inference method or metric sees what it would have seen.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime
import enum
from collections.abc import Mapping
from functools import partial
from types import FunctionType
from typing import Any, TypeVar

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.origin import Origin, origin_of

_PLAIN = (bool, int, float, complex, str, bytes, datetime.date, datetime.timedelta, type(None))

_T = TypeVar("_T")


def trusted(value: Any) -> bool:
    """Whether all code in an object is the package's own: its class, and what its options hold.

    What it cannot look into is not trusted; nor is an installed package, which may do anything.
    """
    kind = type(value)
    if kind in _PLAIN or kind is Panel:
        return True
    if isinstance(value, np.ndarray | np.generic):
        return kind.__module__.partition(".")[0] == "numpy" and not value.dtype.hasobject
    if kind in (list, tuple, set, frozenset):
        return all(map(trusted, value))
    if kind is dict:
        return all(trusted(key) and trusted(one) for key, one in value.items())
    if kind is partial:
        return all(map(trusted, (value.func, value.args, value.keywords)))
    if isinstance(value, FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or () if _filled(cell)]
        return origin_of(value) == Origin.OWN and all(map(trusted, cells))
    if isinstance(value, type):
        return origin_of(value) == Origin.OWN
    if origin_of(kind) != Origin.OWN:
        return False
    if isinstance(value, enum.Enum):
        return True
    return all(map(trusted, getattr(value, "__dict__", {}).values()))


def copied(value: _T) -> _T:
    """Return an object with arrays of its own: an array, or a dataclass or container of some.

    They have the same numbers in the same layout, so that sums over them are the same to the bit.
    """
    return _copied(value)  # type: ignore[no-any-return]


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, np.ndarray):
        return _array(value)
    if kind in (list, tuple):
        return kind(map(_copied, value))
    if isinstance(value, Mapping) and kind is dict:
        return {key: _copied(one) for key, one in value.items()}
    if not dataclasses.is_dataclass(value) or isinstance(value, type | enum.Enum):
        return value
    made = copy.copy(value)
    names = {field.name for field in dataclasses.fields(value)} | vars(value).keys()
    for name in names:
        held = getattr(made, name)
        own = _copied(held)
        if own is not held:
            object.__setattr__(made, name, own)
    return made


def _array(array: np.ndarray) -> np.ndarray:
    if type(array) is not np.ndarray or array.dtype.hasobject:
        return copy.deepcopy(array)
    if array.flags.c_contiguous or array.flags.f_contiguous:
        made = array.copy(order="K")
    else:
        low, high = np.lib.array_utils.byte_bounds(array)
        start = array.__array_interface__["data"][0] - low
        buffer = np.zeros(high - low, np.uint8)
        made = np.ndarray(array.shape, array.dtype, buffer.data, start, array.strides)
        made[...] = array
    made.flags.writeable = array.flags.writeable
    return made


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
