"""The history of a case: each event as it was recorded, and why its content had no effect, if it had none."""

from __future__ import annotations

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from bus.case.case_replica import CaseReplica
from bus.errors import UnknownCaseError
from bus.node import Node
from bus.replay.times import ArrivalTimes
from bus.replica.replica import Entry
from gateway.cases.schemas import HistoricEvent, History
from gateway.http.paging import link_to_next

_PART: Final = 500
"""The number of events that `one_event` looks through at a time."""


async def part_of_history(request: Request, node: Node, case: CaseReplica, after: int, limit: int) -> Response:
    """The response with at most `limit` events after the version `after`; it reads no others from the store."""
    last = min(after + limit, case.chain.version)
    items: tuple[HistoricEvent, ...] = ()
    if after < last:
        times = await _arrival_times(node, case, after, last)
        items = tuple([_historic(entry, times) async for entry in node.replica.part(case, after, limit)])
    following = last if last < case.chain.version else None
    part = History(items=items, total=case.chain.version, limit=limit, after=after, next=following)
    return part.response() if following is None else part.response(Link=link_to_next(request, after=str(following)))


async def one_event(node: Node, case: CaseReplica, event_id: str) -> Response:
    """The response with one event of the case. Raises UnknownCaseError when the case has no event with this id."""
    for after in range(0, case.chain.version, _PART):
        async for entry in node.replica.part(case, after, _PART, only=event_id):
            version = entry.envelope.version
            times = await _arrival_times(node, case, version - 1, version)
            return _historic(entry, times).response()
    raise UnknownCaseError(case.case_id)


async def _arrival_times(node: Node, case: CaseReplica, after: int, last: int) -> ArrivalTimes:
    offers = (offer.id for offer in case.view.offers)
    return await ArrivalTimes.read(case.case_id, node.store, node.keyring, offers, after=after, last=last)


def _historic(entry: Entry, times: ArrivalTimes) -> HistoricEvent:
    readable = entry.void is None or entry.void.reason != "unreadable"
    data = orjson.loads(entry.content) if readable and entry.content is not None else None
    return HistoricEvent.of(entry.envelope, data, entry.void, entry.withheld, times)
