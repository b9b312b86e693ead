"""Workers that are another program, that lack something, that are not there, that go and come."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import xarray as xr
from distributed import Client

from gfe_mc import InputError, Status
from gfe_mc.clusters.connect import Backend, Processes, Scheduler
from gfe_mc.clusters.watch import Watch
from gfe_mc.study import catalogue
from gfe_mc.study.folder import BLOCKS
from gfe_mc.study.plan import Plan
from gfe_mc.study.run import run_study
from gfe_mc.study.runner import Progress
from tests.clusters.started import (
    PACKAGE,
    copied_package,
    scheduler,
    scheduler_process,
    start_worker,
    stop,
    without_package,
)

DECLARATION = """
import os
import time
from dataclasses import dataclass

from gfe_mc import CalibratedDGP, Calibration, Experiment, Fit

import numpy as np


@dataclass(frozen=True)
class Slow:
    seconds: float
    log: str

    def fit(self, panel, rng):
        began = time.time()
        time.sleep(self.seconds)
        with open(self.log, "a") as log:
            log.write(f"{{os.getpid()}} {{began}} {{time.time()}}\\n")
        return Fit(theta=np.zeros(1), objective=float(panel.y.sum()))


def calibration():
    rng = np.random.default_rng(1)
    return Calibration(
        theta=np.ones(1), alpha=np.zeros((1, 3)), groups=np.zeros(4, int), error_variance=1.0,
        residuals=rng.standard_normal((4, 3)), x=rng.standard_normal((4, 3, 1)),
        initial=np.zeros(4), lag=None, regressors=("x",),
    )


def estimators(G):
    {more}
    return {{"slow": Slow({seconds}, {log!r})}}


