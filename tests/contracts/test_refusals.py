"""Breaks every rule and reads the refusal: the right rule objects before any other, and says what is missing."""

import re
from importlib import import_module
from pkgutil import walk_packages

import pytest
from harness.breaking import AUDITOR, UNKNOWN, Broken, after, new
from harness.breaking_answers import AWAITED_AND_SAFE
from harness.breaking_benefits import BENEFITS
from harness.breaking_children import CHILDREN_AND_RETURNS
from harness.breaking_clocks import CLOCKS
from harness.breaking_duties_to_keep import DUTIES_TO_KEEP
from harness.breaking_external import OUTSIDE_THE_BUS
from harness.breaking_later_law import LATER_LAW
from harness.breaking_newest import NEWEST_LAW
from harness.breaking_outcomes import OUTCOMES_AND_QUESTIONS
from harness.breaking_permits import PERMITS_AND_RESIDENCE
from harness.breaking_personal import PERSONAL_DATA_AND_ERASURE
from harness.breaking_proceedings import PROCEEDINGS
from harness.breaking_receipts import RECEIPTS
from harness.breaking_referrals import REFERRALS_AND_LEAD
from harness.breaking_together import CHILDREN_LABOUR_AND_LONG_TERM, REQUESTED

import contracts
from contracts.chapters import assistance, closure, consent, consultation, detection, referral
from contracts.chapters.assistance import NeedsAssessed, SupportPlanDrafted, SupportProvided
from contracts.chapters.closure import CaseClosed, CaseReopened
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralDeclined, ReferralWithdrawn
from contracts.law import bitemporal
from contracts.law.in_force import RULESETS
from contracts.law.rule import Rule
from contracts.sweden.chapters import (
    asylum,
    identification,
    reflection_period,
    reimbursement,
    voluntary_return,
)
from contracts.sweden.chapters.asylum import AsylumClaimed
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from contracts.sweden.chapters.labour import LabourInspectionReported
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodGranted,
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.return_journey import ReintegrationProvided, Returned, TravelArranged
from contracts.sweden.chapters.voluntary_return import (
    ReturnApproved,
    ReturnCountersigned,
    ReturnRefused,
    ReturnRequested,
)
from contracts.testing.canonical_cases import CANONICAL_CASE, canonical_until
from contracts.testing.example_ids import CASE_ID, MUNICIPALITY, NGO, POLICE
from contracts.testing.given_when_then import given, issued
from contracts.vocabulary.agencies import COORDINATOR, IOM, MIGRATION

DETECTED = CANONICAL_CASE[:1]
CONSENTED = (*DETECTED, issued(ConsentGiven, NGO))
OFFERED = canonical_until(ReferralAccepted)
WITH_POLICE = canonical_until(InvestigationOpened)
CLOSED = canonical_until(CaseReopened)
MANDATES = [
    Broken(detection.anyone_may_detect, "an auditor detects", (), issued(VictimDetected, AUDITOR)),
    Broken(
        consultation.participants_ask_the_coordinator_advises,
        "an NGO gives the coordinator's advice",
        after(ConsultationRequested),
        issued(AdviceGiven, NGO),
    ),
    Broken(consent.participants_record_consent, "an auditor records consent", DETECTED, issued(ConsentGiven, AUDITOR)),
    Broken(
        referral.participants_refer_recipients_answer, "an auditor refers", CONSENTED, issued(CaseReferred, AUDITOR)
    ),
    Broken(
        identification.only_investigators_investigate,
        "a municipality opens an investigation",
        WITH_POLICE,
        issued(InvestigationOpened, MUNICIPALITY),
    ),
    Broken(
        reflection_period.others_apply_migration_decides,
        "the police grant what they applied for",
        after(ReflectionPeriodRequested),
        issued(ReflectionPeriodGranted, POLICE),
    ),
    Broken(
        asylum.only_those_who_meet_asylum_seekers_record_claims,
        "the coordinator records a claim for asylum",
        after(ConsultationRequested),
        issued(AsylumClaimed, COORDINATOR),
    ),
    Broken(
        assistance.providers_assess_plan_and_support,
        "the police assess needs",
        WITH_POLICE,
        issued(NeedsAssessed, POLICE),
    ),
    Broken(
        reimbursement.municipalities_claim_migration_decides,
        "an NGO claims reimbursement",
        after(SupportProvided),
        issued(ReimbursementClaimed, NGO),
    ),
    Broken(
        voluntary_return.professionals_apply_coordinator_countersigns_iom_decides,
        "the coordinator approves a return",
        after(ReturnCountersigned),
        issued(ReturnApproved, COORDINATOR),
    ),
    Broken(closure.lead_closes_participants_reopen, "an auditor closes", DETECTED, issued(CaseClosed, AUDITOR)),
]

