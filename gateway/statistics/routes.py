"""The route of the national coordinator's statistics. The node counts them while cases change."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.statistics.tables import Tally, months
from contracts.vocabulary.agencies import Role
from contracts.vocabulary.wording import Wording
from gateway.authorisation import AUDITOR
from gateway.context import Context
from gateway.http.misfits import misfit
from gateway.http.openapi_parts import documented
from gateway.http.parameters import Month
from gateway.http.problems import ProblemError, ProblemKind, invalid_in, missing_role
from gateway.statistics.schemas import Statistics

_MOST_MONTHS: Final = 120
_ROLES: Final = frozenset({Role.CASEWORKER, AUDITOR})

From = Annotated[Month, Query(alias="from", description="The first month, as 2024-01.")]
To = Annotated[Month, Query(alias="to", description="The last month, as 2024-12; at most ten years in all.")]

router = APIRouter(prefix="/v1", tags=["statistics"])


@router.get("/statistics", response_model=Statistics, responses=documented(422, 503))
async def read_statistics(request: Request, context: Context, first: From, last: To) -> Response:
    """The numbers of presumed victims by form of exploitation, chapter reached, region and month; none below five.

    Publish periods that do not overlap: a reader could compute hidden numbers from the difference of two periods."""
    caller = context.authorise.reader(request)
    if caller.roles and not caller.roles & _ROLES:  # a system has no role, and its scope decides
        raise missing_role(
            Wording("Statistics are for caseworkers and auditors.", "Statistik är för handläggare och granskare."),
            roles=sorted(_ROLES),
        )
    if not 1 <= len(months(first, last)) <= _MOST_MONTHS:
        detail = "This is before the first month, or more than ten years after it."
        raise invalid_in([misfit("period", detail, parameter="to")])
    if not context.node.lists.complete:
        later = Wording(
            "The service rebuilds its lists, and counts when it has; /health/ready tells how far it is.",
            "Tjänsten bygger om sina listor och räknar när den är klar; /health/ready visar hur långt den har kommit.",
        )
        raise ProblemError(ProblemKind.BEING_REBUILT, later, headers={"Retry-After": "60"})
    tally = Tally(first, last, context.sweden.counties)
    return Statistics.of(await context.node.lists.statistics(tally)).response()
