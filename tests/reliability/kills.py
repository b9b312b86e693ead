"""Runs killed at random, in three modes: python -m tests.reliability.kills 100 (of each)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import xarray as xr

from gfe_mc.errors import InputError
from gfe_mc.fit import Status
from gfe_mc.study import catalogue
from gfe_mc.study.dataset import load_dataset
from gfe_mc.study.folder import DATASET, PROVENANCE
from gfe_mc.study.store import stored_rows
from tests.reliability.counts import Counts
from tests.reliability.runs import STUDY, Command, reference, run_arguments, same, traceback_in

ROOT = Path(__file__).resolve().parents[2]
MODES = ("threads", "workers", "scheduler")


def attack(n: int, seed: int, folder: Path, modes: tuple[str, ...] = MODES) -> Counts:
    """Kill runs at random, and worker processes of others, n of each mode; resume until done."""
    rng = np.random.default_rng(seed)
    counts = Counts()
    known = reference(folder / "reference")
    for mode in modes:
        with _workers(mode, folder) as options:
            killed, number = 0, 0
            while killed < n:
                number += 1
                results = folder / f"{mode}-{number}"
                killed += _until_done(results, options, known, n - killed, mode, rng, counts)
                shutil.rmtree(results)
    return counts


def _until_done(
    results: Path,
    options: list[str],
    known: xr.Dataset,
    most: int,
    mode: str,
    rng: np.random.Generator,
    counts: Counts,
) -> int:
    """Run a study and kill the run again and again; return how often."""
    finished, killed = 0, 0
    results.mkdir()
    while not (results / DATASET).exists():
        command = Command.start(results.parent, *run_arguments(results, *options))
        if killed == most:
            break
        victim = _kill(command, results, mode, rng)
        code, text = command.end(), command.text()
        if not victim:
            break
        killed += 1
        now = _finished(results)
        if isinstance(now, str):
            counts.badly(f"{mode}, {victim} killed: unreadable", now)
        elif now < finished:
            counts.badly(f"{mode}, {victim} killed: lost {finished - now} replications", text)
        elif code is None:
            counts.badly(f"{mode}, {victim} killed: hung", text)
        elif traceback_in(text):
            counts.badly(f"{mode}, {victim} killed: traceback", text)
        else:
            counts.well(f"{mode}, {victim} killed: {'run goes on' if code == 0 else 'kept'}")
            finished = now
    code = command.end()
    if code is None or (code != 0 and not (results / DATASET).exists()):
        last = Command.start(results.parent, *run_arguments(results, *options))
        code = last.end()
        if code != 0:
            counts.badly(f"{mode}: not resumed", last.text())
            return max(killed, 1)
    if not (results / DATASET).exists() or not same(load_dataset(results / DATASET), known):
        counts.badly(f"{mode}: other numbers at the end", command.text())
    return killed


def _kill(command: Command, results: Path, mode: str, rng: np.random.Generator) -> str:
    """Kill a run, or a worker process of it, at a random moment; say what, nothing if too late."""
    # From the first block on, so that a study ends at some time.
    target, before = float(rng.uniform(0, 1.5)), len(list((results / "blocks").glob("*.npz")))
    deadline = time.monotonic() + 60
    while command.alive and len(list((results / "blocks").glob("*.npz"))) <= before:
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    time.sleep(target)
    if not command.alive:
        return ""
    if mode == "workers" and rng.random() < 0.5:
        for pid in _spawned(command.pid):
            os.kill(pid, signal.SIGKILL)
            return "worker"
    command.send(signal.SIGKILL)
    return "run"


def _spawned(parent: int) -> list[int]:
    """Worker processes of a process: what Dask's nannies have spawned."""
    listed = subprocess.run(
        ["ps", "--ppid", str(parent), "-o", "pid=,args="], capture_output=True, text=True
    ).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if "spawn_main" in line]


def _finished(results: Path) -> int | str:
    """How many replications of methods are finished; a text if that cannot be read."""
    if not (results / PROVENANCE).exists():
        return 0
    plan = catalogue.find(str(STUDY)).plan()
    try:
        rows = stored_rows(results, plan)
    except InputError as error:
        return str(error)
    return sum(
        int((found["status"][done] != Status.WORKER_LOST).sum())
        for parts in rows.values()
        for part, (found, done) in parts.items()
        if part.kind == "fit"
    )


@contextmanager
def _workers(mode: str, folder: Path) -> Iterator[list[str]]:
    """Options of a mode; a scheduler with two workers on loopback, where it needs one."""
    if mode != "scheduler":
        yield [f"--{mode}", "2"]
        return
    note = folder / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = []
    try:
        for module, options in (
            ("dask_scheduler", ["--port", "0", "--no-dashboard"]),
            ("dask_worker", ["--nworkers", "2", "--nthreads", "1", "--no-dashboard"]),
        ):
            started.append(
                subprocess.Popen(
                    [
                        *(sys.executable, "-m", f"distributed.cli.{module}"),
                        *("--host", "127.0.0.1", "--scheduler-file", str(note), *options),
                    ],
                    cwd=folder,
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
            while not note.exists():
                assert started[0].poll() is None
                time.sleep(0.05)
        yield ["--scheduler", json.loads(note.read_text())["address"]]
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(attack(int(sys.argv[1]), 0, Path(place)))
