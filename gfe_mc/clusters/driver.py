"""A whole run as one job of a queue: the host that submits it may log off."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gfe_mc.clusters.keeper import reason
from gfe_mc.errors import InputError

_NAME = 15
"""Characters of a job's name that every system takes."""


def submit(
    job_class: Any,
    options: Mapping[str, Any],
    command: Sequence[str],
    name: str,
    folder: Path,
    log: Path,
) -> str:
    """Submit a command by a system's own means, and return the job's number.

    Parameters
    ----------
    job_class : type
        Of dask-jobqueue.
    options : mapping
        Of the job.
    command : sequence of str
        A program and its arguments.
    name : str
        Of the job.
    folder : Path
        Where it runs.
    log : Path
        What it writes is added there.

    Raises
    ------
    InputError
        The system does not take it.
    """
    lines = [
        f"cd {shlex.quote(str(folder))}",
        f"exec {shlex.join(command)} >>{shlex.quote(str(log))} 2>&1",
    ]
    short = re.sub(r"\W+", "-", f"gfe-{name}")[:_NAME].rstrip("-")
    try:
        job = make_job(job_class, {**options, "job_name": short}, lines)
        asyncio.run(job.start())
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise InputError(
            f"The run must be a job that {job_class.config_name} takes",
            reason(error),
            "Correct the cluster's options, above all those of its table `driver`",
        ) from error
    return str(job.job_id)


def make_job(job_class: Any, options: Mapping[str, Any], lines: Sequence[str]) -> Any:
    """Return a job that runs some lines of a shell; `job_script()` of it is what is submitted."""
    job = job_class("none", name="gfe-mc", **options)
    if job_class.config_name == "htcondor":
        # Its script describes the job; what is run is one argument of a shell.
        job._command_template = "; ".join([*options["job_script_prologue"], *lines])
    else:
        job._command_template = "\n".join(lines)
    return job
