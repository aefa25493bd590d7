"""The effects of the events of the later chapters on the case, and the events that their rules allow."""

from datetime import date
from typing import Any

import pytest

from contracts.chapters.assistance import NeedsAssessed, SupportPlanRevised, SupportProvided
from contracts.chapters.child_protection import ChildConcernReported, CustodianTraced
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.lead import LeadHandedOver
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined
from contracts.chapters.transnational import TransnationalReferralDeclined, TransnationalReferralOffered
from contracts.event.case_event import CaseEvent
from contracts.law.decider import evolve
from contracts.sweden.chapters.asylum import AsylumClaimed, AsylumDecided
from contracts.sweden.chapters.labour import LabourInspectionRequested
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted
from contracts.sweden.chapters.reflection_period import ReflectionPeriodEnded, ReflectionPeriodGranted
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence import PermanentResidenceGranted, WorkPermitGranted
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
    six_months_from,
)
from contracts.sweden.chapters.voluntary_return import ReturnCountersigned, ReturnRequested
from contracts.testing.canonical_cases import CANONICAL_CASE, FOREIGN_PARTNER, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, given, issued
from contracts.view.case_view import CaseView
from contracts.view.parts.legal_status import Decision, PermitKind
from contracts.view.parts.participants import Participation
from contracts.view.parts.referral import OfferState
from contracts.vocabulary.agencies import COORDINATOR, IOM, MIGRATION

DETECTED = CANONICAL_CASE[:1]
OFFERED = CANONICAL_CASE[:5]
REFLECTING = CANONICAL_CASE[:13]
PERMITTED = OTHER_CASES["a permit, and its end"][:-1]
CERTIFICATE = "018e0a00-0000-7000-9000-000000000004"
LOW, HIGH = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"

STORIES = (CANONICAL_CASE, *OTHER_CASES.values())
REFERRING = [
    (story[:place], each, field)
    for story in STORIES
    for place, each in enumerate(story)
    for field in type(each.event).model_fields
    if field.endswith("_id") and field != "record_id"  # which names what is new
]


@pytest.mark.parametrize("id", [LOW, HIGH], ids=["low", "high"])
@pytest.mark.parametrize(
    ("before", "each", "field"), REFERRING, ids=[f"{type(each.event).__name__}.{field}" for _, each, field in REFERRING]
)
def test_what_an_event_refers_to_is_there(before: tuple[Issued, ...], each: Issued, field: str, id: str) -> None:
    """An id of no event of the case is refused, whatever it looks like."""
    changed = each.event.model_copy(update={field: id})
    assert given(*before).when(Issued(changed, each.by)).refusal is not None


@pytest.mark.parametrize(("name", "case"), OTHER_CASES.items())
def test_the_other_cases_are_lawful(name: str, case: tuple[Issued, ...]) -> None:
    """Each event of each is taken, and moves the case by one version."""
    assert given(*case).case.version == len(case), name


@pytest.mark.parametrize("valid_until", ["2024-03-05", "2026-01-31"])
def test_a_certified_provider_accepts_within_the_programme(valid_until: str) -> None:
    """R15: on the last day of its certificate, too."""
    offer = (*CANONICAL_CASE[:4], issued(CaseReferred, NGO, programme=True))
    certificate = {"id": CERTIFICATE, "valid_until": valid_until}
    case = given(*offer).when(issued(ReferralAccepted, MUNICIPALITY, certificate=certificate)).then_taken()
    assert (case.offers[0].programme, case.offers[0].state) == (True, OfferState.ACCEPTED)


def test_the_coordinator_took_part_when_its_clock_ran() -> None:
    """From the first question, consent, offer or report of concern on, while it alone kept time."""
    assert not given(*DETECTED).case.takes_part(COORDINATOR)
    consented = given(*DETECTED, issued(ConsentGiven, NGO)).case
    assert consented.participants[-1].agency == COORDINATOR
    assert consented.participants[-1].participation is Participation.KEEPS_TIME
    assert given(*DETECTED, issued(AsylumClaimed, NGO)).case.takes_part(COORDINATOR) is False
    child = given(*OTHER_CASES["a child alone"][:2]).case
    assert {p.agency: p.participation for p in child.participants} == {
        NGO: Participation.OPENED,
        COORDINATOR: Participation.KEEPS_TIME,
        MUNICIPALITY: Participation.PROTECTS,
    }


