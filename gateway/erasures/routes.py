"""The routes of erasures: request the erasure of a case or of its personal details, and see who has confirmed it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contracts.chapters.erasure import ErasureRequested, holders_of
from gateway.context import Context
from gateway.erasures.schemas import ErasureRequest, ErasureState
from gateway.http.openapi_parts import WRITE_HEADERS, body_operation, documented, kept
from gateway.http.request_body import as_fact, object_in, read_body
from gateway.http.response_models import Listing
from gateway.submissions.receipts import receipt_response
from gateway.submissions.requests import submission_of
from gateway.submissions.schemas import Recorded

router = APIRouter(prefix="/v1/cases/{case_id}/erasures", tags=["erasures"])


@router.post(
    "",
    status_code=201,
    response_model=Recorded,
    responses=documented(400, 404, 408, 409, 412, 413, 415, 422, 503) | {202: kept()},
    openapi_extra=body_operation(ErasureRequest) | {"parameters": WRITE_HEADERS},
)
async def request_erasure(request: Request, context: Context, case_id: str) -> Response:
    """Request that every holder erases the case, or all personal details in it. Nobody can undo an erasure.

    Only a records officer of the agency that leads the case may request it. The service names the holders: the
    participants, the former participants and the national coordinator."""
    caller = context.authorise.submitter(request)
    context.authorise.require_issuer(caller, ErasureRequested)
    case = (await context.case(case_id)).view
    raw = await read_body(request)
    wish = as_fact(ErasureRequest, object_in(raw))
    event = ErasureRequested(
        occurred_at=context.clock(), scope=wish.scope, reason=wish.reason, holders=holders_of(case)
    )
    receipt = await context.node.submit(submission_of(request, caller, raw, event, case.case_id))
    return await receipt_response(context, receipt, f"/v1/cases/{case.case_id}/erasures")


@router.get("", response_model=Listing[ErasureState], responses=documented(404, 503))
async def list_erasures(request: Request, context: Context, case_id: str) -> Response:
    """The erasures of the case, and the holders that have not yet confirmed each."""
    caller = context.authorise.reader(request)
    erasures = (await context.opened(caller, case_id)).view.erasures
    return Listing[ErasureState](items=tuple(map(ErasureState.of, erasures))).response()
