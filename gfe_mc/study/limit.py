"""A time limit for one replication of a method, wherever its code hangs.

Code of Python's is interrupted by an exception, which the next line that it runs raises. Compiled
code is not: a worker process that may be ended is ended then, by a timer that needs no lock of the
interpreter's, and whoever sent the work tells what it was.
"""

from __future__ import annotations

import ctypes
import faulthandler
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Self

GRACE = 5.0
"""Seconds beyond the limit that code has to heed the exception, before its process is ended."""


class TimeLimitError(RuntimeError):
    """A replication of a method took longer than the limit."""

    def __init__(self, *args: object) -> None:
        # It is raised by its class alone.
        super().__init__(*(args or ("the time limit of a replication had passed",)))


class Clock(AbstractContextManager["Clock", None]):
    """Interrupts what this thread does while it holds, once that takes too long.

    It strikes again each time that so many seconds more have passed: what is struck may go on.

    Parameters
    ----------
    seconds : float
        The limit.
    fatal : bool
        Whether this process is ended where the exception is not heeded within `GRACE`.
    """

    def __init__(self, seconds: float, *, fatal: bool) -> None:
        self._seconds, self._fatal = seconds, fatal
        self._thread = threading.get_ident()
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._closed = False
        self._watching = threading.Thread(target=self._watch, daemon=True, name="time limit")
        self._watching.start()

    def __enter__(self) -> Self:
        if self._fatal:
            faulthandler.dump_traceback_later(
                self._seconds + GRACE, exit=True, file=sys.__stderr__ or sys.stderr
            )
        with self._changed:
            self._deadline = time.monotonic() + self._seconds
            self._changed.notify()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Interrupt nothing any more, not even by an exception that is on its way."""
        with self._changed:
            self._deadline = None
            _raise_in(self._thread, None)
        if self._fatal:
            faulthandler.cancel_dump_traceback_later()

    def close(self) -> None:
        """End the thread that watches."""
        self.stop()
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._watching.join()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                if self._deadline is None:
                    self._changed.wait()
                    continue
                left = self._deadline - time.monotonic()
                if left > 0.0:
                    self._changed.wait(left)
                else:
                    _raise_in(self._thread, TimeLimitError)
                    self._deadline += self._seconds


@contextmanager
def limited(
    seconds: float | None, *, fatal: bool = False
) -> Iterator[AbstractContextManager[object]]:
    """Give a context that limits what this thread does in it; without a limit, one that does not.

    Parameters
    ----------
    seconds : float, optional
        The limit; none if None.
    fatal : bool, default False
        Whether this process may be ended.
    """
    if seconds is None:
        yield nullcontext()
        return
    clock = Clock(seconds, fatal=fatal)
    try:
        yield clock
    finally:
        clock.close()


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    """Raise an exception in a thread; None takes back one that has not been raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if kind is None else ctypes.py_object(kind)
    )
