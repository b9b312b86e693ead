"""The systems that queue jobs: what each is asked for, and by which commands of its own.

Scripts and their submission are dask-jobqueue's. Its names of options are kept.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from gfe_mc.clusters.table import Type
from gfe_mc.errors import InputError

_PATIENCE = 30
"""Seconds to wait for an answer of a system's command."""
_ID = re.compile(r"[A-Za-z0-9][\w.\[\]@-]*")

_JOB: Mapping[str, Type] = {
    "cores": Type.WHOLE,
    "memory": Type.TEXT,
    "processes": Type.WHOLE,
    "interface": Type.TEXT,
    "nanny": Type.FLAG,
    "local_directory": Type.TEXT,
    "death_timeout": Type.NUMBER,
    "worker_command": Type.TEXT,
    "worker_extra_args": Type.TEXTS,
    "job_script_prologue": Type.TEXTS,
    "job_extra_directives": Type.TEXTS,
    "job_directives_skip": Type.TEXTS,
    "log_directory": Type.TEXT,
    "shebang": Type.TEXT,
    "python": Type.TEXT,
    "job_name": Type.TEXT,
    "config_name": Type.TEXT,
}
_QUEUED = {"queue": Type.TEXT, "walltime": Type.TEXT}
_PBS = {**_QUEUED, "account": Type.TEXT, "resource_spec": Type.TEXT}


@dataclass(frozen=True)
class System:
    """A system that queues jobs.

    Attributes
    ----------
    cluster : str
        Name of its class in dask-jobqueue.
    own : mapping of str to Type
        Options that the other systems have not, or not all.
    cancel : tuple of str
        Command that cancels a job whose number is put last.
    ask : tuple of str
        Command that says how a job is, `{}` in place of its number.
    ended : str, default ""
        Expression of what it answers of a job that is over; an empty answer says so as well.
    """

    cluster: str
    own: Mapping[str, Type]
    cancel: tuple[str, ...]
    ask: tuple[str, ...]
    ended: str = field(default=r"\b\B")

    @property
    def options(self) -> Mapping[str, Type]:
        """Options of a job."""
        return {**_JOB, **self.own}

    def state(self, job: str) -> str | None:
        """Return how a job is, in the system's words; "" if it is over, None if nobody can say.

        Raises
        ------
        InputError
            That is no number of a job.
        """
        command = [word.replace("{}", require_job(job)) for word in self.ask]
        if shutil.which(command[0]) is None:
            return None
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
        except (OSError, subprocess.TimeoutExpired):
            return None
        words = " ".join(done.stdout.split())
        if done.returncode != 0:
            # A job that is long over is not known any more; a server that does not answer may be
            # back soon.
            return "" if _UNKNOWN.search(done.stdout + done.stderr) else None
        return "" if re.search(self.ended, words) else words


SYSTEMS: Mapping[str, System] = {
    "slurm": System(
        "SLURMCluster",
        {**_QUEUED, "account": Type.TEXT, "job_cpu": Type.WHOLE, "job_mem": Type.TEXT},
        ("scancel",),
        ("squeue", "--noheader", "--jobs", "{}", "--format", "%T"),
        "COMPLETED|CANCELLED|FAILED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY|PREEMPTED",
    ),
    "pbs": System("PBSCluster", _PBS, ("qdel",), ("qstat", "{}")),
    "moab": System("MoabCluster", _PBS, ("canceljob",), ("qstat", "{}")),
    "sge": System(
        "SGECluster",
        {**_QUEUED, "project": Type.TEXT, "resource_spec": Type.TEXT},
        ("qdel",),
        ("qstat", "-j", "{}"),
    ),
    "lsf": System(
        "LSFCluster",
        {
            **_QUEUED,
            "project": Type.TEXT,
            "ncpus": Type.WHOLE,
            "mem": Type.WHOLE,
            "lsf_units": Type.TEXT,
            "use_stdin": Type.FLAG,
        },
        ("bkill",),
        ("bjobs", "-noheader", "-o", "stat", "{}"),
        "DONE|EXIT",
    ),
    "oar": System(
        "OARCluster",
        {
            **_QUEUED,
            "project": Type.TEXT,
            "resource_spec": Type.TEXT,
            "memory_per_core_property_name": Type.TEXT,
        },
        ("oardel",),
        ("oarstat", "--state", "--job", "{}"),
        "Terminated|Error",
    ),
    "htcondor": System(
        "HTCondorCluster",
        {
            "disk": Type.TEXT,
            "job_extra_directives": Type.TABLE,
            "submit_command_extra": Type.TEXTS,
            "cancel_command_extra": Type.TEXTS,
        },
        ("condor_rm",),
        ("condor_q", "{}", "-autoformat", "JobStatus"),
    ),
}

_UNKNOWN = re.compile(
    r"invalid job id|unknown job|has finished|do(es)? not exist|is not found|not found", re.I
)


def require_job(job: str) -> str:
    """Return a number of a job that may stand in a command.

    Raises
    ------
    InputError
        It is none.
    """
    if not _ID.fullmatch(job):
        raise InputError(
            "A job must be known by a number", repr(job), "Cancel it by the system's own command"
        )
    return job


def cancel(kind: str, job: str) -> None:
    """Cancel a job by its system's own command.

    Raises
    ------
    InputError
        The command is not there, or does not do it.
    """
    command = [*SYSTEMS[kind].cancel, require_job(job)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
        reason = " ".join((done.stderr or done.stdout).split()) if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    if reason:
        raise InputError(
            f"The job must be one that {kind} cancels",
            f"{' '.join(command)}: {reason}",
            "Run that where jobs are submitted, or see whether the job is over",
        )
