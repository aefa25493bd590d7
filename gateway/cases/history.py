"""The history of a case: each event as it was recorded, and whether its content had an effect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import orjson
from starlette.responses import Response

from bus.case_replica import CaseReplica
from bus.errors import UnknownCaseError
from bus.replica import Remembered, Replica
from gateway.cases.schemas import HistoricEvent, History

_WITHOUT_A_BREAK: Final = 25
"""Events that are judged before other requests get their turn."""


async def part_of_history(replica: Replica, case: CaseReplica, after: int, limit: int) -> Response:
    """The response with so many events after a version; the chain is read no further."""
    last = min(after + limit, case.chain.version)
    items: tuple[HistoricEvent, ...] = ()
    if after < last:
        events = _history(replica, case, last)
        items = tuple([_historic(held) async for held in events if held.envelope.version > after])
    following = last if last < case.chain.version else None
    return History(items=items, total=case.chain.version, limit=limit, after=after, next=following).response()


async def one_event(replica: Replica, case: CaseReplica, event_id: str) -> Response:
    """The response with one event of the case. Raises UnknownCaseError when the case has none of this id."""
    async for held in _history(replica, case, case.chain.version):
        if held.envelope.event_id == event_id:
            return _historic(held).response()
    raise UnknownCaseError(case.view.case_id)


async def _history(replica: Replica, case: CaseReplica, last: int) -> AsyncIterator[Remembered]:
    """The events up to a version, each judged again to tell whether its content was set aside; none after it is."""
    async for held in replica.history(case.view.case_id):
        yield held
        if held.envelope.version >= last:
            return
        if held.envelope.version % _WITHOUT_A_BREAK == 0:
            await asyncio.sleep(0)


def _historic(held: Remembered) -> HistoricEvent:
    readable = held.set_aside is None or held.set_aside.reason != "unreadable"
    data = orjson.loads(held.content) if readable and held.content is not None else None
    return HistoricEvent.of(held.envelope, data, held.set_aside)
