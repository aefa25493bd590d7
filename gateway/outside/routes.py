"""The routes for an agency outside the bus: the form that its referrer prints or sends, and the page of its link."""

from __future__ import annotations

import logging
from hashlib import sha256
from time import monotonic
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from bus.errors import KeyInFlightError, KeyReuseError, RefusedError, UnknownCaseError
from bus.submission.submission import Submission
from contracts.chapters.external_referral import ExternalAnswer, ExternalReferralAnswered
from contracts.errors import StafettError
from contracts.privacy.offer_preview import Preview
from contracts.sweden.guidance.offer_in_words import offer_in_words
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.wording import Wording
from gateway.context import Context, GatewayContext, unknown_since
from gateway.http.negotiation import preferred
from gateway.http.openapi_parts import documented
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.request_body import read_body
from gateway.outside import pages, words
from gateway.outside.answers import MOST_BYTES, answer_of, fields_of
from gateway.outside.door import PATH, Door, OutsideDoor, shown_by
from gateway.outside.links import Link
from gateway.outside.schemas import OfferForm

log = logging.getLogger(__name__)

_JSON, _HTML, _PLAIN = "application/json", "text/html", "text/plain"
_PRINTED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in (_HTML, _PLAIN)}}
}
_PAGE: Final = {"content": {_HTML: {"schema": {"type": "string"}}}}
_PAGES: Final[dict[int | str, dict[str, Any]]] = dict.fromkeys((200, 404, 409, 429), _PAGE)
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}},
    }
}

Language = Annotated[
    Literal["sv", "en"] | None, Query(description="The language; by default, that of Accept-Language.")
]

router = APIRouter(prefix="/v1", tags=["offers"])
by_link = APIRouter(tags=["answers"])


@router.get(
    "/cases/{case_id}/offers/{offer_id}/form", response_model=OfferForm, responses=_PRINTED | documented(404, 422, 503)
)
async def read_form(
    request: Request, context: Context, door: Door, case_id: str, offer_id: str, language: Language = None
) -> Response:
    """The form for the recipient of an open offer outside the bus: the preview, the code, and the link if there is one.

    Ask for text/html or text/plain to print or send it. Whoever may record the recipient's answer may read it."""
    caller = context.authorise.worker(request)
    context.authorise.require_issuer(caller, ExternalReferralAnswered)
    case = (await context.opened(caller, case_id)).view
    preview = shown_by(context.agency, case, offer_id, context.clock())
    if preview is None:
        raise ProblemError(
            ProblemKind.NOT_FOUND,
            Wording("There is no open offer outside the bus here.", "Här finns inget öppet erbjudande utanför bussen."),
        )
    code, link = door.links.code(offer_id), door.address_of(case, preview)
    match preferred(request.headers.get("accept", ""), (_JSON, _HTML, _PLAIN)):
        case "text/html":
            return pages.printed_page(_told(request, context, door, preview, language), code, link)
        case "text/plain":
            return pages.printed_text(_told(request, context, door, preview, language), code, link)
    form = OfferForm(code=code, link=link, respond_by=preview.respond_by, preview=preview)
    return form.response(Cache_Control="no-store", Vary="Accept, Accept-Language")


@by_link.get(
    f"{PATH}{{token}}",
    response_class=Response,
    responses={200: _PAGE, 404: _PAGE, **documented(422)},
)
async def read_offer_outside(
    request: Request, context: Context, door: Door, token: str, language: Language = None
) -> Response:
    """The page of a link: the preview of an offer, and the form by which its recipient answers. It takes no token of a
    caller: the link is what opens it.
    """
    found = await _behind(context, door, token)
    if found is None:
        return pages.over(swedish=_swedish(request, language))
    return pages.answer_page(_told(request, context, door, found[1], language))


@by_link.post(
    f"{PATH}{{token}}",
    response_class=Response,
    responses=_PAGES | documented(408, 413, 415, 422, 503),
    openapi_extra=_FORM,
)
async def answer_offer_outside(
    request: Request, context: Context, door: Door, token: str, language: Language = None
) -> Response:
    """Record the answer of the recipient, which has the code: this service issues it on the recipient's behalf."""
    raw = await read_body(request, "application/x-www-form-urlencoded", MOST_BYTES)
    found = await _behind(context, door, token)
    if found is None:
        return pages.over(swedish=_swedish(request, language))
    link, preview = found
    asked = _told(request, context, door, preview, language)
    if door.wrong_codes.too_many(link.offer_id):
        return pages.answer_page(asked, words.TOO_MANY, 429)
    fields = fields_of(raw)
    if fields is None or "code" not in fields:
        return pages.answer_page(asked, words.FILL_IN, 422)
    if not door.links.is_code(link.offer_id, fields["code"][0]):
        door.wrong_codes.note(link.offer_id)
        return pages.answer_page(asked, words.WRONG_CODE, 422)
    event = answer_of(fields, link.offer_id, context.clock())
    if event is None:
        return pages.answer_page(asked, words.FILL_IN, 422)
    return await _recorded(context, link, event, asked)


async def _recorded(
    context: GatewayContext, link: Link, event: ExternalReferralAnswered, asked: pages.Request
) -> Response:
    """Issue the answer once. The same answer sent again is answered again; another one is not taken."""
    said = event.model_dump_json(exclude={"occurred_at"}).encode()
    submission = Submission(
        event=event,
        case_id=link.case_id,
        idempotency_key=sha256(f"outside {link.offer_id}".encode()).hexdigest(),
        request_digest=sha256(said).hexdigest(),
    )
    try:
        await context.node.submit(submission)
    except (RefusedError, KeyReuseError):
        return pages.over(swedish=asked.swedish)
    except KeyInFlightError:
        return pages.answer_page(asked, words.TRY_AGAIN, 409)
    except StafettError as error:
        log.warning("an answer from outside was not recorded", extra={"error": type(error).__name__})
        return pages.answer_page(asked, words.TRY_AGAIN, 503)
    text = words.RECORDED_YES if event.answer is ExternalAnswer.ACCEPTED else words.RECORDED_NO
    return pages.told(asked, words.THANKS, text)


async def _behind(context: GatewayContext, door: OutsideDoor, token: str) -> tuple[Link, Preview] | None:
    """The offer behind a link that is good now. Without one, the answer takes as long, whyever there is none."""
    begun, now = monotonic(), context.clock()
    link = door.behind(token, now)
    if link is not None:
        try:
            case = (await context.case(link.case_id)).view
        except UnknownCaseError:
            return None
        preview = shown_by(context.agency, case, link.offer_id, now)
        if preview is not None:
            return link, preview
    await unknown_since(begun)
    return None


def _told(
    request: Request, context: GatewayContext, door: OutsideDoor, preview: Preview, language: str | None
) -> pages.Request:
    return pages.Request(
        preview=preview,
        lines=offer_in_words(preview, context.sweden),
        referrer=_name(context, context.agency),
        recipient=_name(context, preview.recipient),
        phone=door.settings.phone,
        swedish=_swedish(request, language),
    )


def _name(context: GatewayContext, agency: AgencyId) -> str:
    entry = context.node.directory.view.entry(agency)
    return context.sweden.place_of(agency).name if entry is None else entry.name


def _swedish(request: Request, language: str | None) -> bool:
    return (language or preferred(request.headers.get("accept-language", ""), ("sv", "en"))) == "sv"
