"""One run at a time in a folder of results."""

from __future__ import annotations

import json
import os
import secrets
import socket
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from gfe_mc.errors import InputError
from gfe_mc.whole import write_result

LOCK = ".lock"
"""What the operating system locks; it is let go of however a process ends."""
RUNNING = "running.json"
"""Which run writes the folder: for people, and for machines that do not see each other's locks."""


class TakenOverError(RuntimeError):
    """Another run was told to take over the folder; what was finished until then is kept."""


@dataclass(frozen=True)
class Held:
    """A folder that this run alone writes; made by `hold`.

    Attributes
    ----------
    folder : Path
        The folder.
    run : str
        What this run is known by there.
    """

    folder: Path
    run: str

    def confirm(self) -> None:
        """Make sure that the folder is still this run's, and leave a sign of life.

        Raises
        ------
        TakenOverError
            It is not.
        """
        if read_running(self.folder).get("run") != self.run:
            raise TakenOverError(f"Another run has taken over {self.folder}")
        os.utime(self.folder / RUNNING)


@contextmanager
def hold(folder: Path, *, take_over: bool = False) -> Iterator[Held]:
    """Hold a folder of results, which is made if it is not there, so that nobody else writes it.

    The operating system lets go of it when a process ends, however it does. On file systems that
    several machines share, one may not see the lock of another: a folder that was last written from
    another machine, which has not said that it ended, is refused unless it is to be taken over.

    Parameters
    ----------
    folder : Path
        The folder.
    take_over : bool, default False
        Whether it is written although a run on another machine has not said that it ended. That
        run, if it is there after all, stops at its next block.

    Raises
    ------
    InputError
        Another run writes the folder, or may do so; or it cannot be written.
    """
    lock = _acquired(folder, take_over)
    try:
        last = read_running(folder)
        if last.get("host", _host()) != _host() and not take_over:
            raise _refusal(folder, last, "has not said that it ended")
        held = Held(folder, secrets.token_hex(8))
        owner = {
            "run": held.run,
            "host": _host(),
            "pid": os.getpid(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        write_result(folder / RUNNING, json.dumps(owner).encode() + b"\n")
        try:
            yield held
        finally:
            if read_running(folder).get("run") == held.run:
                with suppress(OSError):
                    (folder / RUNNING).unlink()
    finally:
        lock.release()


def _acquired(folder: Path, take_over: bool) -> FileLock:
    lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            # Where the file system has no locks, a file that is there stands for one.
            warnings.simplefilter("ignore")
            try:
                lock.acquire()
            except Timeout:
                last = read_running(folder)
                if not take_over or last.get("host", _host()) == _host():
                    raise _refusal(folder, last, "is writing it") from None
                # The lock of a machine that is not there any more, which its server still keeps.
                (folder / LOCK).unlink()
                lock.acquire()
    except (OSError, NotImplementedError) as error:
        raise InputError(
            "The output folder must be writable", f"{folder}: {error}", "Choose another --output"
        ) from None
    return lock


def read_running(folder: Path) -> Mapping[str, Any]:
    """Return what a folder says of the run that writes it; nothing if there is none."""
    try:
        said = json.loads((folder / RUNNING).read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _refusal(folder: Path, last: Mapping[str, Any], how: str) -> InputError:
    came, sign = f"{folder}, and another run {how}", sign_of_life(folder)
    if last:
        came = (
            f"{folder}, and process {last.get('pid')} on {last.get('host')}, which began at "
            f"{last.get('since')}, {how}{f' ({sign})' if sign else ''}"
        )
    remedy = "Wait until it has ended, or choose another --output"
    if last.get("host", _host()) != _host():
        remedy += "; if it is not there any more, give --take-over"
    return InputError("A folder of results must be written by one run at a time", came, remedy)


def sign_of_life(folder: Path) -> str:
    """Say when the run that writes a folder last gave a sign of life; nothing if there is none."""
    try:
        last = (folder / RUNNING).stat().st_mtime
    except OSError:
        return ""
    return f"last sign of life {datetime.fromtimestamp(last, UTC).isoformat(timespec='seconds')}"


def _host() -> str:
    return socket.gethostname()
