"""Which workers there are, and word to the user when there are none."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from distributed import Client

from gfe_mc.clusters.protocol import Say

PULSE = 2.0
"""Seconds between two looks at the workers."""


@dataclass
class Watch:
    """A look at the workers every now and then.

    Attributes
    ----------
    client : Client
        Whose workers they are.
    say : callable
        Is told in words that there are no workers, and that there are some again.
    slots : int, default 0
        How many tasks the workers run at once, at the last look.
    addresses : list of str, optional
        Where the workers are, at the last look.
    """

    client: Client
    say: Say
    slots: int = 0
    addresses: list[str] = field(default_factory=list)
    _looked: float = float("-inf")
    _ever: bool = False
    _waiting: bool = False

    def look(self, *, now: bool = False) -> None:
        """See which workers there are, at most once a pulse; say so if there are none.

        Raises
        ------
        OSError
            The scheduler does not answer.
        """
        if not now and time.monotonic() - self._looked < PULSE:
            return
        threads: dict[str, int] = self.client.nthreads()
        self._looked = time.monotonic()
        self.addresses, self.slots = list(threads), sum(threads.values())
        if not threads and not self._waiting:
            self.say(self._none())
        elif threads and self._waiting:
            self.say(f"Workers are there: {len(threads)}, with {self.slots} threads in all.")
        self._waiting = not threads
        self._ever = self._ever or bool(threads)

    def wait(self, last: float = float("inf")) -> None:
        """Wait until there is a worker, or until the clock of `time.perf_counter` says `last`.

        Raises
        ------
        OSError
            The scheduler is gone.
        """
        self.look(now=True)
        while not self.addresses and time.perf_counter() < last:
            time.sleep(PULSE / 8)
            self.look(now=True)

    def one_per_machine(self) -> list[str]:
        """Return the address of one worker on each machine."""
        return list({urlsplit(one).hostname: one for one in reversed(self.addresses)}.values())

    def _none(self) -> str:
        scheduler = self.client.scheduler_info()["address"]
        if self._ever:
            return f"No workers are left at {scheduler}; waiting until one comes."
        # Where this process started the scheduler, it sees to workers as well.
        how = (
            ""
            if getattr(self.client, "cluster", None) is not None
            else f" (dask worker {scheduler})"
        )
        return f"There are no workers yet at {scheduler}; waiting until one comes{how}."