def test_a_regional_coordinator_is_consulted_and_advises() -> None:
    """R2, R16: and the national one kept time, as for everything that ran out."""
    asked = (*DETECTED, issued(ConsultationRequested, NGO, coordinator="coordinator-syd"))
    case = given(*asked).when(issued(AdviceGiven, "coordinator-syd")).then_taken()
    assert (case.consultations[0].answered, case.consultations[0].coordinator) == (True, "coordinator-syd")
    assert {p.agency: p.participation for p in case.participants} == {
        NGO: Participation.OPENED,
        "coordinator-syd": Participation.CONSULTED,
        COORDINATOR: Participation.KEEPS_TIME,
    }


def test_a_regional_coordinator_countersigns_what_it_was_named_in() -> None:
    """R10: the one who was contacted first."""
    applied = (*CANONICAL_CASE[:15], issued(ReturnRequested, MUNICIPALITY, coordinator="coordinator-stockholm"))
    case = given(*applied).when(issued(ReturnCountersigned, "coordinator-stockholm")).then_taken()
    assert case.returns[0].stage == "countersigned"
    assert case.takes_part(IOM)


def test_a_decliner_suggests_another() -> None:
    """The suggestion stays with the offer."""
    assert given(*OFFERED, issued(ReferralDeclined, MUNICIPALITY)).case.offers[0].suggested == "municipality-0184"


def test_the_lead_goes_on_and_may_come_back() -> None:
    """R18: after the handover only the new lead closes, and it may hand back to the one who opened the case."""
    handed = OTHER_CASES["the municipality takes the lead"]
    assert given(*handed).case.lead == MUNICIPALITY
    given(*handed).when(issued(CaseClosed, NGO)).then_refused("R18")
    given(*handed).when(issued(CaseClosed, MUNICIPALITY)).then_taken()
    assert given(*handed).when(issued(LeadHandedOver, MUNICIPALITY, to=NGO)).then_taken().lead == NGO


def test_a_revoked_period_ends_on_its_new_last_day() -> None:
    """R5, R7: no reimbursement for the days after."""
    revoked = issued(ReflectionPeriodEnded, MIGRATION, ending="revoked", ended_on="2024-03-20")
    case = given(*REFLECTING).when(revoked).then_taken()
    assert case.reimbursable(date(2024, 3, 8), date(2024, 3, 20))
    assert not case.reimbursable(date(2024, 3, 8), date(2024, 3, 21))
    assert case.reflection_periods[0].ended


@pytest.mark.parametrize("ended_on", ["2024-03-08", "2024-04-06"])
def test_a_period_is_revoked_on_any_of_its_days(ended_on: str) -> None:
    """R5: its first and last day are days of it."""
    given(*REFLECTING).when(issued(ReflectionPeriodEnded, MIGRATION, ending="revoked", ended_on=ended_on)).then_taken()


def test_a_permit_is_applied_for_directly() -> None:
    """R6: without a reflection period, on the day of the dialogue, too."""
    investigated = CANONICAL_CASE[:8]
    asked = issued(ResidencePermitRequested, POLICE, dialogue_with_victim_on="2024-04-03")
    case = given(*investigated).when(asked).then_taken()
    assert case.reflection_periods == ()
    assert (case.permits[0].kind, case.permits[0].requested_by) == (PermitKind.TEMPORARY, POLICE)
    assert case.takes_part(MIGRATION)


