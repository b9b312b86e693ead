"""Workers on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from distributed import Client, LocalCluster

from gfe_mc.clusters.protocol import Say
from gfe_mc.errors import require_whole

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class _Local:
    """Workers on this machine.

    Parameters
    ----------
    number
        How many; every core if None.
    """

    option: ClassVar[str]

    number: int | None = None

    def __post_init__(self) -> None:
        if self.number is not None:
            require_whole(self.option, self.number, 1)


class Threads(_Local):
    """Worker threads in this process, for estimators that release the GIL.

    Parameters
    ----------
    number : int, optional
        Number of threads; every core if None.
    """

    option = "threads"
    kind = "threads"

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:  # noqa: ARG002
        """Start one worker in this process, with so many threads."""
        with _started(
            n_workers=1,
            threads_per_worker=self.number or n_cores(),
            processes=False,
            host=None,
            memory_limit=0,
        ) as client:
            yield client


class Processes(_Local):
    """Worker processes on this machine, for estimators that hold the GIL.

    Parameters
    ----------
    number : int, optional
        Number of processes, of one thread each; every core if None.
    """

    option = "workers"
    kind = "processes"

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:  # noqa: ARG002
        """Start so many processes of one thread each."""
        with _started(
            n_workers=self.number or n_cores(),
            threads_per_worker=1,
            processes=True,
            host=LOOPBACK,
            memory_limit="auto",
        ) as client:
            yield client


def n_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _started(**options: object) -> Iterator[Client]:
    with (
        LocalCluster(
            dashboard_address=f"{LOOPBACK}:0",
            worker_dashboard_address=f"{LOOPBACK}:0",
            **options,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client
