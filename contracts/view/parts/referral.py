"""Offers of the case, the result of each, and the questions that recipients ask before they answer."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.calendar.days import Day
from contracts.event.fact import EventId, Fact
from contracts.view.parts.begun import Begun, newer
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Purpose, Service
from contracts.vocabulary.codes import CountryCode


class OfferState(StrEnum):
    """The state of an offer. An open offer ends once: it is accepted, declined, withdrawn, or expires (R19).

    An accepted offer becomes `ENDED` when its recipient leaves the case or hands the case back.
    """

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ENDED = "ended"


class Urgency(StrEnum):
    """How soon the person needs the help that an offer asks for."""

    IMMEDIATE = "immediate"
    WITHIN_24_HOURS = "within-24-hours"
    ORDINARY = "ordinary"


class ServiceResult(StrEnum):
    """The result of an accepted offer for one service."""

    GIVEN = "given"
    PARTLY = "partly"
    NOT_GIVEN = "not-given"


class ShortfallReason(StrEnum):
    """Why a service was not given, or only in part."""

    NO_CAPACITY = "no-capacity"
    WAITING_TIME = "waiting-time"
    NOT_ENTITLED = "not-entitled"
    NEED_CHANGED = "need-changed"
    PERSON_DECLINED = "person-declined"
    NOT_REACHED = "not-reached"
    MOVED = "moved"
    SAFETY = "safety"
    OTHER = "other"


class ServiceOutcome(Fact):
    """The result for one service: whether it was given, since when, and if not all of it was, why."""

    service: Service
    result: ServiceResult
    since: Day | None = None
    reasons: Annotated[tuple[ShortfallReason, ...], Field(max_length=9)] = ()

    @model_validator(mode="after")
    def _fits_the_result(self) -> Self:
        if (self.since is None) is not (self.result is ServiceResult.NOT_GIVEN):
            raise ValueError("a service that was given has a first day, and no other has")
        if bool(self.reasons) is (self.result is ServiceResult.GIVEN):
            raise ValueError("a service that was not given in full has a reason, and no other has")
        return self


class OutcomeReport(Begun):
    """The latest report on an accepted offer: its Swedish day, and the latest result for each service."""

    reported_on: date
    services: tuple[ServiceOutcome, ...]

    @property
    def lacking(self) -> tuple[Service, ...]:
        """The services that were not given, or only in part."""
        return tuple(each.service for each in self.services if each.result is not ServiceResult.GIVEN)


class HandBackReason(StrEnum):
    """Why a recipient hands back a case that it had accepted."""

    NO_CAPACITY = "no-capacity"
    OUTSIDE_MANDATE = "outside-mandate"
    NEEDS_NOT_MET_HERE = "needs-not-met-here"
    PERSON_MOVED = "person-moved"
    PERSON_DECLINED = "person-declined"
    NOT_REACHED = "not-reached"
    SAFETY = "safety"
    OTHER = "other"


class Offer(Begun):
    """An offer of the case to a recipient; an offer to or from another country names that country (R17).

    Attributes:
        suggested: the agency that the recipient suggested when it declined or handed the case back.
        accepted_on: the Swedish day on which the recipient accepted.
        promised: the services that the recipient then promised.
        report: what has come of it; None: the recipient has not reported yet.
        unreached: the id of the latest event by which the recipient said that it could not reach the person.
        handed_back: why the recipient handed the case back.

        by_duty: a concern for somebody who may be a child was referred to social services without consent (R3).
        external: the recipient is not on the bus; the referrer records its answer (R33).

    Offers that were accepted before `LEAVES_MORE_SINCE` say neither when nor with which services.
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
    urgency: Urgency = newer(Urgency.ORDINARY)
    accepted_on: date | None = newer(None)
    promised: tuple[Service, ...] = newer(())
    report: OutcomeReport | None = newer(None)
    unreached: EventId | None = newer(None)
    handed_back: HandBackReason | None = newer(None)
    by_duty: bool = newer(default=False)
    external: bool = newer(default=False)

    @property
    def stands(self) -> bool:
        """True if the offer still lets its recipient take part: it is open, or the recipient accepted it."""
        return self.state in (OfferState.OPEN, OfferState.ACCEPTED)

    @property
    def taken_on(self) -> bool:
        """True if the recipient has accepted the case here; an agency outside the bus takes on nothing here."""
        return self.state is OfferState.ACCEPTED and not self.external

    def awaits_answer(self, at: datetime) -> bool:
        """True if the recipient may still accept the offer at this moment."""
        return self.state is OfferState.OPEN and at <= self.respond_by


class OfferQuestion(Begun):
    """A question that the recipient of an open offer asked the referrer before answering the offer."""

    offer_id: EventId
    asked_by: AgencyId
    answered: bool = False
