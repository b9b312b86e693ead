"""Options as they stand in a file: which there are, and of what type each is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from gfe_mc.errors import InputError, is_number


class Type(Enum):
    """What an option may be; the value says it, and shows one."""

    TEXT = ("text", '"such"')
    WHOLE = ("a whole number above 0", "4")
    NUMBER = ("a number above 0", "60")
    FLAG = ("true or false", "true")
    TEXTS = ("a list of texts", '["one", "two"]')
    TABLE = ("a table", "{ name = 1 }")

    def holds(self, value: object) -> bool:
        """Whether a value is of this type."""
        match self:
            case Type.TEXT:
                return isinstance(value, str) and bool(value)
            case Type.WHOLE:
                return isinstance(value, int) and not isinstance(value, bool) and value > 0
            case Type.NUMBER:
                return is_number(value) and value > 0  # type: ignore[operator]
            case Type.FLAG:
                return isinstance(value, bool)
            case Type.TEXTS:
                return isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
            case Type.TABLE:
                return isinstance(value, Mapping)


def require_options(given: Mapping[str, Any], known: Mapping[str, Type], whose: str) -> None:
    """Refuse options that are not known, and those of another type.

    Parameters
    ----------
    given : mapping of str to Any
        The options.
    known : mapping of str to Type
        Those that there are.
    whose : str
        What they are of, in words.

    Raises
    ------
    InputError
        Names the option, and those that would do.
    """
    for name, value in given.items():
        if name not in known:
            raise InputError(
                f"Options of {whose} must be known",
                f"`{name}`",
                f"Give of: {', '.join(sorted(known))}",
            )
        what, such = known[name].value
        if not known[name].holds(value):
            raise InputError(
                f"`{name}` of {whose} must be {what}", repr(value), f"Give such as {name} = {such}"
            )