def test_a_permit_gives_status_until_its_last_day() -> None:
    """R6: and with the last permit the right to stay ends."""
    case = given(*PERMITTED).case
    assert (case.residence, case.permits[0].decision) == ("temporary-permit", Decision.GRANTED)
    assert case.has_permit(date(2024, 10, 4), PermitKind.TEMPORARY)
    assert not case.has_permit(date(2024, 10, 5), PermitKind.TEMPORARY)
    assert not case.has_permit(date(2024, 4, 4), PermitKind.TEMPORARY)
    assert not case.has_permit(date(2024, 10, 4), PermitKind.WORK)
    ended = given(*OTHER_CASES["a permit, and its end"]).case
    assert (ended.residence, ended.permits[0].ended) == ("irregular", True)


@pytest.mark.parametrize(
    ("then", "residence"),
    [
        (issued(WorkPermitGranted, MIGRATION), "work-permit"),
        (issued(PermanentResidenceGranted, MIGRATION), "resident"),
        (issued(AsylumClaimed, NGO), "asylum-seeker"),
    ],
)
def test_another_right_outlives_a_permit(then: Issued, residence: str) -> None:
    """R6: what a permit's end does not take away."""
    ended = given(*PERMITTED, then, issued(ResidencePermitEnded, COORDINATOR)).case
    assert ended.residence == residence


@pytest.mark.parametrize("residence", ["eu-citizen", "asylum-seeker", "resident"])
def test_what_stands_without_a_permit_outlives_one(residence: str) -> None:
    """R6, R8: an EU citizen, or an asylum seeker whom the Migration Agency assists, is one with a permit and after."""
    detected, *rest = PERMITTED
    met = Issued(detected.event.model_copy(update={"residence": residence}), detected.by)
    permitted = given(met, *rest).case
    assert (permitted.residence, permitted.permits[0].decision) == (residence, Decision.GRANTED)
    assert given(met, *rest, issued(ResidencePermitEnded, COORDINATOR)).case.residence == residence


def test_an_asylum_seeker_with_a_permit_is_assisted_by_the_migration_agency() -> None:
    """R8: while the claim is open, whatever else is granted meanwhile, until the permit's last day and after it."""
    permitted = (*REFLECTING, issued(AsylumClaimed, NGO), *PERMITTED[-2:])
    support = issued(SupportProvided, MIGRATION, id=event_id(101))
    given(*permitted).when(support).then_taken()
    given(*permitted, issued(ResidencePermitEnded, COORDINATOR)).when(support).then_taken()
    given(*permitted, issued(WorkPermitGranted, MIGRATION)).when(support).then_taken()


def test_a_refused_permit_makes_room_for_another_application() -> None:
    """R6: and changes nothing else."""
    applied = (*REFLECTING, issued(ResidencePermitRequested, POLICE))
    refused = given(*applied, issued(ResidencePermitRefused, MIGRATION))
    assert (refused.case.permits[0].decision, refused.case.residence) == (Decision.REFUSED, "irregular")
    refused.when(issued(ResidencePermitRequested, POLICE, id=event_id(101))).then_taken()


def test_a_permit_is_prolonged() -> None:
    """R6: by an application that names it; after its last day a new one names nothing."""
    again = issued(
        ResidencePermitRequested,
        POLICE,
        id=event_id(101),
        extends=event_id(29),
        occurred_at="2024-09-20T09:00:00Z",
    )
    given(*PERMITTED).when(again).then_taken()
    later = issued(ResidencePermitRequested, POLICE, id=event_id(101), occurred_at="2024-10-05T09:00:00Z")
    given(*PERMITTED).when(later).then_taken()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2024-04-05", "2024-10-04"),
        ("2024-08-31", "2025-02-27"),
        ("2023-08-31", "2024-02-28"),
        ("2024-07-01", "2024-12-31"),
        ("2024-01-01", "2024-06-30"),
        ("2024-12-15", "2025-06-14"),
        ("2024-03-31", "2024-09-29"),
    ],
)
def test_six_months_are_calendar_months(first: str, last: str) -> None:
    """R6: a permit of that long is granted, one of a day less is not."""
    assert six_months_from(date.fromisoformat(first)) == date.fromisoformat(last)
    applied = (*REFLECTING, issued(ResidencePermitRequested, POLICE))
    granted = issued(ResidencePermitGranted, MIGRATION, valid_from=first, valid_until=last)
    given(*applied).when(granted).then_taken()


