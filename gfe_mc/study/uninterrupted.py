"""Interrupts held back while a library must not be left in the middle."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted(note: Callable[[], object] | None = None) -> Iterator[None]:
    """Hold back interrupts while this holds; one that came meanwhile takes effect at its end.

    An exception in the middle of NetCDF's functions leaves a lock taken that is then waited for
    for ever. Signals that end a process without a word of Python's do so here as well: files are
    whole or not there.

    Parameters
    ----------
    note : callable, optional
        Is called at the first interrupt: it can say what is waited for.
    """
    if threading.current_thread() is not threading.main_thread():
        # Python handles signals in its main thread only.
        yield
        return
    came: list[int] = []

    def hold(number: int, _: Any) -> None:
        came.append(number)
        if note is not None and len(came) == 1:
            note()

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, hold)
        yield
    finally:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, handler)
        for caught in dict.fromkeys(came):
            signal.raise_signal(caught)
