"""What an exception says in one line, and in full; and which exceptions are a fault at all."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TypeVar

from gfe_mc.metrics.variable import LONGEST_TEXT
from gfe_mc.visible import visible

DEPTH = 3
"""Places that a message names, the last one first."""
LONGEST = 500
"""Characters of an exception's own text that a message keeps."""
_NAME = 100
"""Characters of the name of a type, a file or a function that a message keeps."""


def require_fault(error: BaseException) -> None:
    """Raise again what is no fault of the code that was called, but the user's wish to stop.

    Interrupts arrive in the main thread. What is raised as one anywhere else is a fault as any
    other, and so is every exception that is no `Exception`: a thread of a worker that it ends
    would not say so to anybody.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if isinstance(error, KeyboardInterrupt) and in_main_thread:
        raise error


def describe(error: BaseException) -> str:
    """Say what was raised and where: type, text, and files and lines on the way there.

    Files are named without their folders, so that messages are the same on every machine. It
    raises nothing, whatever the exception's own methods do.
    """
    nowhere: list[str] = []
    places = _safely(lambda: _places(error), nowhere)
    where = f" ({' < '.join(places)})" if places else ""
    return f"{summary(error)}{where}"[:LONGEST_TEXT]


def summary(error: BaseException) -> str:
    """Say what was raised: type and text, in one line."""
    name = _safely(lambda: type(error).__name__, "an exception without a name")
    return f"{in_line(name, _NAME)}: {_safely(lambda: in_line(str(error)), _SILENT)}"


def in_line(text: str, longest: int = LONGEST) -> str:
    r"""Return a text in one line, cut, with escapes for what could not be seen or stored.

    >>> in_line("a  line\nand \x1b[31mred")
    'a line and \\x1b[31mred'
    """
    # What a class of the user's own makes of text is no concern of a message.
    plain = str.__str__(text)
    read = plain[: 10 * longest]
    line = visible(" ".join(read.split()))
    if len(line) > longest or len(plain) > len(read):
        line = f"{line[:longest]}..."
    return line


def in_full(error: BaseException) -> str:
    """Return the whole traceback."""
    text = _safely(lambda: "".join(traceback.format_exception(error)), describe(error))
    return visible(text, keep="\n")


_T = TypeVar("_T")
_SILENT = "it cannot say what was wrong"
_FRAMEWORK = ("replicate.py", "method.py", "rows.py", "apart.py", "first.py")


def _safely(ask: Callable[[], _T], otherwise: _T) -> _T:
    """What an exception answers, or something else where it raises one itself."""
    try:
        return ask()
    except BaseException as error:
        require_fault(error)
        return otherwise


def _places(error: BaseException) -> list[str]:
    """Where it was raised, the last place first."""
    # Without the lines of the files, which nobody reads here.
    codes = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    places = (
        f"{in_line(Path(code.co_filename).name, _NAME)}:{line} in {in_line(code.co_name, _NAME)}"
        for code, line in reversed(codes)
        if not _of_framework(code.co_filename)
    )
    return list(islice(places, DEPTH))


def _of_framework(filename: str) -> bool:
    """Whether a frame is of the loop that calls estimators, which says nothing of what failed."""
    path = Path(filename)
    return path.name in _FRAMEWORK and path.parent == Path(__file__).parent
