"""The routes of this agency's own events: the results of submissions, and the events that the rules refused later."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contracts.vocabulary.wording import Wording
from gateway.context import Context
from gateway.http.openapi_parts import body_operation, documented
from gateway.http.paging import Cursor, paged, place_of
from gateway.http.parameters import AboutCase, Limit, LongLimit, PageNumber, is_uuid
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.request_body import read_fact
from gateway.http.response_models import Page
from gateway.submissions.schemas import DismissalRequest, DismissedEvent, NeedsAttention, SubmissionState

router = APIRouter(prefix="/v1", tags=["work"])


@router.get("/submissions/{event_id}", response_model=SubmissionState, responses=documented(404))
async def read_submission(request: Request, context: Context, event_id: str) -> Response:
    """The result of a submission: what happened to an event that this agency issued."""
    context.authorise.reader(request)
    receipt = await context.node.outbox.receipt(event_id) if is_uuid(event_id) else None
    if receipt is None:
        raise ProblemError(
            ProblemKind.NOT_FOUND, Wording("There is no such submission here.", "Det finns ingen sådan inlämning här.")
        )
    return SubmissionState.of(receipt).response()


@router.get("/needs-attention", response_model=Page[NeedsAttention], responses=documented(422))
async def list_needs_attention(
    request: Request,
    context: Context,
    case_id: AboutCase = None,
    limit: LongLimit = 100,
    page: PageNumber = 1,
    cursor: Cursor = None,
) -> Response:
    """The events that the rules refused when the service could send them, the oldest first. A caseworker must decide
    about each.
    """
    context.authorise.reader(request)
    after = place_of(cursor, int)
    found = await context.node.lists.attention(case_id, limit=limit, offset=limit * (page - 1), after=after)
    items = tuple(map(NeedsAttention.of, found.items))
    return paged(request, Page[NeedsAttention], items, found, limit=limit, page=page)


@router.post(
    "/needs-attention/{event_id}/dismissed",
    response_model=DismissedEvent,
    responses=documented(400, 404, 408, 413, 415, 422, 503),
    openapi_extra=body_operation(DismissalRequest),
)
async def dismiss_event(request: Request, context: Context, event_id: str) -> Response:
    """Give up an event that the rules refused. The service keeps it with the reason; a second call changes nothing."""
    context.authorise.worker(request)
    wish = await read_fact(request, DismissalRequest)
    dismissal = await context.node.outbox.dismiss(event_id, wish.reason) if is_uuid(event_id) else None
    if dismissal is None:
        raise ProblemError(
            ProblemKind.NOT_FOUND,
            Wording("No such event needs attention here.", "Ingen sådan händelse väntar på åtgärd här."),
        )
    return DismissedEvent.of(dismissal).response()


@router.get("/dismissals", response_model=Page[DismissedEvent], responses=documented(422))
async def list_dismissals(
    request: Request, context: Context, limit: Limit = 20, page: PageNumber = 1, cursor: Cursor = None
) -> Response:
    """The refused events that caseworkers gave up, the newest first."""
    context.authorise.reader(request)
    after = place_of(cursor, str, str)
    found = await context.node.lists.dismissed(limit=limit, offset=limit * (page - 1), after=after)
    items = tuple(map(DismissedEvent.of, found.items))
    return paged(request, Page[DismissedEvent], items, found, limit=limit, page=page)
