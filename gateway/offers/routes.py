"""The routes of offers: those that this agency made or received, their previews, and whom to ask next."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from contracts.privacy.offer_preview import preview
from contracts.sweden.guidance.next_recipient import next_recipients
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.wording import Wording
from gateway.contacts.schemas import ContactDetails
from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.paging import Cursor, paged, place_of
from gateway.http.parameters import Limit, PageNumber
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.response_models import Page
from gateway.offers.schemas import Direction, NextRecipients, OfferPreview, OfferSummary, SuggestedRecipient
from gateway.offers.words import words_of

InState = Annotated[OfferState | None, Query(description="Only offers in this state.")]
Going = Annotated[Direction | None, Query(description="Only offers that this agency received, or that it made.")]

router = APIRouter(prefix="/v1", tags=["offers"])


@router.get("/offers", response_model=Page[OfferSummary], responses=documented(422))
async def list_offers(
    request: Request,
    context: Context,
    state: InState = None,
    direction: Going = None,
    limit: Limit = 20,
    page: PageNumber = 1,
    cursor: Cursor = None,
) -> Response:
    """The offers that this agency made or received in its cases, the newest first."""
    context.authorise.reader(request)
    now, agency = context.clock(), context.agency
    after = place_of(cursor, str, int, str, int)
    found = await context.node.lists.offers(direction, state, limit=limit, offset=limit * (page - 1), after=after)
    items = tuple(OfferSummary.of(one.offer, one.case_id, agency, now) for one in found.items)
    return paged(request, Page[OfferSummary], items, found, limit=limit, page=page)


@router.get("/cases/{case_id}/offers/{offer_id}/preview", response_model=OfferPreview, responses=documented(404, 503))
async def read_offer_preview(request: Request, context: Context, case_id: str, offer_id: str) -> Response:
    """The facts that the recipient of an offer may see before it answers: enough to decide, nothing that identifies.

    Only the recipient and the referrer may read them. The recipient holds no key of the case until it accepts: this is
    all that it has of it, and what it is left with when the offer ends otherwise, until the case is erased."""
    caller = context.authorise.reader(request)
    case = await context.offered_case(case_id)
    await context.opening(caller)([case_id])
    offer = _offer(case.view, offer_id)
    seen = preview(case.view, offer_id) if context.agency in (offer.recipient, offer.referrer) else None
    if seen is None:
        raise _unknown_offer()
    note, questions = await words_of(context.node.replica, case)
    answer = OfferPreview(**vars(seen), note=note, questions=questions)
    return Response(answer.model_dump_json().encode(), media_type="application/json")


@router.get(
    "/cases/{case_id}/offers/{offer_id}/next-recipients", response_model=NextRecipients, responses=documented(404, 503)
)
async def list_next_recipients(request: Request, context: Context, case_id: str, offer_id: str) -> Response:
    """The agencies to which the referrer could offer the case next, the most suitable first; and whom to ask.

    It is a proposal: people choose, and the rules judge the referral that they make."""
    caller = context.authorise.reader(request)
    case = (await context.opened(caller, case_id)).view
    directory = context.node.directory.view
    found = next_recipients(case, _offer(case, offer_id).id, directory, context.clock())
    coordinator = context.coordinator_near(case)
    answer = NextRecipients(
        items=tuple(SuggestedRecipient.of(one, directory) for one in found),
        ask=None if coordinator is None else ContactDetails.of(coordinator, context.node.directory.view),
    )
    return answer.response()


def _offer(case: CaseView, offer_id: str) -> Offer:
    offer = with_id(case.offers, offer_id)
    if offer is None:
        raise _unknown_offer()
    return offer


def _unknown_offer() -> ProblemError:
    return ProblemError(
        ProblemKind.NOT_FOUND, Wording("There is no such offer here.", "Det finns inget sådant erbjudande här.")
    )
