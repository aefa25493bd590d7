"""What the law of SE-2024-04 lets be done for a child, and for a return: the lawful ways, and the old law beside it."""

from datetime import UTC, datetime

from harness.breaking_children import CHILD, GUARDIAN, NOBODY_SAFE, PLANNED, REPRESENTED, REQUESTED, UNKNOWN_AGE
from harness.directories import admitted

from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportPlanRevised
from contracts.chapters.child_protection import CustodianTraced
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.chapters.refusals import ConsentRefused, HelpDeclined
from contracts.directory.evolution import fold_directory
from contracts.law.children import has_safe_custodian, may_be_a_child
from contracts.sweden.chapters.child_safeguards import AgeAssessed, BestInterestsAssessed
from contracts.sweden.chapters.return_choice import ReturnChosen
from contracts.sweden.chapters.voluntary_return import ReturnRequested
from contracts.sweden.guidance.reachable import signing_coordinator
from contracts.testing.canonical_cases import since_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.vocabulary.agencies import COORDINATOR
from contracts.vocabulary.choices import AgeBand

DIRECTORY = fold_directory(map(admitted, (COORDINATOR, "coordinator-stockholm", NGO)))
IN_APRIL = "2024-04-05T13:00:00Z"


def reported(*, by_todays_law: bool) -> Issued:
    """The case of somebody who may be a child is offered to social services, without consent."""
    fields = {"occurred_at": IN_APRIL, "purposes": ["child-protection"], "respond_by": "2024-04-08T13:00:00Z"}
    return since_2026(CaseReferred, NGO, **fields) if by_todays_law else issued(CaseReferred, NGO, **fields)  # type: ignore[arg-type]


def test_who_may_be_a_child_reaches_social_services_without_consent() -> None:
    """R3: since SE-2024-04; the law before knew the exception for a known child alone."""
    given(*UNKNOWN_AGE).when(reported(by_todays_law=False)).then_refused("R3")
    offered = given(*UNKNOWN_AGE).when(reported(by_todays_law=True)).then_taken()
    assert offered.offers[0].by_duty


def test_a_duty_outlasts_a_consent() -> None:
    """Social services that were told by duty stay, although the one consent that there was is withdrawn."""
    consent = issued(ConsentGiven, NGO)
    told = (*UNKNOWN_AGE, consent, reported(by_todays_law=True))
    accepted = since_2026(ReferralAccepted, MUNICIPALITY, offer_id=told[-1].by.event_id, occurred_at=IN_APRIL)
    withdrawn = issued(ConsentWithdrawn, NGO, recipients=[])
    assert given(*told, accepted, withdrawn).case.takes_part(MUNICIPALITY)


def test_the_child_protection_of_a_child_is_as_before_in_json() -> None:
    """A field that came later is left out while nothing happened to it, so a digest stays."""
    said = given(*UNKNOWN_AGE, reported(by_todays_law=True)).case.canonical_json().decode()
    assert '"by_duty":true' in said
    assert "guardians" not in said
    assert "made_without_victim" not in given(*PLANNED).case.canonical_json().decode()


def test_a_guardian_consents_for_a_child() -> None:
    """R3: a guardian for everything, a special representative for an investigation."""
    by_guardian = {"occurred_at": "2024-05-05T13:00:00Z", "given_by": "appointed-guardian"}
    given(*CHILD, GUARDIAN).when(since_2026(ConsentGiven, NGO, **by_guardian)).then_taken()
    for_police = since_2026(ConsentGiven, NGO, purposes=["investigation"], **by_guardian)
    given(*REPRESENTED).when(for_police).then_taken()


def test_a_custodian_who_is_found_unsafe_answers_no_more() -> None:
    """Until one is found with whom the child is safe."""
    assert not has_safe_custodian(given(*NOBODY_SAFE).case)
    found = since_2026(CustodianTraced, MUNICIPALITY, id=event_id(150), custodian="relative")
    assert has_safe_custodian(given(*NOBODY_SAFE, found).case)


