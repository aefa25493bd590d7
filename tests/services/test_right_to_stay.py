"""Given applications and decisions, exactly these tasks, at the agencies that decide, apply and pay."""

from __future__ import annotations

from harness.reacting import reactions_of

from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.asylum import AsylumDecided
from contracts.sweden.chapters.identification import InvestigationClosed
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodEnded,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, canonical_until
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION

REQUESTED, GRANTED, SUPPORTED = CANONICAL_CASE[:9], CANONICAL_CASE[:10], CANONICAL_CASE[:13]
RAN_OUT = OTHER_CASES["the reflection period runs out"]
ASK, AFTER = "ask what the person has decided", "see to what follows the reflection period"
WITHIN, CLAIM = "give support while it is reimbursed", "claim reimbursement"
REFUSED = "see to what follows the refusal"


async def test_an_application_waits_for_the_migration_agency() -> None:
    """Until it is decided, whichever way."""
    assert (await reactions_of(MIGRATION, *REQUESTED)).open == {"decide"}
    assert (await reactions_of(MIGRATION, *GRANTED)).open == set()
    refused = issued(ReflectionPeriodRefused, MIGRATION)
    assert (await reactions_of(MIGRATION, *REQUESTED, refused)).open == set()


async def test_a_granted_period_has_tasks_until_its_last_day() -> None:
    """The investigation leader asks the person; the municipality knows until when the state pays its share."""
    police, municipality = await reactions_of(POLICE, *GRANTED), await reactions_of(MUNICIPALITY, *GRANTED)
    assert {what: asked.due for what, asked in police.tasks.items() if what == ASK} == {ASK: "2024-04-06"}
    assert {what: asked.due for what, asked in municipality.tasks.items()} == {WITHIN: "2024-04-06"}
    assert (await reactions_of(NGO, *GRANTED)).open == set()


async def test_a_municipality_that_joins_within_the_period_is_told() -> None:
    """Its right to reimbursement began before it."""
    before = (*CANONICAL_CASE[:5], *CANONICAL_CASE[6:10])
    accepted = issued(ReferralAccepted, MUNICIPALITY, occurred_at="2024-03-06T09:00:00Z")
    assert (await reactions_of(MUNICIPALITY, *before, accepted)).open == {WITHIN}


async def test_a_region_that_joins_within_the_period_is_told() -> None:
    """The state pays its share of health care, too."""
    consent = issued(ConsentGiven, NGO, id=event_id(300), recipients=["region-01"], purposes=["health-care"])
    offer = issued(CaseReferred, NGO, id=event_id(301), recipient="region-01", purposes=["health-care"])
    accepted = issued(ReferralAccepted, "region-01", offer_id=event_id(301), occurred_at="2024-03-06T14:00:00Z")
    assert (await reactions_of("region-01", *GRANTED, consent, offer, accepted)).open == {WITHIN}


async def test_an_ended_period_is_followed_by_a_permit_and_a_claim() -> None:
    """Each at the one whom it is for; the reminders are over."""
    assert isinstance(RAN_OUT[-1].event, ReflectionPeriodEnded)
    police, municipality = await reactions_of(POLICE, *RAN_OUT), await reactions_of(MUNICIPALITY, *RAN_OUT)
    assert ASK not in police.open
    assert AFTER in police.open
    assert "heed the deadline" not in police.open
    assert municipality.open == {CLAIM}
    assert "2024-03-08 to 2024-04-06" in municipality.tasks[CLAIM].en
    permit = issued(ResidencePermitRequested, POLICE, occurred_at="2024-04-08T09:00:00Z")
    assert AFTER not in (await reactions_of(POLICE, *RAN_OUT, permit)).open
    claimed = issued(ReimbursementClaimed, MUNICIPALITY)
    assert (await reactions_of(MUNICIPALITY, *RAN_OUT, claimed)).open == set()


