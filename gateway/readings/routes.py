"""The routes of the account of readings: who has read which personal details, for the caseworker and the victim."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contracts.privacy.reading_report import printed, report_for_victim, seen_by
from contracts.sweden.guidance.kept_by_law import kept_by_law
from gateway.context import Context
from gateway.http.negotiation import preferred
from gateway.http.openapi_parts import documented
from gateway.http.paging import Cursor, numbered, paged, part_of, place_of
from gateway.http.parameters import Limit, PageNumber
from gateway.http.response_models import Page
from gateway.readings.schemas import PastReading, ReadingReport

_JSON, _PLAIN = "application/json", "text/plain"

router = APIRouter(prefix="/v1/cases/{case_id}/readings", tags=["cases"])


@router.get("", response_model=Page[PastReading], responses=documented(404, 422, 503))
async def list_readings(
    request: Request, context: Context, case_id: str, limit: Limit = 20, page: PageNumber = 1, cursor: Cursor = None
) -> Response:
    """The readings of personal details in this case, oldest first: who read, when, what for, and on which consent."""
    caller = context.authorise.reader(request)
    readings = seen_by((await context.opened(caller, case_id)).view)
    found = part_of(numbered(readings), place_of(cursor, int), limit, page)
    items = tuple(map(PastReading.of, found.items))
    return paged(request, Page[PastReading], items, found, limit=limit, page=page)


@router.get(
    "/report",
    response_model=ReadingReport,
    responses=documented(404, 503) | {200: {"content": {_PLAIN: {"schema": {"type": "string"}}}}},
)
async def read_reading_report(request: Request, context: Context, case_id: str) -> Response:
    """The account for the victim, in plain words: which agencies have read which personal details, and on which days
    how many people of this agency have opened the case.

    Ask for text/plain to print it; Accept-Language selects Swedish or English."""
    caller = context.authorise.reader(request)
    case = (await context.opened(caller, case_id)).view
    openings = await context.node.openings.of(case.case_id)
    report = report_for_victim(case, context.agency, openings, kept_by_law(case))
    if preferred(request.headers.get("accept", ""), (_JSON, _PLAIN)) == _JSON:
        return ReadingReport.model_validate(report).response(Vary="Accept, Accept-Language")
    language = preferred(request.headers.get("accept-language", ""), ("sv", "en"))
    headers = {"Vary": "Accept, Accept-Language", "Content-Language": language}
    return Response(printed(report, swedish=language == "sv"), 200, headers, f"{_PLAIN}; charset=utf-8")
