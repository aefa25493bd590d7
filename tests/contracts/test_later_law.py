"""The law of the day since 2024: what it allows that the law before it refused, up to the day and from the day."""

import json
from pathlib import Path

import pytest
from harness.breaking_later_law import WITH_MUNICIPALITY, found, lately
from pydantic import JsonValue

from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportProvided
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.errors import InvalidEventError
from contracts.event.case_event import CaseEvent
from contracts.event.upcasting import read_event
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted, IntegrationServiceProvided
from contracts.sweden.chapters.reflection_period import ReflectionPeriodRequested
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.return_choice import ReturnChosen
from contracts.sweden.chapters.voluntary_return import ReturnCountersigned, ReturnRequested
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import given, issued
from contracts.vocabulary.agencies import MIGRATION
from contracts.vocabulary.choices import ExploitationForm, Service

URGENT = ("counselling-and-guidance", "health-care", "dental-care", "interpretation-and-translation")


@pytest.mark.parametrize("service", [*URGENT, "reception-allowance-or-social-assistance", "safe-accommodation"])
def test_help_that_cannot_wait_comes_before_a_plan(service: str) -> None:
    """R9: since April 2024, by anybody who gives support; on the day before, accommodation alone."""
    urgent = {"service": service, "emergency": True, "plan_id": None}
    before = given(*WITH_MUNICIPALITY)
    for agency in (NGO, MUNICIPALITY):
        case = before.when(lately(SupportProvided, agency, "2024-04-01", **urgent)).then_taken()
        assert case.support[-1].service == service
    earlier = before.when(lately(SupportProvided, NGO, "2024-03-31", **urgent))
    assert (earlier.refusal is None) is (service == Service.SAFE_ACCOMMODATION)


def test_help_that_the_assessment_calls_urgent_comes_before_a_plan() -> None:
    """R9: whatever it is."""
    needs = ["legal-support", "counselling-and-guidance"]
    assessed = issued(NeedsAssessed, MUNICIPALITY, needs=needs, urgent=["legal-support"])
    counsel = lately(SupportProvided, NGO, service="legal-support", emergency=True, plan_id=None)
    given(*WITH_MUNICIPALITY, assessed).when(counsel).then_taken()


@pytest.mark.parametrize("service", ["counselling-and-guidance", "social-services"])
def test_a_municipality_gives_some_services_without_an_assessment(service: str) -> None:
    """R9: from July 2025 on, without a plan and without an emergency; until then they follow a plan."""
    before, plain = given(*WITH_MUNICIPALITY), {"service": service, "plan_id": None}
    before.when(lately(SupportProvided, MUNICIPALITY, "2025-07-01", **plain)).then_taken()
    before.when(lately(SupportProvided, MUNICIPALITY, "2025-06-30", **plain)).then_refused("R9")


def test_help_that_cannot_wait_stays_allowed_in_2025() -> None:
    """R9: the newer rule adds to the older one."""
    care = lately(SupportProvided, NGO, "2025-07-01", service="health-care", emergency=True, plan_id=None)
    given(*WITH_MUNICIPALITY).when(care).then_taken()


def test_a_person_found_with_a_work_permit_is_integrated() -> None:
    """R12: since April 2024 it does not matter whether the permit came before or after the detection."""
    before = given(*found("work-permit"))
    before.when(lately(IntegrationPlanDrafted, MUNICIPALITY, "2024-04-01")).then_taken()
    before.when(lately(IntegrationPlanDrafted, MUNICIPALITY, "2024-03-31")).then_refused("R12")
    given(*found("resident")).when(lately(IntegrationPlanDrafted, MUNICIPALITY)).then_taken()


def test_the_migration_agency_gives_long_term_services() -> None:
    """R12: under a plan of a municipality or an NGO, since April 2024; it drafts none itself."""
    before = given(*OTHER_CASES["settled in Sweden"][:-1])
    before.when(lately(IntegrationServiceProvided, MIGRATION, "2024-08-30")).then_taken()
    refusal = before.when(issued(IntegrationServiceProvided, MIGRATION)).then_refused("R12")
    assert refusal.missing.supplied_by == ("municipality", "ngo")


REGION = "region-01"


def test_a_region_claims_its_share() -> None:
    """R7: of the health care that it gave during a reflection period, since April 2024."""
    consent = issued(
        ConsentGiven, NGO, id=event_id(300), recipients=[REGION], purposes=["health-care"], data_classes=[]
    )
    offer = issued(CaseReferred, NGO, id=event_id(301), recipient=REGION, purposes=["health-care"], services=[])
    before = given(
        *CANONICAL_CASE[:12],
        consent,
        offer,
        issued(ReferralAccepted, REGION, offer_id=event_id(301)),
        issued(SupportProvided, REGION, id=event_id(302), service="health-care"),
    )
    care = [event_id(302)]
    case = before.when(lately(ReimbursementClaimed, REGION, "2024-05-02", support_ids=care)).then_taken()
    assert (case.claims[-1].claimed_by, case.takes_part(MIGRATION)) == (REGION, True)
    refusal = before.when(issued(ReimbursementClaimed, REGION, support_ids=care)).then_refused("R7")
    assert refusal.missing.supplied_by == ("municipality",)


@pytest.mark.parametrize(
    ("outcome", "amount", "share"),
    [("partly-granted", 48000, 89), ("partly-granted", 48000, None), ("granted", 54000, 100), ("refused", 0, 0)],
)
def test_a_decision_states_the_states_share(outcome: str, amount: int, share: int | None) -> None:
    """R7: to the nearest per cent, or not at all; a claim without a share looks as it always did."""
    decided = lately(ReimbursementDecided, MIGRATION, outcome=outcome, amount_sek=amount, share_percent=share)
    claim = given(*CANONICAL_CASE[:14]).when(decided).then_taken().claims[-1]
    assert claim.share_percent == share
    assert ("share_percent" in claim.model_dump()) is (share is not None)


