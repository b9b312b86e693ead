"""Packages that only some kinds of cluster need: imported when one is used."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from gfe_mc.optional import required


def require_installed(module: str, extra: str, kind: str) -> ModuleType:
    """Return a module of an optional package.

    Parameters
    ----------
    module : str
        Its name.
    extra : str
        The extra of this package that brings it.
    kind : str
        The kind of cluster that needs it.

    Raises
    ------
    InputError
        It is not installed.
    """
    with _interrupts_as_they_are():
        return required(module, extra, f"a cluster of the kind `{kind}`")


@contextmanager
def _interrupts_as_they_are() -> Iterator[None]:
    """Undo what an import does to interrupts.

    Once dask-jobqueue is imported, they would end the process as if all were done.
    """
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)
