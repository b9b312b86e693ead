"""Studies whose workers are jobs: of a queue that pretends, and of a SLURM where there is one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from gfe_mc.clusters import keeper
from gfe_mc.clusters.connect import JobQueue, Threads
from gfe_mc.study import catalogue
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import DATASET
from gfe_mc.study.plan import Plan
from gfe_mc.study.run import run_study
from gfe_mc.study.runner import Progress
from tests.clusters.queues import jobs_of, pretend, slurm
from tests.helpers import refused
from tests.reliability.runs import same

BESIDE = "import time\n\ndef wait(seconds):\n    time.sleep(seconds)\n"
OWN = """
from dataclasses import dataclass

import numpy as np
from beside import wait
from gfe_mc import CalibratedDGP, Calibration, Experiment, Fit


@dataclass(frozen=True)
class Mine:
    def fit(self, panel, rng):
        wait({seconds})
        x, y = panel.x.ravel(), panel.y.ravel()
        return Fit(theta=np.array([x @ y / (x @ x)]), objective=float(y @ y))


def calibration(groups):
    rng = np.random.default_rng([2012, groups])
    return Calibration(
        theta=np.ones(1), alpha=rng.standard_normal((groups, 4)), groups=np.arange(12) % groups,
        error_variance=1.0, residuals=rng.standard_normal((12, 4)),
        x=rng.standard_normal((12, 4, 1)), initial=np.zeros(12), lag=None, regressors=("x",),
    )


experiment = Experiment(
    name="own", title="A user's own", source="none", factors={{"G": (2, 3)}},
    dgp=lambda panel, G: CalibratedDGP(calibration(G)), estimators=lambda G: {{"mine": Mine()}},
    parameters=("theta1",), replications=40,
)
"""
LOOPBACK: dict[str, Any] = {
    "cores": 1,
    "memory": "1GB",
    "walltime": "00:30:00",
    "host": "127.0.0.1",
    "interface": "lo",
}
FILE = """
kind = "slurm"
jobs = 2
cores = 1
memory = "1GB"
walltime = "00:30:00"
host = "127.0.0.1"
interface = "lo"
[driver]
memory = "1GB"
"""


def own(folder: Path, seconds: float = 0.0) -> Path:
    """Write a study of a user's own, whose estimator needs a file beside it; return its path."""
    place = folder / "mine"
    place.mkdir(exist_ok=True)
    (place / "beside.py").write_text(BESIDE)
    (place / "own.py").write_text(OWN.format(seconds=seconds))
    return place / "own.py"


def plan(folder: Path, seconds: float = 0.0) -> Plan:
    return catalogue.find(str(own(folder, seconds))).plan()


@pytest.fixture
def undisturbed(tmp_path: Path) -> xr.Dataset:
    """What the study comes to; its numbers do not depend on how long it waits."""
    return run_study(plan(tmp_path), tmp_path / "undisturbed", backend=Threads(2))