EVERY_EVENT = [
    Broken(detection.case_begins_with_detection, "a case begins with consent", (), issued(ConsentGiven, NGO)),
    Broken(detection.case_begins_with_detection, "a case is opened twice", DETECTED, issued(VictimDetected, NGO)),
    Broken(
        referral.issuer_takes_part,
        "an agency outside the case consults",
        DETECTED,
        issued(ConsultationRequested, "ngo-hamnen"),
    ),
    Broken(closure.closed_case_rests, "a closed case is referred", CLOSED, issued(CaseReferred, NGO, id=new(1))),
    Broken(closure.closed_case_rests, "an open case is reopened", DETECTED, issued(CaseReopened, NGO)),
    Broken(
        bitemporal.facts_have_occurred,
        "a fact occurs six minutes after it is recorded",
        DETECTED,
        issued(
            ConsentGiven,
            NGO,
            occurred_at="2024-03-04T10:06:00Z",
            recorded_at=CONSENTED[-1].event.occurred_at.replace(hour=10),
        ),
    ),
]

CONSULTATION_AND_CONSENT = [
    Broken(
        consultation.advice_answers_a_consultation,
        "advice on a question nobody asked",
        after(ConsultationRequested),
        issued(AdviceGiven, COORDINATOR, consultation_id=UNKNOWN),
    ),
    Broken(
        consent.consent_has_a_future,
        "a consent that ended yesterday",
        DETECTED,
        issued(ConsentGiven, NGO, valid_until="2024-03-03"),
    ),
    Broken(
        consent.withdrawal_names_a_consent,
        "an unknown consent is withdrawn",
        CONSENTED,
        issued(ConsentWithdrawn, NGO, consent_id=UNKNOWN),
    ),
    Broken(
        consent.withdrawal_names_a_consent,
        "a consent is withdrawn twice",
        (*CONSENTED, issued(ConsentWithdrawn, NGO, recipients=[])),
        issued(ConsentWithdrawn, NGO, recipients=[]),
    ),
    Broken(
        consent.withdrawal_names_a_consent,
        "a recipient is withdrawn whom the consent never named",
        CONSENTED,
        issued(ConsentWithdrawn, NGO, recipients=["region-01"]),
    ),
]

