"""Worker processes of this machine that nothing starts anew any more, and that are started anew."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from distributed.core import Status

PULSE = 2.0
"""Seconds between two looks at the workers."""


@contextmanager
def replacing(cluster: Any) -> Iterator[None]:
    """Start workers anew as long as this holds, with another nanny, where their own has given up.

    A nanny starts its worker anew when that dies, but not if it dies while it is starting: killed
    from outside, or by the first thing that it is told to run.

    Parameters
    ----------
    cluster : LocalCluster
        Whose workers are processes.
    """
    task = asyncio.run_coroutine_threadsafe(_replace(cluster), cluster.loop.asyncio_loop)
    try:
        yield
    finally:
        task.cancel()


async def _replace(cluster: Any) -> None:
    while True:
        await asyncio.sleep(PULSE)
        for name, nanny in list(cluster.workers.items()):
            if nanny.status in (Status.closed, Status.failed):
                del cluster.workers[name]
        if set(cluster.worker_spec) - set(cluster.workers):
            # One that dies again is seen at the next look. What has begun goes on to its end, so
            # that the cluster knows whom it has to close.
            with suppress(Exception):
                await asyncio.shield(cluster)
