"""Workers of each kind that are ended at random, and what brings others in their place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import psutil
import pytest

from tests.clusters.queues import jobs_of, pretend
from tests.clusters.started import HOST, scheduler_process

JOBS = 3
_CLUSTER = f"""
kind = "slurm"
jobs = {JOBS}
cores = 1
memory = "1GB"
walltime = "01:00:00"
host = "{HOST}"
interface = "lo"
shared_temp_directory = "."
"""


class Victims(Protocol):
    """Workers of a run."""

    options: list[str]

    def end(self, run: int, rng: np.random.Generator) -> str:
        """End one of those of the run with this process; say what, or nothing if none is there."""


@dataclass
class Processes:
    """Processes of a run's own, each of which has a process that starts it anew."""

    options: list[str] = field(default_factory=lambda: ["--workers", "2"])

    def end(self, run: int, rng: np.random.Generator) -> str:
        """Kill a worker process."""
        return _kill_one(_spawned(run), rng, "worker")


@dataclass
class OfScheduler:
    """Workers of a scheduler that is there already; each is started anew a moment after its end."""

    options: list[str]
    start: list[str]
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def end(self, run: int, rng: np.random.Generator) -> str:  # noqa: ARG002
        """Kill a worker, which its nanny starts anew, or both, in whose place another comes."""
        number = int(rng.integers(len(self.workers)))
        chosen = self.workers[number]
        if rng.random() < 0.5:
            return _kill_one(_spawned(chosen.pid), rng, "worker")
        os.killpg(chosen.pid, signal.SIGKILL)
        chosen.wait()
        time.sleep(float(rng.uniform(0, 3)))
        self.workers[number] = self.started()
        return "worker and nanny"

    def started(self) -> subprocess.Popen[bytes]:
        """Start one worker with its nanny, in a group of processes of their own."""
        return subprocess.Popen(
            self.start,
            cwd=self.folder,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@dataclass
class Jobs:
    """Jobs of a queue that pretends."""

    options: list[str]
    queue: Path

    def end(self, run: int, rng: np.random.Generator) -> str:  # noqa: ARG002
        """Kill a job at once, let the queue end it in order, or kill the worker within it."""
        alive = [number for number in jobs_of(self.queue) if _alive(self._group(number))]
        if not alive:
            return ""
        number = int(rng.choice(alive))
        how = ("job", "worker of a job", "job, in order,")[int(rng.integers(3))]
        if how == "job":
            os.killpg(self._group(number), signal.SIGKILL)
        elif how == "worker of a job":
            return _kill_one(_spawned(self._group(number)), rng, how)
        else:
            subprocess.run([str(self.queue / "scancel"), str(number)], check=True)
        return how

    def _group(self, number: int) -> int:
        note = self.queue / "jobs" / str(number) / "pid"
        return int(note.read_text() or 0) if note.exists() else 0


@contextmanager
def processes(folder: Path) -> Iterator[Victims]:  # noqa: ARG001
    """Worker processes of the run's own."""
    yield Processes()


@contextmanager
def scheduler(folder: Path) -> Iterator[Victims]:
    """Two workers of a scheduler of one's own, on loopback."""
    folder.mkdir()
    with scheduler_process(folder) as address:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--host", HOST]
        own = OfScheduler(
            ["--scheduler", address],
            [*command, "--nthreads", "1", "--no-dashboard"],
            folder,
        )
        own.workers += [own.started() for _ in range(2)]
        try:
            yield own
        finally:
            for worker in own.workers:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()


@contextmanager
def jobs(folder: Path) -> Iterator[Victims]:
    """Jobs of a queue that pretends to be SLURM's."""
    folder.mkdir()
    file = folder / "cluster.toml"
    file.write_text(_CLUSTER)
    with pytest.MonkeyPatch.context() as patch:
        queue = pretend(folder / "queue", patch)
        own = Jobs(["--cluster", str(file)], queue)
        try:
            yield own
        finally:
            for number in jobs_of(queue):
                if _alive(own._group(number)):
                    os.killpg(own._group(number), signal.SIGKILL)


KINDS = {"processes": processes, "a scheduler of one's own": scheduler, "jobs of a queue": jobs}


def _alive(pid: int) -> bool:
    try:
        return pid > 0 and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _spawned(parent: int) -> list[int]:
    """Worker processes below a process: what Dask's nannies have spawned."""
    try:
        below = psutil.Process(parent).children(recursive=True)
        return [one.pid for one in below if any("spawn_main" in word for word in one.cmdline())]
    except psutil.Error:  # one has ended meanwhile
        return []


def _kill_one(pids: list[int], rng: np.random.Generator, what: str) -> str:
    if not pids:
        return ""
    try:
        os.kill(int(rng.choice(sorted(pids))), signal.SIGKILL)
    except ProcessLookupError:
        return ""
    return what
