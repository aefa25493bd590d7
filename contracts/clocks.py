"""Clocks: what runs out in a case and when, what is said when it does, and who is reminded before (R20).

Pure readings of the view. A clock that runs out is an event that the national coordinator issues, never a value
computed from "now" inside the fold, so replay stays deterministic. Days are Swedish days, across daylight saving.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Final

from contracts.agencies import COORDINATOR, AgencyId, AgencyKind, Role, kinds
from contracts.child_protection import ChildAssessmentOverdue
from contracts.consent import ConsentExpired
from contracts.event import SWEDISH_TIME, CaseEvent, Chapter, EventId, Example, Fact, Moment, Provenance, swedish_day
from contracts.legal_status import ReflectionPeriodEnded
from contracts.referral import ReferralExpired
from contracts.residence_permit import ResidencePermitEnded
from contracts.rules import NOT_IN_THE_SOURCES, Missing, Rule, mandate, missing, rule
from contracts.states import CaseStatus, OfferState, Permit, ReflectionPeriod, Reminded
from contracts.view import CaseView, evolves
from contracts.vocabulary import DeadlineKind, Ending
from contracts.working_days import last_working_day

MORNING: Final = time(9)
"""Reminders come when people are at work."""

DAYS_BEFORE: Final = {
    DeadlineKind.CONSENT: 14,
    DeadlineKind.REFLECTION_PERIOD: 7,
    DeadlineKind.PERMIT: 30,
}
"""How long before its last day each is reminded of; on the last working day not later than that."""

OFFER_REMINDER: Final = timedelta(hours=24)
"""An offer is reminded of a day before its time is out, or half-way when it had less than two days."""

_LAST_WITH_A_NEXT: Final = date.max - timedelta(days=1)
"""Who means “for ever” may write the calendar's last day: it must not stop the clocks of every other case."""


class Deadline(Fact):
    """Something that runs out: at `due_at` the coordinator says so; at `remind_at` it reminds those concerned.

    `subject` is the id of the event that began it; who has left the case is not concerned. Both times are UTC;
    `remind_at` is None once that has been done, in a closed case, and where the time is too short for it.
    """

    kind: DeadlineKind
    subject: EventId
    due_at: datetime
    remind_at: datetime | None
    concerns: tuple[AgencyId, ...]


class DeadlineReminded(CaseEvent, chapter=Chapter.CLOCKS, issuers=kinds(AgencyKind.COORDINATOR), role=Role.CLOCK):
    """Those concerned are reminded that something is about to run out."""

    deadline: DeadlineKind
    subject: EventId
    due_at: Moment
    concerns: tuple[AgencyId, ...]

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-28T08:00:00Z",
        "deadline": "reflection-period",
        "subject": "018e0a00-0000-7000-8000-000000000009",
        "due_at": "2024-04-06T22:00:00Z",
        "concerns": ["police", "ngo-fyren"],
    }


@evolves(DeadlineReminded)
def deadline_reminded(case: CaseView, event: DeadlineReminded, by: Provenance) -> CaseView:
    return case.advanced(reminded=(*case.reminded, Reminded(kind=event.deadline, subject=event.subject)))


def deadlines(case: CaseView) -> tuple[Deadline, ...]:
    """Everything that runs in the case, the first to run out first. In a closed case only offers and consents run."""
    running = [*_offers(case), *_consents(case)]
    if case.status is CaseStatus.OPEN:
        running += [*_reflection_periods(case), *_permits(case), *_child_assessments(case)]
    return tuple(sorted(running, key=lambda deadline: (deadline.due_at, deadline.kind, deadline.subject)))


def due_event(deadline: Deadline) -> CaseEvent:
    """What the coordinator says when the deadline has run out: it occurred then, however late it is recorded."""
    at, subject = deadline.due_at, deadline.subject
    last_day = swedish_day(at - timedelta(seconds=1))
    match deadline.kind:
        case DeadlineKind.OFFER:
            return ReferralExpired(occurred_at=at, offer_id=subject)
        case DeadlineKind.CONSENT:
            return ConsentExpired(occurred_at=at, consent_id=subject)
        case DeadlineKind.REFLECTION_PERIOD:
            return ReflectionPeriodEnded(occurred_at=at, request_id=subject, ended_on=last_day, ending=Ending.RAN_OUT)
        case DeadlineKind.PERMIT:
            return ResidencePermitEnded(occurred_at=at, permit_id=subject, ended_on=last_day, ending=Ending.RAN_OUT)
        case DeadlineKind.CHILD_ASSESSMENT:
            return ChildAssessmentOverdue(occurred_at=at, concern_id=subject)


