"""Exploitation at work: the police, the Work Environment Authority and the Tax Agency inspect the workplace together.

“Development of multidisciplinary labour inspections with the Working Environment Agency, the Police and the Tax
Authority.”
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.identification import InvestigationOpened, Offence
from contracts.sweden.chapters.labour import Finding, Industry, LabourInspectionReported, LabourInspectionRequested
from contracts.sweden.chapters.reflection_period import (
    ReflectionPeriodRefused,
    ReflectionPeriodRequested,
    ReflectionRefusal,
)
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=25)

FOUND = {
    "labour-inspectorate": (Finding.EXCESSIVE_HOURS, Finding.UNSAFE_WORK_ENVIRONMENT, Finding.LIVING_AT_WORKPLACE),
    "tax": (Finding.UNDECLARED_WORK, Finding.WAGES_WITHHELD_OR_TOO_LOW),
    "police": (Finding.DOCUMENTS_WITHHELD, Finding.SIGNS_OF_TRAFFICKING),
}


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.LABOUR,),
        indicators=(Indicator.LIVES_AT_WORKPLACE, Indicator.WAGES_WITHHELD, Indicator.DOCUMENTS_WITHHELD),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.WORK_PERMIT,
        region="01",
        municipality="0180",
        language="bn",
        interpreter_needed=True,
    )
    case.says(
        "ngo",
        ConsentGiven,
        recipients=("police", "labour-inspectorate", "tax"),
        purposes=(Purpose.INVESTIGATION, Purpose.LEGAL_STATUS, Purpose.LABOUR_INSPECTION),
        valid_until=case.day(120),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="bn",
    )
    to_police = case.says(
        "ngo",
        CaseReferred,
        recipient="police",
        purposes=(Purpose.INVESTIGATION, Purpose.LEGAL_STATUS),
        respond_by=case.in_time(),
    )
    case.says("police", ReferralAccepted, offer_id=to_police)
    inspection = case.says(
        "police",
        LabourInspectionRequested,
        partners=("labour-inspectorate", "tax"),
        industry=Industry.RESTAURANTS_AND_HOTELS,
        planned_on=case.day(7),
        municipality="0180",
    )
    case.wait(days=7)
    inspected_on = case.today
    for agency, findings in FOUND.items():
        case.wait(days=1)
        case.says(
            agency,
            LabourInspectionReported,
            inspection_id=inspection,
            inspected_on=inspected_on,
            findings=findings,
        )
    case.says(
        "police",
        InvestigationOpened,
        role="investigation-leader",
        suspected_offence=Offence.HUMAN_EXPLOITATION,
        exploitation_forms=(ExploitationForm.LABOUR,),
    )
    request = case.says("police", ReflectionPeriodRequested, role="investigation-leader", informed_in="bn")
    case.wait(days=3)
    case.says(
        "migration",
        ReflectionPeriodRefused,
        role="decision-maker",
        request_id=request,
        decided_on=case.today,
        reason=ReflectionRefusal.HAS_RIGHT_TO_STAY,
    )
