"""A child alone: social services assess the same day, a custodian is traced, and the case reaches them without consent.

A concern for a child is reported by duty. Support includes “tracing a parent or some other person responsible for the
actual custody of an unaccompanied minor who is a victim”.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import NeedsAssessed, PlanGoal, SupportPlanDrafted, SupportProvided
from contracts.chapters.child_protection import (
    ChildConcernAssessed,
    ChildConcernReported,
    Concern,
    Custodian,
    CustodianTraced,
    ProtectionMeasure,
)
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.lead import HandoverReason, LeadHandedOver
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.view.parts.assistance import Risk
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(hours=14)


def tell(case: Teller) -> None:
    case.says(
        "police",
        VictimDetected,
        exploitation_forms=(ExploitationForm.FORCED_CRIMINALITY,),
        indicators=(Indicator.UNACCOMPANIED_MINOR, Indicator.OTHERS_SPEAK_FOR_THE_PERSON),
        age_band=AgeBand.MINOR,
        residence=ResidenceSituation.UNKNOWN,
        region="12",
        municipality="1280",
        language="ar",
        interpreter_needed=True,
        immediate_danger=True,
    )
    concern = case.says(
        "police",
        ChildConcernReported,
        municipality="municipality",
        concern=Concern.RISK_OF_DISAPPEARING,
        immediate_danger=True,
    )
    case.says(
        "municipality",
        ChildConcernAssessed,
        concern_id=concern,
        protection_needed=True,
        measure=ProtectionMeasure.TAKEN_INTO_IMMEDIATE_CARE,
    )
    to_social_services = case.says(
        "police",
        CaseReferred,
        recipient="municipality",
        purposes=(Purpose.CHILD_PROTECTION,),
        services=(Service.SOCIAL_SERVICES,),
        respond_by=case.in_time(days=1),
    )
    case.says("municipality", ReferralAccepted, offer_id=to_social_services)
    case.says("police", LeadHandedOver, to="municipality", reason=HandoverReason.RESPONSIBLE_AUTHORITY)
    case.says("municipality", CustodianTraced, custodian=Custodian.NOBODY_FOUND, safe_for_the_child=False)
    assessment = case.says(
        "municipality",
        NeedsAssessed,
        needs=(Service.SAFE_ACCOMMODATION, Service.CUSTODIAN_TRACING),
        urgent=(Service.SAFE_ACCOMMODATION,),
        risk=Risk.ACUTE,
    )
    plan = case.says(
        "municipality",
        SupportPlanDrafted,
        assessment_id=assessment,
        goals=(
            PlanGoal(
                service=Service.SAFE_ACCOMMODATION,
                responsible="municipality",
                aim="A home in another municipality, where he is not looked for.",
            ),
        ),
        drafted_with_victim=True,
        review_on=case.day(30),
    )
    case.says(
        "municipality",
        SupportProvided,
        service=Service.SAFE_ACCOMMODATION,
        plan_id=plan,
        starts_on=case.today,
    )
    case.says("municipality", CustodianTraced, custodian=Custodian.APPOINTED_GUARDIAN, safe_for_the_child=True)
