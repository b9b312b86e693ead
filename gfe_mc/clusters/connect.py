"""Connect to workers, of whichever kind they are; a new kind is a file, and a line here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dask
from distributed import Client as Client

from gfe_mc.clusters import jobqueue
from gfe_mc.clusters.client import Given as Given
from gfe_mc.clusters.file import read_cluster
from gfe_mc.clusters.gateway import Gateway as Gateway
from gfe_mc.clusters.jobqueue import JobQueue as JobQueue
from gfe_mc.clusters.kubernetes import Kubernetes as Kubernetes
from gfe_mc.clusters.local import LOOPBACK, logging_from
from gfe_mc.clusters.local import Processes as Processes
from gfe_mc.clusters.local import Threads as Threads
from gfe_mc.clusters.protocol import Backend as Backend
from gfe_mc.clusters.protocol import Queue as Queue
from gfe_mc.clusters.protocol import Say as Say
from gfe_mc.clusters.scheduler import Scheduler as Scheduler
from gfe_mc.clusters.settings import SETTINGS
from gfe_mc.errors import InputError, require

KINDS: Mapping[str, Callable[..., Backend]] = {
    "threads": Threads.of,
    "processes": Processes.of,
    "scheduler": Scheduler.of,
    **jobqueue.kinds(),
    "gateway": Gateway,
    "kubernetes": Kubernetes,
}
"""What makes a cluster of each kind of its options."""


def choose(
    *,
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    patience: float | None = None,
    cluster: Path | None = None,
    logs: Path | None = None,
) -> Backend:
    """Return the backend that one of four options names; a thread for each core if none does.

    Parameters
    ----------
    threads, workers : int, optional
        Threads in this process, or processes on this machine.
    scheduler : str, optional
        Address of a scheduler.
    patience : float, optional
        As in `Scheduler`.
    cluster : Path, optional
        File that describes a cluster.
    logs : Path, optional
        Where jobs of a queue put their logs, if that file does not say it.

    Raises
    ------
    InputError
        More than one is given, a number below 1, patience without a scheduler, or the errors of
        `read_cluster`.
    """
    options = {"threads": threads, "workers": workers, "scheduler": scheduler, "cluster": cluster}
    given = [name for name, value in options.items() if value is not None]
    require(
        len(given) <= 1,
        "Workers are threads, processes, those of a scheduler or those of a cluster's file",
        " and ".join(given),
        "Give one of --threads, --workers, --scheduler and --cluster",
    )
    if scheduler is not None:
        return Scheduler(scheduler, patience)
    require(
        patience is None,
        "Patience is for a scheduler and its first worker",
        f"{patience} without a scheduler",
        "Give --scheduler as well, or leave --patience out",
    )
    if cluster is not None:
        return read_cluster(cluster, KINDS, logs)
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
            "Give Threads(), Processes(), Scheduler(address), JobQueue(kind, ...) or a Dask client",
        )
    return workers


@contextmanager
def connect(backend: Backend | Client, say: Say = id) -> Iterator[Client]:
    """Yield a client of the backend's workers, and close what was started for it.

    What is started on this machine listens on loopback only, but for the scheduler of a queue's
    jobs, which let nobody in without their certificate. There may be no workers yet.

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
    with (
        dask.config.set(SETTINGS),
        # A worker that is closed in mid-task is no news.
        logging_from(logging.ERROR),
        # That the scheduler is gone is raised; a log of it, with a traceback, would say it again.
        logging_from(logging.CRITICAL, "distributed.client"),
        backend.open(say) as client,
    ):
        yield client


def dashboard(client: Client) -> str:
    """Return the address of the dashboard; on loopback for what was started here."""
    information = client.scheduler_info()
    if getattr(client.cluster, "scheduler", None) is not None:
        # It is of this process. Dask names the address of the scheduler, where its pages are not.
        return f"http://{LOOPBACK}:{information['services']['dashboard']}/status"
    return str(client.dashboard_link)
