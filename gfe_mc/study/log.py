"""The log of a study: a line for each thing that happened to it, for who looks from elsewhere.

A line is an object of JSON with the time, and a kind: `begin` says what a run set out to do,
`block` what came back, `workers` how many there are, `say` what the user was told, and `end` how
the run ended. Lines are added, and never changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gfe_mc.study.block import Block
from gfe_mc.study.faults import in_line

if TYPE_CHECKING:
    from gfe_mc.study.plan import Plan
    from gfe_mc.study.remaining import Remaining
    from gfe_mc.study.runner import Progress

LOG = "log.jsonl"


@dataclass
class Log:
    """The log of a folder, as the run that writes the folder adds to it.

    A log that cannot be written costs no result, and is given up.

    Parameters
    ----------
    folder : Path
        The folder.
    plan : Plan
        The study.
    """

    folder: Path
    plan: Plan
    _places: dict[str, tuple[int, str]] = field(default_factory=dict)
    _workers: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self._places = {
            one.key: (cell.number, name)
            for cell in self.plan.cells
            for name, one in cell.methods.items()
        }

    def begin(self, remaining: Remaining, **said: Any) -> None:
        """Say what a run sets out to do: by cell and estimator, how many are planned and left."""
        left = {
            key: len(set().union(*(map(int, numbers) for _, numbers in works)))
            for key, works in remaining.items()
        }
        methods = [
            {
                "cell": cell.number,
                "where": ", ".join(
                    f"{name}={in_line(str(value), 60)}" for name, value in cell.factors.items()
                ),
                "estimator": name,
                "planned": max(self.plan.planned[one.key] - self.plan.start, 0),
                "left": left.get(one.key, 0),
            }
            for cell in self.plan.cells
            for name, one in cell.methods.items()
        ]
        self._add("begin", experiment=self.plan.experiment.name, methods=methods, **said)

    def block(self, block: Block) -> None:
        """Say what came back."""
        cell, estimator = self._places[block.method]
        numbers = np.asarray(block.replications)
        faults = block.faults()
        self._add(
            "block",
            cell=cell,
            estimator=estimator,
            first=int(numbers.min()),
            last=int(numbers.max()),
            replications=len(numbers),
            failed=block.n_failed,
            seconds=round(block.wall, 4),
            **({"fault": faults[0]} if faults else {}),
        )

    def progress(self, progress: Progress) -> None:
        """Say how many workers there are, where that changed."""
        now = progress.workers, progress.slots
        if now != self._workers:
            self._workers = now
            self._add("workers", workers=progress.workers, slots=progress.slots)

    def say(self, words: str) -> None:
        """Say what the user was told."""
        self._add("say", words=words)

    def end(self, how: str, progress: Progress) -> None:
        """Say how the run ended."""
        self._add("end", how=how, done=progress.done, failed=progress.failed)

    def _add(self, kind: str, **said: Any) -> None:
        line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "kind": kind, **said}
        content = json.dumps(line).encode() + b"\n"
        with suppress(OSError), (self.folder / LOG).open("a+b") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                # A line that a full disk cut off must not take this one along.
                content = content if file.read(1) == b"\n" else b"\n" + content
            file.write(content)


def heard(log: Log, say: Callable[[str], object]) -> Callable[[str], None]:
    """Return a function that says words to the user and to the log."""

    def both(words: str) -> None:
        log.say(words)
        say(words)

    return both


def read_log(folder: Path) -> list[Mapping[str, Any]]:
    """Read a folder's log, without lines that are not whole; empty if there is none."""
    path = folder / LOG
    if not path.exists():
        return []
    found: list[Mapping[str, Any]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        with suppress(ValueError):
            said = json.loads(line)
            if isinstance(said, dict) and isinstance(said.get("kind"), str):
                found.append(said)
    return found
