"""The Tax Agency inspects with the police, and reads the inspection: no need of the person, no investigation, no plan.

Each agency reads what its part needs: the NGO the support and the police the investigation of one and the same case.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.identification import InvestigationOpened, Offence
from contracts.sweden.chapters.labour import Finding, Industry, LabourInspectionReported, LabourInspectionRequested
from contracts.view.parts.assistance import Risk
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from contracts.vocabulary.parts import Part
from stafett.sample_cases.reading import knows_nothing, reads, reads_a_preview
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=20)
NEED = "Cannot lift with the left arm since the fall; wants a woman to talk to."
OFFENCE = Offence.HUMAN_EXPLOITATION


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.LABOUR,),
        indicators=(Indicator.WAGES_WITHHELD, Indicator.DECEIVED_ABOUT_WORK),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.WORK_PERMIT,
        region="01",
        municipality="0180",
        language="th",
        interpreter_needed=True,
    )
    case.says(
        "ngo",
        ConsentGiven,
        recipients=("police", "labour-inspectorate", "tax"),
        purposes=(Purpose.INVESTIGATION, Purpose.LABOUR_INSPECTION),
        valid_until=case.day(120),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="th",
    )
    case.says(
        "ngo",
        NeedsAssessed,
        needs=(Service.COUNSELLING, Service.HEALTH_CARE),
        urgent=(Service.HEALTH_CARE,),
        risk=Risk.MEDIUM,
        note=NEED,
    )
    offer = case.says(
        "ngo", CaseReferred, recipient="police", purposes=(Purpose.INVESTIGATION,), respond_by=case.in_time()
    )
    reads_a_preview(case, "police", offer, not_texts=(NEED,))
    case.says("police", ReferralAccepted, offer_id=offer)
    case.says(
        "police",
        InvestigationOpened,
        role="investigation-leader",
        suspected_offence=OFFENCE,
        exploitation_forms=(ExploitationForm.LABOUR,),
    )
    knows_nothing(case, "tax")
    inspection = case.says(
        "police",
        LabourInspectionRequested,
        partners=("labour-inspectorate", "tax"),
        industry=Industry.RESTAURANTS_AND_HOTELS,
        planned_on=case.day(2),
        municipality="0180",
    )
    reads(case, "tax", Part.INSPECTION, texts=("restaurants-and-hotels",), not_texts=(NEED, OFFENCE))
    case.wait(days=3)
    case.says(
        "tax",
        LabourInspectionReported,
        inspection_id=inspection,
        inspected_on=case.today,
        findings=(Finding.UNDECLARED_WORK, Finding.WAGES_WITHHELD_OR_TOO_LOW),
    )
    case.wait(days=1)
    inspecting = (Part.INVESTIGATION, Part.STAY, Part.DIALOGUE, Part.INSPECTION)
    reads(case, "police", *inspecting, texts=("undeclared-work", OFFENCE), not_texts=(NEED,))
    helping = (Part.SUPPORT, Part.INTEGRATION, Part.STAY, Part.DIALOGUE)
    reads(case, "ngo", *helping, texts=(NEED,), not_texts=("undeclared-work", OFFENCE))
    reads(case, "labour-inspectorate", Part.INSPECTION, texts=("undeclared-work",), not_texts=(NEED, OFFENCE))