@pytest.mark.parametrize(
    ("outcome", "permit_until", "residence", "permits"),
    [
        ("refugee-status", "2025-09-11", "temporary-permit", [PermitKind.ASYLUM]),
        ("subsidiary-protection", None, "resident", []),
        ("refused", None, "irregular", []),
        ("withdrawn", None, "irregular", []),
        ("transferred-to-another-country", None, "irregular", []),
    ],
)
def test_asylum_is_decided(outcome: str, permit_until: str | None, residence: str, permits: list[PermitKind]) -> None:
    """R8: a permit for a time, for good, or none; and a new claim may be made."""
    claimed = (*REFLECTING, issued(AsylumClaimed, NGO))
    decided = issued(AsylumDecided, MIGRATION, outcome=outcome, permit_until=permit_until)
    case = given(*claimed).when(decided).then_taken()
    assert (case.residence, [permit.kind for permit in case.permits]) == (residence, permits)
    assert case.asylum_claimed_on is None
    given(*claimed, decided).when(
        issued(AsylumClaimed, NGO, id=event_id(101), occurred_at="2024-10-01T09:00:00Z")
    ).then_taken()


def test_a_permit_outlives_a_refused_claim() -> None:
    """R8: who has another permit may stay."""
    refused = issued(AsylumDecided, MIGRATION, outcome="refused", permit_until=None)
    claimed = (*PERMITTED, issued(AsylumClaimed, NGO))
    assert given(*claimed, refused).case.residence == "temporary-permit"
    at = "2024-08-15T09:00:00Z"
    withdrawn = issued(
        AsylumDecided, MIGRATION, outcome="withdrawn", permit_until=None, occurred_at=at, decided_on=at[:10]
    )
    assert given(*claimed, issued(WorkPermitGranted, MIGRATION), withdrawn).case.residence == "work-permit"
    assert given(*claimed, issued(PermanentResidenceGranted, MIGRATION), withdrawn).case.residence == "resident"


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (AsylumDecided, {"outcome": "refused"}),
        (AsylumDecided, {"permit_until": "2024-08-11"}),
        (WorkPermitGranted, {"valid_until": "2024-08-13"}),
        (ResidencePermitGranted, {"valid_until": "2024-04-04"}),
    ],
)
def test_a_permit_does_not_contradict_itself(event: type[CaseEvent], changes: dict[str, Any]) -> None:
    """It ends after it begins, and a refusal gives none."""
    with pytest.raises(ValueError, match=r"ends before|does not fit"):
        issued(event, MIGRATION, **changes)


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (AsylumDecided, {"permit_until": "2024-08-12"}),
        (WorkPermitGranted, {"valid_until": "2024-08-14"}),
        (ResidencePermitGranted, {"valid_until": "2024-04-05"}),
        (SupportProvided, {"ends_on": "2024-03-08"}),
    ],
)
def test_a_day_is_a_time_too(event: type[CaseEvent], changes: dict[str, Any]) -> None:
    """What begins and ends on one day is in order; whether it is lawful is for the rules."""
    assert issued(event, MIGRATION, **changes).event


def test_reimbursement_goes_on_from_a_period_to_a_permit() -> None:
    """R7: every day is covered by one or the other, and a gap is not."""
    case = given(*PERMITTED).case
    assert case.reimbursable(date(2024, 3, 8), date(2024, 10, 4))
    assert not case.reimbursable(date(2024, 3, 7), date(2024, 4, 1))
    assert not case.reimbursable(date(2024, 4, 1), date(2024, 10, 5))
    assert not case.reimbursable(date(2024, 4, 2), date(2024, 4, 1))
    assert case.reimbursable(date(2024, 10, 4), date(2024, 10, 4))
    late = issued(ResidencePermitGranted, MIGRATION, valid_from="2024-04-08", valid_until="2024-10-07")
    gap = given(*PERMITTED[:-1], late).case
    assert not gap.reimbursable(date(2024, 3, 8), date(2024, 4, 8))
    assert gap.reimbursable(date(2024, 4, 8), date(2024, 10, 4))


