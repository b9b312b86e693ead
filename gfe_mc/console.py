"""What a command says beside its results, and how it ends when it cannot go on."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from rich.console import Console

from gfe_mc.errors import InputError
from gfe_mc.visible import visible

# Names of files may look like markup.
errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

KEPT = "What is finished is kept: the same command goes on from there."

_REMEDIES = {
    errno.ENOSPC: "Make room on the disk",
    errno.EDQUOT: "Make room within the quota of the disk",
    errno.EMFILE: "Allow more open files (ulimit -n)",
    errno.ENFILE: "Close other programs, which have too many files open",
    errno.EFBIG: "Allow larger files (ulimit -f)",
    errno.EROFS: "Choose a folder that can be written",
    errno.EACCES: "Choose a place that is open to you",
    errno.EPERM: "Choose a place that is open to you",
    errno.ENAMETOOLONG: "Choose a shorter name",
    errno.EAGAIN: "Allow more processes and threads (ulimit -u), or use fewer",
    errno.ENOMEM: "Use fewer workers, or a machine with more memory",
}


def say(words: str, style: str | None = None) -> None:
    """Print words, literally, where results do not go."""
    errors.print(visible(words, keep="\n\t"), style=style)


def guarded(command: Callable[[], object]) -> int:
    """Run a command; return its exit code, and say in words why it could not go on.

    Bad input is 2, an interrupt 130, and a machine that does not let the command work 1.
    """
    _take_any_text()
    code = 1
    try:
        command()
        code = 0
    except SystemExit as stop:
        code = _code(stop)
    except KeyboardInterrupt:
        _fail("Interrupted.")
        code = 130
    except BrokenPipeError:
        pass  # who reads has seen enough
    except InputError as error:
        _fail(f"Error: {error}")
        code = 2
    except UnicodeEncodeError as error:  # of a file's name that is no text, in a file of text
        _fail(
            f"Error: Names must be text; got {error.object!r}. "
            "Give the files other names, and run the same command again."
        )
        code = 2
    except MemoryError as error:
        _fail(
            f"Error: The command must fit into memory; got {error or 'no more of it'}. "
            f"Ask for less, or use a machine with more. {KEPT}"
        )
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "Check that place, and what you may do there")
        _fail(f"Error: The machine must let the command work; got {error}. {remedy}. {KEPT}")
    return _flushed(code)


def _take_any_text() -> None:
    """Let streams show what their encoding has not."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with suppress(OSError, ValueError):  # one that is closed, or cannot be asked
                stream.reconfigure(errors="backslashreplace")


def _fail(words: str) -> None:
    with suppress(OSError):
        say(words, "red")


def _code(stop: SystemExit) -> int:
    if stop.code is None or isinstance(stop.code, int):
        return stop.code or 0
    _fail(str(stop.code))
    return 1


def _flushed(code: int) -> int:
    """Write what is still to be written; where that fails, so does the command."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        if error.errno != errno.EPIPE:
            _fail(f"Error: The results must be shown somewhere; got {error}. Choose another place.")
        # Else Python would try again when it ends.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code or 1
    return code
