"""The events that the rules allow, chapter by chapter, and their effects on the case."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.chapters.assistance import SupportPlanDrafted, SupportProvided
from contracts.chapters.closure import CaseClosed, CaseReopened
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import (
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralExpired,
    ReferralWithdrawn,
)
from contracts.errors import InvalidEventError
from contracts.event.case_event import EVENTS
from contracts.event.upcasting import read_event
from contracts.law import in_force
from contracts.law.in_force import RULESETS, ruleset_in_force
from contracts.law.ruleset import Ruleset
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.return_journey import ReintegrationProvided, TravelArranged
from contracts.sweden.chapters.voluntary_return import ReturnRefused, ReturnRequested
from contracts.sweden.guidance.entitlement import Prospect, who_can_assist
from contracts.sweden.rulesets import se_2016
from contracts.testing.canonical_cases import CANONICAL_CASE, canonical_until
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import given, issued
from contracts.view.parts.identification import Identification
from contracts.view.parts.legal_status import Decision
from contracts.view.parts.status import CaseStatus, ClosureReason
from contracts.view.parts.voluntary_return import ReturnStage
from contracts.vocabulary.agencies import COORDINATOR, IOM, MIGRATION, AgencyKind

DETECTED = CANONICAL_CASE[:1]
CONSENTED = (*DETECTED, issued(ConsentGiven, NGO))
OFFERED = canonical_until(ReferralAccepted)
WITH_POLICE = canonical_until(InvestigationOpened)
PLANNED = canonical_until(SupportProvided)


@pytest.mark.parametrize("kind", sorted(set(AgencyKind) - {AgencyKind.AUDITOR}))
def test_anyone_detects_and_then_leads(kind: AgencyKind) -> None:
    """R1: whoever detects opens the case and leads it; the person is presumed to be a victim."""
    case = given().when(issued(VictimDetected, kind)).then_taken()
    assert (case.lead, case.identification) == (kind, Identification.PRESUMED)


def test_consulting_takes_no_consent() -> None:
    """R2: the coordinator takes part from the question on, though the victim has consented to nothing."""
    case = given(*DETECTED).when(issued(ConsultationRequested, NGO)).then_taken()
    assert case.takes_part(COORDINATOR)
    answered = given(*DETECTED, issued(ConsultationRequested, NGO)).when(issued(AdviceGiven, COORDINATOR)).then_taken()
    assert answered.consultations[0].answered


def test_consent_counts_its_last_day() -> None:
    """R3: on the last Swedish day of a consent the case may still be referred."""
    last = issued(CaseReferred, NGO, occurred_at="2024-09-04T21:59:59Z", respond_by="2024-09-06T12:00:00Z")
    assert given(*CONSENTED).when(last).then_taken().takes_part(MUNICIPALITY)


def test_two_consents_together_cover_a_referral() -> None:
    """R3: each purpose needs a consent, not all of them the same one."""
    second = issued(ConsentGiven, NGO, id=event_id(101), purposes=["safe-return"])
    both = issued(CaseReferred, NGO, purposes=["support", "safe-return"])
    given(*CONSENTED, second).when(both).then_taken()


def test_concern_for_a_child_takes_no_consent() -> None:
    """R3: social services are told of a child at risk, whoever consents."""
    child = issued(VictimDetected, NGO, age_band="minor")
    concern = issued(CaseReferred, NGO, purposes=["child-protection"])
    given(child, concern).when(issued(ReferralAccepted, MUNICIPALITY)).then_taken()
    given(child).when(issued(CaseReferred, NGO, recipient=POLICE, purposes=["child-protection"])).then_refused("R3")


def test_consent_is_withdrawn_in_part() -> None:
    """R3: what is not named in a withdrawal stays."""
    case = given(*CONSENTED).when(issued(ConsentWithdrawn, NGO, recipients=[], data_classes=["contact"])).then_taken()
    assert case.consents[0].data_classes == ("identity",)
    assert case.consents[0].recipients == (MUNICIPALITY, POLICE)


@pytest.mark.parametrize(
    ("recipients", "purposes"),
    [([], []), ([MUNICIPALITY, POLICE], []), ([], ["support", "investigation", "legal-status"])],
    ids=["nothing named", "every recipient", "every purpose"],
)
def test_consent_is_gone_when_nothing_is_left(recipients: list[str], purposes: list[str]) -> None:
    """R3: a withdrawal that names nothing, or everything of one sort, ends the consent."""
    withdrawn = issued(ConsentWithdrawn, NGO, recipients=recipients, purposes=purposes)
    assert given(*CONSENTED).when(withdrawn).then_taken().consents == ()


def test_a_purpose_is_withdrawn() -> None:
    """R3: the other purposes of the consent stay."""
    withdrawn = issued(ConsentWithdrawn, NGO, recipients=[], purposes=["support", "investigation"])
    assert given(*CONSENTED).when(withdrawn).then_taken().consents[0].purposes == ("legal-status",)


def test_a_declined_or_withdrawn_offer_can_be_made_again() -> None:
    """R19: an answer, or the clock, makes room for the next offer to the same agency; mere time does not."""
    again = issued(CaseReferred, NGO, id=event_id(101), occurred_at="2024-03-05T10:00:00Z")
    given(*OFFERED, issued(ReferralDeclined, MUNICIPALITY)).when(again).then_taken()
    given(*OFFERED, issued(ReferralWithdrawn, NGO)).when(again).then_taken()
    late = issued(
        CaseReferred,
        NGO,
        id=event_id(101),
        occurred_at="2024-03-07T10:00:00Z",
        respond_by="2024-03-08T10:00:00Z",
    )
    given(*OFFERED).when(late).then_refused("R19")
    given(*OFFERED, issued(ReferralExpired, COORDINATOR)).when(late).then_taken()


def test_an_offer_is_accepted_until_its_last_second() -> None:
    """R19: the time to respond includes its end, by when the answer was given and not by when it was recorded."""
    last = issued(ReferralAccepted, MUNICIPALITY, occurred_at="2024-03-06T15:00:00Z")
    given(*OFFERED).when(last).then_taken()


def test_an_investigation_identifies_for_good() -> None:
    """R4: a victim stays formally identified when the investigation ends, and another may be opened."""
    case = given(*WITH_POLICE, issued(InvestigationOpened, POLICE)).when(issued(InvestigationClosed, POLICE)).case
    assert case.identification is Identification.FORMAL
    assert not case.under_investigation


def test_a_municipality_applies_under_the_newer_law() -> None:
    """R5: since 2022-08-01, by Swedish time, a social welfare board applies without an investigation."""
    first_minute = issued(ReflectionPeriodRequested, MUNICIPALITY, occurred_at="2022-07-31T22:00:00Z")
    assert given(*WITH_POLICE).when(first_minute).then_taken().takes_part(MIGRATION)


@pytest.mark.parametrize("ends_on", ["2024-04-06", "2024-04-07"])
def test_thirty_days_are_counted_either_way(ends_on: str) -> None:
    """R5: thirty days with or without the day of the decision."""
    granted = issued(ReflectionPeriodGranted, MIGRATION, ends_on=ends_on)
    case = given(*canonical_until(ReflectionPeriodGranted)).when(granted).then_taken()
    assert case.in_reflection_period(date(2024, 3, 8), date.fromisoformat(ends_on))


def test_a_refused_application_makes_room_for_another() -> None:
    """R5: after a refusal one may apply again."""
    refused = (*canonical_until(ReflectionPeriodGranted), issued(ReflectionPeriodRefused, MIGRATION))
    again = given(*refused).when(issued(ReflectionPeriodRequested, MUNICIPALITY, id=event_id(101))).then_taken()
    assert [period.decision for period in again.reflection_periods] == [Decision.REFUSED, Decision.PENDING]


def test_the_newest_law_not_later_than_the_day_judges() -> None:
    """R20: each day has one ruleset; a day before the first has the first."""
    assert [ruleset.id for ruleset in RULESETS] == [
        "SE-2016",
        "SE-2022-08",
        "SE-2024-04",
        "SE-2025-07",
        "SE-2026-07",
        "SE-2026-11",
    ]
    days = {date(2026, 11, 28): "SE-2026-07", date(2026, 11, 29): "SE-2026-11"}
    days |= {date(1999, 1, 1): "SE-2016", date(2022, 7, 31): "SE-2016", date(2022, 8, 1): "SE-2022-08"}
    assert {day: ruleset_in_force(day, datetime(2030, 1, 1, tzinfo=UTC)).id for day in days} == days


def test_no_ruleset_judges_what_was_recorded_before_it_was_adopted(monkeypatch: pytest.MonkeyPatch) -> None:
    """R20: a law that the services learn late changes no earlier decision, and judges late recordings."""
    adopted = datetime(2030, 6, 30, 22, 0, tzinfo=UTC)
    late = RULESETS[-1].amended("XX-2023", date(2023, 1, 1), replacing={}, adopted_at=adopted)
    monkeypatch.setattr(in_force, "RULESETS", (*RULESETS[:2], late))
    monkeypatch.setattr(in_force, "_STARTS", [each.in_force_from for each in in_force.RULESETS])
    for recorded_at, expected in ((adopted - timedelta(microseconds=1), "SE-2022-08"), (adopted, "XX-2023")):
        assert ruleset_in_force(date(2024, 1, 1), recorded_at).id == expected
        assert ruleset_in_force(date(2022, 12, 31), recorded_at).id == "SE-2022-08"


def test_an_amendment_names_rules_in_force() -> None:
    """Replacing a rule that is not there is a mistake found at once; added rules come last."""
    rule = RULESETS[1].rules[0]
    absent = next(r for r in RULESETS[1].rules if r not in RULESETS[0].rules)
    with pytest.raises(ValueError, match="SE-2016"):
        se_2016.RULESET.amended("x", date(2030, 1, 1), replacing={absent: rule})
    assert se_2016.RULESET.amended("x", date(2030, 1, 1), replacing={}, adding=[absent]).rules[-1] is absent


def test_a_clock_may_be_five_minutes_ahead() -> None:
    """R20: agencies' clocks differ a little; how long ago something occurred is nobody's business."""
    event = issued(ConsentGiven, NGO)
    early = event.event.occurred_at.replace(hour=12, minute=55)
    given(*DETECTED).when(issued(ConsentGiven, NGO, recorded_at=early)).then_taken()
    given(*DETECTED).when(issued(ConsentGiven, NGO, recorded_at=early.replace(year=2030))).then_taken()


def test_emergency_accommodation_comes_before_a_plan() -> None:
    """R9: a bed tonight needs no plan."""
    bed = issued(SupportProvided, NGO, emergency=True, plan_id=None)
    assert len(given(*DETECTED).when(bed).then_taken().support) == 1


def test_migration_assists_after_a_claim_for_asylum() -> None:
    """R8: the Migration Agency takes part and assists from the claim on."""
    case = given(*PLANNED, issued(AsylumClaimed, NGO)).when(issued(SupportProvided, MIGRATION)).then_taken()
    assert case.asylum_claimed_on == date(2024, 4, 2)


@pytest.mark.parametrize(("outcome", "amount"), [("granted", 54000), ("partly-granted", 53999), ("refused", 0)])
def test_a_claim_is_decided(outcome: str, amount: int) -> None:
    """R7: all, a part or nothing."""
    decided = issued(ReimbursementDecided, MIGRATION, outcome=outcome, amount_sek=amount)
    claim = given(*canonical_until(ReimbursementDecided)).when(decided).then_taken().claims[0]
    assert (claim.decision, claim.granted_sek) == (outcome, amount)


def test_a_return_needs_no_cooperation_with_the_police() -> None:
    """R10: the police need not even take part."""
    without_police = [
        each
        for each in canonical_until(ReturnRequested)
        if POLICE not in (each.by.agency, getattr(each.event, "recipient", None)) and each.by.agency != MIGRATION
    ]
    no_claims = [each for each in without_police if not isinstance(each.event, ReimbursementClaimed)]
    case = given(*no_claims).when(issued(ReturnRequested, NGO)).then_taken()
    assert {COORDINATOR, IOM} <= {participant.agency for participant in case.participants}


def test_a_refused_return_may_be_applied_for_again() -> None:
    """R10: IOM may refuse before the coordinator has countersigned, and a new application may follow."""
    requested = CANONICAL_CASE[:16]
    refused = (*requested, issued(ReturnRefused, IOM))
    assert given(*refused).case.returns[0].stage is ReturnStage.REFUSED
    given(*refused).when(issued(ReturnRequested, NGO, id=event_id(101))).then_taken()


def test_a_journey_is_booked_again() -> None:
    """R10: a missed flight is not the end."""
    case = given(*CANONICAL_CASE[:19]).when(issued(TravelArranged, IOM, departs_on="2024-06-10")).then_taken()
    assert case.returns[0].departs_on == date(2024, 6, 10)


def test_after_closure_consent_is_withdrawn_and_money_settled() -> None:
    """R18: what is the victim's right, or a late bill, needs no reopening."""
    early = (*canonical_until(ReimbursementClaimed), issued(CaseClosed, NGO))
    claimed = (*early, issued(ReimbursementClaimed, MUNICIPALITY))
    given(*early).when(issued(ConsentWithdrawn, NGO)).then_taken()
    given(*claimed).when(issued(ReimbursementDecided, MIGRATION)).then_taken()
    home = (*canonical_until(ReintegrationProvided), issued(CaseClosed, NGO))
    given(*home).when(issued(ReintegrationProvided, IOM)).then_taken()


