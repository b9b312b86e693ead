"""Workers that stay from one run to the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Self

from distributed import Client

from gfe_mc.clusters.connect import connect
from gfe_mc.clusters.protocol import Backend, Say


class Standing(AbstractContextManager["Standing", None]):
    """Backend whose workers stay from one run to the next, until it is closed.

    Parameters
    ----------
    backend : Backend
        Where the workers are.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._stack = ExitStack()
        self._client: Client | None = None

    @property
    def kind(self) -> str:
        """Of the backend."""
        return self._backend.kind

    def connect(self, say: Say) -> bool:
        """Connect the workers; return whether they were not connected before.

        It is to be called before a run: what Dask is told meanwhile is taken back in the order in
        which it was said.
        """
        if self._client is not None:
            return False
        self._client = self._stack.enter_context(connect(self._backend, say))
        return True

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:
        """Give the client of the workers, which stay."""
        self.connect(say)
        assert self._client is not None
        yield self._client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client = None
        self._stack.close()
