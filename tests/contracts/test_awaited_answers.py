"""Every decision that somebody waits for has a last day, an owner and an end; an appeal keeps the person here."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from harness.breaking_answers import LAWFUL_TODAY, LODGED, PERIOD, PERIOD_REFUSED, REFUSED, TODAY

from contracts.calendar.days import swedish_day
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.child_protection import ChildConcernAssessed, ChildConcernReported
from contracts.chapters.clocks import DeadlineReminded, fallen_due
from contracts.chapters.closure import CaseClosed
from contracts.chapters.detection import VictimDetected
from contracts.event.case_event import CaseEvent
from contracts.law.awaiting import ANSWERS_TIMED_SINCE
from contracts.law.deadlines import deadlines
from contracts.sweden.chapters.appeals import AppealDecided, AppealLodged, removal_is_stayed
from contracts.sweden.chapters.asylum import AsylumDecided
from contracts.sweden.chapters.awaited_answers import DAYS, AnswerOverdue
from contracts.sweden.chapters.child_inquiry import ChildInquiryConcluded, four_months_after
from contracts.sweden.chapters.child_safeguards import GuardianAppointed
from contracts.sweden.chapters.guardians import GuardianDischarged, GuardianRequested
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.sweden.chapters.return_choice import ReturnChosen
from contracts.sweden.chapters.safety_plan import SafetyPlanMade
from contracts.sweden.chapters.voluntary_return import (
    ReturnApproved,
    ReturnCountersigned,
    ReturnRefused,
    ReturnRequested,
)
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, SINCE_2026, canonical_until, since_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.awaited import AwaitedKind
from contracts.view.parts.legal_status import Decision
from contracts.vocabulary.agencies import COORDINATOR, CRIME_VICTIM_AUTHORITY, IOM, MIGRATION
from contracts.vocabulary.choices import DeadlineKind, ResidenceSituation

K = AwaitedKind
RECORDED = swedish_day(SINCE_2026)
CHILD = (issued(VictimDetected, NGO, age_band="minor"), issued(ChildConcernReported, NGO))
PERMIT = OTHER_CASES["a permit, and its end"][:13]
COURT = "court-migration"
CHIEF = "chief-guardian-stockholm"
RETURN = (*canonical_until(ReturnRequested), since_2026(ReturnChosen, MUNICIPALITY))


def awaited(case: CaseView, kind: AwaitedKind) -> tuple[str, date] | None:
    """Who owes the answer of a kind, and its last day."""
    found = [(each.asked_of, each.last_day) for each in case.awaited if each.kind is kind]
    assert len(found) <= 1
    return found[0] if found else None


ANSWERED = [
    (K.REFLECTION_PERIOD, CANONICAL_CASE[:8], (ReflectionPeriodRequested, POLICE), MIGRATION, ReflectionPeriodGranted),
    (K.REFLECTION_PERIOD, CANONICAL_CASE[:8], (ReflectionPeriodRequested, POLICE), MIGRATION, ReflectionPeriodRefused),
    (K.PERMIT, PERMIT, (ResidencePermitRequested, POLICE), MIGRATION, ResidencePermitGranted),
    (K.PERMIT, PERMIT, (ResidencePermitRequested, POLICE), MIGRATION, ResidencePermitRefused),
    (
        K.REIMBURSEMENT,
        canonical_until(ReimbursementClaimed),
        (ReimbursementClaimed, MUNICIPALITY),
        MIGRATION,
        ReimbursementDecided,
    ),
    (K.COUNTERSIGNATURE, RETURN, (ReturnRequested, MUNICIPALITY), COORDINATOR, ReturnCountersigned),
    (K.GUARDIAN, CHILD, (GuardianRequested, MUNICIPALITY), CHIEF, GuardianAppointed),
    (K.APPEAL, REFUSED, (AppealLodged, NGO), COURT, AppealDecided),
    (K.RETURN, (*RETURN, since_2026(ReturnRequested, MUNICIPALITY)), (ReturnCountersigned, COORDINATOR), IOM, None),
    (K.APPEAL_TIME, CANONICAL_CASE[:9], (ReflectionPeriodRefused, MIGRATION), NGO, None),
]


@pytest.mark.parametrize(
    ("kind", "so_far", "asks", "owes", "answer"), ANSWERED, ids=[f"{one[0]}-{one[4]}" for one in ANSWERED]
)
def test_a_wait_begins_with_the_question_and_ends_with_the_answer(
    kind: AwaitedKind,
    so_far: tuple[Issued, ...],
    asks: tuple[type[CaseEvent], str],
    owes: str,
    answer: type[CaseEvent] | None,
) -> None:
    """It has an owner, a last day, and a deadline that both sides are reminded of."""
    asked, by = asks
    case = given(*so_far, since_2026(asked, by)).case
    assert awaited(case, kind) == (owes, RECORDED + timedelta(days=DAYS[kind]))
    running = [each for each in deadlines(case) if each.kind is DeadlineKind.AWAITED and each.last_day]
    assert RECORDED + timedelta(days=DAYS[kind]) in {each.last_day for each in running}
    assert case.takes_part(COORDINATOR)
    if answer is not None:
        after = given(*so_far, since_2026(asked, by), since_2026(answer, owes)).case
        assert awaited(after, kind) is None


def test_what_was_recorded_before_is_not_timed() -> None:
    """The digests of earlier cases stay: no wait begins for what was recorded before the moment."""
    before = ANSWERS_TIMED_SINCE - timedelta(microseconds=1)
    for recorded_at, timed in ((before, False), (ANSWERS_TIMED_SINCE, True)):
        asked = issued(ReflectionPeriodRequested, POLICE, recorded_at=recorded_at)
        assert bool(given(*CANONICAL_CASE[:8], asked).case.awaited) is timed
    untimed = given(*CANONICAL_CASE).case
    assert "awaited" not in untimed.canonical_json().decode() and untimed.awaited == ()


def test_a_refusal_ends_the_wait_for_a_signature_and_for_iom() -> None:
    """IOM may refuse before the coordinator has signed, or after."""
    requested = (*RETURN, since_2026(ReturnRequested, MUNICIPALITY))
    signed = (*requested, since_2026(ReturnCountersigned, COORDINATOR))
    for so_far in (requested, signed):
        left = given(*so_far, since_2026(ReturnRefused, IOM)).case.awaited
        assert {each.kind for each in left} & {K.COUNTERSIGNATURE, K.RETURN} == set()
    approved = given(*signed, since_2026(ReturnApproved, IOM)).case
    assert awaited(approved, K.RETURN) is None


def test_the_clock_reminds_both_sides_and_says_that_it_is_late() -> None:
    """A day before a short wait ends, and once it has ended; the answer may still come, and ends it."""
    asked = (*CANONICAL_CASE[:8], since_2026(ReflectionPeriodRequested, POLICE))
    case = given(*asked).case
    late = datetime.fromisoformat("2026-12-06T23:00:00+00:00")
    said = [one for one in fallen_due(case, late) if getattr(one, "deadline", None) in (None, DeadlineKind.AWAITED)]
    reminder, overdue = (one for one in said if isinstance(one, DeadlineReminded | AnswerOverdue))
    assert isinstance(reminder, DeadlineReminded) and reminder.concerns == (MIGRATION, POLICE)
    assert reminder.occurred_at.isoformat() == "2026-12-05T08:00:00+00:00"
    assert isinstance(overdue, AnswerOverdue) and overdue.occurred_at == late
    is_late = (*asked, issued(AnswerOverdue, COORDINATOR))
    assert [each.overdue for each in given(*is_late).case.awaited] == [True]
    assert DeadlineKind.AWAITED not in {each.kind for each in deadlines(given(*is_late).case)}
    answered = given(*is_late, since_2026(ReflectionPeriodGranted, MIGRATION)).case
    assert answered.awaited == ()


def test_in_a_closed_case_only_money_is_awaited() -> None:
    """The claim runs on when the case is closed; the application does not."""
    claimed = (*canonical_until(ReimbursementClaimed), since_2026(ReimbursementClaimed, MUNICIPALITY))
    case = given(*claimed, issued(CaseClosed, NGO)).case
    assert [each.kind for each in deadlines(case) if each.kind is DeadlineKind.AWAITED] == [DeadlineKind.AWAITED]
    asked = (*CANONICAL_CASE[:8], since_2026(ReflectionPeriodRequested, POLICE), issued(CaseClosed, NGO))
    assert DeadlineKind.AWAITED not in {each.kind for each in deadlines(given(*asked).case)}


@pytest.mark.parametrize(
    ("assessed_on", "last_day"),
    [("2026-12-05", "2027-04-05"), ("2026-10-31", "2027-02-28"), ("2027-10-31", "2028-02-29")],
)
def test_an_inquiry_takes_four_months(assessed_on: str, last_day: str) -> None:
    """To the same day of the month, or its last one."""
    assert four_months_after(date.fromisoformat(assessed_on)) == date.fromisoformat(last_day)


def test_the_inquiry_about_a_child_is_concluded_in_time() -> None:
    """From the assessment that found a need; what needs no protection needs no inquiry."""
    needed = since_2026(ChildConcernAssessed, MUNICIPALITY, occurred_at="2026-12-01T10:00:00Z")
    case = given(*CHILD, needed).case
    assert awaited(case, K.CHILD_INQUIRY) == (MUNICIPALITY, date(2027, 4, 1))
    not_needed = since_2026(ChildConcernAssessed, MUNICIPALITY, protection_needed=False, measure="none-needed")
    assert given(*CHILD, not_needed).case.awaited == ()
    concluded = given(*CHILD, needed, since_2026(ChildInquiryConcluded, MUNICIPALITY)).case
    assert concluded.awaited == () and concluded.child_concerns[0].inquiry_concluded_on == date(2024, 6, 20)


def test_a_guardian_who_is_discharged_answers_no_more() -> None:
    """The chief guardian takes part by being asked, and appoints; after a discharge nobody answers for the child."""
    asked = (*CHILD, since_2026(GuardianRequested, MUNICIPALITY))
    assert given(*asked).case.takes_part(CHIEF)
    appointed = (*asked, since_2026(GuardianAppointed, CHIEF))
    assert len(given(*appointed).case.guardians) == 1
    assert given(*appointed, since_2026(GuardianDischarged, CHIEF)).case.guardians == ()


def test_the_risk_and_the_safety_plan_are_renewed() -> None:
    """The lead assesses the risk again after 30 days; the plan says itself when it is looked at again."""
    case = given(CANONICAL_CASE[0], assessed_by_lead("2026-12-01"), assessed_by_lead("2026-12-10")).case
    assert awaited(case, K.RISK) == (NGO, date(2027, 1, 9))
    planned = issued(SafetyPlanMade, NGO, occurred_at="2026-12-10T09:00:00Z", review_on="2026-12-24")
    assert awaited(given(CANONICAL_CASE[0], planned).case, K.SAFETY_PLAN) == (NGO, date(2026, 12, 24))


def assessed_by_lead(on: str) -> Issued:
    """The shelter assesses the needs on a day."""
    return issued(NeedsAssessed, NGO, id=event_id(300 + int(on[-2:])), occurred_at=f"{on}T12:00:00Z")


@pytest.mark.parametrize(("so_far", "event"), LAWFUL_TODAY)
def test_what_is_prepared_may_be_done(so_far: tuple[Issued, ...], event: Issued) -> None:
    """On the last day of a fresh assessment, of a safety plan, and for a child too young to be heard."""
    given(*so_far).when(event).then_taken()


def test_the_conditions_are_not_asked_of_earlier_days() -> None:
    """A return of November 2026 is judged as the law was then."""
    late = (*RETURN, issued(ReturnRequested, MUNICIPALITY, occurred_at="2026-11-28T09:00:00Z"))
    given(*late)
    given(*RETURN).when(issued(ReturnRequested, MUNICIPALITY, occurred_at=TODAY)).then_refused("R10")


def test_whoever_appeals_stays() -> None:
    """An asylum seeker stays one while the appeal is tried, and nobody may remove her; a lost appeal ends both."""
    assert given(*REFUSED).case.residence is ResidenceSituation.IRREGULAR
    lodged = given(*LODGED).case
    assert lodged.residence is ResidenceSituation.ASYLUM_SEEKER and removal_is_stayed(lodged)
    assert lodged.takes_part(COURT) and awaited(lodged, K.APPEAL_TIME) is None
    lost = given(*LODGED, since_2026(AppealDecided, COURT, outcome="rejected")).case
    assert lost.residence is ResidenceSituation.IRREGULAR and not removal_is_stayed(lost)
    at_once = given(*REFUSED, since_2026(AppealLodged, NGO, stays_removal=False)).case
    assert not removal_is_stayed(at_once)


def test_a_won_appeal_is_decided_anew() -> None:
    """The Migration Agency grants what the court says, and has its own time for it."""
    won = (*LODGED, since_2026(AppealDecided, COURT, outcome="changed"))
    case = given(*won).case
    assert case.asylum_claimed_on == date(2024, 12, 10) and awaited(case, K.ASYLUM) is not None
    granted = since_2026(
        AsylumDecided, MIGRATION, id=event_id(301), occurred_at="2025-01-10T09:00:00Z", decided_on="2025-01-10"
    )
    assert given(*won, granted).case.residence is ResidenceSituation.TEMPORARY_PERMIT


def test_a_refused_application_awaits_its_decision_again() -> None:
    """Also for a reflection period, which its application names."""
    appeal = since_2026(AppealLodged, NGO, decision="reflection-period", application_id=PERIOD)
    remitted = given(*PERIOD_REFUSED, appeal, since_2026(AppealDecided, COURT)).case
    assert remitted.reflection_periods[0].decision is Decision.PENDING
    assert awaited(remitted, K.REFLECTION_PERIOD) == (
        MIGRATION,
        RECORDED + timedelta(days=DAYS[K.REFLECTION_PERIOD]),
    )
    assert CRIME_VICTIM_AUTHORITY not in {each.asked_of for each in remitted.awaited}
