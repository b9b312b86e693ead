"""Connect to workers, of whichever kind they are; a new kind is a file, and a line here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client as Client

from gfe_mc.clusters.client import Given as Given
from gfe_mc.clusters.local import LOOPBACK, logging_from
from gfe_mc.clusters.local import Processes as Processes
from gfe_mc.clusters.local import Threads as Threads
from gfe_mc.clusters.protocol import Backend as Backend
from gfe_mc.clusters.protocol import Say as Say
from gfe_mc.clusters.scheduler import Scheduler as Scheduler
from gfe_mc.errors import InputError, require

_SETTINGS = {
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


def choose(
    *,
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    patience: float | None = None,
) -> Backend:
    """Return the backend that one of three options names; a thread for each core if none does.

    Raises
    ------
    InputError
        More than one is given, a number below 1, or patience without a scheduler.
    """
    options = {"threads": threads, "workers": workers, "scheduler": scheduler}
    given = [name for name, value in options.items() if value is not None]
    require(
        len(given) <= 1,
        "Workers are threads, processes or those of a scheduler",
        " and ".join(given),
        "Give one of --threads, --workers and --scheduler",
    )
    if scheduler is not None:
        return Scheduler(scheduler, patience)
    require(
        patience is None,
        "Patience is for a scheduler and its first worker",
        f"{patience} without a scheduler",
        "Give --scheduler as well, or leave --patience out",
    )
    return Threads(threads) if workers is None else Processes(workers)


def backend_of(workers: Backend | Client) -> Backend:
    """Return a backend as it is, and that of a Dask client.

    Raises
    ------
    InputError
        It is neither.
    """
    if isinstance(workers, Client):
        return Given(workers)
    if not hasattr(workers, "open") or not hasattr(workers, "kind"):
        raise InputError(
            "The backend must say where the workers are",
            repr(workers),
            "Give Threads(), Processes(), Scheduler(address) or a Dask client",
        )
    return workers


@contextmanager
def connect(backend: Backend | Client, say: Say = id) -> Iterator[Client]:
    """Yield a client of the backend's workers, and close what was started for it.

    Everything that is started here listens on loopback only. There may be no workers yet.

    Parameters
    ----------
    backend : Backend or Client
        Where the workers are.
    say : Say, optional
        Is told what the user should know at once.

    Raises
    ------
    InputError
        The workers cannot be reached.
    """
    backend = backend_of(backend)
    # A worker that is closed in mid-task is no news.
    with dask.config.set(_SETTINGS), logging_from(logging.ERROR), backend.open(say) as client:
        yield client


def dashboard(client: Client) -> str:
    """Return the address of the dashboard; on loopback for what was started here."""
    information = client.scheduler_info()
    if information["address"].startswith("inproc"):
        # Dask names the machine's own address, at which nothing listens.
        return f"http://{LOOPBACK}:{information['services']['dashboard']}/status"
    return str(client.dashboard_link)
