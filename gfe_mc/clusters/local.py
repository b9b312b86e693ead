"""Workers on this machine."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Self

import dask
from distributed import Client, LocalCluster, Security, Worker

from gfe_mc.clusters.memory import require_memory
from gfe_mc.clusters.protocol import Say
from gfe_mc.clusters.replacing import replacing
from gfe_mc.clusters.table import Type, require_options
from gfe_mc.clusters.witness import watching
from gfe_mc.errors import InputError, require, require_whole

LOOPBACK = "127.0.0.1"
PATIENCE = 5.0
"""Seconds to wait, at the end of a run, for what is still under way on threads."""


@dataclass(frozen=True)
class _Local:
    """Workers on this machine.

    Parameters
    ----------
    number
        How many; every core if None.
    """

    kind: ClassVar[str]
    option: ClassVar[str]
    known: ClassVar[Mapping[str, Type]]
    most: ClassVar[int]

    number: int | None = None

    def __post_init__(self) -> None:
        if self.number is not None:
            require_whole(self.option, self.number, 1)
            require(
                self.number <= self.most,
                f"`{self.option}` must be a number that one machine can start",
                self.number,
                f"Give at most {self.most}; {n_cores()} would use every core",
            )

    @classmethod
    def of(cls, **options: Any) -> Self:
        """Make it of the options of a cluster's file.

        Raises
        ------
        InputError
            An unknown option, or one that is not what it should be.
        """
        require_options(options, cls.known, f"a cluster of the kind `{cls.kind}`")
        return cls(*(options.get(name) for name in cls.known))


class Threads(_Local):
    """Worker threads in this process, for estimators that release the GIL.

    Parameters
    ----------
    number : int, optional
        Number of threads; every core if None.

    Examples
    --------
    >>> from gfe_mc import Threads
    >>> with Threads(2).open(print) as client:
    ...     client.submit(sum, [1, 2, 3]).result()
    6
    """

    option = "threads"
    known: ClassVar = {"threads": Type.WHOLE}
    most = 1024
    kind = "threads"

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:  # noqa: ARG002
        """Start one worker in this process, with so many threads, and a witness of it."""
        with (
            watching(),
            _started(
                worker_class=_InProcess,
                n_workers=1,
                threads_per_worker=self.number or n_cores(),
                processes=False,
                host=None,
                memory_limit=0,
            ) as client,
        ):
            yield client


class _InProcess(Worker):
    """A worker of this process, which does not wait long for a replication that hangs."""

    async def close(self, timeout: float | None = PATIENCE, **options: Any) -> str | None:  # type: ignore[override]
        """Close it; threads that are busy end with the process."""
        return await super().close(min(timeout or PATIENCE, PATIENCE), **options)


@dataclass(frozen=True)
class Processes(_Local):
    """Worker processes on this machine, for estimators that hold the GIL.

    Who may give them work may run any program as their owner: they, the scheduler and the client
    know each other by a certificate that is made for this cluster alone and is in no file.

    Parameters
    ----------
    number : int, optional
        Number of processes, of one thread each; every core if None.
    memory : str, optional
        Memory of each, as in "4GB", beyond which it is started anew; an equal share if None.

    Examples
    --------
    >>> from gfe_mc import Processes
    >>> Processes(4, memory="4GB")  # as in experiment.run(backend=Processes(4))
    Processes(number=4, memory='4GB')
    """

    option = "workers"
    known: ClassVar = {"workers": Type.WHOLE, "memory": Type.TEXT}
    most = 256
    kind = "processes"

    memory: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.memory is not None:
            require_memory("memory", self.memory)

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:  # noqa: ARG002
        """Start so many processes of one thread each."""
        with (
            # One that takes long to start anew is not to be given up.
            dask.config.set({"distributed.deploy.lost-worker-timeout": "365d"}),
            _started(
                n_workers=self.number or n_cores(),
                threads_per_worker=1,
                processes=True,
                host=LOOPBACK,
                protocol="tls://",
                security=Security.temporary(),
                memory_limit=self.memory or "auto",
            ) as client,
            replacing(client.cluster),
        ):
            yield client


def n_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _started(**options: object) -> Iterator[Client]:
    with ExitStack() as stack:
        # Workers read back what they put there: a folder that is nobody else's.
        scratch = TemporaryDirectory(prefix="gfe-mc-", ignore_cleanup_errors=True)
        try:
            # Why they cannot start is raised; a log of it would say it again.
            with logging_from(logging.CRITICAL):
                cluster = LocalCluster(
                    dashboard_address=f"{LOOPBACK}:0",
                    worker_dashboard_address=f"{LOOPBACK}:0",
                    local_directory=stack.enter_context(scratch),
                    # Of processes, too: a heartbeat into one that closes is no news.
                    silence_logs=logging.CRITICAL,
                    **options,
                )
            stack.enter_context(cluster)
            client = stack.enter_context(Client(cluster, set_as_default=False))
        except (OSError, RuntimeError) as error:
            raise InputError(
                "Workers must be able to start on this machine",
                f"{type(error).__name__}: {str(error).rstrip('.')}",
                "Use fewer of them, or allow more open files and processes (ulimit -n, ulimit -u)",
            ) from None
        try:
            yield client
        finally:
            # What was under way between its parts when it closes is no news.
            with logging_from(logging.CRITICAL):
                stack.close()


@contextmanager
def logging_from(level: int, name: str = "distributed") -> Iterator[None]:
    """Keep what Dask, or a part of it that has a level of its own, logs to a level."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)
