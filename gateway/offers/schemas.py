"""The response models of offers: those that this agency made or received, and whom to ask next."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.chapters.offer_questions import QuestionTopic
from contracts.directory.view import DirectoryView
from contracts.privacy.offer_preview import Preview
from contracts.sweden.guidance.next_recipient import Suggestion
from contracts.view.parts.referral import Offer, OfferState, Urgency
from contracts.vocabulary.agencies import AgencyId, AgencyKind
from contracts.vocabulary.choices import Purpose, Service
from contracts.vocabulary.codes import CountryCode
from gateway.contacts.schemas import ContactDetails
from gateway.http.response_models import ResponseModel, Text, Uuid


class Direction(StrEnum):
    """The direction of an offer, as this agency sees it."""

    RECEIVED = "received"
    SENT = "sent"


class OfferSummary(ResponseModel):
    """An offer that this agency made or received. `suggested`: the agency that the decliner suggested instead.

    `external`: the recipient is not on the bus; this agency asks it by the form, and records its answer.
    """

    offer_id: Uuid
    case_id: Uuid
    direction: Direction
    referrer: AgencyId
    recipient: AgencyId
    purposes: tuple[Purpose, ...]
    services: tuple[Service, ...]
    offered_at: datetime
    urgency: Urgency = Urgency.ORDINARY
    respond_by: datetime
    awaits_answer: Annotated[bool, Field(description="True if the recipient may still accept.")]
    programme: bool
    country: CountryCode | None
    external: bool = False
    state: OfferState
    suggested: AgencyId | None

    @classmethod
    def of(cls, offer: Offer, case_id: str, agency: AgencyId, now: datetime) -> OfferSummary:
        """The offer as it is now. `agency`: this agency, which is its referrer or its recipient."""
        return cls(
            offer_id=offer.id,
            case_id=case_id,
            direction=Direction.SENT if offer.referrer == agency else Direction.RECEIVED,
            awaits_answer=offer.awaits_answer(now),
            **offer.model_dump(exclude={"id"}),
        )


class AskedInOffer(ResponseModel):
    """A question that the recipient of an offer asked. `answer`: null while it is not answered."""

    question_id: Uuid
    about: QuestionTopic
    question: str
    answer: str | None


class OfferPreview(Preview):
    """The preview of an offer. `note`, `questions`: the words of both sides, which the recipient alone finds here."""

    note: str | None = None
    questions: tuple[AskedInOffer, ...] = ()


class SuggestedRecipient(ResponseModel):
    """An agency that could accept the case instead, and what a referral to it still lacks.

    `places`: the free places that it has announced for the services asked for; null when it has announced none.
    """

    agency: AgencyId
    kind: AgencyKind
    name: str
    why: Text
    suggested_by_decliner: bool
    needs_consent: bool
    places: int | None

    @classmethod
    def of(cls, suggestion: Suggestion, directory: DirectoryView) -> SuggestedRecipient:
        """The suggestion with the agency's name."""
        entry = directory.entry(suggestion.agency)
        return cls(
            name=suggestion.agency if entry is None else entry.name,
            why=Text.model_validate(suggestion.why),
            **suggestion.model_dump(exclude={"why"}),
        )


class NextRecipients(ResponseModel):
    """The agencies that could get the offer instead, the most suitable first; and the regional coordinator (R16)."""

    items: tuple[SuggestedRecipient, ...]
    ask: ContactDetails | None