experiment = Experiment(
    name="slow", title="Slow", source="none", factors={{"G": (1,)}},
    dgp=lambda panel, G: CalibratedDGP(calibration()), estimators=estimators,
    parameters=("theta1",), replications={replications},
)
"""

Add = Callable[..., subprocess.Popen[bytes]]


def plan(folder: Path, seconds: float = 0.0, replications: int = 10, more: str = "") -> Plan:
    path = folder / "slow.py"
    options = {"seconds": seconds, "replications": replications, "more": more or "pass"}
    path.write_text(DECLARATION.format(log=str(folder / "log"), **options))
    return catalogue.find(str(path)).plan()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("clusters.watch", "study.runner"):
        monkeypatch.setattr(f"gfe_mc.{module}.PULSE", 0.2)


@pytest.fixture
def address() -> Iterator[str]:
    with scheduler() as found:
        yield found


@pytest.fixture
def add(tmp_path: Path) -> Iterator[Add]:
    """Start workers, and end those that are left."""
    started: list[subprocess.Popen[bytes]] = []

    def one(where: str, *path: Path) -> subprocess.Popen[bytes]:
        folder = tmp_path / f"worker{len(started)}"
        folder.mkdir()
        started.append(start_worker(where, folder, *path))
        return started[-1]

    yield one
    for process in started:
        stop(process)


@pytest.fixture
def patched(tmp_path: Path) -> Path:
    """A folder with a package of the same version whose estimates are off by a thousand."""
    folder = copied_package(tmp_path / "patched")
    path = folder / "gfe_mc" / "fit.py"
    path.write_text(path.read_text() + "\nOFF = 1000\n")
    return folder


def complete(dataset: xr.Dataset) -> bool:
    return bool((dataset["status"] == Status.SUCCESS).all())


@contextmanager
def refused(*parts: str) -> Iterator[None]:
    with pytest.raises(InputError) as caught:
        yield
    for part in parts:
        assert part in str(caught.value)


def test_another_computation_is_refused(address: str, add: Add, tmp_path: Path) -> None:
    folder = copied_package(tmp_path / "other")
    version = folder / "gfe_mc" / "version.py"
    version.write_text(re.sub(r"COMPUTATION = \d+", "COMPUTATION = 99", version.read_text()))
    add(address, folder)
    with refused("same program", "tcp://127.0.0.1:", "computation 99 there", "(version.py)"):
        run_study(plan(tmp_path), tmp_path / "results", backend=Scheduler(address))
    assert not list((tmp_path / "results" / BLOCKS).glob("*"))


@pytest.mark.slow
def test_late_worker_with_a_patched_package_is_refused(
    address: str, add: Add, patched: Path, tmp_path: Path
) -> None:
    add(address)
    late: list[subprocess.Popen[bytes]] = []

    def join(progress: Progress) -> None:
        if progress.done >= 3 and not late:
            late.append(add(address, patched))

    slow = plan(tmp_path, seconds=0.1, replications=1000)
    with refused("same program", "source of gfe_mc", "(fit.py)", "kept"):
        run_study(
            slow, tmp_path / "results", backend=Scheduler(address), block_seconds=0.1, report=join
        )
    assert len(list((tmp_path / "results" / BLOCKS).glob("*"))) >= 3


def test_worker_without_the_package(address: str, add: Add, tmp_path: Path) -> None:
    add(address, without_package(tmp_path / "without"))
    with refused("must have this program", "tcp://127.0.0.1:", "No module named 'gfe_mc'"):
        run_study(plan(tmp_path), tmp_path / "results", backend=Scheduler(address))


def test_worker_without_what_the_study_imports(address: str, add: Add, tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "gfe_mc").symlink_to(PACKAGE)
    add(address, tmp_path / "only")
    more = 'from tests.small import PooledOLS\n    return {"ols": PooledOLS()}'
    lacking = plan(tmp_path, more=more)
    with refused("what the study imports", "tcp://127.0.0.1:", "No module named 'tests'"):
        run_study(lacking, tmp_path / "results", backend=Scheduler(address))


@pytest.mark.slow
def test_no_worker_yet(address: str, add: Add, tmp_path: Path) -> None:
    said: list[str] = []

    def say(words: str) -> None:
        said.append(words)
        if len(said) == 1:
            add(address)

    dataset = run_study(plan(tmp_path), tmp_path / "results", backend=Scheduler(address), say=say)
    assert complete(dataset)
    assert said[0].startswith(f"There are no workers yet at {address}")
    assert said[1:] == ["Workers are there: 1, with 1 threads in all."]


def test_no_worker_and_no_patience(address: str, tmp_path: Path) -> None:
    backend: Backend = Scheduler(address, patience=0.5)
    with refused("must have workers", f"none at {address} after 0.5 s"):
        run_study(plan(tmp_path), tmp_path / "results", backend=backend)


@pytest.mark.slow
def test_all_workers_killed_and_one_comes_back(address: str, add: Add, tmp_path: Path) -> None:
    first, said = add(address), list[str]()

    def kill(progress: Progress) -> None:
        if progress.done >= 3 and first.poll() is None:
            stop(first)

    def say(words: str) -> None:
        said.append(words)
        if "left" in words:
            add(address)

    dataset = run_study(
        plan(tmp_path, seconds=0.05, replications=40),
        tmp_path / "results",
        backend=Scheduler(address),
        block_seconds=0.1,
        report=kill,
        say=say,
    )
    assert complete(dataset)
    assert said[-2].startswith(f"No workers are left at {address}; waiting")
    assert said[-1].startswith("Workers are there: 1")


@pytest.mark.slow
def test_client_is_used_and_left_open(address: str, add: Add, tmp_path: Path) -> None:
    add(address)
    with Client(address, set_as_default=False) as client:
        dataset = run_study(plan(tmp_path), tmp_path / "results", backend=client)
        assert complete(dataset)
        assert client.status == "running"
        assert client.submit(sum, [1, 2]).result() == 3
    with refused("must be connected"):
        run_study(plan(tmp_path), tmp_path / "again", backend=client)


@pytest.mark.slow
def test_scheduler_needs_no_package(add: Add, tmp_path: Path) -> None:
    with scheduler_process(tmp_path, without_package(tmp_path / "without")) as found:
        add(found)
        dataset = run_study(plan(tmp_path), tmp_path / "results", backend=Scheduler(found))
    assert complete(dataset)


@pytest.mark.slow
def test_first_replication_runs_alone_and_on_a_worker(tmp_path: Path) -> None:
    """Kernels are compiled once, and the estimator does not run in the process of the user."""
    slow = plan(tmp_path, seconds=0.2, replications=8)
    assert not (tmp_path / "log").exists()
    run_study(slow, tmp_path / "results", backend=Processes(2), block_seconds=0.1)
    lines = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    assert len(lines) == 8
    assert os.getpid() not in {int(pid) for pid, _, _ in lines}
    began, ended = [float(line[1]) for line in lines], [float(line[2]) for line in lines]
    assert all(later >= ended[0] for later in began[1:])


@pytest.mark.long
def test_first_replication_of_a_machine_that_goes(
    address: str, add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask would keep a task for its worker for ever where no other is there at its death."""
    monkeypatch.setattr(Watch, "one_per_machine", lambda watch: watch.addresses * 2)
    first, said, reports = add(address), list[str](), list[int]()

    def kill(progress: Progress) -> None:
        reports.append(progress.done)
        if len(reports) == 2:
            stop(first)

    def say(words: str) -> None:
        said.append(words)
        if "left" in words:
            add(address)

    slow = plan(tmp_path, seconds=1.0, replications=3)
    dataset = run_study(
        slow, tmp_path / "results", backend=Scheduler(address), report=kill, say=say
    )
    assert complete(dataset)
    assert any("left" in words for words in said)