def test_asylum_and_work_permits_are_not_reimbursed() -> None:
    """R7: the window is that of the reflection period and the temporary permit."""
    worker = given(*REFLECTING, issued(WorkPermitGranted, MIGRATION)).case
    assert not worker.reimbursable(date(2024, 8, 14), date(2024, 8, 14))


def test_a_refused_claim_may_be_made_again() -> None:
    """R7: the services of any other claim are paid for."""
    refused = issued(ReimbursementDecided, MIGRATION, outcome="refused", amount_sek=0)
    again = issued(ReimbursementClaimed, MUNICIPALITY, id=event_id(101))
    assert given(*CANONICAL_CASE[:14], refused).when(again).then_taken().claims[0].support_ids == (event_id(13),)
    given(*CANONICAL_CASE[:15]).when(again).then_refused("R7")


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [("2024-03-19", "2024-03-19"), ("2024-03-01", "2024-03-08"), ("2024-04-06", None), ("2024-03-01", None)],
)
def test_a_service_on_one_of_the_days_is_claimed(starts_on: str, ends_on: str | None) -> None:
    """R7: it need not fill the window; without a last day it goes on."""
    service = issued(SupportProvided, MUNICIPALITY, starts_on=starts_on, ends_on=ends_on)
    given(*CANONICAL_CASE[:12], service).when(issued(ReimbursementClaimed, MUNICIPALITY)).then_taken()


def test_a_plan_is_revised_and_stays_the_plan() -> None:
    """R9: services and applications go on naming it."""
    case = given(*REFLECTING, issued(SupportPlanRevised, MUNICIPALITY)).case
    assert case.plan is not None
    assert (case.plan.id, case.plan.revisions, case.plan.review_on) == (event_id(12), 1, date(2024, 6, 3))
    assert case.plan.services == ("safe-accommodation", "legal-support")
    again = issued(SupportPlanRevised, NGO, id=event_id(101))
    revised = given(*REFLECTING, issued(SupportPlanRevised, MUNICIPALITY)).when(again).then_taken()
    assert revised.plan is not None
    assert revised.plan.revisions == 2


def test_an_effect_never_fails_on_what_its_rules_would_refuse() -> None:
    """The fold is total: a plan that is not there is not revised."""
    each = issued(SupportPlanRevised, MUNICIPALITY)
    before = CaseView.unopened("x")
    assert evolve(before, each.event, each.by) == before.advanced()


@pytest.mark.parametrize("age", ["minor", "unknown"])
def test_who_may_be_a_child_is_presumed_to_be_one(age: str) -> None:
    """R14: and then a child's rules apply."""
    detected = issued(VictimDetected, NGO, age_band=age)
    case = given(detected).when(issued(ChildConcernReported, NGO)).then_taken()
    assert case.age_band == "minor"
    concern = case.child_concerns[0]
    assert (concern.municipality, concern.reported_by, concern.reported_on) == (MUNICIPALITY, NGO, date(2024, 3, 4))


@pytest.mark.parametrize(
    ("custodian", "safe", "traced"),
    [
        ("parent", True, True),
        ("parent", False, False),
        ("nobody-found", True, False),
        ("appointed-guardian", True, True),
    ],
)
def test_a_custodian_who_is_safe_ends_the_search(custodian: str, safe: bool, traced: bool) -> None:
    """R14: a parent who exploits the child does not; and who was found stays found."""
    before = OTHER_CASES["a child alone"][:3]
    found = issued(CustodianTraced, MUNICIPALITY, custodian=custodian, safe_for_the_child=safe)
    case = given(*before).when(found).then_taken()
    assert (case.custodian_traced, case.unaccompanied) == (traced, True)
    later = issued(CustodianTraced, MUNICIPALITY, id=event_id(101), custodian="nobody-found")
    assert given(*before, found).when(later).then_taken().custodian_traced is traced


