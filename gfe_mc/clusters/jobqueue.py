"""Workers that are jobs of a queue: SLURM, PBS, SGE, LSF, OAR, HTCondor, Moab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import dask
from distributed import Client

from gfe_mc.clusters import driver
from gfe_mc.clusters.certificates import certificates
from gfe_mc.clusters.installed import require_installed
from gfe_mc.clusters.job_options import JobOptions
from gfe_mc.clusters.keeper import Keeper, job_of
from gfe_mc.clusters.local import LOOPBACK
from gfe_mc.clusters.protocol import Say
from gfe_mc.clusters.size import TARGET_DURATION, Size
from gfe_mc.clusters.systems import SYSTEMS
from gfe_mc.clusters.table import Type, require_options
from gfe_mc.errors import InputError, require, require_one_of

_OWN: Mapping[str, Type] = {
    "jobs": Type.WHOLE,
    "adapt": Type.TABLE,
    "driver": Type.TABLE,
    "tls": Type.FLAG,
    "host": Type.TEXT,
    "scheduler_options": Type.TABLE,
    "shared_temp_directory": Type.TEXT,
}
"""Options of the cluster, and not of a job."""


class JobQueue:
    """Workers that are jobs of a queue, submitted from here by dask-jobqueue.

    Certificates that are made for this cluster alone keep everybody else out; workers read them
    from a folder of the user's alone that the machines share.

    Parameters
    ----------
    kind : str
        "slurm", "pbs", "sge", "lsf", "oar", "htcondor" or "moab".
    jobs : int
        How many jobs. Those that end are submitted anew as long as the run goes on.
    adapt : mapping
        Instead of `jobs`: {"minimum": 1, "maximum": 40}, as there is work.
    cores, memory : int, str, optional
        Of a job: one core, and 2 GB for each.
    processes : int, optional
        How many processes share the cores of a job; one each.
    walltime : str, optional
        Time limit of a job, as [days-]hours:minutes:seconds. Workers end in order before it.
    driver : mapping, optional
        Options of the job that a detached run is, where they differ from those of workers; 1 core
        and 4 GB.
    tls : bool, default True
        Whether there are certificates. Without, `host` or `interface` must be given.
    host, scheduler_options
        Where the scheduler listens, in this process; every address if neither this nor `interface`
        is given. More of its options.
    shared_temp_directory : str, optional
        Where the certificates are put; the home folder.
    **options
        More options of a job, by dask-jobqueue's names.

    Raises
    ------
    InputError
        An unknown kind or option, or one that is not what it should be.

    Examples
    --------
    >>> from gfe_mc import JobQueue
    >>> backend = JobQueue("slurm", jobs=10, cores=8, memory="16GB", walltime="04:00:00")
    >>> backend.kind, backend.size.minimum  # nothing is submitted before a run
    ('slurm', 10)
    >>> backend = JobQueue("pbs", adapt={"minimum": 1, "maximum": 40}, queue="normal")
    >>> backend.size.minimum, backend.size.maximum  # as many as there is work for
    (1, 40)
    """

    def __init__(self, kind: str, **options: Any) -> None:
        require_one_of("kind", kind, SYSTEMS)
        self.kind = kind
        system, whose = SYSTEMS[kind], f"a cluster of the kind `{kind}`"
        require_options(options, {**system.options, **_OWN}, whose)
        self.size = Size.of("jobs", options.get("jobs"), options.get("adapt"))
        job = {name: value for name, value in options.items() if name not in _OWN}
        self.job = JobOptions(kind, job, dict(options.get("driver", {})))
        self.tls: bool = options.get("tls", True)
        self.shared_folder: str | None = options.get("shared_temp_directory")
        self.scheduler: dict[str, Any] = dict(options.get("scheduler_options", {}))
        if "host" in options:
            self.scheduler["host"] = options["host"]
        placed = {"host", "interface"} & {*self.scheduler, *self.job.given}
        require(
            self.tls or bool(placed),
            "A scheduler without certificates must listen where it is told to",
            "tls = false without `host` and `interface`",
            "Whoever reaches it runs programs as its owner: leave `tls` out, or give the network "
            'that only trusted users reach, such as interface = "ib0"',
        )

    def __repr__(self) -> str:
        return f"JobQueue({self.kind!r}, {self.size}, {self.job.given})"

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:
        """Start a scheduler here and submit jobs; cancel them in the end.

        Raises
        ------
        InputError
            dask-jobqueue is not installed, the queue does not take jobs, or they end as soon as
            they have started.
        """
        make = self.make_class()
        with ExitStack() as stack:
            # This says itself which jobs are lost: Dask's own rule overlooks those of more than
            # one process.
            stack.enter_context(dask.config.set({"distributed.deploy.lost-worker-timeout": "365d"}))
            cluster = stack.enter_context(self._started(make, stack))
            keeper = Keeper(cluster, self.kind, self.job.log_folder, say)
            keeper.begin(self.size.minimum)
            if not self.size.fixed:
                cluster.adapt(
                    minimum_jobs=self.size.minimum,
                    maximum_jobs=self.size.maximum,
                    target_duration=TARGET_DURATION,
                    interval="2s",
                    wait_count=15,
                    worker_key=job_of,
                )
            client = stack.enter_context(Client(cluster, set_as_default=False))
            with keeper.keeping(client):
                yield client

    def submit(self, command: Sequence[str], name: str, folder: Path, log: Path) -> str:
        """Submit a whole run as a job, as `gfe_mc.clusters.protocol.Queue` has it.

        Raises
        ------
        InputError
            dask-jobqueue is not installed, or the queue does not take the job.
        """
        job_class = self.make_class().job_cls
        return driver.submit(job_class, self.job.of_driver(), command, name, folder, log)

    def make_class(self) -> Any:
        """Return dask-jobqueue's class of clusters of this kind."""
        module = require_installed("dask_jobqueue", "jobqueue", self.kind)
        return getattr(module, SYSTEMS[self.kind].cluster)

    def _started(self, make: Any, stack: ExitStack) -> Any:
        options = self.job.of_workers()
        scheduler = {"dashboard_address": f"{LOOPBACK}:0", **self.scheduler}
        if self.tls:
            options["security"] = stack.enter_context(certificates(self.shared_folder))
        try:
            return make(scheduler_options=scheduler, silence_logs="critical", **options)
        except (OSError, RuntimeError, ValueError, TypeError) as error:
            raise InputError(
                "The cluster must be one that dask-jobqueue can make",
                f"{type(error).__name__}: {error}",
                "Correct its options",
            ) from error


def kinds() -> dict[str, Any]:
    """Return what makes a cluster of each kind of its options."""
    return {kind: partial(JobQueue, kind) for kind in SYSTEMS}
