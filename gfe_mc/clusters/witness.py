"""A process beside this one that says what was under way where this one ends without a word.

Replications on threads of this process take it along where they end it: by a fault in compiled
code, by `os._exit`, or by all its memory. Nothing in it can say so then. A small child that does
nothing but wait can: it reads what was under way from a file that both have in memory, once the
pipe to it closes without a farewell. A note costs no system call, and nobody waits for anybody.
"""

from __future__ import annotations

import itertools
import mmap
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SLOTS = 256
"""Threads that can take notes; those beyond go without."""
_SIZE = 256
"""Bytes of a note, the first of which is its length."""
_PATIENCE = 5.0
"""Seconds to wait for the child to end."""

_CHILD = r"""
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
path, size = sys.argv[1], int(sys.argv[2])
farewell = sys.stdin.buffer.read()
with open(path, "rb") as file:
    notes = file.read()
try:
    os.remove(path)
except OSError:
    pass
slots = [notes[n : n + size] for n in range(0, len(notes), size)]
texts = [slot[1 : 1 + slot[0]].decode("utf-8", "replace") for slot in slots if slot[0]]
found = [text.split("\t", 2) for text in texts if text.count("\t") >= 2]
if found and not farewell:
    each = [f"replication {number} of `{name}` in cell {cell}" for cell, number, name in found]
    cell, number, name = found[0]
    words = (
        f"The process ended while {', '.join(each)} {'were' if each[1:] else 'was'} under way. "
        "What is finished is kept. `--workers N` runs replications in processes of their own, "
        f"which a crash does not take along; `gfe-mc replay NAME --cell {cell} --replication "
        f"{number} --estimator {name}` runs {'one' if each[1:] else 'it'} alone.\n"
    )
    try:
        os.write(2, words.encode("utf-8", "replace"))
    except OSError:
        pass
os._exit(0)
"""


class _Notes:
    """What is under way on each thread, in a file that the child has as well."""

    def __init__(self, path: str) -> None:
        with open(path, "r+b") as file:
            file.truncate(_SLOTS * _SIZE)
            self._memory = mmap.mmap(file.fileno(), _SLOTS * _SIZE)
        self._numbers = itertools.count()
        self._own = threading.local()

    def write(self, text: bytes) -> None:
        """Keep a note of this thread, instead of the one before; none if it is empty."""
        try:
            place: int | None = self._own.place
        except AttributeError:
            number = next(self._numbers)
            place = self._own.place = number * _SIZE if number < _SLOTS else None
        if place is not None:
            self._memory[place + 1 : place + 1 + len(text)] = text
            self._memory[place] = len(text)


_notes: _Notes | None = None


def begin(place: tuple[str, int, str] | None, replication: int) -> None:
    """Note that a replication is under way in this thread.

    Parameters
    ----------
    place : tuple of study, cell and estimator, optional
        Which method it is of; there is no note if None.
    replication : int
        Its number.
    """
    notes = _notes
    if notes is not None and place is not None:
        name = place[2] if place[2].isprintable() else ascii(place[2])
        text = f"{place[1]}\t{replication}\t{name}".encode("utf-8", "replace")
        notes.write(text[: _SIZE - 1])


def end() -> None:
    """Note that nothing is under way in this thread."""
    notes = _notes
    if notes is not None:
        notes.write(b"")


@contextmanager
def watching() -> Iterator[None]:
    """Let a child watch this process as long as this holds, and dismiss it with a farewell.

    Where no child can be had, there is none: it is of no use to the results. One is enough.
    """
    global _notes
    if _notes is not None:
        yield
        return
    file, path = tempfile.mkstemp(prefix="gfe_mc-")
    os.close(file)
    child = None
    try:
        with suppress(OSError):
            notes = _Notes(path)
            child = _start(path)
            _notes = notes
        yield
    finally:
        _notes = None
        if child is not None:
            _dismiss(child)
        with suppress(OSError):
            os.remove(path)


def _start(path: str) -> subprocess.Popen[bytes]:
    """Start the child, apart from this process's group: an interrupt is not meant for it."""
    command = [sys.executable, "-I", "-S", "-c", _CHILD, path, str(_SIZE)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )


def _dismiss(child: subprocess.Popen[bytes]) -> None:
    try:
        child.communicate(b"farewell", timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        child.kill()
        child.wait()
