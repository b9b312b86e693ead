"""Packages that only some kinds of cluster need: imported when one is used."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from gfe_mc.errors import InputError


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
    try:
        with _interrupts_as_they_are():
            return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0].replace("_", "-")
        raise InputError(
            f"A cluster of the kind `{kind}` needs the package {package}",
            f"{type(error).__name__}: {error}",
            f"Install it: pip install 'gfe-mc[{extra}]'",
        ) from None


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
