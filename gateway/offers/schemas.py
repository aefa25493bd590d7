"""The response models of offers: those that this agency made or got, and who could be asked next."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.directory.view import DirectoryView
from contracts.sweden.guidance.next_recipient import Suggestion
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import AgencyId, AgencyKind
from contracts.vocabulary.choices import Purpose, Service
from contracts.vocabulary.codes import CountryCode
from gateway.contacts.schemas import ContactDetails
from gateway.http.response_models import ResponseModel, Text, Uuid


class Direction(StrEnum):
    """Which way an offer went, as this agency sees it."""

    RECEIVED = "received"
    SENT = "sent"


class OfferSummary(ResponseModel):
    """An offer that this agency made or got. `suggested`: to whom the one who declined points."""

    offer_id: Uuid
    case_id: Uuid
    direction: Direction
    referrer: AgencyId
    recipient: AgencyId
    purposes: tuple[Purpose, ...]
    services: tuple[Service, ...]
    offered_at: datetime
    respond_by: datetime
    awaits_answer: Annotated[bool, Field(description="Whether the recipient may still accept.")]
    programme: bool
    country: CountryCode | None
    state: OfferState
    suggested: AgencyId | None

    @classmethod
    def of(cls, offer: Offer, case_id: str, agency: AgencyId, now: datetime) -> OfferSummary:
        """The offer as the agency, its referrer or recipient, sees it now."""
        return cls(
            offer_id=offer.id,
            case_id=case_id,
            direction=Direction.SENT if offer.referrer == agency else Direction.RECEIVED,
            awaits_answer=offer.awaits_answer(now),
            **offer.model_dump(exclude={"id"}),
        )


class SuggestedRecipient(ResponseModel):
    """An agency that could take the case on instead, and what a referral to it still lacks.

    `places`: announced for what is asked; null when it has said nothing.
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
    """Who could be offered the case instead, best first; and the regional coordinator to ask (R16)."""

    items: tuple[SuggestedRecipient, ...]
    ask: ContactDetails | None
