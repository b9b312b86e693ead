"""Where the workers are."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import dask
from distributed import Client, LocalCluster

from gfe_mc.errors import InputError, require, require_whole

_SETTINGS = {
    # Standing costs of every worker, several per cent of a core each at the defaults.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "2s",
    # A block that is blamed for the death of a worker is tried again, alone.
    "distributed.scheduler.allowed-failures": 2,
}
_LOOPBACK = "127.0.0.1"

PATIENCE = 30.0
"""Seconds to wait for a scheduler, and for its first worker."""


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
    """Worker threads in this process, for estimators that release the GIL."""

    option = "threads"


class Processes(_Local):
    """Worker processes on this machine, for estimators that hold the GIL."""

    option = "workers"


@dataclass(frozen=True)
class Scheduler:
    """A Dask scheduler that is there already.

    Parameters
    ----------
    address
        As in "tcp://host:8786".
    patience
        Seconds to wait for it, and for its first worker; `PATIENCE` if None.
    """

    address: str
    patience: float | None = None


Backend = Threads | Processes | Scheduler


def choose(
    *, threads: int | None = None, workers: int | None = None, scheduler: str | None = None
) -> Backend:
    """Return the backend that one of three options names; a thread for each core if none does.

    Raises
    ------
    InputError
        More than one is given, or a number below 1.
    """
    given = [name for name, value in locals().items() if value is not None]
    require(
        len(given) <= 1,
        "Workers are threads, processes or those of a scheduler",
        " and ".join(given),
        "Give one of --threads, --workers and --scheduler",
    )
    if scheduler is not None:
        return Scheduler(scheduler)
    return Threads(threads) if workers is None else Processes(workers)


def dashboard(client: Client) -> str:
    """Return the address of the dashboard; on loopback for what was started here."""
    information = client.scheduler_info()
    if information["address"].startswith("inproc"):
        # Dask names the machine's own address, at which nothing listens.
        return f"http://{_LOOPBACK}:{information['services']['dashboard']}/status"
    return str(client.dashboard_link)


def n_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def connect(backend: Backend) -> Iterator[Client]:
    """Yield a client of the backend's workers, and close what was started for it.

    Everything that is started here listens on loopback only.

    Raises
    ------
    InputError
        The scheduler cannot be reached, or has no workers.
    """
    with dask.config.set(_SETTINGS), _quiet():
        if isinstance(backend, Scheduler):
            with _reach(backend) as client:
                yield client
        else:
            number = backend.number or n_cores()
            in_process = isinstance(backend, Threads)
            with (
                LocalCluster(
                    n_workers=1 if in_process else number,
                    threads_per_worker=number if in_process else 1,
                    processes=not in_process,
                    host=None if in_process else _LOOPBACK,
                    dashboard_address=f"{_LOOPBACK}:0",
                    worker_dashboard_address=f"{_LOOPBACK}:0",
                    memory_limit=0 if in_process else "auto",
                ) as cluster,
                Client(cluster, set_as_default=False) as client,
            ):
                yield client


def n_slots(client: Client) -> int:
    """How many tasks the workers run at once."""
    return sum(client.nthreads().values())


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to errors what Dask logs: a worker that is closed in mid-task is no news."""
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _reach(backend: Scheduler) -> Client:
    patience = PATIENCE if backend.patience is None else backend.patience
    client, reason = None, ""
    try:
        client = Client(backend.address, timeout=patience, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        reason = type(error).__name__
    if client is None:
        # What is left of a client that failed closes itself when it is collected: now, and not in
        # the middle of another client's start, which would wait for it for ever.
        gc.collect()
        raise InputError(
            "The scheduler must be reachable",
            f"no answer from {backend.address} ({reason})",
            "Check the address, and that `dask scheduler` is running there",
        )
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError:
        client.close()
        raise InputError(
            "The scheduler must have workers",
            f"none at {backend.address} after {patience:g} s",
            f"Start some: dask worker {backend.address}",
        ) from None
    return client
