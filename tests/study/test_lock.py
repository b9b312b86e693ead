"""One run at a time in a folder: by the operating system's lock, and by what the folder says."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from gfe_mc.errors import InputError
from gfe_mc.study.folder import DATASET
from gfe_mc.study.lock import LOCK, RUNNING, TakenOverError, hold
from gfe_mc.study.run import run_study
from gfe_mc.study.store import open_store
from tests import small
from tests.study.stores import fill


def elsewhere(folder: Path) -> None:
    """As if a run on another machine had not said that it ended."""
    said = {"run": "0" * 16, "host": "node17", "pid": 4242, "since": "2026-01-01T00:00:00+00:00"}
    (folder / RUNNING).write_text(json.dumps(said))


def test_holder_says_who_it_is_and_leaves_no_trace_but_the_lock(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    with hold(folder) as held:
        said = json.loads((folder / RUNNING).read_text())
        assert said["pid"] == os.getpid()
        assert said["host"] == socket.gethostname()
        assert said["run"] == held.run
        held.confirm()
    assert [path.name for path in folder.iterdir()] == [LOCK]


def test_second_is_refused_by_name_and_may_come_after(tmp_path: Path) -> None:
    with hold(tmp_path):
        with pytest.raises(InputError) as refusal, hold(tmp_path):
            pass
        assert "by one run at a time" in refusal.value.wrong
        assert f"process {os.getpid()} on {socket.gethostname()}" in refusal.value.came
        assert "is writing it" in refusal.value.came
        # One that is alive cannot be pushed aside.
        with pytest.raises(InputError), hold(tmp_path, take_over=True):
            pass
    with hold(tmp_path):
        pass


def test_what_a_process_that_was_killed_here_left_is_taken_up(tmp_path: Path) -> None:
    elsewhere(tmp_path)
    said = json.loads((tmp_path / RUNNING).read_text()) | {"host": socket.gethostname()}
    (tmp_path / RUNNING).write_text(json.dumps(said))
    with hold(tmp_path) as held:
        held.confirm()


def test_other_machine_is_believed_until_told_otherwise(tmp_path: Path) -> None:
    elsewhere(tmp_path)
    with pytest.raises(InputError) as refusal, hold(tmp_path):
        pass
    assert "process 4242 on node17" in refusal.value.came
    assert "has not said that it ended (last sign of life " in refusal.value.came
    assert "--take-over" in refusal.value.remedy
    with hold(tmp_path, take_over=True) as held:
        held.confirm()
    with hold(tmp_path):
        pass


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b'{"run": 3}'])
def test_note_that_says_nothing_is_in_nobodys_way(content: bytes, tmp_path: Path) -> None:
    (tmp_path / RUNNING).write_bytes(content)
    with hold(tmp_path):
        pass


def test_run_that_was_pushed_aside_stops_and_touches_nothing(tmp_path: Path) -> None:
    plan = small.experiment((2,)).plan()
    with hold(tmp_path) as held:
        store = open_store(tmp_path, plan, held)
        fill(store, size=6)
        elsewhere(tmp_path)
        blocks = sorted((tmp_path / "blocks").iterdir())
        with pytest.raises(TakenOverError, match="taken over"):
            store.consolidate()
        assert sorted((tmp_path / "blocks").iterdir()) == blocks
        assert not (tmp_path / DATASET).exists()
    # What the other one says is the other's.
    assert json.loads((tmp_path / RUNNING).read_text())["host"] == "node17"


def test_run_is_refused_beside_another_and_says_so_before_it_computes(tmp_path: Path) -> None:
    def begin(_: str) -> None:
        raise AssertionError("a cluster was started")

    with hold(tmp_path), pytest.raises(InputError, match="by one run at a time"):
        run_study(small.experiment().plan(), tmp_path, begin=begin)


def test_what_is_presented_is_so_while_the_folder_is_held(tmp_path: Path) -> None:
    held: list[bool] = []

    def present(_: object) -> None:
        with pytest.raises(InputError), hold(tmp_path):
            pass
        held.append(True)

    plan = small.experiment((2,)).plan()
    run_study(plan, tmp_path, present=present)
    run_study(plan, tmp_path, present=present)
    assert held == [True, True]
