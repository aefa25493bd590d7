"""The parts of a case view: what each chapter's events leave behind, frozen, named by the event that began it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from contracts.event.case_event import EventId, Fact
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import SEK, CountryCode, DataClass, DeadlineKind, Purpose, Reintegration, Service


class CaseStatus(StrEnum):
    """Whether the case takes events of every chapter, only those that closure allows, or none but confirmations."""

    UNOPENED = "unopened"
    OPEN = "open"
    CLOSED = "closed"
    ERASED = "erased"


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
    DUPLICATE = "duplicate"
    OTHER = "other"


class Participation(StrEnum):
    """How an agency came to take part in a case."""

    OPENED = "opened"
    CONSULTED = "consulted"
    REFERRED = "referred"
    DECIDES = "decides"
    PROTECTS = "protects"
    INSPECTS = "inspects"
    KEEPS_TIME = "keeps-time"
    HOLDS = "holds"


class Participant(Fact):
    """An agency that takes part in the case, and since when."""

    agency: AgencyId
    participation: Participation
    since: datetime

    @property
    def rests_on_consent(self) -> bool:
        """Whether it takes part because the victim agreed to that, and not by a task of its own."""
        return self.participation in (Participation.REFERRED, Participation.INSPECTS)


class Former(Fact):
    """An agency that took part in the case and left it: it reads nothing of what came after that."""

    agency: AgencyId
    since: datetime
    until: datetime


class IntegrationService(StrEnum):
    """The long-term services that the sources list."""

    INTEGRATION_PROGRAMME = "integration-programme"
    HEALTH_CARE = "health-care"
    LANGUAGE_STUDIES = "language-studies"
    CULTURAL_STUDIES = "cultural-studies"
    PROFESSIONAL_TRAINING = "professional-training"
    BASIC_EDUCATION = "basic-education"
    SKILLS_MAPPING = "mapping-of-professional-skills"
    JOB_APPLICATION_HELP = "help-with-applying-for-work"
    SOCIAL_SERVICES = "social-services"
    LONG_TERM_SUPPORT = "long-term-support"


class Begun(Fact):
    """Something that an event began; its id is that event's id, by which later events refer to it."""

    id: EventId


class Consultation(Begun):
    """A question to the coordinator."""

    asked_by: AgencyId
    coordinator: AgencyId
    answered: bool = False


class Consent(Begun):
    """What the victim agrees to, as far as it is not withdrawn."""

    recipients: tuple[AgencyId, ...]
    purposes: tuple[Purpose, ...]
    data_classes: tuple[DataClass, ...]
    given_at: datetime
    valid_until: date

    def in_force(self, on: date) -> bool:
        """Whether the consent has not run out on this day; the last day counts."""
        return on <= self.valid_until

    def covers(self, recipient: AgencyId, purpose: Purpose, on: date) -> bool:
        """Whether the recipient may be told for this purpose on this day; the last day counts."""
        return recipient in self.recipients and purpose in self.purposes and self.in_force(on)


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
    ended: bool = False

    def in_force(self, on: date) -> bool:
        """Whether the period covers this day."""
        return self.starts_on is not None and self.ends_on is not None and self.starts_on <= on <= self.ends_on


class PermitKind(StrEnum):
    """The grounds on which a person may stay for a time."""

    TEMPORARY = "temporary"
    ASYLUM = "asylum"
    WORK = "work"


class Permit(Begun):
    """A time-limited permit, or the application for one; both days count as granted."""

    kind: PermitKind
    requested_by: AgencyId | None = None
    decision: Decision = Decision.PENDING
    starts_on: date | None = None
    ends_on: date | None = None
    ended: bool = False

    def in_force(self, on: date) -> bool:
        """Whether the permit covers this day."""
        return self.starts_on is not None and self.ends_on is not None and self.starts_on <= on <= self.ends_on


class Needs(Begun):
    """The latest structured assessment."""

    services: tuple[Service, ...]
    urgent: tuple[Service, ...]


class SupportPlan(Begun):
    """The plan that services follow."""

    drafted_by: AgencyId
    services: tuple[Service, ...]
    review_on: date
    revisions: int = 0


class ChildConcern(Begun):
    """A report of concern for a child, which social services assess the same or the next day (R14)."""

    reported_by: AgencyId
    municipality: AgencyId
    reported_on: date
    assessed_on: date | None = None
    protection_needed: bool | None = None
    overdue: bool = False


class Inspection(Begun):
    """A joint inspection of a workplace: who takes part, and who has reported."""

    requested_by: AgencyId
    partners: tuple[AgencyId, ...]
    reported_by: tuple[AgencyId, ...] = ()

    @property
    def inspectors(self) -> tuple[AgencyId, ...]:
        """Everyone whose report completes the inspection."""
        return (self.requested_by, *self.partners)


class Support(Begun):
    """A service that somebody gave."""

    service: Service
    provider: AgencyId
    starts_on: date
    ends_on: date | None

    def given_within(self, first: date, last: date) -> bool:
        """Whether it was given on some day from the first to the last; without a last day it goes on."""
        return self.starts_on <= last and (self.ends_on is None or first <= self.ends_on)


class Claim(Begun):
    """A municipality's claim on the state."""

    claimed_by: AgencyId
    support_ids: tuple[EventId, ...]
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
    coordinator: AgencyId
    stage: ReturnStage = ReturnStage.REQUESTED
    departs_on: date | None = None
    returned_on: date | None = None
    reintegration: tuple[Reintegration, ...] = ()


class IntegrationPlan(Begun):
    """The individual plan for a life in Sweden (R12)."""

    drafted_by: AgencyId
    services: tuple[IntegrationService, ...]


class Reminded(Fact):
    """A deadline that has been reminded of, so that it is not reminded of again."""

    kind: DeadlineKind
    subject: EventId


Begun_ = TypeVar("Begun_", bound=Begun)


def with_id(begun: Iterable[Begun_], id: EventId) -> Begun_ | None:
    """The one that this event began, if any."""
    return next((one for one in begun if one.id == id), None)


def replaced(begun: tuple[Begun_, ...], id: EventId, **changes: object) -> tuple[Begun_, ...]:
    """The same in the same order, with some fields of one of them replaced."""
    return tuple(one.model_copy(update=changes) if one.id == id else one for one in begun)
