"""A line to the broker that can be frozen for one agency alone: it stays open, and nothing passes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self


class Line:
    """Passes bytes between whoever connects to it and a port on this machine."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open = asyncio.Event()
        self._open.set()
        self._passing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for task in tuple(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def freeze(self) -> None:
        """Nothing passes any more; what is sent waits."""
        self._open.clear()

    def thaw(self) -> None:
        """Let what waits pass."""
        self._open.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, answers = await asyncio.open_connection("127.0.0.1", self._to)
        for source, sink in ((reader, answers), (there, writer)):
            task = asyncio.create_task(self._pass(source, sink))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while content := await source.read(65536):
                await self._open.wait()
                sink.write(content)
                await sink.drain()
        sink.close()
