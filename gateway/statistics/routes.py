"""The routes of the statistics: the national coordinator's, and each agency's count for it.

The node counts while cases change.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from bus.errors import GrantError
from contracts.statistics.tables import Tally, months
from contracts.sweden.data_standard import as_csv
from contracts.vocabulary.agencies import Role
from contracts.vocabulary.wording import Wording
from gateway.authorisation import AUDITOR
from gateway.context import Context
from gateway.http.misfits import misfit
from gateway.http.negotiation import preferred
from gateway.http.openapi_parts import documented
from gateway.http.parameters import Month
from gateway.http.problems import ProblemError, ProblemKind, invalid_in, missing_role
from gateway.statistics.schemas import SealedYearCount, Statistics, VictimYear

_MOST_MONTHS: Final = 120
_JSON, _CSV = "application/json", "text/csv"
_ROLES: Final = frozenset({Role.CASEWORKER, AUDITOR})

From = Annotated[Month, Query(alias="from", description="The first month, as 2024-01.")]
To = Annotated[Month, Query(alias="to", description="The last month, as 2024-12; at most ten years in all.")]
Year = Annotated[int, Query(ge=2000, le=2100, description="The calendar year that is reported.")]

_NO_KEY: Final = Wording(
    "The directory that has come so far holds no sealing key of the national coordinator.",
    "Katalogen som kommit hittills saknar den nationella samordnarens förseglingsnyckel.",
)

router = APIRouter(prefix="/v1", tags=["statistics"])
"""The routes of the national coordinator."""

everywhere = APIRouter(prefix="/v1", tags=["statistics"])
"""The routes of every agency."""


@router.get("/statistics", response_model=Statistics, responses=documented(422, 503))
async def read_statistics(request: Request, context: Context, first: From, last: To) -> Response:
    """The numbers of presumed victims by form of exploitation, chapter reached, region and month; none below five.

    Publish periods that do not overlap: a reader could compute hidden numbers from the difference of two periods."""
    _allowed(request, context)
    if not 1 <= len(months(first, last)) <= _MOST_MONTHS:
        detail = "This is before the first month, or more than ten years after it."
        raise invalid_in([misfit("period", detail, parameter="to")])
    _complete(context)
    tally = Tally(first, last, context.sweden.counties)
    return Statistics.of(await context.node.lists.statistics(tally)).response()


@router.get(
    "/statistics/victims",
    response_model=VictimYear,
    responses=documented(422, 503) | {200: {"content": {_CSV: {"schema": {"type": "string"}}}}},
)
async def read_victim_report(request: Request, context: Context, year: Year) -> Response:
    """The yearly report on victims that the European Union asks for, in the words of HTCDS and IC-TIP; none below five.

    Ask for text/csv to get the same rows as a table. Each presumed victim is counted once, and no two tables are
    crossed."""
    _allowed(request, context)
    _complete(context)
    tally = Tally(date(year, 1, 1), date(year, 12, 31), context.sweden.counties)
    found = await context.node.lists.victims(tally)
    if preferred(request.headers.get("accept", ""), (_JSON, _CSV)) == _JSON:
        return VictimYear.of(year, found).response(Vary="Accept")
    named = {"Vary": "Accept", "Content-Disposition": f'attachment; filename="victims-{year}.csv"'}
    return Response(as_csv(found), 200, named, f"{_CSV}; charset=utf-8; header=present")


@everywhere.get("/statistics/cells", response_model=SealedYearCount, responses=documented(422, 503))
async def read_year_count(request: Request, context: Context, year: Year) -> Response:
    """The cases of a year that this agency opened, in the cells of the report on victims; for the coordinator alone.

    The numbers are sealed to the national coordinator and signed by this agency, so the file may travel by any way. The
    coordinator adds the counts of all agencies and hides small numbers only then."""
    _allowed(request, context)
    _complete(context)
    tally = Tally(date(year, 1, 1), date(year, 12, 31), context.sweden.counties)
    try:
        sealed = await context.node.year_count(tally)
    except GrantError:
        raise ProblemError(ProblemKind.NOT_READY, _NO_KEY, headers={"Retry-After": "60"}) from None
    name = f'attachment; filename="count-{context.agency}-{year}.json"'
    return Response(sealed.model_dump_json().encode(), 200, {"Content-Disposition": name}, _JSON)


def _allowed(request: Request, context: Context) -> None:
    """Raise a problem unless the caller may read statistics."""
    caller = context.authorise.reader(request)
    if caller.roles and not caller.roles & _ROLES:  # a system has no role, and its scope decides
        raise missing_role(
            Wording("Statistics are for caseworkers and auditors.", "Statistik är för handläggare och granskare."),
            roles=sorted(_ROLES),
        )


def _complete(context: Context) -> None:
    """Raise a problem while the lists are being rebuilt."""
    if not context.node.lists.complete:
        later = Wording(
            "The service rebuilds its lists, and counts when it has; /health/ready tells how far it is.",
            "Tjänsten bygger om sina listor och räknar när den är klar; /health/ready visar hur långt den har kommit.",
        )
        raise ProblemError(ProblemKind.BEING_REBUILT, later, headers={"Retry-After": "60"})
