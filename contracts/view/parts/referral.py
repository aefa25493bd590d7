"""Offers of the case, and the result of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from contracts.view.parts.begun import Begun, newer
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Purpose, Service
from contracts.vocabulary.codes import CountryCode


class OfferState(StrEnum):
    """The state of an offer. An open offer ends once: it is accepted, declined, withdrawn, or expires (R19).

    An accepted offer becomes `ENDED` when its recipient leaves the case.
    """

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ENDED = "ended"


class Offer(Begun):
    """An offer of the case to a recipient; an offer to or from another country names that country (R17).

    `by_duty`: a concern for somebody who may be a child was referred to social services without consent (R3).
    """

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
    by_duty: bool = newer(default=False)

    @property
    def stands(self) -> bool:
        """True if the offer still lets its recipient take part: it is open, or the recipient accepted it."""
        return self.state in (OfferState.OPEN, OfferState.ACCEPTED)

    def awaits_answer(self, at: datetime) -> bool:
        """True if the recipient may still accept the offer at this moment."""
        return self.state is OfferState.OPEN and at <= self.respond_by
