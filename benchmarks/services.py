"""Measures the real services: events are sent over HTTP to five services, and seen in the views of all five.

The file has over 250 lines because the rounds share their doors, bodies and the waiting for views.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from multiprocessing.connection import Connection
from time import monotonic, process_time
from typing import Any, Final

import orjson

from benchmarks.processes import Child, cpu_seconds
from benchmarks.web import LiveStream, WebConnection
from contracts.chapters.assistance import SupportProvided
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.event.case_event import CaseEvent
from stafett.embedded.bus import FIVE, Embedded

OPENER: Final = "ngo"
SUPPORTER: Final = "municipality"
_UNKNOWN: Final = 404
_POSITION: Final = re.compile(rb"^stafett_replica_position ([0-9.e+]+)", re.MULTILINE)


@dataclass(frozen=True)
class Door:
    """A service's address, and a caseworker's token."""

    url: str
    token: str


@dataclass(frozen=True)
class Delays:
    """The delays of events, in seconds.

    Attributes:
        visible: from the POST until every view shows the event.
        answered: from the POST until its answer.
        compared: how many times the views of all services were compared.
    """

    visible: list[float]
    answered: list[float]
    compared: int


@dataclass(frozen=True)
class Sustained:
    """The result of a sustained load.

    Attributes:
        accepted: the events that were accepted.
        seconds: the time until every replica had the last one.
        cpu: the processor time in seconds, by the part that used it.
    """

    accepted: int
    seconds: float
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Events per second."""
        return self.accepted / self.seconds


def doors_of(bus: Embedded) -> dict[str, Door]:
    """The five services' doors."""
    return {agency: Door(bus.url(agency), bus.token(agency, "caseworker")) for agency in FIVE}


def open_cases(doors: Mapping[str, Door], count: int) -> list[str]:
    """Open `count` cases in which all five agencies take part; returns their ids when all five services show them."""
    child = Child(_open_cases, doors, count)
    cases: list[str] = child.answer()
    child.end()
    return cases


def measure_delays(doors: Mapping[str, Door], cases: Sequence[str], count: int, per_second: float) -> Delays:
    """Send events at a steady light rate, by each agency in turn, and note when all five services have told of each."""
    child = Child(_measure_delays, doors, cases, count, per_second)
    delays: Delays = child.answer()
    child.end()
    return delays


def measure_sustained(
    bus: Embedded, doors: Mapping[str, Door], cases: Sequence[str], count: int, at_once: int
) -> Sustained:
    """Send `count` events as fast as they are answered, `at_once` at a time, until all five replicas have them all."""
    child = Child(_measure_sustained, doors, cases, count, at_once)
    child.answer()
    services = [process.pid for process in bus.services.values()]
    broker = bus.broker.process.pid if bus.broker.process else None
    before = cpu_seconds(*services), cpu_seconds(broker)
    child.tell()
    accepted, seconds, own_cpu = child.answer()
    used = {
        "services": cpu_seconds(*services) - before[0],
        "broker": cpu_seconds(broker) - before[1],
        "load": own_cpu,
    }
    child.end()
    return Sustained(accepted, seconds, used)


def body_of(event: type[CaseEvent], **facts: Any) -> bytes:
    """A request body with an event's canonical example and these facts; the service fills in the moment."""
    data = {**event.example, **facts}
    del data["occurred_at"]
    return orjson.dumps({"type": event.__name__, "data": data})


def repeatable() -> dict[str, bytes]:
    """The event that each agency sends repeatedly, as a request body. It is the longest that it can repeat.

    Services react to one in five of these events.
    """
    today = datetime.now(UTC).date()
    consent = body_of(ConsentGiven, valid_until=(today + timedelta(days=180)).isoformat())
    shelter = body_of(
        SupportProvided,
        service="safe-accommodation",
        emergency=True,
        plan_id=None,
        starts_on=today.isoformat(),
        ends_on=(today + timedelta(days=30)).isoformat(),
    )
    question = body_of(ConsultationRequested)
    return {
        "police": consent,
        "migration": consent,
        "municipality": shelter,
        "ngo": question,
        "coordinator": consent,
    }


_PURPOSES: Final = {"police": "investigation", "migration": "legal-status", SUPPORTER: "support"}
"""The purpose for which each agency accepts a case. So the municipality alone reads the support, beside the lead."""


async def accepted(connection: WebConnection, case: str, offer: str) -> int:
    """Accept an offer as soon as the service has its preview; the version of the case after it."""
    acceptance = body_of(ReferralAccepted, offer_id=offer)
    while True:
        answer = await connection.post(f"/v1/cases/{case}/events", acceptance)
        if answer[0] != _UNKNOWN:
            return int(orjson.loads(taken(answer))["version"])
        await asyncio.sleep(0.02)


