"""How far a study is, as its folder says: read by who looks from elsewhere, and nothing is run."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from gfe_mc.study.detached import read_detached
from gfe_mc.study.folder import DATASET, read_provenance
from gfe_mc.study.lock import read_running, sign_of_life
from gfe_mc.study.log import read_log

RECENT = 300.0
"""Seconds over which the rate of a run is taken."""


@dataclass
class MethodState:
    """How far one estimator is in one cell.

    Attributes
    ----------
    cell : int
        Number of the cell.
    where : str
        Its factors.
    estimator : str
        Name of the estimator.
    planned, done, failed : int
        Replications: planned; finished, in all; without an estimate, since the run began.
    seconds : float, optional
        Mean seconds of a replication since the run began; None before the first.
    """

    cell: int
    where: str
    estimator: str
    planned: int
    done: int
    failed: int = 0
    seconds: float | None = None
    _inside: float = 0.0
    _came: int = 0

    def add(self, block: Mapping[str, Any]) -> None:
        """Count a block that came back."""
        n = int(block["replications"])
        self.done = min(self.done + n, self.planned)
        self.failed += int(block["failed"])
        self._inside += float(block["seconds"])
        self._came += n
        self.seconds = self._inside / self._came

    @property
    def left(self) -> int:
        """Replications that are left."""
        return self.planned - self.done


@dataclass
class StudyState:
    """How far a study is.

    Attributes
    ----------
    experiment : str
        Name of the study.
    folder : Path
        Its folder.
    running : str, optional
        Where it is being run, and since when; None if it is not, or no longer.
    detached : str, default ""
        Which run was detached, and how it is; empty if none is under way.
    ended : str
        How the last run ended; empty while it goes on, or if no run has said it.
    methods : list of MethodState
        By cell and estimator; empty if no run has left a log.
    rate : float, optional
        Replications a minute, of late; None before the first block.
    workers, slots : int, default 0
        Workers at the last look, and how many blocks they run at once.
    fault : str
        The last thing that was raised, and where; empty if none was.
    said : str
        The last thing that the user was told.
    complete : bool, optional
        Whether nothing is left; None where nothing tells.
    """

    experiment: str
    folder: Path
    running: str | None = None
    detached: str = ""
    ended: str = ""
    methods: list[MethodState] = field(default_factory=list)
    rate: float | None = None
    workers: int = 0
    slots: int = 0
    fault: str = ""
    said: str = ""
    complete: bool | None = None

    @classmethod
    def of(cls, folder: Path) -> StudyState:
        """Read how far the study in a folder is.

        Raises
        ------
        InputError
            The folder holds no study.
        """
        study = read_provenance(folder)["study"]
        state = cls(study["experiment"], folder, _running(folder), _detached(folder))
        events = read_log(folder)
        begins = [n for n, event in enumerate(events) if event["kind"] == "begin"]
        if begins:
            with suppress(KeyError, TypeError, ValueError):
                state._read(events[begins[-1] :])
        if state.methods:
            state.complete = state.left == 0
        elif state.running is None:
            state.complete = (folder / DATASET).exists()
        return state

    @property
    def planned(self) -> int:
        """Replications planned, over all cells and estimators."""
        return sum(one.planned for one in self.methods)

    @property
    def left(self) -> int:
        """Replications that are left."""
        return sum(one.left for one in self.methods)

    @property
    def failed(self) -> int:
        """Replications without an estimate, since the run began."""
        return sum(one.failed for one in self.methods)

    def seconds_left(self, one: MethodState | None = None) -> float | None:
        """Seconds that are left, of one method or of all; None where nothing tells.

        What each replication took, over as many as run at once; of methods of which none has come
        back, the mean of the others.
        """
        if self.slots == 0:
            return None
        of = self.methods if one is None else [one]
        known = [m.seconds for m in self.methods if m.seconds is not None]
        if not known:
            return None
        mean = sum(known) / len(known)
        total = sum(m.left * (mean if m.seconds is None else m.seconds) for m in of)
        return total / self.slots

    def _read(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Count what a run has said since it began."""
        methods = {
            (m["cell"], m["estimator"]): MethodState(
                m["cell"], m["where"], m["estimator"], m["planned"], m["planned"] - m["left"]
            )
            for m in events[0]["methods"]
        }
        late: deque[tuple[float, int]] = deque()
        for event in events[1:]:
            kind = event["kind"]
            if kind == "block":
                method = methods[event["cell"], event["estimator"]]
                method.add(event)
                late.append((_seconds(event["time"]), int(event["replications"])))
                if "fault" in event:
                    place = f"cell {method.cell}, {method.estimator}"
                    self.fault = f"{event['fault']} ({place})"
            elif kind == "workers":
                self.workers, self.slots = int(event["workers"]), int(event["slots"])
            elif kind == "say":
                self.said = str(event["words"])
            elif kind == "end":
                self.ended = str(event["how"])
        self.methods = list(methods.values())
        self.rate = _rate(late, _seconds(events[0]["time"]), going=self.running is not None)


def _rate(late: Sequence[tuple[float, int]], began: float, *, going: bool) -> float | None:
    """Replications a minute over the last blocks, until now if the run goes on."""
    if not late:
        return None
    until = time.time() if going else late[-1][0]
    since = max(began, until - RECENT)
    n = sum(number for when, number in late if when >= since)
    return 60.0 * n / max(until - since, 1.0)


def _seconds(when: str) -> float:
    return datetime.fromisoformat(when).timestamp()


def _detached(folder: Path) -> str:
    """Say which run of a folder was detached, and how it is; nothing if it is over."""
    there = read_detached(folder)
    how = "" if there is None else there.state()
    return "" if how == "" else f"{there}, {'not to be seen from here' if how is None else how}"


def _running(folder: Path) -> str | None:
    """Say where a folder's run is; None if there is none, or its process is gone."""
    said = read_running(folder)
    if not said:
        return None
    host, pid = str(said.get("host")), said.get("pid")
    here = host == socket.gethostname()
    if here and isinstance(pid, int) and not psutil.pid_exists(pid):
        return None
    where = f"process {pid} on {host}, since {said.get('since')}"
    return "; ".join(filter(None, (where, sign_of_life(folder))))
