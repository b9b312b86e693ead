"""Text of a fit in a file that the user names."""

from __future__ import annotations

from pathlib import Path

from gfe_mc.errors import InputError
from gfe_mc.report.place import put


def write(text: str | bytes, path: Path | None) -> list[Path]:
    """Write text, or bytes, to a file; nothing if there is no path.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    if path is None:
        return []
    content = text if isinstance(text, bytes) else text.encode(errors="backslashreplace")
    try:
        put(path, content)
    except OSError as error:
        raise InputError(
            "The output must have a place where it can be written", str(error), "Choose another"
        ) from None
    return [path]
