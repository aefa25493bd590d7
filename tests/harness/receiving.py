"""A receiver of webhooks on the loopback address, that keeps what it is sent and answers as a test wants.

async with Receiver() as receiver:
    receiver.answers = lambda message: b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import orjson

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def status(number: int, *headers: str) -> bytes:
    """An answer with this status and no body."""
    return "\r\n".join([f"HTTP/1.1 {number} x", "Content-Length: 0", *headers, "", ""]).encode()


@dataclass(frozen=True)
class Message:
    """A request that arrived."""

    head: str
    headers: dict[str, str]
    body: bytes

    @cached_property
    def event(self) -> dict[str, Any]:
        """Its CloudEvent."""
        event: dict[str, Any] = orjson.loads(self.body)
        return event

    @property
    def id(self) -> str:
        """Its webhook-id."""
        return self.headers["webhook-id"]

    @property
    def case_id(self) -> str:
        """The case that it is about."""
        case_id: str = self.event["data"]["case_id"]
        return case_id


Answers = Callable[[Message], bytes | Awaitable[bytes]]


class Receiver:
    """Keeps each message in `messages` when it has arrived, also those that it does not accept."""

    def __init__(self, answers: Answers = lambda message: OK, tls: ssl.SSLContext | None = None) -> None:
        self.answers = answers
        self.messages: list[Message] = []
        self.accepted: list[Message] = []
        self.at_once = 0
        """The largest number of messages that it ever had to answer at the same time."""
        self._now = 0
        self._tls = tls
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self._tls else 'http'}://localhost:{self.port}/hook"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                await self._answer(await _read(reader), writer)
        self._writers.discard(writer)
        writer.transport.abort()

    async def _answer(self, message: Message, writer: asyncio.StreamWriter) -> None:
        self.messages.append(message)
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        try:
            answer = self.answers(message)
            content = answer if isinstance(answer, bytes) else await answer
            if content.startswith(b"HTTP/1.1 2"):
                self.accepted.append(message)
            writer.write(content)
            await writer.drain()
        finally:
            self._now -= 1


async def _read(reader: asyncio.StreamReader) -> Message:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Message(first, headers, await reader.readexactly(int(headers["content-length"])))
