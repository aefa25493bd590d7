"""Clocks: what runs out in a case and when, what is said when it does, and who is reminded before (R20).

Pure readings of the view. A clock that runs out is an event that the national coordinator issues, never a value
computed from "now" inside the fold, so replay stays deterministic. Days are Swedish days, across daylight saving.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Final

from contracts.chapters.child_protection import ChildAssessmentOverdue
from contracts.chapters.consent import ConsentExpired
from contracts.chapters.referral import ReferralExpired
from contracts.event.case_event import CaseEvent, Chapter, EventId, Example, Fact, Moment, Provenance, swedish_day
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, Rule, mandate, missing, rule
from contracts.law.running_out import running
from contracts.sweden.chapters.legal_status import ReflectionPeriodEnded
from contracts.sweden.chapters.residence_permit import ResidencePermitEnded
from contracts.view.case_view import CaseView, evolves
from contracts.view.parts.states import Reminded
from contracts.vocabulary.agencies import COORDINATOR, AgencyId, AgencyKind, Role, kinds
from contracts.vocabulary.choices import DeadlineKind, Ending


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


def deadlines(case: CaseView, subject: EventId | None = None) -> tuple[Deadline, ...]:
    """Everything that runs in the case, the first to run out first; only what this event began, where one is named.

    In a closed case only offers and consents run. Total for every view that events lead to; one pass over what the case
    holds, and some 10 µs for each thing that runs.
    """
    present = {participant.agency for participant in case.participants}
    found = (
        Deadline(
            kind=each.kind,
            subject=each.subject,
            due_at=each.due_at,
            remind_at=each.remind_at,
            concerns=tuple(agency for agency in dict.fromkeys(each.concerns) if agency in present),
        )
        for each in running(case, subject)
    )
    return tuple(sorted(found, key=lambda deadline: (deadline.due_at, deadline.kind, deadline.subject)))


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
    what is left to say of them. Total for every view that events lead to, at the cost of `deadlines`; `next_moment`
    says for less whether there is anything.
    """
    found = deadlines(case)
    reminders = [reminder_event(each) for each in found if each.remind_at is not None and each.remind_at <= now]
    return tuple(
        sorted([*reminders, *(due_event(each) for each in found if each.due_at <= now)], key=lambda e: e.occurred_at)
    )


def next_moment(case: CaseView) -> datetime | None:
    """When the coordinator has next to say something about the case; None when nothing runs.

    Total for every view that events lead to; one pass over what the case holds, and some 2 µs for each thing that runs.
    """
    return min((each.remind_at or each.due_at for each in running(case)), default=None)


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
    running = (each for each in deadlines(case, event.subject) if each.remind_at is not None)
    if any((each.kind, each.due_at) == (event.deadline, event.due_at) for each in running):
        return None
    return missing("No such deadline runs, unreminded of.", "Ingen sådan tidsfrist löper utan påminnelse.", COORDINATOR)


def _runs_out(id: str, event: type[CaseEvent], names: str, en: str, sv: str) -> Rule:
    """The rule that an end which the clock issues, of what a field names, is one that has come."""

    def check(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
        if by.kind is AgencyKind.MIGRATION:
            return None  # revokes, which its own rule judges
        if by.agency != COORDINATOR:
            return _coordinator_keeps_time()
        for deadline in deadlines(case, getattr(event, names)):
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
    "offer_id",
    "An offer expires when nobody has answered by its time, not before.",
    "Ett erbjudande går ut när ingen har svarat i tid, inte tidigare.",
)
consent_expires_after_its_last_day = _runs_out(
    "R3",
    ConsentExpired,
    "consent_id",
    "A consent expires when its last Swedish day is over, not before.",
    "Ett samtycke går ut när dess sista svenska dag är slut, inte tidigare.",
)
reflection_period_ends_after_its_last_day = _runs_out(
    "R5",
    ReflectionPeriodEnded,
    "request_id",
    "A reflection period runs out when its last Swedish day is over, not before.",
    "En betänketid löper ut när dess sista svenska dag är slut, inte tidigare.",
)
permit_ends_after_its_last_day = _runs_out(
    "R6",
    ResidencePermitEnded,
    "permit_id",
    "A permit runs out when its last Swedish day is over, not before.",
    "Ett tillstånd löper ut när dess sista svenska dag är slut, inte tidigare.",
)
assessment_is_overdue_after_the_next_day = _runs_out(
    "R14",
    ChildAssessmentOverdue,
    "concern_id",
    "An assessment is overdue when the Swedish day after the report is over without it, not before.",
    "En bedömning är försenad när den svenska dagen efter anmälan är slut utan den, inte tidigare.",
)
