"""The first block of a run on a machine goes before all others there.

It compiles the kernels that the study needs, once for all workers of the machine: those that find
them in the cache need no time for it, and those that compile at the same time would each take all
of it. The client sees to that for machines that are there at the start; this does for any that
come later.
"""

from __future__ import annotations

import pkgutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from gfe_mc.paths import private_folder

PATIENCE = 120.0
"""Seconds to wait for another worker's first block: it may take long for its own reasons."""
_KEPT = 7 * 24 * 3600
"""Seconds for which it is remembered which runs a machine has seen."""

_seen: set[str] = set()
"""Runs of which this process has finished a block."""


def in_turn(run: str, name: str, *arguments: object) -> Any:
    """Call what `name` names, a run's first call on a machine before all others there."""
    function = pkgutil.resolve_name(name)
    with first_alone(run):
        return function(*arguments)


@contextmanager
def first_alone(run: str) -> Iterator[None]:
    """Wait until some worker of this machine has finished a block of a run, or be that one.

    Parameters
    ----------
    run : str
        What the run is known by: letters and digits.
    """
    folder = None if run in _seen else private_folder("gfe_mc-runs")
    if folder is None:
        yield
        return
    note, lock = folder / run, FileLock(folder / f"{run}.lock", timeout=PATIENCE)
    with suppress(OSError, NotImplementedError, Timeout):
        lock.acquire()
    try:
        if note.exists():
            lock.release()
        yield
        _seen.add(run)
        with suppress(OSError):
            if not note.exists():
                note.touch()
                _forget(folder)
    finally:
        lock.release()


def _forget(folder: Path) -> None:
    """Remove what is remembered of runs of long ago."""
    for path in folder.iterdir():
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _KEPT:
                path.unlink()