@pytest.mark.parametrize(("claimed", "granted", "share"), [(200, 1, 0), (200, 1, 1), (200, 199, 99), (200, 199, 100)])
def test_half_a_per_cent_rounds_either_way(claimed: int, granted: int, share: int) -> None:
    """R7: nobody's way to round is refused."""
    claim = issued(ReimbursementClaimed, MUNICIPALITY, amount_sek=claimed)
    decided = lately(ReimbursementDecided, MIGRATION, amount_sek=granted, share_percent=share)
    given(*CANONICAL_CASE[:13], claim).when(decided).then_taken()


def test_a_decision_of_version_1_states_no_share() -> None:
    """All else is as it was."""
    first = (Path(__file__).parent / "samples" / "ReimbursementDecided.v1.json").read_bytes()
    lifted = read_event("se.nrm.ReimbursementDecided.v1", first)
    assert isinstance(lifted, ReimbursementDecided)
    assert (lifted.amount_sek, lifted.share_percent) == (48000, None)


REGIONAL = "coordinator-stockholm"


def test_a_police_officer_and_a_coordinator_start_a_return() -> None:
    """R9, R10: since April 2024 the coordinator assesses, plans and signs, and nobody else is needed."""
    asked = (
        issued(VictimDetected, POLICE),
        issued(ConsultationRequested, POLICE, topic="safe-return", coordinator=REGIONAL),
    )
    plan = lately(SupportPlanDrafted, REGIONAL, id=event_id(12))
    chosen = lately(ReturnChosen, REGIONAL, id=event_id(15))
    request = lately(ReturnRequested, POLICE, id=event_id(16), coordinator=REGIONAL)
    signed = lately(ReturnCountersigned, REGIONAL, "2024-04-03")
    case = given(
        *asked, lately(NeedsAssessed, REGIONAL, "2024-04-01", id=event_id(11)), plan, chosen, request, signed
    ).case
    assert case.returns[-1].coordinator == REGIONAL
    refusal = given(*asked).when(lately(NeedsAssessed, REGIONAL, "2024-03-31")).then_refused("R9")
    assert refusal.missing.supplied_by == ("migration", "municipality", "ngo", "region")


@pytest.mark.parametrize(
    ("residence", "stated"),
    [
        ("irregular", False),
        ("unknown", False),
        ("eu-citizen", True),
        ("work-permit", True),
        ("temporary-permit", True),
    ],
)
def test_a_board_applies_for_whom_has_no_right_to_stay(residence: str, stated: bool) -> None:
    """R5: as far as the case knows it; a board may find that a right which was found does not hold."""
    applied = lately(ReflectionPeriodRequested, MUNICIPALITY, without_right_to_stay=stated)
    given(*found(residence)).when(applied).then_taken()


@pytest.mark.parametrize("residence", ["resident", "eu-citizen", "asylum-seeker", "work-permit"])
def test_a_board_applied_for_anybody_before_april_2024(residence: str) -> None:
    """R5: the older law judges the older day, and what was recorded before the newer one was adopted."""
    before = given(*found(residence))
    before.when(lately(ReflectionPeriodRequested, MUNICIPALITY, "2024-03-31")).then_taken()
    before.when(issued(ReflectionPeriodRequested, MUNICIPALITY, occurred_at="2024-04-02T10:00:00Z")).then_taken()


def test_an_investigation_leader_still_applies_for_an_asylum_seeker() -> None:
    """R5: the narrower rule is for boards."""
    events = (issued(VictimDetected, POLICE, residence="asylum-seeker"), issued(InvestigationOpened, POLICE))
    given(*events).when(lately(ReflectionPeriodRequested, POLICE)).then_taken()


def test_an_application_of_version_1_says_nothing_of_the_right_to_stay() -> None:
    """All else is as it was."""
    first = (Path(__file__).parent / "samples" / "ReflectionPeriodRequested.v1.json").read_bytes()
    lifted = read_event("se.nrm.ReflectionPeriodRequested.v1", first)
    assert isinstance(lifted, ReflectionPeriodRequested)
    assert not lifted.without_right_to_stay


def test_the_forms_of_the_directive_are_known_since_july_2026() -> None:
    """R20: to detections and to investigations, all at once; nine forms fit into one event."""
    every = [form.value for form in ExploitationForm]
    detected = given().when(lately(VictimDetected, POLICE, "2026-07-15", exploitation_forms=every)).then_taken()
    assert len(detected.exploitation_forms) == 9
    opened = lately(InvestigationOpened, POLICE, "2026-07-15", exploitation_forms=["surrogacy"])
    detection = issued(VictimDetected, POLICE)
    assert given(detection).when(opened).then_taken().exploitation_forms == ("labour", "surrogacy")


@pytest.mark.parametrize("event", [VictimDetected, InvestigationOpened])
@pytest.mark.parametrize("forms", [["surrogacy"], ["labour", "forced-marriage"], ["other"] * 7, [{}], "labour", []])
def test_what_version_1_did_not_allow_stays_unreadable(event: type[CaseEvent], forms: JsonValue) -> None:
    """Whichever release reads it, so that every replica voids the same events."""
    version_1 = f"se.nrm.{event.__name__}.v1"
    first: dict[str, JsonValue] = dict(event.example)
    assert read_event(version_1, json.dumps(first).encode()) == event.canonical()
    with pytest.raises(InvalidEventError):
        read_event(version_1, json.dumps({**first, "exploitation_forms": forms}).encode())
