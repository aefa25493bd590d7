"""Given a concern for a child, exactly these tasks: at the named municipality, and at the reporter when it is late."""

from __future__ import annotations

from harness.reacting import reactions_of

from contracts.chapters.child_protection import (
    ChildAssessmentOverdue,
    ChildConcernAssessed,
    ChildConcernReported,
    CustodianTraced,
)
from contracts.chapters.detection import VictimDetected
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.testing.canonical_cases import OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import issued
from contracts.vocabulary.agencies import COORDINATOR, MIGRATION

ALONE = OTHER_CASES["a child alone"]
LATE = OTHER_CASES["a child whom nobody assesses in time"]
CHILD, REPORTED = ALONE[:2]
ASSESS, ASSESS_LATE, TRACE = (
    "assess the need of protection",
    "assess the need of protection, late",
    "trace a custodian",
)
CALL = "call the social services"


async def test_the_named_municipality_assesses_by_the_next_day() -> None:
    """And looks for a custodian, since the child is alone; who reported waits."""
    context = await reactions_of(MUNICIPALITY, CHILD, REPORTED)
    assert context.open == {ASSESS, TRACE}
    assert context.tasks[ASSESS].due == "2024-03-05"
    assert (await reactions_of(NGO, CHILD, REPORTED)).open == set()


async def test_another_municipality_has_nothing_to_assess() -> None:
    """It takes part in the case, but the report went elsewhere."""
    detected = issued(VictimDetected, "municipality-0184", age_band="minor")
    reported = issued(ChildConcernReported, "municipality-0184")
    assert (await reactions_of("municipality-0184", detected, reported)).open == set()


async def test_a_child_with_a_guardian_has_none_to_be_traced() -> None:
    """Unless the concern is that there is none."""
    child = issued(VictimDetected, NGO, age_band="minor")
    assert (await reactions_of(MUNICIPALITY, child, REPORTED)).open == {ASSESS}
    without = issued(ChildConcernReported, NGO, concern="no-guardian")
    assert (await reactions_of(MUNICIPALITY, child, without)).open == {ASSESS, TRACE}


async def test_assessed_and_traced_nothing_is_left() -> None:
    """A search that found nobody goes on; who reported learns the outcome."""
    nobody = issued(CustodianTraced, MUNICIPALITY, id=event_id(60), custodian="nobody-found")
    assert (await reactions_of(MUNICIPALITY, *ALONE[:3], nobody)).open == {TRACE}
    assert (await reactions_of(MUNICIPALITY, *ALONE[:3], nobody, ALONE[3])).open == set()
    assert (await reactions_of(NGO, *ALONE)).told == [
        "Stockholm has assessed the concern that you reported: the child needs protection."
    ]


async def test_a_late_assessment_is_told_to_both() -> None:
    """The municipality must still make it, and who reported calls; when it is made, neither has anything to do."""
    assert isinstance(LATE[-1].event, ChildAssessmentOverdue)
    assert (await reactions_of(MUNICIPALITY, *LATE)).open == {ASSESS_LATE, TRACE}
    assert (await reactions_of(NGO, *LATE)).open == {CALL}
    assert (await reactions_of(COORDINATOR, *LATE)).open == set()
    at_last = issued(ChildConcernAssessed, MUNICIPALITY, occurred_at="2024-03-07T09:00:00Z")
    assert (await reactions_of(MUNICIPALITY, *LATE, at_last)).open == {TRACE}
    assert (await reactions_of(NGO, *LATE, at_last)).open == set()


async def test_the_migration_agency_traces_for_a_child_who_seeks_asylum() -> None:
    """Once only if nobody has yet found one."""
    claimed = issued(AsylumClaimed, NGO)
    assert (await reactions_of(MIGRATION, CHILD, claimed)).open == {"decide", TRACE}
    assert (await reactions_of(MIGRATION, *ALONE, claimed)).open == {"decide"}
