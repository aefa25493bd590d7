"""A case may grow without limit: no function takes time in the square of the case's size."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final

import pytest
from harness.extremes import budget
from harness.keys import key_of
from pydantic_core import to_json

from contracts.calendar.days import swedish_day
from contracts.chapters.clocks import DeadlineReminded, fallen_due
from contracts.chapters.consent import ConsentExpired, ConsentWithdrawn
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.referral import CaseReferred, ReferralDeclined
from contracts.directory.events import AgencyAdmitted
from contracts.directory.evolution import fold_directory
from contracts.directory.view import DirectoryView
from contracts.event.case_event import Provenance
from contracts.law.deadlines import deadlines, next_moment
from contracts.law.decider import decide, evolve
from contracts.law.in_force import ruleset_in_force
from contracts.privacy.readers import may_read_personal
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed
from contracts.sweden.guidance.next_recipient import next_recipients
from contracts.testing.canonical_cases import CANONICAL_CASE
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.assistance import Support
from contracts.view.parts.child_protection import ChildConcern
from contracts.view.parts.clocks import Reminded
from contracts.view.parts.consent import Consent
from contracts.view.parts.consultation import Consultation
from contracts.view.parts.legal_status import Decision, Permit, PermitKind
from contracts.view.parts.participants import Participant, Participation
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION, AgencyKind
from contracts.vocabulary.choices import DataClass, DeadlineKind, Purpose, Service
from contracts.vocabulary.parts import Part
from services import mandates
from stafett.testing import RecordedSteps

MANY: Final = 4000
SECONDS: Final = 20.0
"""Of processor time, where each takes a few tenths of one."""

NOW: Final = datetime(2024, 5, 1, tzinfo=UTC)
LATE: Final = "2024-05-02T09:00:00Z"


def numbered(kind: int, n: int) -> str:
    """The id of the n-th thing of a kind."""
    return event_id(1_000_000 * kind + n)


@cache
def grown() -> CaseView:
    """A case with thousands of everything, each in force and each about somebody else."""
    case, since, days = (
        given(*CANONICAL_CASE[:5]).case,
        NOW - timedelta(days=9),
        [timedelta(days=n) for n in range(MANY)],
    )
    agencies = [f"ngo-x{n}" for n in range(MANY)]
    named = [MIGRATION, *agencies]
    referred = [Participant(agency=each, participation=Participation.REFERRED, since=since) for each in named]
    consents = [
        Consent(
            id=numbered(1, n),
            recipients=(agencies[n], agencies[-n]),
            purposes=(Purpose.SUPPORT, Purpose.HEALTH_CARE),
            data_classes=tuple(DataClass),
            given_at=since,
            valid_until=date(2024, 6, 3) + days[n % 999],
        )
        for n in range(MANY)
    ]
    offers = [
        Offer(
            id=numbered(2, n),
            referrer=NGO,
            recipient=agency,
            purposes=(Purpose.SUPPORT,),
            services=(),
            offered_at=since,
            respond_by=NOW + days[9],
            state=OfferState.ACCEPTED if n % 2 else OfferState.OPEN,
        )
        for n, agency in enumerate(agencies)
    ]
    permits = [
        Permit(
            id=numbered(3, n),
            kind=PermitKind.TEMPORARY,
            decision=Decision.GRANTED,
            starts_on=date(2024, 3, 1) + day,
            ends_on=date(2025, 3, 1) + day,
        )
        for n, day in enumerate(days)
    ]
    support = [
        Support(id=numbered(4, n), service=Service.HEALTH_CARE, provider=NGO, starts_on=date(2024, 4, 1), ends_on=None)
        for n in range(MANY)
    ]
    concerns = [
        ChildConcern(id=numbered(5, n), reported_by=NGO, municipality=agency, reported_on=date(2024, 4, 30))
        for n, agency in enumerate(agencies)
    ]
    questions = [
        Consultation(id=numbered(6, n), asked_by=agency, coordinator=COORDINATOR, asked_on=swedish_day(since))
        for n, agency in enumerate(agencies)
    ]
    supporting = (each.model_copy(update={"parts": (Part.SUPPORT,)}) for each in case.participants)
    return case.changed(
        participants=(*supporting, *referred),
        consents=tuple(consents),
        offers=tuple(offers),
        permits=tuple(permits),
        support=tuple(support),
        child_concerns=tuple(concerns),
        consultations=tuple(questions),
        reminded=tuple(Reminded(kind=DeadlineKind.CONSENT, subject=each.id) for each in consents[1:]),
    )


@cache
def directory() -> DirectoryView:
    """As many agencies as Sweden has municipalities, and some."""
    by = Provenance(event_id(1), COORDINATOR, AgencyKind.COORDINATOR, NOW)
    names = {COORDINATOR: "coordinator"} | {f"ngo-y{n}": "ngo" for n in range(300)}
    forms = ({**AgencyAdmitted.example, **key_of(name), "agency": name, "kind": kind} for name, kind in names.items())
    return fold_directory((AgencyAdmitted.model_validate_json(to_json(form)), by) for form in forms)


EVENTS = (
    issued(ConsentWithdrawn, NGO, consent_id=numbered(1, 1), recipients=[], occurred_at=LATE),
    issued(ConsentExpired, COORDINATOR, consent_id=numbered(1, 0), occurred_at="2024-06-03T22:00:00Z"),
    issued(LeadHandedOver, NGO, to="ngo-x1", occurred_at=LATE),
    issued(
        DeadlineReminded,
        COORDINATOR,
        deadline="consent",
        subject=numbered(1, 0),
        occurred_at="2024-05-20T07:00:00Z",
        due_at="2024-06-03T22:00:00Z",
    ),
    issued(
        ReimbursementClaimed,
        "municipality-0180",
        support_ids=[numbered(4, MANY - n) for n in range(1, 101)],
        starts_on="2024-04-01",
        ends_on="2030-04-01",
        occurred_at=LATE,
    ),
)


@pytest.mark.parametrize("said", EVENTS, ids=lambda said: type(said.event).__name__)
async def test_an_event_in_a_grown_case_is_judged_folded_and_reacted_to(said: Issued) -> None:
    """By every rule, with every effect, and by agencies that have much to do."""
    case = grown()
    with budget(SECONDS):
        assert decide(case, said.event, said.by, ruleset_in_force(said.event.occurred_on, said.by.recorded_at)) is None
        after = evolve(case, said.event, said.by)
        for agency, kind in ((NGO, AgencyKind.NGO), (COORDINATOR, AgencyKind.COORDINATOR)):
            context = RecordedSteps(agency)
            context.provenance, context.before = said.by, case
            for reaction in mandates()[kind].reactions.get(type(said.event), ()):
                await reaction(said.event, after, context)


@pytest.mark.long
def test_the_clocks_of_a_grown_case_are_read() -> None:
    """All that runs, and all that falls due."""
    case = grown()
    with budget(SECONDS):
        assert len(deadlines(case)) == MANY * 9 // 2
        assert len(fallen_due(case, datetime(2190, 1, 1, tzinfo=UTC))) > MANY * 4
        assert next_moment(case) == datetime(2024, 4, 25, 7, tzinfo=UTC)


@pytest.mark.parametrize("data_class", DataClass)
def test_the_readers_of_a_grown_case_are_found(data_class: DataClass) -> None:
    """Those who accepted and whom a consent names."""
    case = grown()
    with budget(SECONDS / 5):
        assert len(may_read_personal(case, data_class, date(2024, 5, 1))) == MANY // 2


def test_whom_to_turn_to_in_a_grown_case_is_found() -> None:
    """Among all agencies, by all consents."""
    case = grown()
    with budget(SECONDS / 5):
        assert len(next_recipients(case, numbered(2, 0), directory(), NOW)) == 300


@pytest.mark.long
def test_offers_that_are_over_are_left_alone() -> None:
    """Thousands of them, to one agency that declines again and again."""
    case, at = given(*CANONICAL_CASE[:4]).case, datetime(2024, 3, 5, tzinfo=UTC)
    with budget(SECONDS * 2):
        for n in range(MANY // 2):
            at += timedelta(minutes=1)
            when, until = at.isoformat(), (at + timedelta(days=1)).isoformat()
            referred = issued(CaseReferred, NGO, id=numbered(6, n), occurred_at=when, respond_by=until)
            declined = issued(ReferralDeclined, MUNICIPALITY, offer_id=numbered(6, n), occurred_at=when)
            for said in (referred, declined):
                case = evolve(case, said.event, said.by)
    assert len(case.offers) == MANY // 2
