"""Options of jobs: of those that workers are, and of the one that a detached run is."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask

from gfe_mc.clusters import settings
from gfe_mc.clusters.local import LOOPBACK
from gfe_mc.clusters.memory import require_memory
from gfe_mc.clusters.systems import SYSTEMS
from gfe_mc.clusters.table import require_options
from gfe_mc.clusters.walltime import lifetime, read_walltime, write_walltime
from gfe_mc.errors import require

_OF_WORKERS = (
    *("cores", "memory", "processes", "interface", "nanny", "local_directory", "death_timeout"),
    *("worker_command", "worker_extra_args", "job_cpu", "job_mem", "ncpus", "mem"),
    *("resource_spec", "disk", "job_name"),
)
"""Options of a worker's job that do not hold for the job of a detached run."""
_DRIVER = {"cores": 1, "memory": "4GB", "processes": 1}
_MEMORY_GB = 2
"""Memory for each core where nothing is said."""
_DISK = "1GB"


@dataclass(frozen=True)
class JobOptions:
    """Options of a cluster's jobs, with what stands for those that are not given.

    Parameters
    ----------
    kind : str
        Of the system.
    given : mapping of str to Any
        Those of workers, by dask-jobqueue's names.
    driver : mapping of str to Any
        Those of the job that a detached run is, where they differ.

    Raises
    ------
    InputError
        One that is not what it should be.
    """

    kind: str
    given: Mapping[str, Any]
    driver: Mapping[str, Any]

    def __post_init__(self) -> None:
        whose = f"the table `driver` of a cluster of the kind `{self.kind}`"
        require_options(self.driver, SYSTEMS[self.kind].options, whose)
        for job in (self.given, self.driver):
            _check(job)

    @property
    def log_folder(self) -> Path:
        """Where jobs write their logs."""
        return Path(self.given.get("log_directory") or "gfe-mc-logs").absolute()

    def of_workers(self) -> dict[str, Any]:
        """Return the options of a worker's job."""
        chosen = self._with_defaults(self.given)
        chosen.setdefault("processes", self._site("processes") or chosen["cores"])
        arguments = [*(chosen.get("worker_extra_args") or self._site("worker-extra-args") or [])]
        if "--lifetime" not in arguments and chosen.get("walltime") is not None:
            arguments += lifetime(chosen["walltime"])
        # Its pages are for the machine itself.
        arguments += ["--no-dashboard", "--dashboard-address", f"{LOOPBACK}:0"]
        return self._written(chosen) | {"worker_extra_args": arguments}

    def of_driver(self) -> dict[str, Any]:
        """Return the options of the job that a whole run is."""
        shared = {name: value for name, value in self.given.items() if name not in _OF_WORKERS}
        return self._written(self._with_defaults({**shared, **_DRIVER, **self.driver}))

    def _with_defaults(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Fill in what is not given: from the site's configuration of Dask, or else ours."""
        chosen = dict(given)
        chosen.setdefault("cores", self._site("cores") or 1)
        chosen.setdefault("memory", self._site("memory") or f"{_MEMORY_GB * chosen['cores']}GB")
        chosen.setdefault("job_name", "gfe-mc")
        chosen.setdefault("python", self._site("python") or shlex.quote(sys.executable))
        chosen["log_directory"] = str(self.log_folder)
        if self.kind == "htcondor":
            chosen.setdefault("disk", self._site("disk") or _DISK)
        else:
            limit = given.get("walltime") or self._site("walltime")
            if self.kind == "lsf" and limit == self._site("walltime"):
                limit = f"{limit}:00"
            chosen["walltime"] = read_walltime(limit) if limit else None
        # The user's own lines come last, and so count.
        own = chosen.get("job_script_prologue") or self._site("job-script-prologue") or []
        chosen["job_script_prologue"] = [*settings.script(), *own]
        return chosen

    def _written(self, chosen: dict[str, Any]) -> dict[str, Any]:
        limit = chosen.pop("walltime", None)
        return chosen | ({} if limit is None else {"walltime": write_walltime(limit, self.kind)})

    def _site(self, name: str) -> Any:
        """What Dask's configuration says of a system: sites have their own."""
        section = self.given.get("config_name") or self.kind
        return dask.config.get(f"jobqueue.{section}.{name}", None)


def _check(job: Mapping[str, Any]) -> None:
    """Refuse options of a job that are of the right type, and yet not what they should be."""
    if "walltime" in job:
        read_walltime(job["walltime"])
    for name in ("memory", "disk"):
        if name in job:
            require_memory(name, job[name])
    cores, processes = job.get("cores"), job.get("processes")
    require(
        cores is None or processes is None or cores % processes == 0,
        "`processes` must share `cores` evenly",
        f"{processes} processes and {cores} cores",
        "Give a divisor, or leave it out for a process a core",
    )
    lists: Sequence[str] = job.get("job_script_prologue", ())
    require(
        not any("\n" in line for line in lists),
        "`job_script_prologue` must have a line in each text",
        repr(list(lists)),
        "Split it",
    )
