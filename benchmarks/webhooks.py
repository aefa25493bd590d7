"""Measures how fast one webhook catches up: messages that a receiver on the same machine accepts per second."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Final

import orjson

from benchmarks import services
from benchmarks.processes import Child
from benchmarks.web import WebConnection
from stafett.embedded.bus import FIVE, Embedded

_READER: Final = "municipality"
_WITHIN: Final = 300.0


@dataclass(frozen=True)
class CaughtUp:
    """The messages that a webhook had to send, and the seconds that it took."""

    messages: int
    seconds: float


def measure(folder: Path, cases: int) -> CaughtUp:
    """Open `cases` cases, in which all take part, and have one service send its whole feed to a receiver."""
    with Embedded(folder, FIVE) as bus:
        services.open_cases(services.doors_of(bus), cases)
        child = Child(
            _catch_up, bus.url(_READER), bus.token(_READER, "caseworker"), bus.token(_READER, "administrator")
        )
        caught_up: CaughtUp = child.answer()
        child.end()
        return caught_up


async def _catch_up(pipe: Connection, url: str, reader: str, administrator: str) -> None:
    expected = await _told(await WebConnection.open(url, reader))
    received, done = 0, asyncio.Event()

    async def accept(stream: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        nonlocal received
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError):  # at the end
            while head := await stream.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                await stream.readexactly(length)
                answers.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                received += 1
                if received >= expected:
                    done.set()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    hook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    connection = await WebConnection.open(url, administrator)
    begun = monotonic()
    status, answer = await connection.post("/v1/webhooks", orjson.dumps({"url": hook, "after": ""}))
    if status != 201:
        raise RuntimeError(f"{status} {answer[:200].decode()}")
    async with asyncio.timeout(_WITHIN):
        await done.wait()
    pipe.send(CaughtUp(received, monotonic() - begun))
    server.close()


async def _told(connection: WebConnection) -> int:
    """How many entries of the feed a webhook is told that names nothing: the events of cases."""
    after, count, more = "", 0, True
    while more:
        _, answer = await connection.get(f"/v1/feed?limit=500&types=event&after={after}")
        page = orjson.loads(answer)
        after, more = page["next"], page["more"]
        count += len(page["items"])
    return count