REFERRAL = [
    Broken(referral.victim_consents, "a referral without consent", DETECTED, issued(CaseReferred, NGO)),
    Broken(
        referral.victim_consents,
        "a recipient that the consent does not name",
        CONSENTED,
        issued(CaseReferred, NGO, recipient="region-01"),
    ),
    Broken(
        referral.victim_consents,
        "a purpose that the consent does not name, beside one that it does",
        CONSENTED,
        issued(CaseReferred, NGO, purposes=["support", "safe-return"]),
    ),
    Broken(
        referral.victim_consents,
        "a consent that has run out on the Swedish day",
        CONSENTED,
        issued(CaseReferred, NGO, occurred_at="2024-09-04T22:00:00Z", respond_by="2024-09-06T12:00:00Z"),
    ),
    Broken(
        referral.victim_consents,
        "one of two consents was withdrawn while the offer was open",
        (
            *CONSENTED,
            issued(ConsentGiven, NGO, id=new(1), recipients=[MUNICIPALITY], purposes=["health-care"]),
            issued(CaseReferred, NGO, purposes=["support", "health-care"]),
            issued(ConsentWithdrawn, NGO, consent_id=new(1), recipients=[]),
        ),
        issued(ReferralAccepted, MUNICIPALITY),
    ),
    Broken(
        referral.issuer_takes_part,
        "an offer is accepted after the consent that it rested on was withdrawn",
        (*OFFERED, issued(ConsentWithdrawn, NGO, recipients=[MUNICIPALITY])),
        issued(ReferralAccepted, MUNICIPALITY),
    ),
    Broken(
        referral.issuer_takes_part,
        "one who has declined goes on",
        (*OFFERED, issued(ReferralDeclined, MUNICIPALITY)),
        issued(NeedsAssessed, MUNICIPALITY),
    ),
    Broken(
        referral.victim_consents,
        "an adult's case referred for child protection",
        CONSENTED,
        issued(CaseReferred, NGO, purposes=["child-protection"]),
    ),
    Broken(
        referral.victim_consents,
        "a person of unknown age referred for child protection",
        (issued(VictimDetected, NGO, age_band="unknown"),),
        issued(CaseReferred, NGO, purposes=["child-protection"]),
    ),
    Broken(referral.one_open_offer_each, "a second offer", OFFERED, issued(CaseReferred, NGO, id=new(1))),
    Broken(
        referral.one_open_offer_each,
        "an agency refers to itself",
        (*DETECTED, issued(ConsentGiven, NGO, recipients=[NGO])),
        issued(CaseReferred, NGO, recipient=NGO),
    ),
    Broken(
        referral.one_open_offer_each,
        "an offer that is over before it is made",
        CONSENTED,
        issued(CaseReferred, NGO, respond_by="2024-03-04T13:30:00Z"),
    ),
    Broken(
        referral.offer_is_answered_once,
        "an unknown offer is accepted",
        OFFERED,
        issued(ReferralAccepted, MUNICIPALITY, offer_id=UNKNOWN),
    ),
    Broken(
        referral.offer_is_answered_once,
        "another agency accepts",
        WITH_POLICE,
        issued(ReferralDeclined, POLICE),
    ),
    Broken(
        referral.offer_is_answered_once,
        "the recipient withdraws the referrer's offer",
        OFFERED,
        issued(ReferralWithdrawn, MUNICIPALITY),
    ),
    Broken(
        referral.offer_is_answered_once,
        "an accepted offer is declined",
        after(ReferralAccepted),
        issued(ReferralDeclined, MUNICIPALITY),
    ),
    Broken(
        referral.offer_is_answered_once,
        "an accepted offer is withdrawn",
        after(ReferralAccepted),
        issued(ReferralWithdrawn, NGO, occurred_at="2024-03-05T09:00:00Z"),
    ),
    Broken(
        referral.offer_is_answered_once,
        "an offer is accepted a second too late",
        OFFERED,
        issued(ReferralAccepted, MUNICIPALITY, occurred_at="2024-03-06T15:00:01Z"),
    ),
]

IDENTIFICATION_AND_STATUS = [
    Broken(
        identification.one_investigation_at_a_time,
        "a second investigation while one is open",
        after(InvestigationOpened),
        issued(InvestigationOpened, POLICE, id=new(1)),
    ),
    Broken(
        identification.one_investigation_at_a_time,
        "another investigation than the open one is closed",
        after(InvestigationOpened),
        issued(InvestigationClosed, POLICE, investigation_id=UNKNOWN),
    ),
    Broken(
        identification.one_investigation_at_a_time,
        "an investigation is closed twice",
        after(InvestigationClosed),
        issued(InvestigationClosed, POLICE),
    ),
    Broken(
        reflection_period.investigation_leader_applies,
        "a municipality applies on the last day of the older law",
        WITH_POLICE,
        issued(ReflectionPeriodRequested, MUNICIPALITY, occurred_at="2022-07-31T21:59:59Z"),
    ),
    Broken(
        reflection_period.investigation_leader_applies,
        "the police apply without an investigation under the older law",
        WITH_POLICE,
        issued(ReflectionPeriodRequested, POLICE, occurred_at="2022-07-31T12:00:00Z"),
    ),
    Broken(
        reflection_period.investigation_leader_or_social_welfare_board_applies,
        "the police apply without an investigation",
        WITH_POLICE,
        issued(ReflectionPeriodRequested, POLICE),
    ),
    Broken(
        reflection_period.one_application_at_a_time,
        "a second application before the first is decided",
        after(ReflectionPeriodRequested),
        issued(ReflectionPeriodRequested, MUNICIPALITY, id=new(1)),
    ),
    Broken(
        reflection_period.one_application_at_a_time,
        "an application while a period runs",
        after(ReflectionPeriodGranted),
        issued(ReflectionPeriodRequested, MUNICIPALITY, id=new(1), occurred_at="2024-04-06T12:00:00Z"),
    ),
    Broken(
        reflection_period.application_is_decided_once,
        "a decision without an application",
        after(ReflectionPeriodRequested),
        issued(ReflectionPeriodRefused, MIGRATION, request_id=UNKNOWN),
    ),
    Broken(
        reflection_period.application_is_decided_once,
        "a second decision",
        after(ReflectionPeriodGranted),
        issued(ReflectionPeriodRefused, MIGRATION),
    ),
    Broken(
        reflection_period.period_is_thirty_days,
        "a period of twenty-nine days",
        after(ReflectionPeriodRequested),
        issued(ReflectionPeriodGranted, MIGRATION, ends_on="2024-04-05"),
    ),
    Broken(
        asylum.asylum_is_claimed_once,
        "asylum is claimed twice",
        (*DETECTED, issued(AsylumClaimed, NGO)),
        issued(AsylumClaimed, NGO, id=new(1)),
    ),
]