def reminder_event(deadline: Deadline) -> DeadlineReminded:
    """What the coordinator says before the deadline; ValueError when that has been done."""
    if deadline.remind_at is None:
        raise ValueError("the deadline has been reminded of")
    return DeadlineReminded(
        occurred_at=deadline.remind_at,
        deadline=deadline.kind,
        subject=deadline.subject,
        due_at=deadline.due_at,
        concerns=deadline.concerns,
    )


def fallen_due(case: CaseView, now: datetime) -> tuple[CaseEvent, ...]:
    """Every reminder and every end that the coordinator has to issue by now, in the order in which they fell due.

    The end of a consent withdraws the open offers that rested on it; when those have fallen due too, their rule refuses
    what is left to say of them.
    """
    running = deadlines(case)
    reminders = [reminder_event(each) for each in running if each.remind_at is not None and each.remind_at <= now]
    return tuple(
        sorted([*reminders, *(due_event(each) for each in running if each.due_at <= now)], key=lambda e: e.occurred_at)
    )


def next_moment(case: CaseView) -> datetime | None:
    """When the coordinator has next to say something about the case; None when nothing runs."""
    return min((each.remind_at or each.due_at for each in deadlines(case)), default=None)


def start_of(day: date) -> datetime:
    """The first moment of a Swedish day, in UTC."""
    return datetime.combine(day, time(), SWEDISH_TIME).astimezone(UTC)


def _offers(case: CaseView) -> Iterator[Deadline]:
    for offer in case.offers:
        if offer.state is OfferState.OPEN:
            # The last moment still counts for an answer: the offer is over a second later.
            due_at = offer.respond_by + timedelta(seconds=1)
            before = min(OFFER_REMINDER, (offer.respond_by - offer.offered_at) / 2)
            concerns = (offer.recipient, offer.referrer)
            yield _deadline(case, DeadlineKind.OFFER, offer.id, due_at, offer.respond_by - before, concerns)


def _consents(case: CaseView) -> Iterator[Deadline]:
    for consent in case.consents:
        yield _after_last_day(case, DeadlineKind.CONSENT, consent.id, consent.given_at, consent.valid_until, ())


def _reflection_periods(case: CaseView) -> Iterator[Deadline]:
    for period in case.reflection_periods:
        yield from _right(case, DeadlineKind.REFLECTION_PERIOD, period)


def _permits(case: CaseView) -> Iterator[Deadline]:
    for permit in case.permits:
        yield from _right(case, DeadlineKind.PERMIT, permit)


def _right(case: CaseView, kind: DeadlineKind, right: ReflectionPeriod | Permit) -> Iterator[Deadline]:
    if right.starts_on is not None and right.ends_on is not None and not right.ended:
        applicant = () if right.requested_by is None else (right.requested_by,)
        yield _after_last_day(case, kind, right.id, start_of(right.starts_on), right.ends_on, applicant)


def _child_assessments(case: CaseView) -> Iterator[Deadline]:
    for concern in case.child_concerns:
        if concern.assessed_on is None and not concern.overdue:
            # Social services are on duty every day: no holiday moves this.
            next_day = concern.reported_on + timedelta(days=1)
            remind_at = datetime.combine(next_day, MORNING, SWEDISH_TIME).astimezone(UTC)
            due_at, concerns = start_of(next_day + timedelta(days=1)), (concern.municipality, concern.reported_by)
            yield _deadline(case, DeadlineKind.CHILD_ASSESSMENT, concern.id, due_at, remind_at, concerns)


def _after_last_day(
    case: CaseView,
    kind: DeadlineKind,
    subject: EventId,
    since: datetime,
    last_day: date,
    concerns: tuple[AgencyId, ...],
) -> Deadline:
    """What is over when its last Swedish day is; the lead agency is always concerned. What is too short for a reminder
    gets none.
    """
    remind_on = last_working_day(last_day - timedelta(days=DAYS_BEFORE[kind]))
    remind_at = datetime.combine(remind_on, MORNING, SWEDISH_TIME).astimezone(UTC)
    concerned = (*concerns, *(() if case.lead is None else (case.lead,)))
    due_at = start_of(min(last_day, _LAST_WITH_A_NEXT) + timedelta(days=1))
    return _deadline(case, kind, subject, due_at, remind_at if remind_at > since else None, concerned)


