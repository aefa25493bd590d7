"""Measures the time until an agency has all events again: after an absence, with an empty store, or when the broker
was restored from an older copy.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Final

import orjson

from benchmarks.processes import Child
from benchmarks.services import Door, compare, doors_of, open_cases, repeatable, shown, taken, until_position
from benchmarks.web import WebConnection
from stafett.embedded.bus import FIVE, Embedded
from stafett.embedded.readiness import trouble_at

ABSENT: Final = "police"
_WITHIN: Final = 120.0


@dataclass(frozen=True)
class ComingBack:
    """The seconds until all events are known again.

    Attributes:
        events: the events in the log.
        start: for a service that missed nothing: its bare start.
        away: for a service that missed some events.
        empty: for a service with an empty store.
        restored: for all agencies, when the broker lacks some events.
    """

    events: int
    start: float
    away: float
    empty: float
    restored: float


def measure(folder: Path, cases: int, missed: int) -> ComingBack:
    """Open `cases` cases, and let one agency, and then the broker, miss `missed` events."""
    with Embedded(folder, FIVE) as bus:
        doors = doors_of(bus)
        others = {agency: door for agency, door in doors.items() if agency != ABSENT}
        known = open_cases(doors, cases)
        last = _say(doors, known, len(doors))
        _end(bus, ABSENT)
        start = _started(bus, doors, known, last)
        _end(bus, ABSENT)
        last = _say(others, known, missed)
        away = _started(bus, doors, known, last)
        _end(bus, ABSENT)
        for path in bus.layout.home(ABSENT).glob("store.db*"):
            path.unlink()
        empty = _started(bus, doors, known, last)
        return ComingBack(last, start, away, empty, _restored(bus, doors, known, missed))


def _say(doors: Mapping[str, Door], cases: Sequence[str], count: int) -> int:
    """Send `count` events through these doors in turn; returns the sequence of the last one."""
    child = Child(_send, doors, cases, count)
    last: int = child.answer()
    child.end()
    return last


async def _send(pipe: Connection, doors: Mapping[str, Door], cases: Sequence[str], count: int) -> None:
    connections = {agency: await WebConnection.open(door.url, door.token) for agency, door in doors.items()}
    bodies, last = repeatable(), 0
    for _, agency, case in zip(range(count), cycle(doors), cycle(cases), strict=False):
        answer = taken(await connections[agency].post(f"/v1/cases/{case}/events", bodies[agency]))
        last = max(last, orjson.loads(answer)["sequence"])
    pipe.send(last)


def _end(bus: Embedded, agency: str) -> None:
    bus.services[agency].terminate()
    bus.services[agency].join()


def _started(bus: Embedded, doors: Mapping[str, Door], cases: Sequence[str], sequence: int) -> float:
    begun = monotonic()
    bus.start_service(ABSENT)
    _known(bus, doors, (ABSENT,), cases, sequence)
    return monotonic() - begun


def _known(
    bus: Embedded, doors: Mapping[str, Door], agencies: Iterable[str], cases: Sequence[str], sequence: int
) -> None:
    """Wait until these agencies' services are ready, have followed the log to a sequence, and show these cases."""
    deadline = monotonic() + _WITHIN
    for agency in agencies:
        while trouble_at(bus.url(agency)) is not None:
            if monotonic() > deadline:
                raise TimeoutError(f"{agency} is not ready")
            time.sleep(0.005)
        asyncio.run(_followed(doors[agency], cases, sequence))


async def _followed(door: Door, cases: Sequence[str], sequence: int) -> None:
    connection = await WebConnection.open(door.url, door.token)
    async with asyncio.timeout(_WITHIN):
        await until_position(connection, sequence, every=0.005)
        await shown(connection, dict.fromkeys(cases, 1), every=0.005)
    connection.close()


def _restored(bus: Embedded, doors: Mapping[str, Door], cases: Sequence[str], lost: int) -> float:
    """Give the broker an older copy of its files, which lacks `lost` events; returns the seconds until all are back."""
    broker, copy = bus.broker, bus.folder / "older"
    data = broker.folder / "jetstream"
    broker.stop()
    shutil.copytree(data, copy)
    bus.start_broker()
    bus.wait_until_ready()
    last = _say(doors, cases, lost)
    _known(bus, doors, doors, cases, last)
    broker.kill()
    shutil.rmtree(data)
    shutil.copytree(copy, data)
    begun = monotonic()
    bus.start_broker()
    _known(bus, doors, doors, cases, last)
    whole = monotonic() - begun
    for case in cases[:3]:
        asyncio.run(compare(doors, case, 1))
    return whole
