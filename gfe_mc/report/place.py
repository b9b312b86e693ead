"""Files that a user names."""

from __future__ import annotations

import os
from pathlib import Path

from gfe_mc.whole import write_whole


def put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; what is no file, such as a pipe, is written to.

    Raises
    ------
    OSError
        It cannot be written.
    """
    # A link stays one, and what it names is written.
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    write_whole(path, content)
