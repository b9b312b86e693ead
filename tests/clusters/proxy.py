"""A network that can be cut: a port of loopback that forwards what it is sent to another one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.clusters.started import HOST


class Proxy:
    """Forwards bytes in both directions, until it is told otherwise; made by `proxy`.

    Attributes
    ----------
    port : int
        Where it listens.
    """

    def __init__(self, target: int | None) -> None:
        self.port = 0
        self.target = target
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, as Dask has it."""
        return f"tcp://{HOST}:{self.port}"

    def cut(self) -> None:
        """Close all connections, and every new one at once."""
        self._call(self._cut)

    def hold(self) -> None:
        """Forward no more bytes, but leave connections as they are."""
        self._call(self._open.clear)

    def mend(self) -> None:
        """Forward bytes again, what was held first."""
        self._call(self._mend)

    def mend_after(self, seconds: float) -> None:
        """Forward bytes again after so many seconds."""
        self._call(lambda: self._loop.call_later(seconds, self._mend))

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self.port = listening.result(10)

    def stop(self) -> None:
        """Close everything."""
        self.cut()
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, function: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(function)

    def _cut(self) -> None:
        self._refuses = True
        self._open.set()
        for writer in self._writers:
            writer.transport.abort()

    def _mend(self) -> None:
        self._refuses = False
        self._open.set()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _close(self) -> None:
        self._server.close()
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        self._writers.add(writer)
        with suppress(OSError):
            there, back = await asyncio.open_connection(HOST, self.target)
            self._writers.add(back)
            try:
                await asyncio.gather(self._forward(reader, back), self._forward(there, writer))
            finally:
                self._writers.discard(back)
        self._writers.discard(writer)
        writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(1 << 16):
                await self._open.wait()
                writer.write(piece)
                await writer.drain()
        writer.transport.close()


@contextmanager
def proxy(target: int | None = None) -> Iterator[Proxy]:
    """Listen on a port of loopback, and forward to another; it may be told later to which."""
    made = Proxy(target)
    made.start()
    try:
        yield made
    finally:
        made.stop()
