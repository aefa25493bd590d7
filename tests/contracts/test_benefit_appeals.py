"""Appeals on assistance and reimbursement lie in the support of a case; an interim order says who may be removed."""

from __future__ import annotations

from datetime import date

import pytest
from harness.breaking import new
from harness.breaking_benefits import (
    ASSISTANCE,
    CLAIM,
    COURT,
    LODGED,
    PAID_IN_PART,
    REFUSED,
    STAYED,
    appeal_of_the_claim,
)
from harness.reacting import reactions_of

from contracts.law.parts import parts_of
from contracts.sweden.chapters.appeals import removal_is_stayed
from contracts.sweden.chapters.benefit_appeals import BenefitAppealDecided, BenefitAppealLodged
from contracts.sweden.chapters.interim_orders import InterimOrderMade
from contracts.sweden.chapters.reimbursement import ReimbursementDecided
from contracts.testing.canonical_cases import since_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import given, issued
from contracts.view.parts.awaited import AwaitedKind
from contracts.view.parts.legal_status import Decision
from contracts.vocabulary.agencies import MIGRATION
from contracts.vocabulary.parts import Part


def test_the_court_takes_part_and_reads_the_support() -> None:
    """And nothing of it lies in the core but who takes part and what is waited for."""
    case = given(*LODGED).case
    assert parts_of(case, COURT) == {Part.CORE, Part.SUPPORT}
    assert case.core.benefit_appeals == () == case.core.assistance_decisions
    (wait,) = [each for each in case.awaited if each.kind is AwaitedKind.APPEAL]
    assert wait.asked_of == COURT
    decided = given(*ASSISTANCE).case
    assert decided.benefit_appeals[0].outcome == "changed"
    assert [each for each in decided.awaited if each.kind is AwaitedKind.APPEAL] == []


def test_a_won_claim_is_decided_again() -> None:
    """The municipality appeals within three weeks from the decision; the Migration Agency decides anew."""
    lodged = (*PAID_IN_PART, appeal_of_the_claim(MUNICIPALITY))
    case = given(*PAID_IN_PART).case
    assert (case.claims[0].decision, case.claims[0].decided_on) == (Decision.PARTLY_GRANTED, date(2024, 6, 10))
    recorded_by_migration = since_2026(
        BenefitAppealDecided,
        MIGRATION,
        appeal_id=new(50),
        outcome="remitted",
        occurred_at="2024-12-02T09:00:00Z",
        decided_on="2024-12-02",
    )
    again = given(*lodged, recorded_by_migration).case
    assert again.claims[0].decision is Decision.PENDING
    granted = since_2026(
        ReimbursementDecided,
        MIGRATION,
        id=new(53),
        claim_id=CLAIM,
        occurred_at="2025-01-10T09:00:00Z",
        decided_on="2025-01-10",
        outcome="granted",
        amount_sek=54000,
    )
    assert given(*lodged, recorded_by_migration, granted).case.claims[0].decision is Decision.GRANTED


def test_the_person_may_appeal_on_the_last_day() -> None:
    """Three weeks from the day on which she learned of it."""
    last = issued(BenefitAppealLodged, NGO, occurred_at="2026-12-23T09:00:00Z", lodged_on="2026-12-23")
    given(*REFUSED).when(last).then_taken()


def test_an_interim_order_stays_the_removal_or_ends_the_stay() -> None:
    """The latest counts, and nobody has to read more than the core to know it."""
    assert not removal_is_stayed(given(*STAYED[:-1]).case)
    stayed = given(*STAYED).case.core
    assert removal_is_stayed(stayed)
    lifted = since_2026(
        InterimOrderMade,
        "court-migration",
        id=event_id(301),
        occurred_at="2024-09-20T09:00:00Z",
        stays_removal=False,
        decided_on="2024-09-20",
    )
    assert not removal_is_stayed(given(*STAYED, lifted).case)


@pytest.mark.parametrize(("stays", "says"), [(True, "may not be removed"), (False, "Speak with counsel at once")])
async def test_the_lead_learns_of_the_order(stays: bool, says: str) -> None:
    """Both that there is a stay, and that there is none."""
    order = since_2026(InterimOrderMade, "court-migration", stays_removal=stays)
    assert says in (await reactions_of(NGO, *STAYED[:-1], order)).told[-1]


async def test_the_court_has_a_task_until_it_has_decided() -> None:
    """And the lead learns that it has."""
    assert (await reactions_of(COURT, *LODGED)).open == {"decide the appeal"}
    assert (await reactions_of(COURT, *ASSISTANCE)).open == set()
    assert "is decided" in (await reactions_of(NGO, *ASSISTANCE)).told[-1]
