"""The national coordinator's statistics, counted anew from its replica, case by case, without holding anybody up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.agencies import Role
from contracts.event import swedish_day
from contracts.statistics import CountedCase, Tally, months
from gateway.answers.statistics import Statistics
from gateway.described import Month, documented
from gateway.problems import invalid_in, missing_role
from gateway.service import AUDITOR, Service

_AT_ONCE: Final = 200
_MOST_MONTHS: Final = 120
_ROLES: Final = frozenset({Role.CASEWORKER, AUDITOR})

From = Annotated[Month, Query(alias="from", description="The first month, as 2024-01.")]
To = Annotated[Month, Query(alias="to", description="The last month, as 2024-12; at most ten years in all.")]


def routes(service: Service) -> APIRouter:
    """The route of the statistics."""
    router = APIRouter(prefix="/v1", tags=["statistics"])
    counting = asyncio.Lock()

    @router.get("/statistics", response_model=Statistics, responses=documented(422))
    async def read_statistics(request: Request, first: From, last: To) -> Response:
        """Presumed victims by exploitation form, chapter reached, region and month; nothing below five is told.

        Months that overlap with those published before can be compared with them: publish periods that do not."""
        caller = service.caller(request)
        if caller.roles and not caller.roles & _ROLES:  # a system has none: its scope says it
            raise missing_role("Statistics are for caseworkers and auditors.", roles=sorted(_ROLES))
        if not 1 <= len(months(first, last)) <= _MOST_MONTHS:
            detail = "This is before the first month, or more than ten years after it."
            raise invalid_in([{"parameter": "to", "detail": detail, "code": "period"}])
        tally = Tally(first, last, service.sweden.counties)
        async with counting:  # one at a time: each reads the whole replica
            async for case in _cases(service):
                tally.count(case)
        return Statistics.of(tally.statistics()).response()

    return router


async def _cases(service: Service) -> AsyncIterator[CountedCase]:
    """Every case in the replica, page by page."""
    last = ""
    while page := await service.node.store.cases_after(last, _AT_ONCE):
        for case_id in page:
            yield await _counted(service, case_id)
        last = page[-1]


async def _counted(service: Service, case_id: str) -> CountedCase:
    """What is known of a case: its view is read only where this agency takes part."""
    store, replica = service.node.store, service.node.replica
    without_effect = await store.set_aside(case_id)
    events = tuple(
        (envelope.event_name, swedish_day(envelope.recorded_at))
        for envelope in await store.envelopes(case_id)
        if envelope.event_id not in without_effect
    )
    view = (await replica.case(case_id)).view
    return CountedCase(events, view if view.takes_part(service.agency) else None)
