"""Workers that run out of memory or time, or crash; schedulers that are started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gfe_mc import Fit, Panel, Status
from gfe_mc.clusters import keeper
from gfe_mc.clusters.connect import JobQueue, Processes, Scheduler
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import BLOCKS, DATASET
from gfe_mc.study.log import read_log
from gfe_mc.study.run import run_study
from tests import small
from tests.clusters.queues import jobs_of, pretend
from tests.clusters.started import (
    ROOT,
    port_of,
    scheduler_process,
    start_scheduler,
    start_worker,
    stop,
)
from tests.study.disturbed import Slow, guilty, marked, study, undisturbed
from tests.study.stores import assert_same_bytes

LIMIT = "700MB"
_MUCH = 10**9


@dataclass(frozen=True)
class Greedy:
    """Pooled least squares that takes a gigabyte on one sample in many, for a moment or two.

    Attributes
    ----------
    place : str
        Folder in which it leaves a file each time.
    most : int
        How often it does so.
    """

    place: str
    most: int

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Fill memory, and estimate if that was not the end."""
        times = len(list(Path(self.place).iterdir()))
        if marked(panel) and times < self.most:
            Path(self.place, str(times)).touch()
            taken = np.ones(_MUCH // 8)
            time.sleep(20)
            assert taken[-1] == 1.0
        return small.PooledOLS().fit(panel, rng)


@dataclass(frozen=True)
class Crashes:
    """Pooled least squares that ends its process on one sample in many, unless it is `owner`."""

    how: str
    owner: int

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """End the process, or estimate."""
        if marked(panel) and os.getpid() != self.owner:
            if self.how == "exit":
                os._exit(0)
            os.kill(os.getpid(), signal.Signals[self.how])
        return small.PooledOLS().fit(panel, rng)


def assert_rest_is_the_same(made: xr.Dataset, known: xr.Dataset, lost: list[bool]) -> None:
    """Marked replications are recorded as what a worker died of, and the others as they are."""
    status = made["status"].to_numpy().ravel()
    assert (status == Status.WORKER_LOST).tolist() == lost
    assert 0 < sum(lost) < len(lost)
    kept = ~np.array(lost)
    assert_same_bytes(made.isel(replication=kept), known.isel(replication=kept))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    made = tmp_path / "taken"
    made.mkdir()
    return made


@pytest.mark.long
def test_memory_runs_out_once(place: Path, tmp_path: Path) -> None:
    experiment = study(Greedy(str(place), 1))
    assert any(guilty(experiment))
    made = run_study(
        experiment.plan(), tmp_path / "made", backend=Processes(2, LIMIT), block_seconds=0.01
    )
    assert len(list(place.iterdir())) == 1
    # It has taken what it takes, and leaves this process in peace.
    assert_same_bytes(made, undisturbed(experiment, tmp_path / "known"))


@pytest.mark.long
def test_memory_runs_out_always(place: Path, tmp_path: Path) -> None:
    experiment = study(Greedy(str(place), 1000), 20)
    made = run_study(
        experiment.plan(), tmp_path / "made", backend=Processes(2, LIMIT), block_seconds=0.01
    )
    for number in range(len(list(place.iterdir())), 1000):
        (place / str(number)).touch()
    known = undisturbed(experiment, tmp_path / "known")
    assert_rest_is_the_same(made, known, guilty(experiment))


@pytest.mark.long
@pytest.mark.parametrize("how", ["SIGSEGV", "exit"])
def test_estimator_that_crashes(how: str, tmp_path: Path) -> None:
    experiment = study(Crashes(how, os.getpid()))
    made = run_study(experiment.plan(), tmp_path / "made", backend=Processes(2), block_seconds=0.01)
    known = undisturbed(experiment, tmp_path / "known")
    assert_rest_is_the_same(made, known, guilty(experiment))


DECLARATION = "from tests.study.disturbed import Slow, study\n\nexperiment = study(Slow())\n"


def run_command(folder: Path, *options: str) -> subprocess.Popen[str]:
    words = ["run", str(folder / "own.py"), "--output", str(folder / "made")]
    return subprocess.Popen(
        [sys.executable, "-m", "gfe_mc", *words, "--block-seconds", "0.1", *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.long
def test_scheduler_that_is_started_again(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(DECLARATION)
    blocks = tmp_path / "made" / BLOCKS
    running, address = start_scheduler(tmp_path)
    started = [running]
    try:
        started.append(start_worker(address, tmp_path))
        command = run_command(tmp_path, "--scheduler", address)
        wait_until(lambda: len(list(blocks.glob("*.npz"))) >= 5 or command.poll() is not None)
        stop(running)
        started.append(start_scheduler(tmp_path, port=port_of(address))[0])
        _, said = command.communicate(timeout=120)
        assert command.returncode == 1, said
        assert "Error: The scheduler is gone, or was closed. What is finished is kept" in said
        assert "Traceback" not in said
        assert not (tmp_path / "made" / DATASET).exists()

        started.append(start_worker(address, tmp_path))
        again = run_command(tmp_path, "--scheduler", address)
        _, said = again.communicate(timeout=120)
        assert again.returncode == 0, said
    finally:
        for process in started:
            stop(process)
    done = [one["done"] for one in read_log(tmp_path / "made") if one["kind"] == "end"]
    assert min(done) >= 1
    assert sum(done) == 40
    known = undisturbed(study(Slow()), tmp_path / "known")
    assert_same_bytes(load_dataset(tmp_path / "made" / DATASET), known)


@pytest.mark.long
def test_workers_whose_lifetime_ends(tmp_path: Path) -> None:
    """Each ends in order after a few seconds, and another comes in its place."""
    experiment = study(Slow(0.3), 100)
    workers: list[subprocess.Popen[bytes]] = []
    limit = ("--lifetime", "12s", "--lifetime-stagger", "1s")
    with scheduler_process(tmp_path) as address:

        def replace_ended(_: object = None) -> None:
            while sum(one.poll() is None for one in workers) < 2:
                folder = tmp_path / f"worker{len(workers)}"
                folder.mkdir()
                workers.append(start_worker(address, folder, options=limit))

        replace_ended()
        try:
            made = run_study(
                experiment.plan(),
                tmp_path / "made",
                backend=Scheduler(address),
                block_seconds=0.3,
                report=replace_ended,
            )
        finally:
            for process in workers:
                stop(process)
    assert len(workers) > 2
    assert_same_bytes(made, undisturbed(experiment, tmp_path / "known"))


@pytest.mark.long
def test_jobs_whose_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers end in order before the limit of their job, which is then submitted anew."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keeper, "PULSE", 0.5)
    monkeypatch.setattr(keeper, "GRACE", 2.0)
    pretend(tmp_path / "queue", monkeypatch)
    # Of the estimator, which workers import.
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    experiment = study(Slow(0.3), 120)
    cluster = JobQueue(
        "slurm",
        jobs=2,
        walltime="00:00:30",
        cores=1,
        memory="1GB",
        host="127.0.0.1",
        interface="lo",
        shared_temp_directory=str(tmp_path),
    )
    made = run_study(experiment.plan(), tmp_path / "made", backend=cluster, block_seconds=0.3)
    assert len(jobs_of(tmp_path / "queue")) > 2
    assert_same_bytes(made, undisturbed(experiment, tmp_path / "known"))