async def test_what_was_claimed_before_the_end_is_not_asked_for() -> None:
    """A claim that covers the last day settles it."""
    claimed = issued(ReimbursementClaimed, MUNICIPALITY, occurred_at="2024-04-06T12:00:00Z")
    ended = issued(ReflectionPeriodEnded, COORDINATOR)
    assert CLAIM not in (await reactions_of(MUNICIPALITY, *SUPPORTED, claimed, ended)).open


async def test_a_claim_waits_for_the_migration_agency_and_is_told() -> None:
    """With what is paid."""
    claimed = canonical_until(ReimbursementDecided)
    assert (await reactions_of(MIGRATION, *claimed)).open == {"decide"}
    decided = (*claimed, issued(ReimbursementDecided, MIGRATION))
    assert (await reactions_of(MIGRATION, *decided)).open == set()
    assert "partly granted, 48000 SEK" in (await reactions_of(MUNICIPALITY, *decided)).told[-1]


async def test_a_refused_application_is_not_the_end() -> None:
    """Who applied tells the person and sees to what follows: a new application, or the end of the investigation."""
    refused = (*REQUESTED, issued(ReflectionPeriodRefused, MIGRATION))
    assert REFUSED in (await reactions_of(POLICE, *refused)).open
    assert (await reactions_of(MUNICIPALITY, *refused)).open == set()
    again = issued(ReflectionPeriodRequested, POLICE, id=event_id(60), occurred_at="2024-03-09T10:00:00Z")
    closed = issued(InvestigationClosed, POLICE)
    for settled in (again, closed):
        assert REFUSED not in (await reactions_of(POLICE, *refused, settled)).open


PERMIT = OTHER_CASES["a permit, and its end"]


async def test_a_permit_is_prolonged_in_time() -> None:
    """Due on its last day, until it is applied for again."""
    assert (await reactions_of(MIGRATION, *PERMIT[:-2])).open == {"decide"}
    granted = await reactions_of(POLICE, *PERMIT[:-1])
    assert granted.tasks["prolong the permit"].due == "2024-10-04"
    prolonged = issued(
        ResidencePermitRequested, POLICE, id=event_id(60), occurred_at="2024-09-09T09:00:00Z", extends=event_id(29)
    )
    assert "prolong the permit" not in (await reactions_of(POLICE, *PERMIT[:-1], prolonged)).open
    refused = issued(ResidencePermitRefused, MIGRATION, occurred_at="2024-09-12T09:00:00Z", request_id=event_id(60))
    assert REFUSED in (await reactions_of(POLICE, *PERMIT[:-1], prolonged, refused)).open


async def test_an_ended_permit_is_seen_to() -> None:
    """By who applied for it, until the case is closed."""
    assert isinstance(PERMIT[-1].event, ResidencePermitEnded)
    ended = (await reactions_of(POLICE, *PERMIT)).open
    assert "see to what follows the permit" in ended
    assert "prolong the permit" not in ended
    closed = (await reactions_of(POLICE, *PERMIT, issued(CaseClosed, NGO, occurred_at="2024-10-09T09:00:00Z"))).open
    assert "see to what follows the permit" not in closed


async def test_an_asylum_seeker_is_received_and_decided() -> None:
    """By the Migration Agency, which also assists."""
    case = OTHER_CASES["asylum"]
    assert (await reactions_of(MIGRATION, *case[:-1])).open == {"decide"}
    assert isinstance(case[-1].event, AsylumDecided)
    assert (await reactions_of(MIGRATION, *case)).open == set()


async def test_who_may_stay_is_integrated_by_the_lead() -> None:
    """When the lead is one that plans integration, and until somebody has."""
    settled = OTHER_CASES["settled in Sweden"]
    assert (await reactions_of(NGO, *settled[:-2])).open == {"draft an integration plan"}
    assert "draft an integration plan" not in (await reactions_of(MUNICIPALITY, *settled[:-2])).open
    assert (await reactions_of(NGO, *settled)).open == set()
