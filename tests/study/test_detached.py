"""Runs that go on by themselves on this machine: begun, refused, cancelled, and what goes wrong."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from gfe_mc.study import detach
from gfe_mc.study.detached import LOG, RECORD, Detached, read_detached
from tests.helpers import refused
from tests.reliability.runs import STUDY, same
from tests.study.stores import complete

ROOT = Path(__file__).resolve().parents[2]


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gfe_mc", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def remember(folder: Path, **said: object) -> Detached:
    here = Detached("process", str(os.getpid()), socket.gethostname(), 0.0, "then")
    made = Detached(**{**asdict(here), **said})
    folder.mkdir(exist_ok=True)
    (folder / RECORD).write_text(json.dumps(asdict(made)))
    return made


def own_start() -> float:
    return float(psutil.Process().create_time())


@pytest.mark.slow
def test_begun_refused_cancelled_and_gone_on_with(tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(STUDY.read_text().replace("time.sleep(0.02)", "time.sleep(0.5)"))
    (tmp_path / "cluster.toml").write_text('kind = "threads"\nthreads = 1\n')
    words = ["run", "slow.py", "--cluster", "cluster.toml", "--block-seconds", "0.1"]
    # Started where interrupts are ignored, as by a shell in the background.
    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        begun = command(tmp_path, *words, "--detach")
    finally:
        signal.signal(signal.SIGINT, ignored)
    assert begun.returncode == 0, begun.stderr
    folder = tmp_path / "results" / "slow"
    said = json.loads((folder / RECORD).read_text())
    pid = int(said["number"])
    assert begun.stdout.splitlines()[:3] == [
        f"Detached: process {pid} on {socket.gethostname()}",
        "Folder: results/slow",
        f"Log: results/slow/{LOG}",
    ]
    try:
        assert os.getsid(pid) == pid
        again = command(tmp_path, *words, "--detach")
        assert again.returncode == 2
        assert "by one run at a time" in again.stderr
        assert f"process {pid} on" in again.stderr
        deadline = time.monotonic() + 120
        while not list(folder.glob("blocks/*.npz")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        ended = command(tmp_path, "cancel", "slow.py")
        assert ended.returncode == 0, ended.stderr
        assert f"Cancelled: process {pid} on {socket.gethostname()} has ended." in ended.stderr
    finally:
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)
    text = (folder / LOG).read_text()
    assert "Interrupted. What is finished is kept" in text
    assert "Traceback" not in text
    assert list(folder.glob("blocks/*.npz"))
    assert not (folder / RECORD).exists()

    refusal = command(tmp_path, "cancel", "slow.py")
    assert refusal.returncode == 2
    assert "There must be a run that was detached" in refusal.stderr


@pytest.mark.long
def test_one_that_comes_to_its_end(tmp_path: Path) -> None:
    from gfe_mc.study import catalogue
    from gfe_mc.study.dataset import load_dataset

    begun = command(tmp_path, "run", str(STUDY), "--threads", "2", "--detach")
    assert begun.returncode == 0, begun.stderr
    folder = tmp_path / "results" / "slow"
    there = read_detached(folder)
    assert there is not None
    deadline = time.monotonic() + 120
    while there.state() != "":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "Results are in results/slow" in (folder / LOG).read_text()
    reference = complete(catalogue.find(str(STUDY)).plan(), tmp_path / "reference")
    assert same(load_dataset(folder / "replications.nc"), reference)
    with refused("must not be over", f"process {there.number} on", LOG):
        detach.cancel(folder)
    # What is over does not stand in the way.
    detach.require_none(folder)


def test_another_process_of_the_same_number_is_left_alone(tmp_path: Path) -> None:
    other = remember(tmp_path, began=own_start() - 1000)
    assert other.state() == ""
    with refused("must not be over"):
        detach.cancel(tmp_path)
    ours = remember(tmp_path, began=own_start())
    assert ours.state() == "running"
    with refused("once at a time", f"process {os.getpid()} on", "is running", "gfe-mc cancel"):
        detach.require_none(tmp_path)


def test_one_of_another_machine(tmp_path: Path) -> None:
    there = remember(tmp_path, host="node17")
    assert there.state() is None
    with refused("must be ended where it runs", "on node17"):
        detach.cancel(tmp_path)
    with refused("once at a time", "may not be over"):
        detach.require_none(tmp_path)


def test_nothing_to_cancel(tmp_path: Path) -> None:
    with refused("There must be a run that was detached", "gfe-mc run --detach"):
        detach.cancel(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"kind": "process"}', '{"kind": "x", "number": "1", "host": "h", "began": 0}'],
)
def test_damaged_record(tmp_path: Path, text: str) -> None:
    (tmp_path / RECORD).write_text(text)
    with refused("must say which run was detached", RECORD):
        read_detached(tmp_path)


@pytest.mark.parametrize("kind", ["sh", "process "])
def test_kinds_that_cannot_be(tmp_path: Path, kind: str) -> None:
    remember(tmp_path, kind=kind)
    with refused("must say which run was detached"):
        detach.cancel(tmp_path)
