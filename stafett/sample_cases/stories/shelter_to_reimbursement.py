"""A shelter asks for advice before there is consent; then the police, a reflection period and the municipality follow.

“JÄMY may be consulted about the case even if the victim does not give their consent. In these instances, it is
important that the victim's personal details are not disclosed.” A granted reflection period “means that
municipalities can be reimbursed by the state for a share of the expenses”.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import NeedsAssessed, PlanGoal, SupportPlanDrafted, SupportProvided
from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, Topic
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.identification import InvestigationOpened, Offence
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodEnded,
    ReflectionPeriodGranted,
    ReflectionPeriodRequested,
)
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.view.parts.assistance import Risk
from contracts.view.parts.legal_status import Decision
from contracts.vocabulary.choices import AgeBand, DataClass, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=60)


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.SEXUAL,),
        indicators=(Indicator.MOVEMENT_CONTROLLED, Indicator.DOCUMENTS_WITHHELD),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.IRREGULAR,
        region="01",
        municipality="0180",
        language="ro",
        interpreter_needed=True,
    )
    consultation = case.says(
        "ngo",
        ConsultationRequested,
        topic=Topic.REFERRAL,
        question="She has slept here two nights and is unsure about the police. What can we offer her meanwhile?",
    )
    case.says(
        "coordinator",
        AdviceGiven,
        consultation_id=consultation,
        advice="Explain the reflection period: thirty days to decide, with a right to stay.",
        suggested_services=(Service.SAFE_ACCOMMODATION, Service.COUNSELLING),
    )
    case.wait(days=1)
    case.says(
        "ngo",
        ConsentGiven,
        recipients=("municipality", "police"),
        purposes=(Purpose.SUPPORT, Purpose.INVESTIGATION, Purpose.LEGAL_STATUS),
        data_classes=(DataClass.IDENTITY, DataClass.CONTACT),
        valid_until=case.day(180),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="ro",
    )
    to_police = case.says(
        "ngo",
        CaseReferred,
        recipient="police",
        purposes=(Purpose.INVESTIGATION, Purpose.LEGAL_STATUS),
        respond_by=case.in_time(),
    )
    case.says("police", ReferralAccepted, offer_id=to_police)
    case.says(
        "police",
        InvestigationOpened,
        role="investigation-leader",
        suspected_offence=Offence.TRAFFICKING,
        exploitation_forms=(ExploitationForm.SEXUAL,),
    )
    request = case.says("police", ReflectionPeriodRequested, role="investigation-leader", informed_in="ro")
    case.wait(days=2)
    starts, ends = case.today, case.day(29)
    case.says(
        "migration",
        ReflectionPeriodGranted,
        role="decision-maker",
        request_id=request,
        decided_on=starts,
        starts_on=starts,
        ends_on=ends,
    )
    case.hears(DeadlineReminded)
    case.hears(ReflectionPeriodEnded)
    to_municipality = case.says(
        "ngo",
        CaseReferred,
        recipient="municipality",
        purposes=(Purpose.SUPPORT,),
        services=(Service.SAFE_ACCOMMODATION, Service.COUNSELLING),
        respond_by=case.in_time(),
    )
    case.says("municipality", ReferralAccepted, offer_id=to_municipality)
    assessment = case.says(
        "municipality",
        NeedsAssessed,
        needs=(Service.SAFE_ACCOMMODATION, Service.COUNSELLING),
        urgent=(Service.SAFE_ACCOMMODATION,),
        risk=Risk.HIGH,
    )
    plan = case.says(
        "municipality",
        SupportPlanDrafted,
        assessment_id=assessment,
        goals=(
            PlanGoal(
                service=Service.SAFE_ACCOMMODATION,
                responsible="municipality",
                aim="A place to live that the exploiters do not know of.",
                until=ends,
            ),
        ),
        drafted_with_victim=True,
        review_on=ends,
    )
    case.wait(days=30)
    support = case.says(
        "municipality",
        SupportProvided,
        service=Service.SAFE_ACCOMMODATION,
        plan_id=plan,
        starts_on=starts,
        ends_on=ends,
    )
    claim = case.says(
        "municipality",
        ReimbursementClaimed,
        support_ids=(support,),
        starts_on=starts,
        ends_on=ends,
        amount_sek=54000,
    )
    case.wait(days=20)
    case.says(
        "migration",
        ReimbursementDecided,
        role="decision-maker",
        claim_id=claim,
        decided_on=case.today,
        outcome=Decision.PARTLY_GRANTED,
        amount_sek=43200,
        share_percent=80,
    )
