"""Paths as they are typed, and as they are meant."""

from __future__ import annotations

import os
import stat
import tempfile
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


def private_folder(name: str) -> Path | None:
    """Return a folder of the machine's own that all processes of this user share, and nobody else.

    It is made if it is not there; None if it is there and somebody else may write it, or if the
    system does not say whose it is.

    Parameters
    ----------
    name : str
        What it is for; the user's number is added.
    """
    if not hasattr(os, "getuid"):
        return None
    folder = Path(tempfile.gettempdir()) / f"{name}-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return folder if own and stat.S_IMODE(found.st_mode) == 0o700 else None
