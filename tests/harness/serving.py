"""A gateway that listens on a port, with the server of `stafett serve`, and raw connections to it.

async with listening(app) as door:
    answer = await door.said(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from gateway.app import GatewayApp
from gateway.serving.request_heads import Bounds
from gateway.serving.server import Server

_PATIENCE = 20.0


@dataclass
class Connection:
    """One connection, byte by byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, content: bytes) -> None:
        """Send it, as far as it is taken."""
        with suppress(ConnectionError):
            self.writer.write(content)
            await self.writer.drain()

    async def rest(self, within: float = _PATIENCE) -> bytes:
        """Everything until the other side ends the connection; TimeoutError when it does not."""
        received = b""
        with suppress(ConnectionError):
            async with asyncio.timeout(within):
                while content := await self.reader.read(65536):
                    received += content
        return received

    async def answer(self) -> tuple[int, bytes]:
        """The status and body of one answer that says its length."""
        async with asyncio.timeout(_PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            return int(head[9:12]), await self.reader.readexactly(int(length))

    def close(self) -> None:
        """Hang up at once."""
        self.writer.transport.abort()


@dataclass
class Door:
    """A server that listens."""

    server: Server
    port: int
    running: asyncio.Task[None]

    @property
    def connections(self) -> int:
        """How many connections the server holds."""
        return len(self.server.server_state.connections)

    async def connect(self, **options: Any) -> Connection:
        """A connection of one's own."""
        return Connection(*await asyncio.open_connection("127.0.0.1", self.port, **options))

    async def said(self, content: bytes) -> bytes:
        """Everything that is answered until the server ends the connection."""
        connection = await self.connect()
        try:
            await connection.send(content)
            return await connection.rest()
        finally:
            connection.close()


@asynccontextmanager
async def listening(app: GatewayApp, bounds: Bounds | None = None, **settings: Any) -> AsyncIterator[Door]:
    """The app served on a free port; its node starts and stops with it."""
    server = Server(app, host="127.0.0.1", port=0, bounds=bounds, **settings)
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(_PATIENCE):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
    try:
        yield Door(server, server.servers[0].sockets[0].getsockname()[1], running)
    finally:
        server.should_exit = True
        async with asyncio.timeout(_PATIENCE):
            await running