def test_a_duplicate_names_the_other_case_until_it_is_reopened() -> None:
    """R18: whoever counts cases leaves it out meanwhile."""
    other = "018e0a00-0000-7000-8000-0000000000ff"
    closed = (*DETECTED, issued(CaseClosed, NGO, reason="duplicate", duplicate_of=other))
    case = given(*closed).case
    assert (case.closed_for, case.duplicate_of) == (ClosureReason.DUPLICATE, other)
    again = given(*closed, issued(CaseReopened, NGO)).case
    assert (again.closed_for, again.duplicate_of) == (None, None)


def test_a_participant_reopens() -> None:
    """R18: anyone who takes part may reopen, and the lead stays."""
    case = (
        given(*DETECTED, *OFFERED[3:5], issued(CaseClosed, NGO)).when(issued(CaseReopened, MUNICIPALITY)).then_taken()
    )
    assert (case.status, case.lead) == (CaseStatus.OPEN, NGO)


@pytest.mark.parametrize(
    ("residence", "expected"),
    [
        ("irregular", "unlikely limited no entitled"),
        ("unknown", "entitled limited no entitled"),
        ("resident", "entitled entitled no entitled"),
        ("asylum-seeker", "limited limited entitled entitled"),
        ("eu-citizen", "limited limited no entitled"),
    ],
)
def test_who_can_assist(residence: str, expected: str) -> None:
    """R8: municipality, region, Migration Agency and NGO, by the victim's right to be in Sweden."""
    case = given(issued(VictimDetected, NGO, residence=residence)).case
    found = who_can_assist(case, date(2024, 3, 10))
    assert [entitlement.kind for entitlement in found] == ["municipality", "region", "migration", "ngo"]
    assert [entitlement.prospect for entitlement in found] == expected.split()