ASSISTANCE_AND_MONEY = [
    Broken(
        assistance.plan_follows_assessment,
        "a plan without an assessment",
        canonical_until(NeedsAssessed),
        issued(SupportPlanDrafted, MUNICIPALITY),
    ),
    Broken(
        assistance.plan_follows_assessment,
        "a plan on an older assessment than the latest",
        (*after(NeedsAssessed), issued(NeedsAssessed, MUNICIPALITY, id=new(1))),
        issued(SupportPlanDrafted, MUNICIPALITY),
    ),
    Broken(assistance.service_follows_plan, "a service without a plan", DETECTED, issued(SupportProvided, NGO)),
    Broken(
        assistance.service_follows_plan,
        "an emergency that is not accommodation",
        DETECTED,
        issued(SupportProvided, NGO, service="dental-care", emergency=True),
    ),
    Broken(
        assistance.migration_assists_asylum_seekers,
        "the Migration Agency assists someone who has not sought asylum",
        after(SupportPlanDrafted),
        issued(SupportProvided, MIGRATION),
    ),
    Broken(
        reimbursement.claim_lies_within_its_window,
        "a claim for a service that nobody gave",
        after(SupportProvided),
        issued(ReimbursementClaimed, MUNICIPALITY, support_ids=[UNKNOWN]),
    ),
    Broken(
        reimbursement.claim_lies_within_its_window,
        "a claim for a day more than the period has",
        after(SupportProvided),
        issued(ReimbursementClaimed, MUNICIPALITY, ends_on="2024-04-07"),
    ),
    Broken(
        reimbursement.claim_is_decided_once,
        "a decision without a claim",
        after(ReimbursementClaimed),
        issued(ReimbursementDecided, MIGRATION, claim_id=UNKNOWN),
    ),
    Broken(
        reimbursement.claim_is_decided_once,
        "a second decision on a claim",
        after(ReimbursementDecided),
        issued(ReimbursementDecided, MIGRATION, id=new(1)),
    ),
    *(
        Broken(
            reimbursement.claim_is_decided_once,
            f"{amount} kronor of 54000 as {outcome}",
            after(ReimbursementClaimed),
            issued(ReimbursementDecided, MIGRATION, outcome=outcome, amount_sek=amount),
        )
        for outcome, amount in (
            ("granted", 53999),
            ("partly-granted", 54000),
            ("partly-granted", 0),
            ("refused", 1),
        )
    ),
]

RETURN_AND_CLOSURE = [
    Broken(
        voluntary_return.return_builds_on_plan,
        "a return without a plan",
        WITH_POLICE,
        issued(ReturnRequested, MUNICIPALITY),
    ),
    Broken(
        voluntary_return.return_builds_on_plan,
        "a second application while one is unsettled",
        after(ReturnRequested),
        issued(ReturnRequested, NGO, id=new(1)),
    ),
    Broken(
        voluntary_return.return_goes_step_by_step,
        "approval before the coordinator has countersigned",
        after(ReturnRequested),
        issued(ReturnApproved, IOM),
    ),
    Broken(
        voluntary_return.return_goes_step_by_step,
        "an unknown application is countersigned",
        after(ReturnRequested),
        issued(ReturnCountersigned, COORDINATOR, request_id=UNKNOWN),
    ),
    *(
        Broken(
            voluntary_return.return_goes_step_by_step,
            f"{step.__name__} after {earlier.__name__}",
            after(earlier),
            issued(step, by, id=new(1)),
        )
        for earlier, step, by in (
            (ReturnCountersigned, ReturnCountersigned, COORDINATOR),
            (ReturnApproved, ReturnRefused, IOM),
            (ReturnCountersigned, TravelArranged, IOM),
            (ReturnApproved, Returned, IOM),
            (TravelArranged, ReintegrationProvided, IOM),
            (Returned, TravelArranged, IOM),
        )
    ),
    Broken(
        closure.duplicate_is_of_another_case,
        "a case is closed as a duplicate of itself",
        DETECTED,
        issued(CaseClosed, NGO, reason="duplicate", duplicate_of=CASE_ID),
    ),
    Broken(
        closure.only_the_lead_closes, "a participant that does not lead closes", WITH_POLICE, issued(CaseClosed, POLICE)
    ),
]

