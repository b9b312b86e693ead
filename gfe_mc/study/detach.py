"""Runs that go on when whoever started them has logged off: begun, and cancelled."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil

from gfe_mc.clusters.connect import Backend, Queue
from gfe_mc.clusters.systems import cancel as cancel_job
from gfe_mc.errors import InputError, require
from gfe_mc.study.detached import LOG, PROCESS, RECORD, Detached, read_detached, remember
from gfe_mc.study.lock import hold, read_running
from gfe_mc.whole import of_results

MARK = "GFE_MC_DETACHED"
"""Variable of the environment by which a run knows that it is one."""
_START = 60.0
"""Seconds to wait until a process has taken the folder."""
_END = 60.0
"""Seconds to wait until a run that was cancelled has ended."""
_PULSE = 0.1


def detach(folder: Path, backend: Backend, name: str, arguments: Sequence[str]) -> Detached:
    """Start a run that goes on by itself, and remember it in its folder.

    Parameters
    ----------
    folder : Path
        Of results.
    backend : Backend
        Where its workers are: if they are jobs of a queue, the run is one as well.
    name : str
        Of the study.
    arguments : sequence of str
        Of the command line that runs it.

    Raises
    ------
    InputError
        A run of that folder is under way, or was detached and is not over; the folder cannot be
        written; or the queue does not take the job.
    """
    with hold(folder):
        require_none(folder)
    # From here on the folder is free for the run itself, which may begin at once.
    # A program beside which one happens to be is not imported in its place.
    safe = [] if os.getcwd() in sys.path else ["-P"]
    command = [sys.executable, *safe, "-m", "gfe_mc", *arguments]
    since = datetime.now(UTC).isoformat(timespec="seconds")
    if isinstance(backend, Queue):
        marked = ["env", f"{MARK}=1", *command]
        number = backend.submit(marked, name, Path.cwd(), folder / LOG)
        made = Detached(backend.kind, number, socket.gethostname(), time.time(), since)
        remember(folder, made)
        return made
    process = _start(command, folder / LOG)
    try:
        began = psutil.Process(process.pid).create_time()
    except psutil.Error:
        began = 0.0
    made = Detached(PROCESS, str(process.pid), socket.gethostname(), began, since)
    remember(folder, made)
    _wait_for_start(process, folder)
    return made


def require_none(folder: Path) -> None:
    """Refuse a folder whose run was detached and is not over.

    Raises
    ------
    InputError
        It is not, or nobody can say.
    """
    there = read_detached(folder)
    state = "" if there is None else there.state()
    require(
        state == "",
        "A study must be run once at a time",
        f"{folder}, whose run was detached at {there.since if there else ''} as {there}, which "
        f"{'may not be over' if state is None else f'is {state}'}",
        "Wait until it has ended, or end it by `gfe-mc cancel`",
    )


def cancel(folder: Path) -> tuple[Detached, bool]:
    """End the run that was detached in a folder, in order; return it, and whether it has ended.

    Raises
    ------
    InputError
        There is none, it is over, or it cannot be reached from here.
    """
    there = read_detached(folder)
    if there is None:
        raise InputError(
            "There must be a run that was detached",
            f"{folder} without one",
            "Start one by `gfe-mc run --detach`; another is ended by Ctrl-C where it runs",
        )
    state = there.state()
    require(
        state != "",
        "The run that was detached must not be over",
        f"{there}, which is",
        f"See what it did in {folder / LOG}",
    )
    if there.kind == PROCESS:
        require(
            state is not None,
            "A process must be ended where it runs",
            f"{there}, asked for on {socket.gethostname()}",
            "Run the same command there",
        )
        with suppress(ProcessLookupError):
            os.kill(int(there.number), signal.SIGINT)
    else:
        cancel_job(there.kind, there.number)
    ended = _wait_for_end(there)
    if ended:
        (folder / RECORD).unlink(missing_ok=True)
    return there, ended


def _start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with of_results(log), log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, MARK: "1"},
        )


def _wait_for_start(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until a process has taken its folder; one that ends at once says why in its log."""
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline:
        code = process.poll()
        if read_running(folder).get("pid") == process.pid or code == 0:
            break
        if code is not None:
            (folder / RECORD).unlink(missing_ok=True)
            lines = (folder / LOG).read_text(errors="replace").strip().splitlines()
            raise InputError(
                "The run that is detached must be able to begin",
                f"{lines[-1] if lines else f'exit code {code}'}",
                f"See {folder / LOG}",
            )
        time.sleep(_PULSE)
    # It goes on by itself: nobody waits for it any more.
    process.returncode = process.returncode or 0


def _wait_for_end(run: Detached) -> bool:
    deadline = time.monotonic() + _END
    while time.monotonic() < deadline:
        if run.state() == "":
            return True
        time.sleep(_PULSE if run.kind == PROCESS else 10 * _PULSE)
    return False