def test_who_can_assist_follows_the_case() -> None:
    """R8: an investigation opens the municipality's door, a reflection period the region's, until its last day."""
    investigated = given(*WITH_POLICE, issued(InvestigationOpened, POLICE)).case
    assert who_can_assist(investigated, date(2024, 3, 7))[0].prospect is Prospect.ENTITLED
    reflecting = given(*PLANNED).case
    assert who_can_assist(reflecting, date(2024, 4, 6))[1].prospect is Prospect.ENTITLED
    assert who_can_assist(reflecting, date(2024, 4, 7))[1].prospect is Prospect.LIMITED


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        ("VictimDetected", '"municipality": "1480"'),
        ("NeedsAssessed", '"urgent": ["dental-care"]'),
        ("SupportProvided", '"ends_on": "2024-03-07"'),
    ],
)
def test_an_event_does_not_contradict_itself(event: str, changes: str) -> None:
    """A municipality lies in its region, the urgent is needed, an end follows its start."""
    model = EVENTS[event]
    data = model.canonical().model_dump_json()[:-1] + f", {changes}}}"
    with pytest.raises(InvalidEventError):
        read_event(model.type_name(), data.encode())


def test_a_ruleset_names_itself() -> None:
    """A ruleset in a traceback says which one it is."""
    assert repr(Ruleset("SE-1", date(2016, 1, 1), ())) == "Ruleset('SE-1', in force from 2016-01-01)"


def test_a_plan_names_its_services_once() -> None:
    """R9: two goals for one service are one service of the plan."""
    goal = {"service": "safe-accommodation", "responsible": NGO, "aim": "A safe bed."}
    plan = issued(SupportPlanDrafted, MUNICIPALITY, goals=[goal, goal])
    case = given(*canonical_until(SupportPlanDrafted)).when(plan).then_taken()
    assert case.plan is not None
    assert case.plan.services == ("safe-accommodation",)


def test_a_scenario_fails_loudly() -> None:
    """A test that expects the wrong outcome fails, and says which rule spoke."""
    taken, refused = issued(ConsentGiven, NGO), issued(CaseReferred, NGO)
    with pytest.raises(AssertionError, match="taken"):
        given(*DETECTED).when(taken).then_refused("R3")
    with pytest.raises(AssertionError, match="R3"):
        given(*DETECTED).when(refused).then_refused("R19")
    with pytest.raises(AssertionError, match="R3"):
        given(*DETECTED, refused)
    with pytest.raises(ValueError, match="lanternan"):
        issued(ConsentGiven, "lanternan")
