"""The routes of deadlines: those of one case, and those of all cases of this agency (R20)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

from contracts.law.deadlines import deadlines
from contracts.law.running_out import start_of
from contracts.vocabulary.choices import DeadlineKind
from gateway.context import Context
from gateway.deadlines.schemas import CaseDeadline, RunningDeadline
from gateway.http.openapi_parts import documented
from gateway.http.paging import Cursor, paged, place_of
from gateway.http.parameters import Limit, PageNumber, iso_day
from gateway.http.response_models import Listing, Page

OfKind = Annotated[DeadlineKind | None, Query(description="Only deadlines of this kind.")]
Until = Annotated[
    date | None,
    BeforeValidator(iso_day),
    Query(description="Only what runs out on this Swedish day or before, as 2024-03-31."),
]

of_a_case = APIRouter(prefix="/v1/cases/{case_id}", tags=["cases"])
of_all_cases = APIRouter(prefix="/v1", tags=["work"])


@of_a_case.get("/deadlines", response_model=Listing[RunningDeadline], responses=documented(404, 503))
async def list_case_deadlines(request: Request, context: Context, case_id: str) -> Response:
    """Every deadline that runs in the case, the first to run out first, with its moment and its last Swedish day."""
    caller = context.authorise.reader(request)
    case = (await context.opened(caller, case_id)).view
    now = context.clock()
    items = tuple(RunningDeadline.of(deadline, now) for deadline in deadlines(case))
    return Listing[RunningDeadline](items=items).response()


@of_all_cases.get("/deadlines", response_model=Page[CaseDeadline], responses=documented(422))
async def list_deadlines(
    request: Request,
    context: Context,
    kind: OfKind = None,
    until: Until = None,
    limit: Limit = 20,
    page: PageNumber = 1,
    cursor: Cursor = None,
) -> Response:
    """Every deadline that runs in the cases that this agency takes part in, the first to run out first."""
    context.authorise.reader(request)
    end = None if until is None else start_of(until) + timedelta(days=1)
    after = place_of(cursor, str, str, str, int)
    found = await context.node.lists.deadlines(kind, end, limit=limit, offset=limit * (page - 1), after=after)
    now = context.clock()
    items = tuple(CaseDeadline.of_case(one.case_id, one.deadline, now) for one in found.items)
    return paged(request, Page[CaseDeadline], items, found, limit=limit, page=page)
