"""Dask's settings: for this process, and by environment for workers that others start."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from typing import Any

SETTINGS: Mapping[str, Any] = {
    # Standing costs of every worker, several per cent of a core each at the defaults.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "2s",
    # A block that is blamed for the death of a worker is tried again, alone.
    "distributed.scheduler.allowed-failures": 2,
    # Pages to look at: none by which whoever reaches the dashboard could change anything.
    "distributed.scheduler.http.routes": [
        "distributed.http.scheduler.prometheus",
        "distributed.http.scheduler.info",
        "distributed.http.scheduler.json",
        "distributed.http.health",
        "distributed.http.statics",
    ],
    "distributed.worker.http.routes": [
        "distributed.http.worker.prometheus",
        "distributed.http.health",
        "distributed.http.statics",
    ],
}

_OF_SCHEDULERS = "distributed.scheduler."
_ONE_THREAD = ("OMP", "MKL", "OPENBLAS", "NUMBA")


def environment() -> dict[str, str]:
    """Return the environment of a worker: Dask's settings, and one thread for linear algebra."""
    settings = {
        "DASK_" + key.replace(".", "__").replace("-", "_").upper(): _written(value)
        for key, value in SETTINGS.items()
        if not key.startswith(_OF_SCHEDULERS)
    }
    return {f"{library}_NUM_THREADS": "1" for library in _ONE_THREAD} | settings


def script() -> list[str]:
    """Return lines of a shell that set the environment of a worker on whichever machine it runs.

    Compiled kernels are kept in a folder of the machine's own, so that its workers share them and
    no two machines write one file. What is in it is run: one that somebody else made is not used.
    """
    given = {"PYTHONPATH": os.environ["PYTHONPATH"]} if os.environ.get("PYTHONPATH") else {}
    lines = [
        f"export {name}={shlex.quote(value)}" for name, value in (environment() | given).items()
    ]
    if hasattr(os, "getuid"):
        cache = f"/tmp/gfe_mc-numba-{os.getuid()}"
        lines.append(
            f"mkdir -m 700 {cache} 2>/dev/null; [ -O {cache} ] && [ ! -h {cache} ] && "
            f"export NUMBA_CACHE_DIR={cache}"
        )
    return lines


def _written(value: Any) -> str:
    """Write a value as Dask reads it, with quotes that need none around them."""
    return json.dumps(value) if isinstance(value, list) else str(value)
