"""Clocks: a participant's service issues an event when a deadline has passed, and a reminder before it (R20).

`contracts.law.deadlines` computes the deadlines of a case. Each chapter registers there the event that ends its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from contracts.calendar.days import Moment
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.event.upcasting import PUBLICATIONS, Data
from contracts.law.deadlines import CLOCK, Deadline, coordinator_kept_time, deadlines, due_event
from contracts.law.rule import Missing, mandate, missing, rule
from contracts.law.time_kept import keeper
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.clocks import Reminded
from contracts.vocabulary.agencies import ANY_AGENCY, AgencyId, Role
from contracts.vocabulary.choices import DeadlineKind


class DeadlineReminded(CaseEvent, chapter=Chapter.CLOCKS, issuers=ANY_AGENCY, role=Role.CLOCK, version=3):
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


@PUBLICATIONS.upcasts("se.nrm.DeadlineReminded.v1")
def no_consultation_ran_out(data: Data) -> Data:
    """Upcast from version 1, which could not remind of a consultation. Its data is the same."""
    return data


@PUBLICATIONS.upcasts("se.nrm.DeadlineReminded.v2")
def no_answer_was_awaited(data: Data) -> Data:
    """Upcast from version 2, which could not remind of an answer that somebody waits for. Its data is the same."""
    return data


@evolves(DeadlineReminded)
def deadline_reminded(case: CaseView, event: DeadlineReminded, by: Provenance) -> CaseView:
    return case.advanced(reminded=(*case.reminded, Reminded(kind=event.deadline, subject=event.subject)))


def reminder_event(deadline: Deadline) -> DeadlineReminded:
    """The reminder of the deadline. Raises ValueError when it has been issued or none is due."""
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
    """Every reminder and every end that has to be issued by `now`, in the order in which they fell due.

    The end of a consent withdraws the open offers that rested on it. When the result also holds the expiry of such an
    offer, a rule refuses that expiry.

    Never raises for a view that events lead to. It costs as much as `deadlines`; `next_moment` costs less and tells
    whether there is anything to issue.
    """
    found = deadlines(case)
    reminders = [reminder_event(each) for each in found if each.remind_at is not None and each.remind_at <= now]
    return tuple(
        sorted([*reminders, *(due_event(each) for each in found if each.due_at <= now)], key=lambda e: e.occurred_at)
    )


participants_keep_time = mandate(
    "R20",
    DeadlineReminded,
    en="Each agency that takes part in a case keeps its time: the first one that says it counts. Until November 2026 "
    "the national coordinator alone did.",
    sv="Varje aktör som deltar i ett ärende bevakar dess tider: den första som säger det gäller. Till och med november "
    "2026 gjorde endast den nationella samordnaren det.",
    source=CLOCK,
)


@rule(
    "R20",
    DeadlineReminded,
    en="A deadline is reminded of once, while it runs.",
    sv="En tidsfrist påminns om en gång, medan den löper.",
    source=CLOCK,
)
def running_deadline_is_reminded_of_once(case: CaseView, event: DeadlineReminded, by: Provenance) -> Missing | None:
    if by.agency != keeper(by):
        return coordinator_kept_time()
    # Do not compare `remind_at`: it depends on the calendar of holidays, and a later edition of that calendar must not
    # change a judgement.
    running = (each for each in deadlines(case, event.subject) if each.remind_at is not None)
    if any((each.kind, each.due_at) == (event.deadline, event.due_at) for each in running):
        return None
    return missing("No such deadline runs, unreminded of.", "Ingen sådan tidsfrist löper utan påminnelse.", by.agency)
