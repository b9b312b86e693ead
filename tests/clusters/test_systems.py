"""Commands of queues: what they answer of a job, and what becomes of one that is cancelled."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gfe_mc.clusters.systems import SYSTEMS, cancel
from tests.helpers import refused


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def answers(path: Path, out: str, err: str = "", code: int = 0) -> None:
    path.write_text(
        f"#!/bin/sh\necho \"$@\" >{path}.asked\necho '{out}'\necho '{err}' >&2\nexit {code}\n"
    )
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("kind", "name", "asked", "out", "err", "code", "state"),
    [
        ("slurm", "squeue", "--noheader --jobs 12 --format %T", "PENDING", "", 0, "PENDING"),
        ("slurm", "squeue", None, "", "", 0, ""),
        ("slurm", "squeue", None, "COMPLETED", "", 0, ""),
        ("slurm", "squeue", None, "COMPLETING", "", 0, "COMPLETING"),
        ("slurm", "squeue", None, "", "slurm_load_jobs error: Invalid job id specified", 1, ""),
        ("slurm", "squeue", None, "", "Unable to contact slurm controller", 1, None),
        ("pbs", "qstat", "12", "12.host  gfe  me  0 R long", "", 0, "12.host gfe me 0 R long"),
        ("pbs", "qstat", None, "", "qstat: Unknown Job Id 12.host", 153, ""),
        ("pbs", "qstat", None, "", "qstat: 12.host Job has finished, use -x", 35, ""),
        ("sge", "qstat", "-j 12", "", "Following jobs do not exist: 12", 1, ""),
        ("lsf", "bjobs", "-noheader -o stat 12", "PEND", "", 0, "PEND"),
        ("lsf", "bjobs", None, "EXIT", "", 0, ""),
        ("lsf", "bjobs", None, "", "Job <12> is not found", 255, ""),
        ("oar", "oarstat", "--state --job 12", "12: Running", "", 0, "12: Running"),
        ("oar", "oarstat", None, "12: Terminated", "", 0, ""),
        ("htcondor", "condor_q", "12 -autoformat JobStatus", "2", "", 0, "2"),
        ("htcondor", "condor_q", None, "", "", 0, ""),
    ],
)
def test_state(
    command: Path,
    kind: str,
    name: str,
    asked: str | None,
    out: str,
    err: str,
    code: int,
    state: str | None,
) -> None:
    answers(command / name, out, err, code)
    assert SYSTEMS[kind].state("12") == state
    if asked is not None:
        assert (command / f"{name}.asked").read_text().strip() == asked


def test_nobody_to_ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert SYSTEMS["slurm"].state("12") is None
    with refused("one that slurm cancels", "scancel 12", "No such file"):
        cancel("slurm", "12")


def test_cancel(command: Path) -> None:
    answers(command / "qdel", "")
    cancel("pbs", "12.host")
    assert (command / "qdel.asked").read_text() == "12.host\n"
    answers(command / "qdel", "", "qdel: Unknown Job Id", 1)
    with refused("one that pbs cancels", "qdel 12.host: qdel: Unknown Job Id"):
        cancel("pbs", "12.host")


@pytest.mark.parametrize("number", ["--user me", "", "-1", "1; rm", "$(x)"])
def test_numbers_of_jobs_are_no_options(number: str) -> None:
    with refused("must be known by a number"):
        cancel("slurm", number)
