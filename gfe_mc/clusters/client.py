"""A Dask client that is there already: the way to any cluster that Dask knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from distributed import Client

from gfe_mc.clusters.protocol import Say
from gfe_mc.errors import require


@dataclass(frozen=True)
class Given:
    """Backend of a Dask client that was made elsewhere; it is used, and left open.

    Parameters
    ----------
    client : Client
        Connected, and not asynchronous.
    """

    client: Client
    kind: ClassVar[str] = "client"

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:  # noqa: ARG002
        """Give the client itself.

        Raises
        ------
        InputError
            The client is closed, or asynchronous.
        """
        require(
            self.client.status == "running" and not self.client.asynchronous,
            "The Dask client must be connected, and not asynchronous",
            repr(self.client),
            "Make it anew: Client(address) or Client(cluster)",
        )
        yield self.client