ALL = [
    *MANDATES,
    *EVERY_EVENT,
    *CONSULTATION_AND_CONSENT,
    *REFERRAL,
    *IDENTIFICATION_AND_STATUS,
    *ASSISTANCE_AND_MONEY,
    *RETURN_AND_CLOSURE,
    *REFERRALS_AND_LEAD,
    *OUTCOMES_AND_QUESTIONS,
    *OUTSIDE_THE_BUS,
    *BENEFITS,
    *PERMITS_AND_RESIDENCE,
    *CHILDREN_LABOUR_AND_LONG_TERM,
    *CHILDREN_AND_RETURNS,
    *PROCEEDINGS,
    *AWAITED_AND_SAFE,
    *CLOCKS,
    *PERSONAL_DATA_AND_ERASURE,
    *LATER_LAW,
    *NEWEST_LAW,
    *DUTIES_TO_KEEP,
    *RECEIPTS,
]


@pytest.mark.parametrize("broken", ALL, ids=lambda broken: f"{broken.rule.id}: {broken.how}")
def test_the_rule_refuses_and_says_why(broken: Broken) -> None:
    """The rule objects, before any other, in plain words of both languages; the case is as it was."""
    before = given(*broken.so_far)
    outcome = before.when(broken.event)
    refusal = outcome.then_refused(broken.rule.id)
    assert refusal.rule is broken.rule
    assert outcome.case is before.case
    for words in (refusal.missing.what, refusal.rule.wording):
        assert words.en.endswith(".")
        assert words.sv.endswith(".")
        assert words.en != words.sv


def test_an_inspection_may_be_reported_on_its_own_day() -> None:
    """Only a report of what is still to come is refused."""
    same_day = issued(LabourInspectionReported, "tax", occurred_at="2024-03-19T14:00:00Z", inspected_on="2024-03-19")
    given(*REQUESTED).when(same_day).then_taken()


def test_every_rule_is_broken_here() -> None:
    """A rule without a test that breaks it is not known to work."""
    assert {broken.rule for broken in ALL} == {rule for ruleset in RULESETS for rule in ruleset.rules if rule.judges}


def test_no_rule_is_forgotten() -> None:
    """Every rule that a chapter declares is in some ruleset."""
    declared = {
        value
        for module in walk_packages(contracts.__path__, "contracts.")
        for value in vars(import_module(module.name)).values()
        if isinstance(value, Rule)
    }
    assert declared == {rule for ruleset in RULESETS for rule in ruleset.rules}


def test_every_rule_cites_its_source() -> None:
    """A rule quotes a source document, or says that it is not in the sources."""
    for ruleset in RULESETS:
        for rule in ruleset.rules:
            assert "“" in rule.source or rule.source.startswith("Not in the sources"), rule.source


LAW = re.compile(r"\b(?:Act|Code of Judicial Procedure|Ordinance|Directive|Regulation|Convention)\b(?! as)")
NUMBER = re.compile(r"\(\d{4}:\d+\)|\d{4}/\d+|\(CETS \d+\)")


def test_every_law_that_a_rule_cites_has_its_number_and_its_section() -> None:
    """Where nobody knows the section for certain, the source says that a lawyer is to check it."""
    sources = {rule.source for ruleset in RULESETS for rule in ruleset.rules}
    for source in sources:
        own = re.sub(r"“[^”]*”", "", source)
        if LAW.search(own):
            assert NUMBER.search(own), source
            assert re.search(r"\b(?:sections?|articles?) \d|to be checked by a lawyer", own), source
        assert "{" not in source, source
    assert sum(bool(NUMBER.search(source)) for source in sources) > 30
