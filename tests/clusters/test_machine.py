"""The first call of a run on a machine goes before all others there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gfe_mc.clusters import machine
from gfe_mc.paths import private_folder

CALL = """
import sys, time
from gfe_mc.clusters.machine import first_alone
for _ in range(2):
    with first_alone("run"):
        began = time.time()
        time.sleep(float(sys.argv[1]))
        print(began, time.time())
"""


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(machine, "_seen", set())


def test_processes_take_turns_only_at_first(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CALL, "0.5"]
    calls = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    spans = []
    for call in calls:
        out, _ = call.communicate(timeout=60)
        spans += [tuple(map(float, line.split())) for line in out.splitlines()]
    spans.sort()
    assert len(spans) == 6
    first_end = spans[0][1]
    assert all(began >= first_end - 0.01 for began, _ in spans[1:])
    folder = private_folder("gfe_mc-runs")
    assert folder is not None
    assert folder.parent == tmp_path
    assert {"run"} <= {path.name for path in folder.iterdir()}


def test_one_that_fails_leaves_the_turn_to_the_next() -> None:
    with pytest.raises(ZeroDivisionError), machine.first_alone("run"):
        1 / 0  # noqa: B018
    assert "run" not in machine._seen
    with machine.first_alone("run"):
        pass
    assert "run" in machine._seen


def test_a_first_call_that_takes_too_long_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine, "PATIENCE", 0.2)
    hold = subprocess.Popen([sys.executable, "-c", CALL, "30"], stdout=subprocess.DEVNULL)
    try:
        folder = private_folder("gfe_mc-runs")
        assert folder is not None
        while not (folder / "run.lock").exists():
            time.sleep(0.05)
        time.sleep(0.2)
        began = time.monotonic()
        with machine.first_alone("run"):
            assert time.monotonic() - began < 10
    finally:
        hold.kill()
        hold.wait()


def test_runs_of_long_ago_are_forgotten() -> None:
    folder = private_folder("gfe_mc-runs")
    assert folder is not None
    for name in ("old", "old.lock"):
        (folder / name).touch()
        os.utime(folder / name, (0, 0))
    with machine.first_alone("new"):
        pass
    assert "old" not in {path.name for path in folder.iterdir()}


def test_where_there_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / f"gfe_mc-runs-{os.getuid()}").write_text("in the way")
    assert private_folder("gfe_mc-runs") is None
    with machine.first_alone("run"):
        pass
