"""The routes of receipts: hand one out for a case of this agency, and take the word of whoever shows one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bus.store import OutboxStatus
from contracts.sweden.guidance.her_receipt import her_receipt, page_of_receipt, printed_receipt
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.wording import Wording
from gateway.context import Context, GatewayContext
from gateway.http.negotiation import preferred
from gateway.http.openapi_parts import body_operation, documented
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.request_body import as_fact, object_in, read_body
from gateway.receipts.schemas import HandedOut, ReceiptRequest, ShownRequest, WishTaken

_JSON, _PLAIN, _HTML = "application/json", "text/plain", "text/html"
_TEXT: Final = {"schema": {"type": "string"}}
_GOOD_FOR: Final = timedelta(days=180)

router = APIRouter(prefix="/v1", tags=["receipts"])


@router.post(
    "/cases/{case_id}/receipts",
    status_code=201,
    response_model=HandedOut,
    responses=documented(400, 404, 408, 409, 413, 415, 422, 503) | {201: {"content": {_PLAIN: _TEXT, _HTML: _TEXT}}},
    openapi_extra=body_operation(ReceiptRequest),
)
async def hand_out_receipt(request: Request, context: Context, case_id: str) -> Response:
    """Make a receipt for the person: what is recorded, by whom, how she takes back a consent, whom to call, and a code.

    Ask for text/plain or text/html to print it; Accept-Language selects Swedish or English. The code is shown in this
    answer alone. Lost, it cannot be found again; hand out another receipt."""
    caller = context.authorise.worker(request)
    case = (await context.opened(caller, case_id)).view
    wish = as_fact(ReceiptRequest, object_in(await read_body(request)))
    valid_until = wish.valid_until or context.today + _GOOD_FOR
    handed = await context.node.receipts.hand_out(case.case_id, valid_until)
    hotline = ", ".join(context.sweden.hotline.phones)
    receipt = her_receipt(case, handed.code, valid_until, hotline, lambda agency: _name_of(context, agency))
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language"}
    form = preferred(request.headers.get("accept", ""), (_JSON, _PLAIN, _HTML))
    if form == _JSON:
        said = {"receipt_id": handed.receipt.event_id, "valid_until": valid_until}
        told = HandedOut.model_validate({**said, **receipt.model_dump()})
        return Response(told.model_dump_json().encode(), 201, headers, _JSON)
    swedish = preferred(request.headers.get("accept-language", ""), ("sv", "en")) == "sv"
    headers["Content-Language"] = "sv" if swedish else "en"
    text = (printed_receipt if form == _PLAIN else page_of_receipt)(receipt, swedish=swedish)
    return Response(text, 201, headers, f"{form}; charset=utf-8")


@router.post(
    "/shown-receipts",
    status_code=201,
    response_model=WishTaken,
    responses=documented(400, 404, 408, 409, 413, 415, 422, 429, 503),
    openapi_extra=body_operation(ShownRequest),
)
async def take_wish(request: Request, context: Context) -> Response:
    """Take the word of a person who shows her receipt, also where this agency takes no part in her case: she takes back
    every consent, or asks to be contacted or erased. Those who take part learn of it; nothing of the case is shown."""
    caller = context.authorise.worker(request)
    wish = as_fact(ShownRequest, object_in(await read_body(request)), personal=True)
    person = context.pseudonyms.of(caller)
    if (seconds := context.wrong_codes.wait(person)) > 0:
        raise ProblemError(
            ProblemKind.TOO_MANY_REQUESTS,
            Wording("Too many codes did not fit; wait.", "För många koder har inte stämt; vänta."),
            headers={"Retry-After": str(int(seconds) + 1)},
        )
    receipt = await context.node.receipts.show(wish.code, wish.wish)
    if receipt is None:
        context.wrong_codes.count(person)
        raise ProblemError(
            ProblemKind.NOT_FOUND,
            Wording(
                "No receipt that is good has this code. Compare it with the paper; otherwise call the hotline.",
                "Inget kvitto som gäller har den koden. Jämför med papperet; ring annars stödtelefonen.",
            ),
        )
    taken = WishTaken(event_id=receipt.event_id, wish=wish.wish, status=receipt.status, taken_at=context.clock())
    return taken.response(201 if receipt.status is OutboxStatus.DELIVERED else 202, Cache_Control="no-store")


def _name_of(context: GatewayContext, agency: AgencyId) -> str:
    entry = context.node.directory.view.entry(agency)
    return agency if entry is None else entry.name
