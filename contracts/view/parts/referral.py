"""Offers of the case, and what became of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Purpose, Service
from contracts.vocabulary.codes import CountryCode


class OfferState(StrEnum):
    """An offer is answered once: exactly one of accept, decline, withdraw and expire wins (R19).

    An accepted one has ended when its recipient has left the case.
    """

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ENDED = "ended"


class Offer(Begun):
    """A referral as its recipient sees it; one to or from another country names that country (R17)."""

    referrer: AgencyId
    recipient: AgencyId
    purposes: tuple[Purpose, ...]
    services: tuple[Service, ...]
    offered_at: datetime
    respond_by: datetime
    programme: bool = False
    country: CountryCode | None = None
    state: OfferState = OfferState.OPEN
    suggested: AgencyId | None = None

    @property
    def stands(self) -> bool:
        """Whether it still makes its recipient take part: it awaits an answer, or the answer was yes."""
        return self.state in (OfferState.OPEN, OfferState.ACCEPTED)

    def awaits_answer(self, at: datetime) -> bool:
        """Whether the recipient may still accept."""
        return self.state is OfferState.OPEN and at <= self.respond_by
