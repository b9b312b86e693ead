"""Paths as they are typed, and as they are meant."""

from __future__ import annotations

from pathlib import Path

from gfe_mc.errors import InputError, require


def absolute(typed: str) -> Path:
    """Return a path that holds wherever the program goes; `~` is the home folder.

    Raises
    ------
    InputError
        An empty path, one that no system takes, or the home folder of a user who is not known.
    """
    require(typed != "", "A path must not be empty", repr(typed), "Give one, or leave it out")
    require("\0" not in typed, "A path must not hold the character NUL", repr(typed), "Take it out")
    try:
        return Path(typed).expanduser().absolute()
    except RuntimeError:
        raise InputError(
            "The home folder must be known", repr(typed), "Give the path of the folder itself"
        ) from None
