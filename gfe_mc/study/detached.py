"""The run of a folder that was detached: which one, and how it is.

On a machine of one's own it is a process of a session of its own; where a queue has the workers,
the whole run is a job of that queue. The folder of results says which, and has its log.
"""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from gfe_mc.clusters.systems import SYSTEMS
from gfe_mc.errors import InputError
from gfe_mc.whole import write_result

RECORD = "detached.json"
"""Where a folder remembers the run that was detached."""
LOG = "run.log"
"""What it says while it runs; a run that is detached later adds to it."""
PROCESS = "process"
"""Its kind where it is no job of a queue."""


@dataclass(frozen=True)
class Detached:
    """A run that was detached.

    Attributes
    ----------
    kind : str
        "process", or the system whose job it is.
    number : str
        Of the process or the job.
    host : str
        Where it was started from; a process runs there.
    began : float
        When its process began, in seconds since 1970: a number may be that of another one later.
    since : str
        When it was detached.
    """

    kind: str
    number: str
    host: str
    began: float
    since: str

    def __str__(self) -> str:
        where = f"on {self.host}" if self.kind == PROCESS else f"of {self.kind}"
        return f"{'process' if self.kind == PROCESS else 'job'} {self.number} {where}"

    def state(self) -> str | None:
        """Return how it is, in words; "" if it is over, None if that cannot be seen from here."""
        if self.kind != PROCESS:
            return SYSTEMS[self.kind].state(self.number)
        if self.host != socket.gethostname():
            return None
        return "" if self.process() is None else "running"

    def process(self) -> psutil.Process | None:
        """Return its process, if it is there, and no other one of the same number."""
        try:
            process = psutil.Process(int(self.number))
            # Clocks are set while a run goes on.
            same = abs(process.create_time() - self.began) < 5
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except (psutil.Error, ValueError):
            return None


def read_detached(folder: Path) -> Detached | None:
    """Return the run that was detached last in a folder, if there is one.

    Raises
    ------
    InputError
        What the folder says of it cannot be read.
    """
    try:
        said: dict[str, Any] = json.loads((folder / RECORD).read_text())
        found = Detached(**said)
        if found.kind not in (PROCESS, *SYSTEMS) or not isinstance(found.number, str):
            raise ValueError(f"kind {found.kind!r}, number {found.number!r}")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            "A folder must say which run was detached",
            f"{folder / RECORD}: {error}",
            "End that run by hand if it is there, and delete the file",
        ) from None
    return found


def remember(folder: Path, made: Detached) -> None:
    """Write down which run of a folder was detached."""
    write_result(folder / RECORD, json.dumps(asdict(made)).encode() + b"\n")