async def _open_cases(pipe: Connection, doors: Mapping[str, Door], count: int) -> None:
    now = datetime.now(UTC)
    others = [agency for agency in FIVE if agency != OPENER]
    consent = body_of(
        ConsentGiven,
        recipients=others,
        purposes=list(_PURPOSES.values()),
        valid_until=(now + timedelta(days=180)).date().isoformat(),
    )
    until = (now + timedelta(days=2)).isoformat()
    referrals = {
        other: body_of(CaseReferred, recipient=other, purposes=[purpose], respond_by=until)
        for other, purpose in _PURPOSES.items()
    }
    left = iter(range(count))
    versions: dict[str, int] = {}
    offers: dict[str, dict[str, str]] = {other: {} for other in referrals}

    async def open_some() -> None:
        connection = await WebConnection.open(doors[OPENER].url, doors[OPENER].token)
        for _ in left:
            case = orjson.loads(taken(await connection.post("/v1/cases", body_of(VictimDetected))))["case_id"]
            path = f"/v1/cases/{case}/events"
            taken(await connection.post(path, consent))
            for other, referral in referrals.items():
                offers[other][case] = orjson.loads(taken(await connection.post(path, referral)))["event_id"]
            taken(await connection.post(path, body_of(ConsultationRequested)))
        connection.close()

    await asyncio.gather(*(open_some() for _ in range(min(16, count))))
    for other, offered in offers.items():
        connection = await WebConnection.open(doors[other].url, doors[other].token)
        for case, offer in offered.items():
            versions[case] = await accepted(connection, case, offer)
        connection.close()
    for door in doors.values():
        connection = await WebConnection.open(door.url, door.token)
        await shown(connection, versions, every=0.02)
        connection.close()
    pipe.send(list(versions))


async def shown(connection: WebConnection, versions: Mapping[str, int], *, every: float) -> None:
    """Wait until a service shows each of these cases at its version or a later one; it needs the cases' keys for that.

    `every`: seconds between two questions.
    """
    for case, version in versions.items():
        while True:
            status, body = await connection.get(f"/v1/cases/{case}")
            if status == 200 and orjson.loads(body)["version"] >= version:
                break
            await asyncio.sleep(every)


def taken(answer: tuple[int, bytes]) -> bytes:
    status, body = answer
    if status != 201:
        raise RuntimeError(f"{status} {body.decode()}")
    return body


async def _followed(doors: Mapping[str, Door], sequence: int) -> None:
    """Wait until every replica has this sequence of the log."""
    for door in doors.values():
        connection = await WebConnection.open(door.url, door.token)
        await until_position(connection, sequence, every=0.01)
        connection.close()


async def until_position(connection: WebConnection, sequence: int, *, every: float) -> int:
    """Wait until a service's replica has reached a sequence of the log; returns the sequence that it has then.

    `every`: seconds between two questions.
    """
    while True:
        _, body = await connection.get("/metrics")
        found = _POSITION.search(body)
        if found and float(found[1]) >= sequence:
            return int(float(found[1]))
        await asyncio.sleep(every)


async def _measure_delays(
    pipe: Connection, doors: Mapping[str, Door], cases: Sequence[str], count: int, per_second: float
) -> None:
    seen: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    by_all: defaultdict[tuple[str, int], asyncio.Event] = defaultdict(asyncio.Event)

    def committed(case: str, version: int, moment: float) -> None:
        seen[case, version].append(moment)
        if len(seen[case, version]) == len(doors):
            by_all[case, version].set()

    lives = [await LiveStream.open(door.url, door.token, committed) for door in doors.values()]
    connections = {agency: await WebConnection.open(door.url, door.token) for agency, door in doors.items()}
    bodies = repeatable()
    sent: dict[tuple[str, int], float] = {}
    answered: list[float] = []
    compared = 0

    async def post(number: int, agency: str, case: str) -> None:
        nonlocal compared
        begun = monotonic()
        body = taken(await connections[agency].post(f"/v1/cases/{case}/events", bodies[agency]))
        answered.append(monotonic() - begun)
        place = case, orjson.loads(body)["version"]
        sent[place] = begun
        await by_all[place].wait()
        if number % 20 == 19:
            await compare(doors, *place)
            compared += 1

    begun = monotonic()
    async with asyncio.timeout(count / per_second + 30), asyncio.TaskGroup() as tasks:
        for number, agency, case in zip(range(count), cycle(doors), cycle(cases), strict=False):
            await asyncio.sleep(begun + number / per_second - monotonic())
            tasks.create_task(post(number, agency, case))
    pipe.send(Delays([max(seen[place]) - moment for place, moment in sent.items()], answered, compared))
    for live in lives:
        live.close()


async def compare(doors: Mapping[str, Door], case: str, version: int) -> None:
    """Raise RuntimeError unless every service shows this version or a later one, with equal views at equal versions."""
    digests: dict[int, str] = {}
    for door in doors.values():
        connection = await WebConnection.open(door.url, door.token)
        view = orjson.loads((await connection.get(f"/v1/cases/{case}"))[1])
        connection.close()
        if view["version"] < version or digests.setdefault(view["version"], view["digest"]) != view["digest"]:
            raise RuntimeError("a view does not show what was told")


async def _measure_sustained(
    pipe: Connection, doors: Mapping[str, Door], cases: Sequence[str], count: int, at_once: int
) -> None:
    agencies = list(doors)
    bodies = repeatable()
    connections = [
        (agency, await WebConnection.open(doors[agency].url, doors[agency].token))
        for agency, _ in zip(cycle(agencies), range(at_once), strict=False)
    ]
    queue = list(cases)
    left = iter(range(count))
    sequences: list[int] = []

    async def keep_sending(agency: str, connection: WebConnection) -> None:
        for _ in left:
            case = queue.pop(0)
            status, body = await connection.post(f"/v1/cases/{case}/events", bodies[agency])
            queue.append(case)
            if status == 201:
                sequences.append(orjson.loads(body)["sequence"])

    pipe.send("connected")
    pipe.recv()
    begun, cpu = monotonic(), process_time()
    await asyncio.gather(*(keep_sending(*connection) for connection in connections))
    await _followed(doors, max(sequences))
    pipe.send((len(sequences), monotonic() - begun, process_time() - cpu))
