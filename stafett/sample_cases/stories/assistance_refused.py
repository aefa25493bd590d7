"""The municipality refuses her a safe place; she appeals, the court changes it, and only who helps her reads of it.

“According to the Swedish Social Services Act, an exploited person in need of assistance, including presumed victims of
human trafficking, are entitled to receive support and assistance, regardless of formal identification.”
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.benefit_appeals import AssistanceDecided, BenefitAppealDecided, BenefitAppealLodged
from contracts.view.parts.appeals import AppealOutcome
from contracts.view.parts.benefit_appeals import BenefitDecision
from contracts.view.parts.legal_status import Decision
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from contracts.vocabulary.parts import Part
from stafett.sample_cases.reading import reads
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=90)


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.FORCED_MARRIAGE,),
        indicators=(Indicator.MOVEMENT_CONTROLLED, Indicator.ISOLATION),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.RESIDENT,
        region="01",
        municipality="0180",
        language="ar",
        interpreter_needed=True,
    )
    case.says(
        "ngo",
        ConsentGiven,
        recipients=("municipality", "police"),
        purposes=(Purpose.SUPPORT, Purpose.INVESTIGATION),
        valid_until=case.day(200),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="ar",
    )
    for recipient, purpose in (("municipality", Purpose.SUPPORT), ("police", Purpose.INVESTIGATION)):
        offer = case.says("ngo", CaseReferred, recipient=recipient, purposes=(purpose,), respond_by=case.in_time())
        case.says(recipient, ReferralAccepted, offer_id=offer)
    case.wait(days=4)
    refused = case.says(
        "municipality",
        AssistanceDecided,
        role="decision-maker",
        services=(Service.SAFE_ACCOMMODATION,),
        outcome=Decision.REFUSED,
        decided_on=case.today,
    )
    appeal = {"decision": BenefitDecision.ASSISTANCE, "decision_id": refused, "court": "court"}
    case.wait(days=22)
    case.is_refused("ngo", BenefitAppealLodged, rule="R27", learned_on=case.day(-22), lodged_on=case.today, **appeal)
    lodged = case.says("ngo", BenefitAppealLodged, learned_on=case.day(-20), lodged_on=case.today, **appeal)
    reads(case, "court", Part.SUPPORT, texts=(Service.SAFE_ACCOMMODATION,))
    reads(case, "police", Part.INVESTIGATION, Part.DIALOGUE, not_texts=(Service.SAFE_ACCOMMODATION,))
    case.wait(days=40)
    case.says(
        "court",
        BenefitAppealDecided,
        role="decision-maker",
        appeal_id=lodged,
        decided_on=case.today,
        outcome=AppealOutcome.CHANGED,
    )
    case.wait(days=2)
    case.says(
        "municipality",
        AssistanceDecided,
        role="decision-maker",
        services=(Service.SAFE_ACCOMMODATION,),
        outcome=Decision.GRANTED,
        decided_on=case.today,
    )
