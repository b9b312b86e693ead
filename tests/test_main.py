"""The package, run as a module."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gfe_mc


def test_the_package_runs_as_a_module() -> None:
    def said(*arguments: str) -> str:
        command = [sys.executable, "-m", "gfe_mc", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert said("--version").strip() == gfe_mc.__version__
    assert "Usage: python -m gfe_mc" in said("--help")


def test_bad_input_ends_with_exit_code_2() -> None:
    command = [sys.executable, "-m", "gfe_mc", "report", "no_such_study"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")


@pytest.mark.parametrize("seconds", [0.3, 0.6, 1.0, 1.5])
def test_an_interrupt_at_any_moment_is_no_traceback(seconds: float, tmp_path: Path) -> None:
    """While modules are imported, while tables are made, and at the end."""
    command = [sys.executable, "-m", "gfe_mc", "list"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, interrupts may be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    # Where Python itself is not there yet, or any more, the system ends the process.
    assert process.returncode in (0, 130, -signal.SIGINT)
    assert said in ("", "Interrupted.\n")


def test_a_reader_may_stop_reading() -> None:
    done = subprocess.run(
        f"set -o pipefail; {sys.executable} -m gfe_mc list | head -n 1",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no such device")
def test_results_that_cannot_be_shown_are_no_success() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gfe_mc", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
