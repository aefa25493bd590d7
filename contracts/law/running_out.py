"""Everything that runs in a case: when each thing is over, and when those concerned are reminded of it.

All functions only read the view. Days are Swedish days, across daylight saving. Every moment returned lies in the range
that an event can state, so an event can always be issued for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from contracts.calendar.days import FIRST_DAY, FIRST_MOMENT, LAST_DAY, LAST_MOMENT, SWEDISH_TIME
from contracts.calendar.working_days import last_working_day
from contracts.event.fact import EventId
from contracts.view.case_view import CaseView
from contracts.view.parts.awaited import AwaitedKind
from contracts.view.parts.begun import Begun
from contracts.view.parts.legal_status import Permit, ReflectionPeriod
from contracts.view.parts.referral import OfferState
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import DeadlineKind

MORNING: Final = time(9)
"""The hour of reminders, in Swedish time: people are then at work."""

DAYS_BEFORE: Final = {
    DeadlineKind.CONSENT: 14,
    DeadlineKind.REFLECTION_PERIOD: 7,
    DeadlineKind.PERMIT: 30,
}
"""The days from a reminder to the last day, by kind; the reminder comes earlier when that day is no working day."""

DAYS_TO_ADVISE: Final = 3
"""The Swedish days, after that on which a question was recorded, in which the coordinator answers it."""

OFFER_REMINDER: Final = timedelta(hours=24)
"""Of an offer those concerned are reminded a day before it expires, or half-way when it had less than two days."""

A_WEEK: Final = timedelta(days=7)
A_FORTNIGHT: Final = timedelta(days=14)
"""An answer that is due in more than a fortnight is reminded of a week before, another one a day before."""

RUN_ON: Final = frozenset({AwaitedKind.REIMBURSEMENT, AwaitedKind.COMPENSATION})
"""The answers that are awaited in a closed case, too: money comes after the help."""

_A_SECOND: Final = timedelta(seconds=1)
_A_DAY: Final = timedelta(days=1)


def start_of(day: date) -> datetime:
    """The first moment of a Swedish day, in UTC; for a day outside the range of moments, the nearest moment in it."""
    return _at(day, time())


def _at(day: date, hour: time) -> datetime:
    if day > LAST_DAY + _A_DAY:
        return LAST_MOMENT
    if day < FIRST_DAY:
        return FIRST_MOMENT
    return min(datetime.combine(day, hour, SWEDISH_TIME).astimezone(UTC), LAST_MOMENT)


class Running(NamedTuple):
    """The fields of a `contracts.law.deadlines.Deadline`; `concerns` also names agencies that have left the case."""

    kind: DeadlineKind
    subject: EventId
    due_at: datetime
    remind_at: datetime | None
    concerns: tuple[AgencyId, ...]


def running(case: CaseView, subject: EventId | None = None) -> Iterator[Running]:
    """Everything that runs in the case, in no order.

    `subject`: only the things that this event began; None: everything.

    In a closed case only offers, consents and claims for money run, and nobody is reminded. It makes one
    pass over the view, and takes about 2 µs for each thing that runs.
    """
    reminded = {(each.kind, each.subject) for each in case.reminded if subject in (None, each.subject)}
    for each in _all(case, subject):
        done = case.status is CaseStatus.CLOSED or (each.kind, each.subject) in reminded
        yield each._replace(remind_at=None) if done else each


class Changed(NamedTuple):
    """The things whose deadlines may differ between two views, each by the event that began it.

    Attributes:
        before: those as they were in the earlier view.
        after: those as they are in the later view.
    """

    before: frozenset[EventId]
    after: frozenset[EventId]


NOTHING_CHANGED: Final = Changed(frozenset(), frozenset())


def changed(before: CaseView, after: CaseView) -> Changed | None:
    """The things whose deadlines may differ between two views; None when it may be everything in the case.

    An event leaves most of a view as the same objects, so this compares one pointer for each thing that runs.
    """
    if (before.status, before.lead) != (after.status, after.lead) or not _same_people(before, after):
        return None
    gone, come = set[EventId](), set[EventId]()
    for were, are in zip(_held(before), _held(after), strict=True):
        if were is not are:
            known, kept = {id(each) for each in were}, {id(each) for each in are}
            gone.update(each.id for each in were if id(each) not in kept)
            come.update(each.id for each in are if id(each) not in known)
    if before.reminded is not after.reminded:
        reminded = {each.subject for each in set(before.reminded) ^ set(after.reminded)}
        gone, come = gone | reminded, come | reminded
    return Changed(frozenset(gone), frozenset(come))


def _same_people(before: CaseView, after: CaseView) -> bool:
    return before.participants is after.participants or [each.agency for each in before.participants] == [
        each.agency for each in after.participants
    ]


def _held(case: CaseView) -> tuple[tuple[Begun, ...], ...]:
    """The parts of a view that have deadlines."""
    applied = case.reflection_periods, case.permits
    return case.offers, case.consents, *applied, case.child_concerns, case.consultations, case.awaited


def _all(case: CaseView, subject: EventId | None) -> Iterator[Running]:
    yield from _offers(case, subject)
    yield from _consents(case, subject)
    yield from _awaited(case, subject)
    if case.status is CaseStatus.OPEN:
        yield from _rights(case, subject)
        yield from _child_assessments(case, subject)
        yield from _consultations(case, subject)


def _offers(case: CaseView, subject: EventId | None) -> Iterator[Running]:
    for offer in case.offers:
        if offer.state is OfferState.OPEN and subject in (None, offer.id):
            # The recipient may answer up to and including `respond_by`: the offer is over a second later.
            due_at = min(offer.respond_by, LAST_MOMENT - _A_SECOND) + _A_SECOND
            before = min(OFFER_REMINDER, (offer.respond_by - offer.offered_at) / 2)
            concerns = (offer.recipient, offer.referrer)
            yield Running(DeadlineKind.OFFER, offer.id, due_at, offer.respond_by - before, concerns)


def _consents(case: CaseView, subject: EventId | None) -> Iterator[Running]:
    lead = _lead(case)
    for consent in case.consents:
        if subject in (None, consent.id):
            yield _after_last_day(DeadlineKind.CONSENT, consent.id, consent.given_at, consent.valid_until, lead)


def _rights(case: CaseView, subject: EventId | None) -> Iterator[Running]:
    lead = _lead(case)
    rights: tuple[ReflectionPeriod | Permit, ...] = (*case.reflection_periods, *case.permits)
    for right in rights:
        if right.starts_on is None or right.ends_on is None or right.ended or subject not in (None, right.id):
            continue
        concerns = lead if right.requested_by is None else (right.requested_by, *lead)
        kind = DeadlineKind.PERMIT if isinstance(right, Permit) else DeadlineKind.REFLECTION_PERIOD
        yield _after_last_day(kind, right.id, start_of(right.starts_on), right.ends_on, concerns)


def _child_assessments(case: CaseView, subject: EventId | None) -> Iterator[Running]:
    for concern in case.child_concerns:
        if concern.assessed_on is None and not concern.overdue and subject in (None, concern.id):
            # Social services are on duty every day, so holidays do not move this deadline.
            next_day = min(concern.reported_on, LAST_DAY) + _A_DAY
            due_at, remind_at = start_of(next_day + _A_DAY), _at(next_day, MORNING)
            concerns = (concern.municipality, concern.reported_by)
            yield Running(DeadlineKind.CHILD_ASSESSMENT, concern.id, due_at, remind_at, concerns)


def _consultations(case: CaseView, subject: EventId | None) -> Iterator[Running]:
    for asked in case.consultations:
        if not asked.answered and not asked.overdue and subject in (None, asked.id):
            # No holiday moves this: later editions of the calendar must not change what ran out.
            last = min(asked.asked_on, LAST_DAY) + DAYS_TO_ADVISE * _A_DAY
            concerns = (asked.coordinator, asked.asked_by)
            yield Running(DeadlineKind.CONSULTATION, asked.id, start_of(last + _A_DAY), _at(last, MORNING), concerns)


def _awaited(case: CaseView, subject: EventId | None) -> Iterator[Running]:
    for each in case.awaited:
        runs = case.status is CaseStatus.OPEN or each.kind in RUN_ON
        if runs and not each.overdue and subject in (None, each.id):
            # No holiday moves this: later editions of the calendar must not change what ran out.
            last, long = min(max(each.last_day, FIRST_DAY), LAST_DAY), (each.last_day - each.since) > A_FORTNIGHT
            remind_on = last - (A_WEEK if long else _A_DAY)
            remind_at = _at(remind_on, MORNING) if remind_on > each.since else None
            concerns = (each.asked_of, each.asked_by)
            yield Running(DeadlineKind.AWAITED, each.id, start_of(last + _A_DAY), remind_at, concerns)


def _lead(case: CaseView) -> tuple[AgencyId, ...]:
    """The lead agency, if any: it is concerned by everything that has a last day."""
    return () if case.lead is None else (case.lead,)


def _after_last_day(
    kind: DeadlineKind, subject: EventId, since: datetime, last_day: date, concerns: tuple[AgencyId, ...]
) -> Running:
    """A thing that is over when its last Swedish day is over. It gets no reminder when it began after that moment."""
    due_at, remind_at = _moments(kind, last_day)
    return Running(kind, subject, due_at, remind_at if remind_at > since else None, concerns)


@lru_cache(maxsize=4096)
def _moments(kind: DeadlineKind, last_day: date) -> tuple[datetime, datetime]:
    """When a thing with this last day is over, and when those concerned are reminded of it (both UTC)."""
    day = min(max(last_day, FIRST_DAY), LAST_DAY)
    return start_of(day + _A_DAY), _at(last_working_day(day - timedelta(days=DAYS_BEFORE[kind])), MORNING)
