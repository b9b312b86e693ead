"""A Dask scheduler that is there already, by its address."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from distributed import Client

from gfe_mc.clusters.protocol import Say
from gfe_mc.errors import InputError, require

PATIENCE = 30.0
"""Seconds to wait for a scheduler to answer."""
_CERTIFICATES = ", and name its certificates in Dask's configuration (distributed.comm.tls)"


@dataclass(frozen=True)
class Scheduler:
    """Workers of a Dask scheduler that is there already.

    Parameters
    ----------
    address : str
        As in "tcp://host:8786".
    patience : float, optional
        Seconds to wait for it, and for its first worker. If None, `PATIENCE` for the scheduler, and
        for a worker as long as it takes: a queue may give the first one after hours, and the run
        says what it waits for.
    """

    address: str
    patience: float | None = None
    kind: ClassVar[str] = "scheduler"

    def __post_init__(self) -> None:
        require(
            self.patience is None or self.patience > 0,
            "`patience` must be a positive number of seconds",
            self.patience,
            "Give a longer one, or leave it out",
        )

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:  # noqa: ARG002
        """Connect to it.

        Raises
        ------
        InputError
            It cannot be reached, or has no worker after the patience that was given.
        """
        with self._reach() as client:
            if self.patience is not None:
                self._wait_for_worker(client, self.patience)
            yield client

    def _reach(self) -> Client:
        timeout = PATIENCE if self.patience is None else self.patience
        client, reason = None, ""
        try:
            client = Client(self.address, timeout=timeout, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            reason = type(error).__name__
        if client is None:
            # What is left of a client that failed closes itself when it is collected: now, and not
            # in the middle of another client's start, which would wait for it for ever.
            gc.collect()
            raise InputError(
                "The scheduler must be reachable",
                f"no answer from {self.address} ({reason})",
                "Check the address, and that `dask scheduler` is running there"
                + _CERTIFICATES * self.address.startswith("tls:"),
            )
        return client

    def _wait_for_worker(self, client: Client, patience: float) -> None:
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError:
            raise InputError(
                "The scheduler must have workers",
                f"none at {self.address} after {patience:g} s",
                f"Start some (dask worker {self.address}), or leave the patience out to wait",
            ) from None
