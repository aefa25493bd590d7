"""The parts of a case view: what each chapter's events leave behind, frozen, named by the event that began it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from contracts.agencies import AgencyId
from contracts.event import EventId, Fact
from contracts.vocabulary import SEK, CountryCode, DataClass, Purpose, Reintegration, Service


class CaseStatus(StrEnum):
    """Whether the case takes events of every chapter or only those that closure allows."""

    UNOPENED = "unopened"
    OPEN = "open"
    CLOSED = "closed"


class Identification(StrEnum):
    """Detection presumes, an opened investigation identifies formally (R4)."""

    PRESUMED = "presumed"
    FORMAL = "formal"


class ClosureReason(StrEnum):
    """Why the lead agency closes a case (R18)."""

    SUPPORT_COMPLETED = "support-completed"
    RETURNED = "returned"
    SETTLED_IN_SWEDEN = "settled-in-sweden"
    DECLINED_SUPPORT = "declined-support"
    LOST_CONTACT = "lost-contact"
    LEFT_THE_COUNTRY = "left-the-country"
    NOT_A_VICTIM = "not-a-victim"
    DECEASED = "deceased"
    OTHER = "other"


class Participation(StrEnum):
    """How an agency came to take part in a case."""

    OPENED = "opened"
    CONSULTED = "consulted"
    REFERRED = "referred"
    DECIDES = "decides"


class Participant(Fact):
    """An agency that takes part in the case, and since when."""

    agency: AgencyId
    participation: Participation
    since: datetime


class Begun(Fact):
    """Something that an event began; its id is that event's id, by which later events refer to it."""

    id: EventId


class Consultation(Begun):
    """A question to the coordinator."""

    asked_by: AgencyId
    answered: bool = False


class Consent(Begun):
    """What the victim agrees to, as far as it is not withdrawn."""

    recipients: tuple[AgencyId, ...]
    purposes: tuple[Purpose, ...]
    data_classes: tuple[DataClass, ...]
    valid_until: date

    def covers(self, recipient: AgencyId, purpose: Purpose, on: date) -> bool:
        """Whether the recipient may be told for this purpose on this day; the last day counts."""
        return recipient in self.recipients and purpose in self.purposes and on <= self.valid_until


class OfferState(StrEnum):
    """An offer is answered once: exactly one of accept, decline and withdraw wins (R19)."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Offer(Begun):
    """A referral as its recipient sees it."""

    referrer: AgencyId
    recipient: AgencyId
    purposes: tuple[Purpose, ...]
    services: tuple[Service, ...]
    respond_by: datetime
    state: OfferState = OfferState.OPEN

    def awaits_answer(self, at: datetime) -> bool:
        """Whether the recipient may still accept."""
        return self.state is OfferState.OPEN and at <= self.respond_by


class Investigation(Begun):
    """A preliminary investigation."""

    led_by: AgencyId
    opened_on: date
    closed_on: date | None = None


class Decision(StrEnum):
    """What the deciding agency has said to an application."""

    PENDING = "pending"
    GRANTED = "granted"
    PARTLY_GRANTED = "partly-granted"
    REFUSED = "refused"


class ReflectionPeriod(Begun):
    """An application for a reflection period and what became of it; both days count as granted."""

    requested_by: AgencyId
    decision: Decision = Decision.PENDING
    starts_on: date | None = None
    ends_on: date | None = None

    def covers(self, first: date, last: date) -> bool:
        """Whether the period was in force on every day from the first to the last."""
        return (
            self.starts_on is not None and self.ends_on is not None and self.starts_on <= first <= last <= self.ends_on
        )


class Needs(Begun):
    """The latest structured assessment."""

    services: tuple[Service, ...]
    urgent: tuple[Service, ...]


class SupportPlan(Begun):
    """The plan that services follow."""

    drafted_by: AgencyId
    services: tuple[Service, ...]
    review_on: date


class Support(Begun):
    """A service that somebody gave."""

    service: Service
    provider: AgencyId
    starts_on: date
    ends_on: date | None


class Claim(Begun):
    """A municipality's claim on the state."""

    claimed_by: AgencyId
    starts_on: date
    ends_on: date
    claimed_sek: SEK
    decision: Decision = Decision.PENDING
    granted_sek: SEK | None = None


class ReturnStage(StrEnum):
    """How far a voluntary return has come."""

    REQUESTED = "requested"
    COUNTERSIGNED = "countersigned"
    APPROVED = "approved"
    REFUSED = "refused"
    TRAVEL_ARRANGED = "travel-arranged"
    RETURNED = "returned"


class VoluntaryReturn(Begun):
    """An application to the return programme, and the journey that followed."""

    requested_by: AgencyId
    destination: CountryCode
    stage: ReturnStage = ReturnStage.REQUESTED
    departs_on: date | None = None
    returned_on: date | None = None
    reintegration: tuple[Reintegration, ...] = ()


Begun_ = TypeVar("Begun_", bound=Begun)


def with_id(begun: Iterable[Begun_], id: EventId) -> Begun_ | None:
    """The one that this event began, if any."""
    return next((one for one in begun if one.id == id), None)


def replaced(begun: tuple[Begun_, ...], id: EventId, **changes: object) -> tuple[Begun_, ...]:
    """The same in the same order, with some fields of one of them replaced."""
    return tuple(one.model_copy(update=changes) if one.id == id else one for one in begun)
