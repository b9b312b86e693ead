"""Sizes of memory, as they are written."""

from __future__ import annotations

from dask.utils import parse_bytes

from gfe_mc.errors import require


def require_memory(name: str, value: str) -> None:
    """Refuse what is no size of memory with its unit.

    Raises
    ------
    InputError
        Names the option.
    """
    try:
        good = value.strip()[-1:].isalpha() and parse_bytes(value) > 0
    except ValueError:
        good = False
    require(good, f"`{name}` must be a size with its unit", repr(value), 'Give such as "4GB"')
