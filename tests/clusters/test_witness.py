"""What is said where a process ends without a word, and that nothing is said otherwise."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from gfe_mc.clusters import witness

ROOT = str(Path(__file__).parents[2])
SCRIPT = """
import os, signal, sys, threading, time
from gfe_mc.clusters import witness

with witness.watching():
    with witness.watching():
        pass
    witness.begin(("study", 2, "slow"), 12)
    {body}
"""
SAID = (
    "The process ended while replication 12 of `slow` in cell 2 was under way. "
    "What is finished is kept. `--workers N` runs replications in processes of their own, "
    "which a crash does not take along; `gfe-mc replay NAME --cell 2 --replication 12 "
    "--estimator slow` runs it alone.\n"
)


def run(body: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a script that a witness watches; a pipe is at its end once the witness has ended too."""
    command = [sys.executable, "-c", SCRIPT.format(body=body)]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": ROOT},
        **({"stderr": subprocess.PIPE} | options),
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("os._exit(0)", 0),
        ("os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    ],
)
def test_an_end_without_a_word_is_told(body: str, code: int) -> None:
    done = run(body)
    assert done.returncode == code
    assert done.stderr == SAID


@pytest.mark.parametrize(
    "body", ["pass", "sys.exit(3)", "raise KeyboardInterrupt", "witness.end(); os._exit(0)"]
)
def test_nothing_is_told_of_any_other_end(body: str) -> None:
    assert "The process ended" not in run(body).stderr


def test_several_threads_are_told() -> None:
    body = (
        "threading.Thread(target=lambda: (witness.begin(('s', 0, 'a\\nb'), 3), "
        "time.sleep(60)), daemon=True).start(); time.sleep(0.3); os._exit(1)"
    )
    said = run(body).stderr
    assert "while replication 12 of `slow` in cell 2, replication 3 of `'a\\nb'` in cell 0" in said
    assert "were under way" in said


def test_standard_error_may_be_closed() -> None:
    assert run("os.close(2); os._exit(7)").returncode == 7
    assert run("pass", stderr=None, close_fds=True).returncode == 0


def test_an_interrupt_of_the_whole_group_is_not_meant_for_the_witness() -> None:
    body = (
        "signal.signal(signal.SIGINT, signal.SIG_IGN); os.killpg(os.getpgrp(), signal.SIGINT); "
        "time.sleep(0.3); os._exit(0)"
    )
    assert run(body, start_new_session=True).stderr == SAID


def test_no_child_and_no_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with witness.watching():
        witness.begin(("study", 0, "slow"), 1)
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
    witness.begin(("study", 0, "slow"), 1)
    witness.end()


def test_a_child_that_cannot_be_had_is_no_hindrance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/program")
    with witness.watching():
        witness.begin(("study", 0, "slow"), 1)
        witness.end()


def test_a_note_costs_next_to_nothing() -> None:
    with witness.watching():
        costs = []
        for _ in range(5):
            started = time.process_time()
            for n in range(2000):
                witness.begin(("study", 0, "slow"), n)
                witness.end()
            costs.append((time.process_time() - started) / 2000)
    assert min(costs) < 20e-6


STUDY = """
import os, signal, time
from dataclasses import dataclass
import numpy as np
from gfe_mc import Experiment, Fit
from tests.small import dgp

@dataclass(frozen=True)
class Ends:
    how: str = ""
    def fit(self, panel, rng):
        {body}
        return Fit(theta=np.ones(1))

experiment = Experiment(
    name="ends", title="t", source="s", factors={{"G": (2,)}}, dgp=dgp,
    estimators={estimators}, parameters=("a",), replications=3,
)
"""


def command(folder: Path, body: str, estimators: str = '{"ends": Ends()}') -> subprocess.Popen[str]:
    """Start a study whose estimators do so, on threads."""
    (folder / "ends.py").write_text(STUDY.format(body=body, estimators=estimators))
    # What the tests run under may ignore interrupts, and children would.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "gfe_mc", "run", "ends.py", "--threads", "1"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": ROOT},
        )
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.slow
def test_a_command_says_which_replication_ended_it(tmp_path: Path) -> None:
    # To the thread that asks for it, as a fault is: another might take it after this one went on.
    body = "signal.raise_signal(signal.SIGSEGV)"
    _, said = command(tmp_path, body).communicate(timeout=120)
    assert "The process ended while replication 0 of `ends` in cell 0 was under way." in said
    assert "`gfe-mc replay NAME --cell 0 --replication 0 --estimator ends`" in said


@pytest.mark.slow
def test_a_command_that_ends_says_nothing_of_the_kind(tmp_path: Path) -> None:
    """Of estimators that end well, and of those that raise what would end a program."""
    raised = ("", "raise SystemExit(1)", "raise KeyboardInterrupt")
    estimators = str({f"ends{n}": how for n, how in enumerate(raised)})
    estimators = f"{{name: Ends(how) for name, how in {estimators}.items()}}"
    _, said = command(tmp_path, "exec(self.how)", estimators).communicate(timeout=120)
    assert "The process ended" not in said
    assert "9 of 9 replications (100 %), failed 6" in said


@pytest.mark.slow
def test_a_replication_that_hangs_does_not_keep_an_interrupted_command(tmp_path: Path) -> None:
    process = command(tmp_path, "time.sleep(1e6)")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Dashboard")
    time.sleep(1.0)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert time.monotonic() - started < 20.0
    assert process.returncode == 130
    assert "Interrupted. What is finished is kept: the same command goes on from there." in said
    assert "The process ended" not in said
