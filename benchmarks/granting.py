"""Measures the time until a newcomer's service shows all of a long case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from time import monotonic
from typing import Final

import orjson

from benchmarks.processes import Child
from benchmarks.services import OPENER, Door, accepted, body_of, shown, taken
from benchmarks.web import WebConnection
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred

NEWCOMERS: Final = ("municipality", "police", "migration")


def measure_grants(doors: Mapping[str, Door], events: int) -> list[float]:
    """For each newcomer, the seconds from the 201 of ReferralAccepted until its service shows the whole case.

    `events`: the number of events of the case.
    """
    child = Child(_measure, doors, events)
    seconds: list[float] = child.answer()
    child.end()
    return seconds


async def _measure(pipe: Connection, doors: Mapping[str, Door], events: int) -> None:
    opener = await WebConnection.open(doors[OPENER].url, doors[OPENER].token)
    case = orjson.loads(taken(await opener.post("/v1/cases", body_of(VictimDetected))))["case_id"]

    async def issue(body: bytes) -> int:
        return int(orjson.loads(taken(await opener.post(f"/v1/cases/{case}/events", body)))["version"])

    now = datetime.now(UTC)
    until = (now + timedelta(days=180)).date().isoformat()
    version = await issue(body_of(ConsentGiven, recipients=NEWCOMERS, purposes=["support"], valid_until=until))
    while version < events - 1:
        version = await issue(body_of(NeedsAssessed))
    seconds = []
    for newcomer in NEWCOMERS:
        answer_by = (now + timedelta(days=2)).isoformat()
        connection = await WebConnection.open(doors[newcomer].url, doors[newcomer].token)
        referral = body_of(CaseReferred, recipient=newcomer, purposes=["support"], respond_by=answer_by)
        offer = orjson.loads(taken(await opener.post(f"/v1/cases/{case}/events", referral)))["event_id"]
        version = await accepted(connection, case, offer)
        begun = monotonic()
        await shown(connection, {case: version}, every=0.005)
        seconds.append(monotonic() - begun)
        connection.close()
    opener.close()
    pipe.send(seconds)
