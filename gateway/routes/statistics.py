"""The national coordinator's statistics, from tallies that are kept as cases change."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.statistics.tables import Tally, months
from contracts.vocabulary.agencies import Role
from gateway.answers.statistics import Statistics
from gateway.described import Month, documented
from gateway.problems import Kind, ProblemError, invalid_in, missing_role
from gateway.service import AUDITOR, Service

_MOST_MONTHS: Final = 120
_ROLES: Final = frozenset({Role.CASEWORKER, AUDITOR})

From = Annotated[Month, Query(alias="from", description="The first month, as 2024-01.")]
To = Annotated[Month, Query(alias="to", description="The last month, as 2024-12; at most ten years in all.")]


def routes(service: Service) -> APIRouter:
    """The route of the statistics."""
    router = APIRouter(prefix="/v1", tags=["statistics"])

    @router.get("/statistics", response_model=Statistics, responses=documented(422, 503))
    async def read_statistics(request: Request, first: From, last: To) -> Response:
        """Presumed victims by exploitation form, chapter reached, region and month; nothing below five is told.

        Months that overlap with those published before can be compared with them: publish periods that do not."""
        caller = service.caller(request)
        if caller.roles and not caller.roles & _ROLES:  # a system has none: its scope says it
            raise missing_role("Statistics are for caseworkers and auditors.", roles=sorted(_ROLES))
        if not 1 <= len(months(first, last)) <= _MOST_MONTHS:
            detail = "This is before the first month, or more than ten years after it."
            raise invalid_in([{"parameter": "to", "detail": detail, "code": "period"}])
        if not service.node.lists.complete:
            detail = "The service rebuilds its lists, and counts when it has; /health/ready tells how far it is."
            raise ProblemError(Kind.BEING_REBUILT, detail, headers={"Retry-After": "60"})
        tally = Tally(first, last, service.sweden.counties)
        return Statistics.of(await service.node.lists.statistics(tally)).response()

    return router