def test_a_presumption_is_replaced() -> None:
    """By a document, and a document by a presumption that the person is a child; an authority finds an adult."""
    presumed = since_2026(AgeAssessed, NGO, basis="presumed")
    assert given(*UNKNOWN_AGE, presumed).case.age_band is AgeBand.MINOR
    grown = since_2026(AgeAssessed, MUNICIPALITY, id=event_id(150), age="adult")
    assert not may_be_a_child(given(*CHILD, presumed, grown).case)
    doubted = since_2026(AgeAssessed, NGO, id=event_id(151), basis="presumed")
    assert may_be_a_child(given(*CHILD, presumed, grown, doubted).case)


def test_the_newest_assessment_counts() -> None:
    """One for each step and country."""
    no = since_2026(BestInterestsAssessed, MUNICIPALITY, id=event_id(150), in_best_interests=False)
    case = given(*CHILD, since_2026(BestInterestsAssessed, MUNICIPALITY), no).case
    assert [one.in_best_interests for one in case.best_interests] == [False]


def test_a_choice_can_be_taken_back_and_made_again() -> None:
    """By a no to a return; a no to other help leaves it."""
    kept = given(*REQUESTED, since_2026(HelpDeclined, NGO)).case
    assert len(kept.return_choices) == 1
    no = since_2026(HelpDeclined, NGO, id=event_id(150), services=["support-for-a-safe-return"])
    assert given(*REQUESTED, no).case.return_choices == ()
    again = since_2026(ReturnChosen, MUNICIPALITY, id=event_id(151))
    assert len(given(*REQUESTED, no, again).case.return_choices) == 1


def test_a_no_is_recorded_without_a_reason() -> None:
    """Who asked, and for what."""
    case = given(*CHILD, since_2026(ConsentRefused, NGO), since_2026(HelpDeclined, NGO)).case
    assert [(one.asked_by, len(one.purposes), len(one.services)) for one in case.refusals] == [(NGO, 1, 0), (NGO, 0, 1)]


def test_a_plan_is_mended_with_the_person() -> None:
    """A revision together with the person lets a return build on a plan that was made without."""
    needs = issued(NeedsAssessed, MUNICIPALITY, id=event_id(150))
    alone = since_2026(
        SupportPlanDrafted, MUNICIPALITY, id=event_id(151), assessment_id=event_id(150), drafted_with_victim=False
    )
    mended = since_2026(SupportPlanRevised, MUNICIPALITY, plan_id=event_id(151))
    chosen = since_2026(ReturnChosen, MUNICIPALITY)
    asked = since_2026(ReturnRequested, MUNICIPALITY, plan_id=event_id(151))
    given(*PLANNED, needs, alone, chosen).when(asked).then_refused("R10")
    given(*PLANNED, needs, alone, mended, chosen).when(asked).then_taken()


def test_the_old_law_asks_for_none_of_it() -> None:
    """An application of the days before SE-2024-04, or recorded before it was adopted, is judged as it was."""
    given(*PLANNED).when(issued(ReturnRequested, MUNICIPALITY)).then_taken()
    last_day = issued(
        ReturnRequested,
        MUNICIPALITY,
        occurred_at="2024-03-31T09:00:00Z",
        recorded_at=datetime(2026, 12, 1, 12, tzinfo=UTC),
    )
    given(*PLANNED).when(last_day).then_taken()
    given(*PLANNED).when(since_2026(ReturnRequested, MUNICIPALITY, occurred_at="2024-04-01T09:00:00Z")).then_refused(
        "R10"
    )


def test_the_coordinator_of_the_county_signs_by_default() -> None:
    """R10: where it is on the bus; otherwise the national one."""
    case = given(*PLANNED).case
    assert signing_coordinator(case, DIRECTORY) == "coordinator-stockholm"
    assert signing_coordinator(case.changed(region="12"), DIRECTORY) == COORDINATOR
