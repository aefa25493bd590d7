"""The routes of cases: list and read the agency's cases, open a case, issue events, read the history."""

from __future__ import annotations

from time import monotonic
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.requests import Request
from starlette.responses import Response

from bus.directory.directory import DIRECTORY_ID
from bus.errors import UnknownCaseError
from bus.replay.moment import moment
from contracts.view.case_view import CaseView
from contracts.view.parts.identification import Identification
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.choices import AgeBand
from gateway.cases.case_as_read import shown
from gateway.cases.history import one_event, part_of_history
from gateway.cases.schemas import CaseSummary, HistoricEvent, History
from gateway.context import Context, replaying, unknown_since
from gateway.http.disconnect import while_connected
from gateway.http.openapi_parts import EventBody, documented, submission_operation
from gateway.http.paging import Cursor, paged, place_of
from gateway.http.parameters import AfterVersion, At, DryRun, Limit, LongLimit, PageNumber, is_uuid
from gateway.http.response_models import Page
from gateway.submissions.receipts import dry_run_response, receipt_response
from gateway.submissions.requests import read_submission
from gateway.submissions.schemas import Recorded

InStatus = Annotated[CaseStatus | None, Query(description="Only cases with this status.")]
InRole = Annotated[
    Literal["lead", "participant"] | None,
    Query(description="Only cases that this agency leads, or those in which it takes part and another leads."),
]
InRegion = Annotated[str | None, Query(pattern="^[0-9]{2}$", description="Only cases met in this region.")]
InMunicipality = Annotated[str | None, Query(pattern="^[0-9]{4}$", description="Only cases met in this municipality.")]
Identified = Annotated[Identification | None, Query(description="Only victims that are presumed, or identified.")]
OfAge = Annotated[AgeBand | None, Query(description="Only victims of this age band.")]
UpdatedSince = Annotated[
    AwareDatetime | None, Query(description="Only cases whose last event was recorded at this moment or later.")
]

router = APIRouter(prefix="/v1/cases", tags=["cases"])

# FastAPI tries the routes in order, so the busiest come first.


@router.post("", status_code=201, response_model=Recorded, **submission_operation(EventBody.DETECTION))
async def open_case(request: Request, context: Context, dry_run: DryRun = False) -> Response:
    """Open a case with a detection. A body without `type` is read as the data of `VictimDetected`."""
    caller = context.authorise.submitter(request)
    submission = await read_submission(request, context, caller, None)
    if dry_run:
        return await dry_run_response(context, submission)
    receipt = await context.node.submit(submission)
    return await receipt_response(context, receipt, f"/v1/cases/{receipt.case_id}")


@router.post(
    "/{case_id}/events",
    status_code=201,
    response_model=Recorded,
    **submission_operation(EventBody.CASE_EVENT),
)
async def issue_event(request: Request, context: Context, dry_run: DryRun = False) -> Response:
    """Issue an event about the case."""
    case_id = request.path_params["case_id"]
    caller = context.authorise.submitter(request)
    if not is_uuid(case_id) or case_id == DIRECTORY_ID:
        raise UnknownCaseError(case_id)
    submission = await read_submission(request, context, caller, case_id)
    begun = monotonic()
    try:
        if dry_run:
            return await dry_run_response(context, submission)
        receipt = await context.node.submit(submission)
    except UnknownCaseError:
        await unknown_since(begun)
        raise
    return await receipt_response(context, receipt, f"/v1/cases/{receipt.case_id}/events/{receipt.event_id}")


@router.get("", response_model=Page[CaseSummary], responses=documented(422))
async def list_cases(
    request: Request,
    context: Context,
    status: InStatus = None,
    role: InRole = None,
    region: InRegion = None,
    municipality: InMunicipality = None,
    identification: Identified = None,
    age_band: OfAge = None,
    updated_since: UpdatedSince = None,
    limit: Limit = 20,
    page: PageNumber = 1,
    cursor: Cursor = None,
) -> Response:
    """The cases that this agency takes part in, the most recently changed first."""
    context.authorise.reader(request)
    given = {
        "status": status,
        "role": role,
        "region": region,
        "municipality": municipality,
        "identification": identification,
        "age_band": age_band,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    after = place_of(cursor, int, str)
    found = await context.node.lists.cases(asked, updated_since, limit=limit, offset=limit * (page - 1), after=after)
    items = tuple(map(CaseSummary.of, found.items))
    return paged(request, Page[CaseSummary], items, found, limit=limit, page=page)


@router.get(
    "/{case_id}",
    response_model=CaseView,
    responses=documented(400, 404, 503),
)
async def read_case(request: Request, context: Context, case_id: str, at: At = None) -> Response:
    """The case as this agency reads it. The digest of its core is also its entity tag, while no key is awaited.

    With `at`: as this agency read it at an earlier version or moment, without the parts that it does not read now. Its
    entity tag is then none for `If-Match`, since nobody decides on it."""
    caller = context.authorise.reader(request)
    case = await context.opened(caller, case_id)
    if at is not None:
        earlier = await (await replaying(context, case_id)).case(moment(at), case.parts)
        return Response(shown(earlier)[0], 200, {"Cache-Control": "private, no-cache"}, "application/json")
    content, tag = shown(case)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    return Response(content, 200, headers, "application/json")


@router.get("/{case_id}/events", response_model=History, responses=documented(404, 422, 503))
async def read_case_history(
    request: Request, context: Context, case_id: str, after: AfterVersion = 0, limit: LongLimit = 100
) -> Response:
    """The events of the case in order, at most `limit` of them after the version `after`.

    `next` is the `after` of the following part."""
    caller = context.authorise.reader(request)
    case = await context.opened(caller, case_id)
    return await while_connected(request, part_of_history(request, context.node, case, after, limit))


@router.get("/{case_id}/events/{event_id}", response_model=HistoricEvent, responses=documented(404, 503))
async def read_case_event(request: Request, context: Context, case_id: str, event_id: str) -> Response:
    """One event of the case."""
    caller = context.authorise.reader(request)
    case = await context.opened(caller, case_id)
    return await while_connected(request, one_event(context.node, case, event_id))
