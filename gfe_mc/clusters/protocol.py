"""What a kind of cluster is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from distributed import Client

Say = Callable[[str], object]
"""Is told in words what the user should know at once."""


class Backend(Protocol):
    """Where workers are: any object with this attribute and this method."""

    @property
    def kind(self) -> str:
        """Its name in the record of a run."""
        ...

    def open(self, say: Say) -> AbstractContextManager[Client]:
        """Give a client of the workers, and close what was started for it.

        What is started on this machine listens on loopback only, or lets nobody in without a
        certificate. There may be no workers yet.
        """
        ...


@runtime_checkable
class Queue(Protocol):
    """A backend that can take a whole run away from this machine, as a job of its own."""

    @property
    def kind(self) -> str:
        """Its system's name."""
        ...

    def submit(self, command: Sequence[str], name: str, folder: Path, log: Path) -> str:
        """Submit a command as a job, and return the job's number.

        Parameters
        ----------
        command : sequence of str
            A program and its arguments.
        name : str
            Of the job.
        folder : Path
            Where it runs.
        log : Path
            What it writes is added there.
        """
        ...
