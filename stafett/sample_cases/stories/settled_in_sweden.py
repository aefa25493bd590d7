"""A life in Sweden: a permit that ends, work, permanent residence, a new lead, integration; closed, and opened again.

“Victims who are granted a permanent residence permit in Sweden, or obtained a work permit, can access integration
programmes”.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contracts.chapters.assistance import (
    NeedsAssessed,
    PlanGoal,
    RevisionReason,
    SupportPlanDrafted,
    SupportPlanRevised,
)
from contracts.chapters.closure import CaseClosed, CaseReopened, ReopeningReason
from contracts.chapters.consent import ConsentExpired, ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.lead import HandoverReason, LeadHandedOver
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.identification import (
    InvestigationClosed,
    InvestigationOpened,
    InvestigationOutcome,
    Offence,
)
from contracts.sweden.chapters.long_term import IntegrationGoal, IntegrationPlanDrafted, IntegrationServiceProvided
from contracts.sweden.chapters.residence import PermanentResidenceGranted, WorkPermitGranted
from contracts.sweden.chapters.residence_permit import (
    ResidencePermitEnded,
    ResidencePermitGranted,
    ResidencePermitRequested,
)
from contracts.view.parts.assistance import Risk
from contracts.view.parts.long_term import IntegrationService
from contracts.view.parts.status import ClosureReason
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=400)

CONSENT: dict[str, Any] = {"given_by": ConsentGiver.VICTIM, "form": ConsentForm.WRITTEN, "explained_in": "th"}


def tell(case: Teller) -> None:
    case.says(
        "police",
        VictimDetected,
        exploitation_forms=(ExploitationForm.LABOUR,),
        indicators=(Indicator.DEBT_BONDAGE, Indicator.DOCUMENTS_WITHHELD),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.IRREGULAR,
        region="24",
        municipality="2480",
        language="th",
        interpreter_needed=True,
    )
    investigation = case.says(
        "police",
        InvestigationOpened,
        role="investigation-leader",
        suspected_offence=Offence.TRAFFICKING,
        exploitation_forms=(ExploitationForm.LABOUR,),
    )
    _stays_for_six_months(case)
    case.says(
        "police",
        ConsentGiven,
        recipients=("municipality",),
        purposes=(Purpose.SUPPORT,),
        valid_until=case.day(10),
        **CONSENT,
    )
    case.hears(ConsentExpired)
    case.wait(days=150)
    case.says(
        "police",
        ConsentGiven,
        recipients=("municipality", "ngo"),
        purposes=(Purpose.SUPPORT, Purpose.LONG_TERM_INTEGRATION),
        valid_until=case.day(730),
        **CONSENT,
    )
    for recipient in ("municipality", "ngo"):
        offer = case.says(
            "police",
            CaseReferred,
            recipient=recipient,
            purposes=(Purpose.LONG_TERM_INTEGRATION,),
            respond_by=case.in_time(),
        )
        case.says(recipient, ReferralAccepted, offer_id=offer)
    case.says("police", LeadHandedOver, to="municipality", reason=HandoverReason.MAIN_PROVIDER)
    case.says(
        "police",
        InvestigationClosed,
        role="investigation-leader",
        investigation_id=investigation,
        outcome=InvestigationOutcome.CHARGES_BROUGHT,
    )
    _is_supported(case)
    _may_stay_and_work(case)
    _is_integrated(case)


def _stays_for_six_months(case: Teller) -> None:
    request = case.says(
        "police",
        ResidencePermitRequested,
        role="investigation-leader",
        dialogue_with_victim_on=case.today,
        providers_consulted=("ngo", "municipality"),
    )
    case.says(
        "migration",
        ResidencePermitGranted,
        role="decision-maker",
        request_id=request,
        decided_on=case.today,
        valid_from=case.today,
        valid_until=case.day(184),
    )
    case.hears(ResidencePermitEnded)


def _is_supported(case: Teller) -> None:
    assessment = case.says("municipality", NeedsAssessed, needs=(Service.LANGUAGE_COURSES,), risk=Risk.LOW)
    plan = case.says(
        "municipality",
        SupportPlanDrafted,
        assessment_id=assessment,
        goals=(PlanGoal(service=Service.LANGUAGE_COURSES, responsible="municipality", aim="Swedish, from the start."),),
        drafted_with_victim=True,
        review_on=case.day(40),
    )
    case.wait(days=30)
    case.says(
        "municipality",
        SupportPlanRevised,
        plan_id=plan,
        reason=RevisionReason.LEGAL_STATUS_CHANGED,
        goals=(PlanGoal(service=Service.LONG_TERM_SUPPORT, responsible="municipality", aim="Somebody to turn to."),),
        revised_with_victim=True,
        review_on=case.day(90),
    )


def _may_stay_and_work(case: Teller) -> None:
    case.says(
        "migration",
        WorkPermitGranted,
        role="decision-maker",
        decided_on=case.today,
        valid_from=case.today,
        valid_until=case.day(730),
    )
    case.wait(days=90)
    case.says("migration", PermanentResidenceGranted, role="decision-maker", decided_on=case.today)


def _is_integrated(case: Teller) -> None:
    plan = case.says(
        "municipality",
        IntegrationPlanDrafted,
        goals=(
            IntegrationGoal(
                service=IntegrationService.LANGUAGE_STUDIES,
                responsible="municipality",
                aim="Swedish for work in a kitchen.",
            ),
            IntegrationGoal(
                service=IntegrationService.JOB_APPLICATION_HELP, responsible="ngo", aim="A first paid position."
            ),
        ),
        drafted_with_victim=True,
        review_on=case.day(180),
    )
    for agency, service in (
        ("municipality", IntegrationService.LANGUAGE_STUDIES),
        ("ngo", IntegrationService.JOB_APPLICATION_HELP),
    ):
        case.wait(days=20)
        case.says(agency, IntegrationServiceProvided, plan_id=plan, service=service, starts_on=case.today)
    case.says("municipality", CaseClosed, reason=ClosureReason.SETTLED_IN_SWEDEN)
    case.wait(days=20)
    case.says("ngo", CaseReopened, reason=ReopeningReason.VICTIM_ASKED_FOR_HELP)
    case.wait(days=5)
    case.says("municipality", CaseClosed, reason=ClosureReason.SUPPORT_COMPLETED)
