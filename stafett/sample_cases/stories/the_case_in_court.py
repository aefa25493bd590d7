"""A charge, a trial and damages: the shelter goes with her to court, her counsel speaks for her, the state pays.

NGOs give support “in legal proceedings”; since then the Crime Victim Authority pays what the convicted man does not.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.compensation import CompensationClaimed, CompensationDecided
from contracts.sweden.chapters.counsel import CounselAppointed
from contracts.sweden.chapters.identification import (
    InvestigationClosed,
    InvestigationOpened,
    InvestigationOutcome,
    Offence,
)
from contracts.sweden.chapters.interviews import InterviewHeld, InterviewPlanned, NonPunishmentConsidered
from contracts.sweden.chapters.trial import ChargeBrought, DamagesClaimed, JudgmentGiven, Protection, TrialScheduled
from contracts.view.parts.legal_status import Decision
from contracts.view.parts.proceedings import CounselTask, CourtInstance, InterviewPlace, NonPunishment, Verdict
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=330)


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.FORCED_CRIMINALITY,),
        indicators=(Indicator.VIOLENCE, Indicator.MOVEMENT_CONTROLLED),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.EU_CITIZEN,
        region="01",
        municipality="0180",
        language="pl",
        interpreter_needed=True,
    )
    case.says(
        "ngo",
        ConsentGiven,
        recipients=("police", "prosecutor", "legal-counsel", "crime-victim-authority"),
        purposes=(Purpose.INVESTIGATION,),
        data_classes=(),
        valid_until=case.day(500),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="pl",
    )
    for recipient in ("police", "prosecutor", "legal-counsel"):
        offer = case.says(
            "ngo", CaseReferred, recipient=recipient, purposes=(Purpose.INVESTIGATION,), respond_by=case.in_time()
        )
        case.says(recipient, ReferralAccepted, offer_id=offer)
    leads = "investigation-leader"
    investigation = case.says(
        "prosecutor",
        InvestigationOpened,
        role=leads,
        suspected_offence=Offence.TRAFFICKING,
        exploitation_forms=(ExploitationForm.FORCED_CRIMINALITY,),
    )
    case.wait(days=2)
    case.says(
        "police",
        CounselAppointed,
        task=CounselTask.INJURED_PARTY,
        appointed_on=case.today,
        counsel="legal-counsel",
    )
    interview = case.says("police", InterviewPlanned, planned_on=case.day(3), place=InterviewPlace.COUNSELS_OFFICE)
    case.wait(days=3)
    case.says(
        "police",
        InterviewHeld,
        interview_id=interview,
        held_on=case.today,
        place=InterviewPlace.COUNSELS_OFFICE,
        recorded_on_video=True,
        counsel_present=True,
    )
    case.wait(days=40)
    case.says(
        "prosecutor",
        NonPunishmentConsidered,
        role=leads,
        result=NonPunishment.NOT_PROSECUTED,
        decided_on=case.today,
    )
    charge = case.says(
        "prosecutor",
        ChargeBrought,
        role=leads,
        charged_on=case.today,
        offences=(Offence.TRAFFICKING,),
        court="court",
    )
    case.says(
        "prosecutor",
        InvestigationClosed,
        role=leads,
        investigation_id=investigation,
        outcome=InvestigationOutcome.CHARGES_BROUGHT,
    )
    case.says("legal-counsel", DamagesClaimed, charge_id=charge, claimed_on=case.today, amount_sek=250_000)
    case.says(
        "court",
        TrialScheduled,
        role="decision-maker",
        charge_id=charge,
        starts_on=case.day(20),
        ends_on=case.day(24),
        protections=(Protection.CLOSED_DOORS, Protection.SUPPORT_PERSON),
    )
    case.wait(days=30)
    case.says(
        "court",
        JudgmentGiven,
        role="decision-maker",
        charge_id=charge,
        judged_on=case.today,
        instance=CourtInstance.DISTRICT_COURT,
        verdict=Verdict.CONVICTED,
        damages_awarded_sek=180_000,
        final=True,
    )
    case.wait(days=60)
    claim = case.says("legal-counsel", CompensationClaimed, claimed_on=case.today, amount_sek=180_000)
    case.wait(days=90)
    case.says(
        "crime-victim-authority",
        CompensationDecided,
        role="decision-maker",
        compensation_id=claim,
        decided_on=case.today,
        outcome=Decision.PARTLY_GRANTED,
        amount_sek=150_000,
    )