def test_an_inspection_is_complete_when_all_have_reported() -> None:
    """R21: who asked for it, and each partner, which all take part."""
    case = given(*OTHER_CASES["a joint inspection"]).case
    (inspection,) = case.inspections
    assert inspection.inspectors == (POLICE, "labour-inspectorate", "tax") == inspection.reported_by
    assert case.participants[-1].participation is Participation.INSPECTS


def test_a_partner_who_takes_part_needs_no_new_consent() -> None:
    """R3: the consent is for those whom the case reaches anew."""
    inspected = (*CANONICAL_CASE[:8], OTHER_CASES["a joint inspection"][8])
    begun = (*inspected, issued(LabourInspectionRequested, POLICE))
    again = issued(
        LabourInspectionRequested, "tax", id=event_id(102), partners=[POLICE], occurred_at="2024-10-01T09:00:00Z"
    )
    assert len(given(*begun).when(again).then_taken().inspections) == 2


def test_a_foreign_contact_refers_to_the_coordinator() -> None:
    """R17: a case comes from abroad as it goes there."""
    consent = issued(ConsentGiven, FOREIGN_PARTNER, recipients=[COORDINATOR], purposes=["support"])
    detected = issued(VictimDetected, FOREIGN_PARTNER)
    offer = issued(TransnationalReferralOffered, FOREIGN_PARTNER, recipient=COORDINATOR, purpose="support")
    case = given(detected, consent).when(offer).then_taken()
    assert (case.offers[0].country, case.offers[0].purposes) == ("RO", ("support",))
    declined = given(detected, consent, offer).when(issued(TransnationalReferralDeclined, COORDINATOR)).then_taken()
    assert declined.offers[0].state is OfferState.DECLINED


def test_a_transnational_offer_is_accepted_until_its_last_second() -> None:
    """R17: as any offer; and the contact abroad then takes part."""
    abroad = OTHER_CASES["home with another country's help"]
    case = given(*abroad).case
    assert case.offers[-1].state is OfferState.ACCEPTED
    assert case.takes_part(FOREIGN_PARTNER)
    accepted = abroad[-1].event
    last = issued(type(accepted), FOREIGN_PARTNER, occurred_at="2024-05-15T15:00:00Z")
    given(*abroad[:-1]).when(last).then_taken()


@pytest.mark.parametrize("kind", ["work permit", "residence"])
def test_integration_follows_either_right(kind: str) -> None:
    """R12: a work permit in force, on its last day too, or residence for good."""
    case = OTHER_CASES["a work permit" if kind == "work permit" else "settled in Sweden"]
    drafted = next(each for each in case if isinstance(each.event, IntegrationPlanDrafted))
    last = issued(IntegrationPlanDrafted, MUNICIPALITY, id=event_id(101), occurred_at="2026-08-13T21:59:59Z")
    plan = given(*case).when(last).then_taken().integration_plan
    assert plan is not None
    assert (plan.id, plan.drafted_by) == (event_id(101), MUNICIPALITY)
    assert plan.services == ("language-studies", "help-with-applying-for-work")
    assert drafted in case


def test_a_right_granted_earlier_keeps_its_first_day() -> None:
    """R5: the days as the Migration Agency wrote them."""
    period = given(*REFLECTING).case.reflection_periods[0]
    granted = ReflectionPeriodGranted.canonical()
    assert (period.starts_on, period.ends_on) == (granted.starts_on, granted.ends_on)
    assert period.in_force(date(2024, 3, 8))
    assert not period.in_force(date(2024, 3, 7))
    assert not period.in_force(date(2024, 4, 7))


def test_needs_are_the_latest() -> None:
    """R9: an assessment takes the place of the one before."""
    later = issued(NeedsAssessed, NGO, id=event_id(101), needs=["legal-support"], urgent=[])
    needs = given(*REFLECTING, later).case.needs
    assert needs is not None
    assert (needs.id, needs.services, needs.urgent) == (event_id(101), ("legal-support",), ())