@pytest.fixture(params=["pretend", "slurm"])
def queue(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Commands of SLURM: `sbatch`, `scancel` and `squeue`."""
    if request.param == "pretend":
        pretend(tmp_path / "queue", monkeypatch)
        yield request.param
    else:
        with slurm(tmp_path / "queue", monkeypatch):
            yield request.param


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keeper, "PULSE", 0.5)
    monkeypatch.setattr(keeper, "GRACE", 3.0)
    monkeypatch.setattr(keeper, "ASK", 1.0)


def left() -> list[str]:
    """Jobs that are not over, of a queue that is asked for all."""
    asked = subprocess.run(["squeue", "--noheader", "--format", "%A %T"], capture_output=True)
    return asked.stdout.decode().split("\n")[:-1]


def run_file(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gfe_mc", *words]
    return subprocess.run(
        command, cwd=folder, env=os.environ, capture_output=True, text=True, timeout=300
    )


@pytest.mark.long
def test_a_job_that_is_cancelled_is_replaced_and_the_bytes_are_the_same(
    queue: str, tmp_path: Path, undisturbed: xr.Dataset
) -> None:
    """The job has two processes, of whose loss Dask's own rule would not know."""
    said: list[str] = []
    cancelled: list[str] = []

    def disturb(progress: Progress) -> None:
        if progress.done >= 5 and not cancelled:
            first = said[0].partition(": ")[2].partition(".")[0].split(", ")[0]
            cancelled.append(first)
            subprocess.run(["scancel", first], check=True)

    dataset = run_study(
        plan(tmp_path, seconds=0.3),
        tmp_path / "results",
        backend=JobQueue(
            "slurm", jobs=2, shared_temp_directory=str(tmp_path), **LOOPBACK | {"cores": 2}
        ),
        block_seconds=0.3,
        report=disturb,
        say=said.append,
    )
    assert cancelled
    assert same(dataset, undisturbed)
    assert said[0].startswith("Submitted to slurm: ")
    assert sum("Jobs have ended; submitted in their place: " in words for words in said) <= 1
    if queue == "pretend":
        assert len(jobs_of(tmp_path / "queue")) in (2, 3)
    assert not list(tmp_path.glob(".gfe-mc-*"))


@pytest.mark.long
def test_size_follows_the_work(queue: str, tmp_path: Path, undisturbed: xr.Dataset) -> None:
    slots: list[int] = []
    said: list[str] = []
    dataset = run_study(
        plan(tmp_path, seconds=0.5),
        tmp_path / "results",
        backend=JobQueue("slurm", adapt={"minimum": 1, "maximum": 3}, **LOOPBACK),
        block_seconds=0.5,
        report=lambda progress: slots.append(progress.slots),
        say=said.append,
    )
    assert said[0].startswith("Submitted to slurm: ")
    assert same(dataset, undisturbed)
    assert slots[1] == 1
    assert 1 < max(slots) <= 3
    if queue == "pretend":
        assert 1 < len(jobs_of(tmp_path / "queue")) <= 3


@pytest.mark.slow
def test_jobs_that_end_at_once(queue: str, tmp_path: Path) -> None:
    backend = JobQueue("slurm", jobs=1, **LOOPBACK, python="/nowhere/python")
    with refused("Jobs must be ones that slurm runs", "before a worker came", "/nowhere/python"):
        run_study(plan(tmp_path), tmp_path / "results", backend=backend)
    assert queue


@pytest.mark.slow
def test_queue_that_takes_no_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = pretend(tmp_path / "queue", monkeypatch)
    (place / "jobs" / "refusal").write_text("sbatch: error: invalid partition specified: lnog\n")
    backend = JobQueue("slurm", jobs=1, queue="lnog", **LOOPBACK)
    with refused("Jobs must be ones that slurm runs", "invalid partition specified: lnog"):
        run_study(plan(tmp_path), tmp_path / "results", backend=backend)
    for name in ("sbatch", "squeue", "scancel"):
        (place / name).unlink()
    monkeypatch.setenv("PATH", str(place))
    with refused("Jobs must be ones that slurm runs", "sbatch"):
        run_study(plan(tmp_path), tmp_path / "results", backend=backend)


@pytest.mark.long
def test_a_whole_run_as_a_job(queue: str, tmp_path: Path, undisturbed: xr.Dataset) -> None:
    """Submitted, refused a second time, cancelled in mid-run, and run to its end."""
    path = own(tmp_path, seconds=0.3)
    (tmp_path / "cluster.toml").write_text(FILE)
    words = ["run", str(path), "--cluster", "cluster.toml", "--block-seconds", "0.3"]
    done = run_file(tmp_path, *words, "--detach")
    assert done.returncode == 0, done.stderr
    assert "Detached: job 1 of slurm" in done.stdout
    assert "Log: results/own/run.log" in done.stdout
    folder = tmp_path / "results" / "own"

    again = run_file(tmp_path, *words, "--detach")
    assert again.returncode == 2
    assert "run once at a time" in again.stderr or "by one run at a time" in again.stderr

    deadline = time.monotonic() + 240
    while len(list(folder.glob("blocks/*.npz"))) < 3:
        assert time.monotonic() < deadline, (folder / "run.log").read_text()
        time.sleep(0.2)
    done = run_file(tmp_path, "cancel", str(path))
    assert done.returncode == 0, done.stderr
    assert "Cancelled: job 1 of slurm has ended." in done.stderr
    assert "Interrupted. What is finished is kept" in (folder / "run.log").read_text()
    assert not (folder / "running.json").exists()
    if queue == "slurm":
        deadline = time.monotonic() + 60
        while left():  # the jobs of the workers are cancelled as well
            assert time.monotonic() < deadline, left()
            time.sleep(0.5)
    refusal = run_file(tmp_path, "cancel", str(path))
    assert refusal.returncode == 2
    assert "There must be a run that was detached" in refusal.stderr

    done = run_file(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert same(load_dataset(folder / DATASET), undisturbed)
