"""Many invented cases that differ from each other: the events of each and their issuers, lawful from start to end.

A case follows from its number alone, so that the same store can be written again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final, TypeVar
from uuid import UUID

from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentExpired, ConsentGiven
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined
from contracts.event.case_event import CaseEvent
from contracts.law.running_out import start_of
from contracts.sweden.chapters.exploitation import SINCE_DIRECTIVE_2024_1712
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodEnded,
    ReflectionPeriodGranted,
    ReflectionPeriodRequested,
)
from contracts.sweden.geography.files import load
from contracts.view.parts.status import ClosureReason
from contracts.vocabulary.choices import AgeBand, Ending, ExploitationForm, Purpose, ResidenceSituation

COORDINATOR: Final = "coordinator"
NGO: Final = "ngo-fyren"
MUNICIPALITY: Final = "municipality-0180"
POLICE: Final = "police"
MIGRATION: Final = "migration"
AGENCIES: Final = (COORDINATOR, NGO, MUNICIPALITY, POLICE, MIGRATION)

OVER: Final = timedelta(days=3 * 365)
"""The time over which the cases were opened."""

Said = tuple[str, str, CaseEvent]
"""The agency that issues an event, the event's id, and the event."""

Event = TypeVar("Event", bound=CaseEvent)


@cache
def _places() -> tuple[tuple[str, str], ...]:
    """Every municipality with its region."""
    municipalities = load().municipalities
    return tuple((code, municipalities[code].county_code) for code in sorted(municipalities))


@cache
def _template(event: type[CaseEvent]) -> CaseEvent:
    return event.canonical()


def _said(event: type[Event], at: datetime, **facts: Any) -> Event:
    """The canonical example with other facts. It does not validate them again, which would take most of the time."""
    said = _template(event).model_copy(update={"occurred_at": at, **facts})
    assert isinstance(said, event)
    return said


def history(number: int, now: datetime) -> Iterator[Said]:
    """The events of the case with this number that occurred until `now`."""
    for said in _history(number, now):
        if said[2].occurred_at > now:
            return
        yield said


def _history(number: int, now: datetime) -> Iterator[Said]:
    chance = Random(number)
    at = now - timedelta(hours=12) - OVER * chance.random() ** 2
    opener = chance.choice((COORDINATOR, COORDINATOR, NGO))

    def say(by: str, event: type[CaseEvent], **facts: Any) -> Said:
        nonlocal at
        at += timedelta(minutes=chance.randint(5, 600))
        return by, str(UUID(int=chance.getrandbits(128), version=4)), _said(event, at, **facts)

    code, region = _places()[min(int(chance.expovariate(1 / 60)), len(_places()) - 1)]
    known = [form for form in ExploitationForm if form not in SINCE_DIRECTIVE_2024_1712]
    forms = tuple(chance.sample(known, chance.choice((1, 1, 1, 2))))
    yield say(
        opener,
        VictimDetected,
        region=region,
        municipality=code if chance.random() < 0.9 else None,
        exploitation_forms=forms,
        age_band=chance.choices(tuple(AgeBand), (8, 1, 1))[0],
        residence=chance.choice(tuple(ResidenceSituation)),
    )
    until = at.date() + timedelta(days=chance.randint(60, 500))
    others = tuple(each for each in AGENCIES if each != opener)
    both = (Purpose.SUPPORT, Purpose.INVESTIGATION)
    consent = say(opener, ConsentGiven, recipients=others, purposes=both, valid_until=until)
    yield consent
    if opener == NGO:
        question = say(NGO, ConsultationRequested)
        yield question
        yield say(COORDINATOR, AdviceGiven, consultation_id=question[1])
    accepted = False
    for recipient, purpose in ((MUNICIPALITY, Purpose.SUPPORT), (COORDINATOR, Purpose.SUPPORT), (POLICE, both[1])):
        if recipient == opener:
            continue
        offer = say(opener, CaseReferred, recipient=recipient, purposes=(purpose,), respond_by=at + timedelta(days=6))
        yield offer
        outcome = chance.random()
        if outcome < 0.8:
            yield say(recipient, ReferralAccepted, offer_id=offer[1])
            accepted |= recipient == POLICE
        elif now - at > timedelta(days=6):
            yield say(recipient, ReferralDeclined, offer_id=offer[1], suggested_recipient=None)
    if accepted:
        yield say(POLICE, InvestigationOpened, exploitation_forms=forms)
        request = say(POLICE, ReflectionPeriodRequested)
        yield request
        first = at.date() + timedelta(days=2)
        last = first + timedelta(days=29)
        days = {"decided_on": first, "starts_on": first, "ends_on": last}
        yield say(MIGRATION, ReflectionPeriodGranted, request_id=request[1], **days)
        if start_of(last + timedelta(days=1)) < now:
            at = start_of(last + timedelta(days=1))
            yield say(COORDINATOR, ReflectionPeriodEnded, request_id=request[1], ended_on=last, ending=Ending.RAN_OUT)
    if now - at > timedelta(days=200) and chance.random() < 0.7:
        at += timedelta(days=chance.randint(20, 150))
        reason = chance.choices((ClosureReason.SUPPORT_COMPLETED, ClosureReason.OTHER), (9, 1))[0]
        yield say(opener, CaseClosed, reason=reason, duplicate_of=None)
    if start_of(until + timedelta(days=1)) < now:
        at = max(at, start_of(until + timedelta(days=1)))
        yield say(COORDINATOR, ConsentExpired, consent_id=consent[1])
