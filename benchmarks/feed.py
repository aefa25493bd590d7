"""Measures the feed: how soon an event is in the client, and how fast a mirror catches up."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any, Final, Self
from urllib.parse import urlsplit

import orjson
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import Error as JetStreamError

from benchmarks import services
from benchmarks.histories import AGENCIES, COORDINATOR
from benchmarks.large_store import fill
from benchmarks.processes import Child
from benchmarks.services import SUPPORTER, Door
from benchmarks.web import LiveStream, WebConnection
from bus.cancellation import cancel_and_wait
from bus.nats.client import Client
from bus.nats.private_subjects import POSITION, STREAM
from bus.operator.private_broker import SERVICE_KEY, SYSTEMS_KEY
from stafett.embedded.bus import FIVE, Embedded

_PAGE: Final = 500
_TOLD: Final = re.compile(rb'data: (\{"position":[^\r\n]*\})\r?\n')
_processes = get_context("forkserver")


@dataclass(frozen=True)
class Arrivals:
    """The seconds from the POST of an event until it is in a client of the same agency, and until the answer 201."""

    streamed: list[float]
    private: list[float]
    answered: list[float]


@dataclass(frozen=True)
class CatchingUp:
    """The result of a mirror that begins with nothing, and of a stream that is filled from nothing.

    Attributes:
        entries: the entries of the feed.
        mirrored_in: seconds of the mirror, over HTTP, one part after the other.
        filled_in: seconds until the private stream had all.
        followed_in: seconds of a follower of the private stream, in parts too.
    """

    entries: int
    mirrored_in: float
    filled_in: float
    followed_in: float


def measure_arrivals(folder: Path, cases: int, count: int, per_second: float) -> Arrivals:
    """Send events to the municipality's service at a steady rate; note when its own systems have them."""
    with Embedded(folder, FIVE, private=True) as bus:
        doors = services.doors_of(bus)
        opened = services.open_cases(doors, cases)
        child = Child(_measure_arrivals, doors[SUPPORTER], _private(bus, SUPPORTER), opened, count, per_second)
        arrivals: Arrivals = child.answer()
        child.end()
    return arrivals


def _private(bus: Embedded, agency: str, key: str = SYSTEMS_KEY) -> tuple[str, str]:
    assert bus.private_server is not None
    return bus.private_server.url, str(bus.layout.home(agency) / key)


class _FeedStream(LiveStream):
    """The feed as server-sent events, read like the live updates."""

    def __init__(self, host: str, token: str, committed: Callable[[str, int, float], None]) -> None:
        super().__init__(host, token, committed)
        head = f"GET /v1/feed/stream?types=event HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._request = head.encode()

    @classmethod
    async def open(cls, url: str, token: str, committed: Callable[[str, int, float], None]) -> Self:
        """Listen."""
        name, _, port = urlsplit(url).netloc.partition(":")
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_connection(lambda: cls(f"{name}:{port}", token, committed), name, int(port))
        return stream

    def data_received(self, data: bytes) -> None:
        moment = monotonic()
        self._received += data
        end = 0
        for found in _TOLD.finditer(self._received):
            told = orjson.loads(found[1])
            if told["kind"] == "event":
                self._committed(told["case_id"], told["version"], moment)
            end = found.end()
        self._received = self._received[end:]


