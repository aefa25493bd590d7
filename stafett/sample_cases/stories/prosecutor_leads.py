"""A prosecutor leads the investigation and applies for a permit directly, without a reflection period before it.

“If deemed necessary by the Police, after a close dialogue with the victim and assistance providers, it is possible to
apply for a temporary residence permit directly.”
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import NeedsAssessed, PlanGoal, SupportPlanDrafted
from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.identification import (
    InvestigationClosed,
    InvestigationOpened,
    InvestigationOutcome,
    Offence,
)
from contracts.sweden.chapters.residence_permit import (
    PermitRefusal,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.view.parts.assistance import Risk
from contracts.vocabulary.choices import AgeBand, DataClass, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=100)


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.SEXUAL,),
        indicators=(Indicator.MOVEMENT_CONTROLLED, Indicator.VIOLENCE),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.IRREGULAR,
        region="12",
        municipality="1283",
        language="es",
        interpreter_needed=True,
    )
    case.says(
        "ngo",
        ConsentGiven,
        recipients=("prosecutor",),
        purposes=(Purpose.INVESTIGATION, Purpose.LEGAL_STATUS),
        data_classes=(DataClass.IDENTITY, DataClass.LEGAL),
        valid_until=case.day(365),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="es",
    )
    to_prosecutor = case.says(
        "ngo",
        CaseReferred,
        recipient="prosecutor",
        purposes=(Purpose.INVESTIGATION, Purpose.LEGAL_STATUS),
        respond_by=case.in_time(),
    )
    case.says("prosecutor", ReferralAccepted, offer_id=to_prosecutor)
    investigation = case.says(
        "prosecutor",
        InvestigationOpened,
        role="investigation-leader",
        suspected_offence=Offence.PROCURING,
        exploitation_forms=(ExploitationForm.SEXUAL,),
    )
    request = case.says(
        "prosecutor",
        ResidencePermitRequested,
        role="investigation-leader",
        dialogue_with_victim_on=case.today,
        providers_consulted=("ngo",),
    )
    case.wait(days=4)
    case.says(
        "migration",
        ResidencePermitGranted,
        role="decision-maker",
        request_id=request,
        decided_on=case.today,
        valid_from=case.today,
        valid_until=case.day(200),
    )
    assessment = case.says("ngo", NeedsAssessed, needs=(Service.LEGAL_SUPPORT, Service.COUNSELLING), risk=Risk.HIGH)
    case.says(
        "ngo",
        SupportPlanDrafted,
        assessment_id=assessment,
        goals=(PlanGoal(service=Service.LEGAL_SUPPORT, responsible="ngo", aim="Counsel of her own before the trial."),),
        drafted_with_victim=True,
        review_on=case.day(60),
    )
    case.wait(days=60)
    prolonged = case.says(
        "prosecutor",
        ResidencePermitRequested,
        role="investigation-leader",
        dialogue_with_victim_on=case.today,
        providers_consulted=("ngo",),
        extends=request,
    )
    case.says(
        "prosecutor",
        InvestigationClosed,
        role="investigation-leader",
        investigation_id=investigation,
        outcome=InvestigationOutcome.CHARGES_BROUGHT,
    )
    case.wait(days=10)
    case.says(
        "migration",
        ResidencePermitRefused,
        role="decision-maker",
        request_id=prolonged,
        decided_on=case.today,
        reason=PermitRefusal.NOT_NEEDED_FOR_THE_INVESTIGATION,
    )
