"""What an exception says in one line, and in full."""

from __future__ import annotations

import traceback
from pathlib import Path

DEPTH = 3
"""Places that a message names, the last one first."""
LONGEST = 500
"""Characters of an exception's own text that a message keeps."""


def describe(error: BaseException) -> str:
    """Say what was raised and where: type, text, and files and lines on the way there.

    Files are named without their folders, so that messages are the same on every machine.
    """
    text = " ".join(str(error).split())
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}..."
    places = [
        f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__))
        if not _of_framework(frame.filename)
    ]
    where = f" ({' < '.join(places[:DEPTH])})" if places else ""
    return f"{type(error).__name__}: {text}{where}"


def in_full(error: BaseException) -> str:
    """Return the whole traceback."""
    return "".join(traceback.format_exception(error))


_FRAMEWORK = ("replicate.py", "method.py")


def _of_framework(filename: str) -> bool:
    """Whether a frame is of the loop that calls estimators, which says nothing of what failed."""
    path = Path(filename)
    return path.name in _FRAMEWORK and path.parent == Path(__file__).parent