async def _measure_arrivals(
    pipe: Connection, door: Door, private: tuple[str, str], cases: Sequence[str], count: int, per_second: float
) -> None:
    streamed: dict[tuple[str, int], float] = {}
    privately: dict[tuple[str, int], float] = {}

    def told(case: str, version: int, moment: float) -> None:
        streamed.setdefault((case, version), moment)

    stream = await _FeedStream.open(door.url, door.token, told)
    client = await _connected(private)
    following = asyncio.create_task(_follow(client, "arrivals", privately))
    connection, body = await WebConnection.open(door.url, door.token), services.repeatable()[SUPPORTER]
    sent: dict[tuple[str, int], float] = {}
    answered: list[float] = []
    begun = monotonic()
    for number, case in zip(range(count), cycle(cases), strict=False):
        await asyncio.sleep(begun + number / per_second - monotonic())
        at = monotonic()
        content = services.taken(await connection.post(f"/v1/cases/{case}/events", body))
        answered.append(monotonic() - at)
        sent[case, orjson.loads(content)["version"]] = at
    async with asyncio.timeout(60):
        while not (sent.keys() <= streamed.keys() and sent.keys() <= privately.keys()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await cancel_and_wait(following)
    stream.close()
    await client.close()
    pipe.send(
        Arrivals(
            [streamed[place] - at for place, at in sent.items()],
            [privately[place] - at for place, at in sent.items()],
            answered,
        )
    )


async def _connected(private: tuple[str, str]) -> Client:
    url, key = private
    client = Client()
    await client.connect(url, nkeys_seed=key)
    return client


async def _follow(client: Client, durable: str, seen: dict[tuple[str, int], float]) -> None:
    reading = await client.jetstream().pull_subscribe("agency.*.event.*.*", durable=durable, stream=STREAM)
    while True:
        with suppress(NatsTimeoutError, asyncio.TimeoutError):
            for message in await reading.fetch(1, timeout=5):
                moment = monotonic()
                told = orjson.loads(message.data)
                seen.setdefault((told["case_id"], told["version"]), moment)
                await message.ack()


def measure_catching_up(folder: Path, cases: int) -> CatchingUp:
    """Fill a store with cases of about ten events; then a mirror reads its feed, and its private stream is filled."""
    bus = Embedded(folder, AGENCIES, private=True)
    try:
        bus.prepare()
        asyncio.run(fill(folder, cases))
        bus.start_service(COORDINATOR)
        bus.settle(within=1.0)  # it answers, though it has no broker to be ready with
        child = Child(_mirror, bus.url(COORDINATOR), bus.token(COORDINATOR, "caseworker"))
        entries, mirrored_in, end = child.answer()
        child.end()
        bus.services[COORDINATOR].kill()
        bus.services[COORDINATOR].join()
        bus.start_private_server()
        begun = monotonic()
        bus.start_service(COORDINATOR)
        child = Child(_filled, _private(bus, COORDINATOR, SERVICE_KEY), end)
        child.answer()
        filled_in = monotonic() - begun
        child.end()
        child = Child(_followed, _private(bus, COORDINATOR), end)
        followed_in = child.answer()
        child.end()
    finally:
        bus.stop()
    shutil.rmtree(folder)
    return CatchingUp(entries, mirrored_in, filled_in, followed_in)


async def _mirror(pipe: Connection, url: str, token: str) -> None:
    while True:
        try:
            connection = await WebConnection.open(url, token)
            break
        except OSError:
            await asyncio.sleep(0.05)
    mirror: dict[tuple[str, int], Mapping[str, Any]] = {}
    position, entries, begun = "", 0, monotonic()
    while True:
        status, body = await connection.get(f"/v1/feed?after={position}&limit={_PAGE}")
        if status != 200:
            raise RuntimeError(f"{status}")
        page = orjson.loads(body)
        for entry in page["items"]:
            if entry["kind"] == "event":
                mirror[entry["case_id"], entry["version"]] = entry["data"]
        position, entries = page["next"], entries + len(page["items"])
        if not page["more"]:
            break
    pipe.send((entries, monotonic() - begun, position))


async def _filled(pipe: Connection, private: tuple[str, str], end: str) -> None:
    """Wait until the last message of the stream is that of the feed's end."""
    client = await _connected(private)
    while True:
        with suppress(JetStreamError):  # there is no stream yet, or no message
            last = await client.jetstream().get_last_msg(STREAM, "agency.*.*.*.*")
            if (last.headers or {}).get(POSITION) == end:
                break
        await asyncio.sleep(0.05)
    await client.close()
    pipe.send(None)


async def _followed(pipe: Connection, private: tuple[str, str], end: str) -> None:
    """Follow the whole stream in parts."""
    client = await _connected(private)
    begun, position = monotonic(), ""
    reading = await client.jetstream().pull_subscribe("agency.*.*.*.*", durable="catching-up", stream=STREAM)
    while position != end:
        with suppress(NatsTimeoutError, asyncio.TimeoutError):
            for message in await reading.fetch(_PAGE, timeout=5):
                position = orjson.loads(message.data)["position"]
                await message.ack()
    await client.close()
    pipe.send(monotonic() - begun)