def _deadline(
    case: CaseView,
    kind: DeadlineKind,
    subject: EventId,
    due_at: datetime,
    remind_at: datetime | None,
    concerns: tuple[AgencyId, ...],
) -> Deadline:
    done = case.status is CaseStatus.CLOSED or Reminded(kind=kind, subject=subject) in case.reminded
    return Deadline(
        kind=kind,
        subject=subject,
        due_at=due_at,
        remind_at=None if done else remind_at,
        concerns=tuple(agency for agency in dict.fromkeys(concerns) if case.takes_part(agency)),
    )


_CLOCK: Final = f"{NOT_IN_THE_SOURCES}: a clock that runs out is an event, so that everybody sees the same end."

coordinator_reminds = mandate(
    "R20",
    DeadlineReminded,
    en="The national coordinator keeps time for everybody, and reminds.",
    sv="Den nationella samordnaren bevakar tider för alla och påminner.",
    source=_CLOCK,
)


@rule(
    "R20",
    DeadlineReminded,
    en="A deadline is reminded of once, while it runs.",
    sv="En tidsfrist påminns om en gång, medan den löper.",
    source=_CLOCK,
)
def running_deadline_is_reminded_of_once(case: CaseView, event: DeadlineReminded, by: Provenance) -> Missing | None:
    if by.agency != COORDINATOR:
        return _coordinator_keeps_time()
    # Not the moment: it follows the calendar of holidays, whose later editions must not change a judgement.
    running = (each for each in deadlines(case) if each.remind_at is not None)
    if any((each.kind, each.subject, each.due_at) == (event.deadline, event.subject, event.due_at) for each in running):
        return None
    return missing("No such deadline runs, unreminded of.", "Ingen sådan tidsfrist löper utan påminnelse.", COORDINATOR)


def _runs_out(id: str, event: type[CaseEvent], en: str, sv: str) -> Rule:
    """The rule that an end which the clock issues is one that has come."""

    def check(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
        if by.kind is AgencyKind.MIGRATION:
            return None  # revokes, which its own rule judges
        if by.agency != COORDINATOR:
            return _coordinator_keeps_time()
        for deadline in deadlines(case):
            if _says_the_same(event, due_event(deadline)):
                if event.occurred_at >= deadline.due_at:
                    return None
                return missing("Its time has not run out.", "Tiden har inte gått ut.", COORDINATOR)
        return missing("No such time is running.", "Ingen sådan tid löper.", COORDINATOR)

    return rule(id, event, en=en, sv=sv, source=_CLOCK)(check)


def _says_the_same(event: CaseEvent, due: CaseEvent) -> bool:
    """Whether two events differ at most in when they occurred."""
    when = {"occurred_at"}
    return type(event) is type(due) and event.model_dump(exclude=when) == due.model_dump(exclude=when)


def _coordinator_keeps_time() -> Missing:
    return missing(
        "Only the national coordinator keeps time.", "Endast den nationella samordnaren bevakar tider.", COORDINATOR
    )


offer_expires_after_its_time = _runs_out(
    "R19",
    ReferralExpired,
    "An offer expires when nobody has answered by its time, not before.",
    "Ett erbjudande går ut när ingen har svarat i tid, inte tidigare.",
)
consent_expires_after_its_last_day = _runs_out(
    "R3",
    ConsentExpired,
    "A consent expires when its last Swedish day is over, not before.",
    "Ett samtycke går ut när dess sista svenska dag är slut, inte tidigare.",
)
reflection_period_ends_after_its_last_day = _runs_out(
    "R5",
    ReflectionPeriodEnded,
    "A reflection period runs out when its last Swedish day is over, not before.",
    "En betänketid löper ut när dess sista svenska dag är slut, inte tidigare.",
)
permit_ends_after_its_last_day = _runs_out(
    "R6",
    ResidencePermitEnded,
    "A permit runs out when its last Swedish day is over, not before.",
    "Ett tillstånd löper ut när dess sista svenska dag är slut, inte tidigare.",
)
assessment_is_overdue_after_the_next_day = _runs_out(
    "R14",
    ChildAssessmentOverdue,
    "An assessment is overdue when the Swedish day after the report is over without it, not before.",
    "En bedömning är försenad när den svenska dagen efter anmälan är slut utan den, inte tidigare.",
)
