"""A cheap HTTP client, because the load runs on the same cores as the services that it measures."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from time import monotonic
from typing import Any, Final, Self
from urllib.parse import urlsplit

import orjson

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COMMITTED: Final = re.compile(rb'data: (\{"case_id":[^\r\n]*\})\r?\n')


def _place(host: str) -> tuple[str, int]:
    name, _, port = host.partition(":")
    return name, int(port)


class WebConnection(asyncio.Protocol):
    """One kept-alive connection to one service, one request at a time."""

    def __init__(self, host: str, token: str) -> None:
        self._common = f"Host: {host}\r\nAuthorization: Bearer {token}\r\n"
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._busy = asyncio.Lock()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, url: str, token: str) -> Self:
        """Connect to a service."""
        host = urlsplit(url).netloc
        _, connection = await asyncio.get_running_loop().create_connection(lambda: cls(host, token), *_place(host))
        return connection

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        length = _LENGTH.search(self._received, 0, end)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self._received) >= whole:
            answer = int(self._received[9:12]), bytes(self._received[end + 4 : whole])
            del self._received[:whole]
            self._answer.set_result(answer)

    async def get(self, path: str) -> tuple[int, bytes]:
        """The status and the body of the answer to a GET."""
        return await self._send(f"GET {path} HTTP/1.1\r\n{self._common}\r\n".encode())

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer to a POST of a JSON body."""
        head = f"POST {path} HTTP/1.1\r\n{self._common}Content-Type: application/json\r\n"
        return await self._send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    async def _send(self, request: bytes) -> tuple[int, bytes]:
        if self._transport is None:
            raise ConnectionResetError
        async with self._busy:  # on a busy machine a request can be due before the last answer
            self._answer = asyncio.get_running_loop().create_future()
            self._transport.write(request)
            return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class LiveStream(asyncio.Protocol):
    """A service's live updates: each committed event, with the moment at which its update arrived."""

    def __init__(self, host: str, token: str, committed: Callable[[str, int, float], None]) -> None:
        self._request = f"GET /v1/live HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        self._committed = committed
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self.ready = asyncio.Event()

    @classmethod
    async def open(cls, url: str, token: str, committed: Callable[[str, int, float], None]) -> Self:
        """Listen. It calls `committed` with the case, the version and the moment (monotonic seconds) of each update."""
        host = urlsplit(url).netloc
        _, stream = await asyncio.get_running_loop().create_connection(
            lambda: cls(host, token, committed), *_place(host)
        )
        await stream.ready.wait()
        return stream

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        moment = monotonic()
        self._received += data
        if b"event: ready" in data:
            self.ready.set()
        end = 0
        for found in _COMMITTED.finditer(self._received):
            told = orjson.loads(found[1])
            self._committed(told["case_id"], told["version"], moment)
            end = found.end()
        self._received = self._received[end:][-2048:]

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()
