"""Measures the questions that people ask a service with many cases: how long each answer takes, and how long it delays
other requests.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final
from urllib.parse import quote

import orjson

from benchmarks.histories import AGENCIES, COORDINATOR
from benchmarks.large_store import fill
from benchmarks.processes import Child, Memory, cpu_seconds, memory
from benchmarks.report import percentile
from benchmarks.web import WebConnection
from stafett.embedded.bus import Embedded

_PER_PAGE: Final = 20
_UNMEASURED: Final = 3
_LAG: Final = re.compile(rb"^stafett_event_loop_lag_seconds ([0-9.e+-]+)", re.MULTILINE)

PathOf = Callable[[Random], str]


@dataclass(frozen=True)
class Question:
    """A path that was asked for many times: the seconds of each answer, and the processor seconds of one on average."""

    name: str
    seconds: Sequence[float]
    cpu: float

    def percentile(self, percent: int) -> float:
        """The time in milliseconds that this many percent of the answers do not exceed."""
        return percentile(self.seconds, percent) * 1000


@dataclass(frozen=True)
class Reads:
    """The results for one service.

    Attributes:
        cases: the cases in its store.
        filled_in: seconds to fill the store.
        questions: the results of each question.
        lag: the longest delay of a timer in its event loop, in seconds.
        at_rest: its memory before the questions.
        afterwards: its memory after them.
        bytes_each: the size of the store for each case, in bytes.
    """

    cases: int
    filled_in: float
    questions: Sequence[Question]
    lag: float
    at_rest: Memory
    afterwards: Memory
    bytes_each: float


def measure(folder: Path, cases: int, times: int) -> Reads:
    """Fill a store with `cases` cases, start its service, and ask each question `times` times, one after the other."""
    bus = Embedded(folder, AGENCIES)
    try:
        bus.prepare()
        begun = monotonic()
        asyncio.run(fill(folder, cases))
        filled_in = monotonic() - begun
        bus.start_service(COORDINATOR)
        pid = bus.services[COORDINATOR].pid
        child = Child(_ask, bus.url(COORDINATOR), bus.token(COORDINATOR, "caseworker"), pid, times)
        at_rest = child.answer()
        questions, lag, afterwards = child.answer()
        child.end()
    finally:
        bus.stop()
    size = sum(path.stat().st_size for path in bus.layout.home(COORDINATOR).glob("store.db*"))
    shutil.rmtree(folder)
    return Reads(cases, filled_in, questions, lag, at_rest, afterwards, size / cases)


def _questions(totals: Mapping[str, int]) -> Iterable[tuple[str, PathOf]]:
    """The questions: the first, the middle and the last page of each list, each filter, and the statistics."""
    for name in ("cases", "offers", "deadlines", "tasks"):
        pages = max(1, -(-totals[name] // _PER_PAGE))
        for part, page in (("first", 1), ("middle", pages // 2 or 1), ("last", pages)):
            yield f"{name}, {part} page", _always(f"/v1/{name}?limit={_PER_PAGE}&page={page}")
    year = quote((datetime.now(UTC) - timedelta(days=365)).isoformat())
    for asked in (
        "status=closed",
        "role=participant",
        "region=14",
        "municipality=0180",
        "municipality=2584",
        "identification=formal",
        "age_band=minor",
        f"updated_since={year}",
        "status=open&role=lead&age_band=minor&identification=presumed",
    ):
        yield f"cases, {asked.partition('&')[0].replace(year, '…')}", _always(f"/v1/cases?{asked}")
    yield "cases, a page by chance", lambda chance: f"/v1/cases?page={chance.randint(1, max(1, totals['cases'] // 20))}"
    yield "offers, open and received", _always("/v1/offers?state=open&direction=received")
    yield "offers, declined, a page by chance", lambda chance: f"/v1/offers?state=declined&page={chance.randint(1, 50)}"
    yield "statistics of a year", _always(f"/v1/statistics?from={_months_ago(12)}&to={_months_ago(0)}")
    yield "statistics of ten years", _always(f"/v1/statistics?from={_months_ago(119)}&to={_months_ago(0)}")


def _always(path: str) -> PathOf:
    return lambda _: path


def _months_ago(count: int) -> str:
    now = datetime.now(UTC)
    number = now.year * 12 + now.month - 1 - count
    return f"{number // 12}-{number % 12 + 1:02d}"


async def _ask(pipe: Connection, url: str, token: str, pid: int, times: int) -> None:
    connection = await _connected(url, token)
    await asyncio.sleep(1)
    pipe.send(memory(pid))
    totals = {name: await _total(connection, name) for name in ("cases", "offers", "deadlines", "tasks")}
    questions, lag = list[Question](), 0.0
    await _lag(connection)  # begin a new measurement of the lag
    for name, path in _questions(totals):
        questions.append(await _asked(connection, name, path, pid, times))
        lag = max(lag, await _lag(connection))
    pipe.send((questions, lag, memory(pid)))


async def _asked(connection: WebConnection, name: str, path: PathOf, pid: int, times: int) -> Question:
    chance, seconds, used = Random(1), list[float](), 0.0
    for number in range(times + _UNMEASURED):
        if number == _UNMEASURED:
            used = cpu_seconds(pid)
        begun = time.perf_counter()
        status, body = await connection.get(path(chance))
        taken = time.perf_counter() - begun
        if status != 200:
            raise RuntimeError(f"{name}: {status} {body[:200].decode()}")
        if number >= _UNMEASURED:
            seconds.append(taken)
    return Question(name, seconds, (cpu_seconds(pid) - used) / times)


async def _total(connection: WebConnection, name: str) -> int:
    status, body = await connection.get(f"/v1/{name}?limit=1")
    if status != 200:
        raise RuntimeError(f"{name}: {status} {body[:200].decode()}")
    return int(orjson.loads(body)["total"])


async def _lag(connection: WebConnection) -> float:
    _, body = await connection.get("/metrics")
    found = _LAG.search(body)
    return float(found[1]) if found else 0.0


async def _connected(url: str, token: str) -> WebConnection:
    async with asyncio.timeout(60):
        while True:
            try:
                connection = await WebConnection.open(url, token)
                await connection.get("/health/live")
                return connection
            except OSError:
                await asyncio.sleep(0.05)
