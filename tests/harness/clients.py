"""The two clients of `stafett.client`, used the same way by tests, before a service that a test plays.

answers = Played([answer(200, {"items": []})])
with pytest.raises(BadAnswerError):
    asking(answers).do(read_hotline())
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import httpx

from stafett.client import AsyncClient, Conversation, Patience, SyncClient, Telling

T = TypeVar("T")
URL = "https://service.example"


def answer(status: int, body: Any = None, **headers: str) -> httpx.Response:
    """An answer of a service, in JSON. A header named `retry_after` is sent as `retry-after`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, stream=Bytes([content]), headers=named)


def problem(status: int, kind: str, **more: Any) -> dict[str, Any]:
    """The JSON of a problem."""
    text = {"en": "No.", "sv": "Nej."}
    basics = {"type": f"urn:x-stafett:problem:{kind}", "title": "No", "status": status, "detail": "It is so"}
    return basics | {"instance": "urn:uuid:00000000-0000-4000-8000-000000000000", "text": text} | more


class Bytes(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The content of an answer as it comes, a chunk at a time; it counts how many were taken."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.taken = 0
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.taken += 1
            yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk

    def close(self) -> None:
        """The client hangs up."""
        self.closed += 1

    async def aclose(self) -> None:
        """The client hangs up."""
        self.close()


Reply = httpx.Response | Exception


@dataclass
class Played:
    """A service that gives these answers one after the other, or loses them. `asked`: what it was asked."""

    replies: Sequence[Reply] | Callable[[httpx.Request], Reply]
    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The next answer. Raises the error in its place."""
        self.asked.append(request)
        reply = self.replies(request) if callable(self.replies) else self.replies[len(self.asked) - 1]
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def headers(self) -> list[Mapping[str, str]]:
        """The headers of each request."""
        return [one.headers for one in self.asked]


@dataclass
class Waiting:
    """The client that waits, before a played service."""

    service: Played
    options: dict[str, Any]

    def _client(self) -> SyncClient:
        transport = httpx.MockTransport(self.service)
        return SyncClient(URL, "a-token", transport=transport, sleep=self.service.slept.append, **self.options)

    def do(self, conversation: Conversation[T]) -> T:
        """The result of a conversation."""
        with self._client() as client:
            return client.do(conversation)

    def each(self, telling: Telling[T], most: int = 1000) -> list[T]:
        """What is told, at most so many."""
        with self._client() as client:
            told = client.each(telling)
            found = list(islice(told, most))
            told.close()
            return found


@dataclass
class Asyncio:
    """The client for asyncio, before a played service."""

    service: Played
    options: dict[str, Any]

    def _client(self) -> AsyncClient:
        async def sleep(seconds: float) -> None:
            self.service.slept.append(seconds)

        transport = httpx.MockTransport(self.service)
        return AsyncClient(URL, "a-token", transport=transport, sleep=sleep, **self.options)

    def do(self, conversation: Conversation[T]) -> T:
        """The result of a conversation."""

        async def done() -> T:
            async with self._client() as client:
                return await client.do(conversation)

        return asyncio.run(done())

    def each(self, telling: Telling[T], most: int = 1000) -> list[T]:
        """What is told, at most so many."""

        async def told() -> list[T]:
            found: list[T] = []
            async with self._client() as client, aclosing(client.each(telling)) as parts:
                async for part in parts:
                    found.append(part)
                    if len(found) == most:
                        break
            return found

        return asyncio.run(told())


Kind = type[Waiting] | type[Asyncio]
KINDS: tuple[Kind, ...] = (Waiting, Asyncio)
EVEN = Patience(attempts=4, least=1.0, most=20.0, jitter=lambda: 1.0)
"""Patience whose pauses are known: 1, 2, 4 seconds."""


def asking(kind: Kind, service: Played, **options: Any) -> Waiting | Asyncio:
    """A client before a played service, with known pauses."""
    return kind(service, {"patience": EVEN, **options})
