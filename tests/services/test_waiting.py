"""Given a late answer or an appeal, whoever owes the answer and whoever waits get tasks until it comes."""

from __future__ import annotations

from harness.breaking_answers import LATE, LODGED, REFUSED
from harness.reacting import reactions_of

from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.closure import CaseClosed
from contracts.sweden.chapters.appeals import AppealDecided, AppealLodged
from contracts.sweden.chapters.child_safeguards import GuardianAppointed
from contracts.sweden.chapters.guardians import GuardianRequested
from contracts.sweden.chapters.reflection_period import ReflectionPeriodGranted, ReflectionPeriodRefused
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, since_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import given, issued
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION

RENEW, LATER = "look at it again", "2026-12-11T12:00:00Z"
GIVE, ASK, APPEAL = "give the late answer", "ask for the late answer", "decide the appeal"
COURT, CHIEF = "court-migration", "chief-guardian-stockholm"


async def test_a_late_decision_is_everybodys_business() -> None:
    """The Migration Agency decides, the police ask; both are done with the decision, or with the end of the case."""
    owing = (await reactions_of(MIGRATION, *LATE)).tasks[GIVE]
    assert owing.due == "2026-12-06" and "the decision on a reflection period" in owing.en
    assert owing.to_issue == (ReflectionPeriodGranted, ReflectionPeriodRefused)
    waiting = (await reactions_of(POLICE, *LATE)).tasks[ASK]
    assert f"Ask {MIGRATION}" in waiting.en and waiting.to_issue == ()
    assert not (await reactions_of(NGO, *LATE)).open & {GIVE, ASK}
    for after in (since_2026(ReflectionPeriodGranted, MIGRATION), since_2026(CaseClosed, NGO)):
        assert GIVE not in (await reactions_of(MIGRATION, *LATE, after)).open
        assert ASK not in (await reactions_of(POLICE, *LATE, after)).open


async def test_the_court_decides_and_the_lead_learns_what_it_means() -> None:
    """Whether the person may be removed meanwhile is said at once, and the outcome when it comes."""
    assert (await reactions_of(COURT, *LODGED)).open == {APPEAL}
    assert "may not be removed" in (await reactions_of(NGO, *LODGED)).told[-1]
    at_once = since_2026(AppealLodged, NGO, stays_removal=False)
    assert "ask counsel for a stay" in (await reactions_of(NGO, *REFUSED, at_once)).told[-1]
    decided = (*LODGED, since_2026(AppealDecided, COURT))
    assert (await reactions_of(COURT, *decided)).open == set()
    assert "remitted for a new decision" in (await reactions_of(NGO, *decided)).told[-1]


async def test_the_chief_guardian_is_asked_and_appoints() -> None:
    """Until somebody records the appointment."""
    child = OTHER_CASES["a child's guardian goes, and the inquiry ends"][:2]
    asked = (*child, since_2026(GuardianRequested, MUNICIPALITY))
    assert (await reactions_of(CHIEF, *asked)).open == {"appoint a guardian"}
    assert (await reactions_of(CHIEF, *asked, since_2026(GuardianAppointed, MUNICIPALITY))).open == set()


async def test_a_review_of_ones_own_brings_nobody_into_the_case() -> None:
    """The lead gets the task with its day, the next assessment replaces it, and no coordinator joins for it."""
    first = issued(NeedsAssessed, NGO, occurred_at="2026-12-01T12:00:00Z")
    again = issued(NeedsAssessed, NGO, id=event_id(201), occurred_at="2026-12-10T12:00:00Z")
    assessed = (CANONICAL_CASE[0], first)
    assert (await reactions_of(NGO, *assessed)).tasks[RENEW].due == "2026-12-31"
    assert (await reactions_of(NGO, *assessed, again)).tasks[RENEW].due == "2027-01-09"
    assert not given(*assessed).case.takes_part(COORDINATOR)
    assert RENEW not in (await reactions_of(NGO, *assessed, issued(CaseClosed, NGO, occurred_at=LATER))).open
