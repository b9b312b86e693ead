"""What a kind of cluster is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

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

        What is started on this machine listens on loopback only. There may be no workers yet.
        """
        ...
