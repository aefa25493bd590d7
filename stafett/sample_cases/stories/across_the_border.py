"""Home with another country's help: its contact declines once for lack of room, and takes the case on the second time.

“A transnational referral mechanism model to facilitate and provide necessary support to potential victims of human
trafficking”.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested, Topic
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import DeclineReason
from contracts.chapters.transnational import (
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    TransnationalReferralOffered,
)
from contracts.view.parts.assistance import Risk
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=20)


def tell(case: Teller) -> None:
    case.says(
        "municipality",
        VictimDetected,
        exploitation_forms=(ExploitationForm.FORCED_BEGGING,),
        indicators=(Indicator.DEBT_BONDAGE, Indicator.OTHERS_SPEAK_FOR_THE_PERSON),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.EU_CITIZEN,
        region="03",
        municipality="0380",
        language="ro",
        interpreter_needed=True,
    )
    consultation = case.says(
        "municipality",
        ConsultationRequested,
        topic=Topic.SAFE_RETURN,
        question="He wants to go home, but not to the village where the debt is owed. Who can receive him there?",
    )
    case.says(
        "coordinator",
        AdviceGiven,
        consultation_id=consultation,
        advice="With his consent we ask the contact in his country for a shelter in another county.",
        suggested_services=(Service.SAFE_RETURN,),
    )
    case.says(
        "municipality",
        ConsentGiven,
        recipients=("foreign-partner",),
        purposes=(Purpose.SAFE_RETURN,),
        valid_until=case.day(180),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="ro",
    )
    case.says(
        "municipality",
        NeedsAssessed,
        needs=(Service.SAFE_ACCOMMODATION, Service.SAFE_RETURN),
        urgent=(Service.SAFE_ACCOMMODATION,),
        risk=Risk.MEDIUM,
    )
    offer: dict[str, Any] = {
        "recipient": "foreign-partner",
        "country": "RO",
        "purpose": Purpose.SAFE_RETURN,
        "services": (Service.SAFE_ACCOMMODATION, Service.SAFE_RETURN),
    }
    first = case.says("coordinator", TransnationalReferralOffered, **offer, respond_by=case.in_time(days=7))
    case.wait(days=2)
    case.says("foreign-partner", TransnationalReferralDeclined, offer_id=first, reason=DeclineReason.NO_CAPACITY)
    case.wait(days=7)
    second = case.says("coordinator", TransnationalReferralOffered, **offer, respond_by=case.in_time(days=7))
    case.wait(days=1)
    case.says(
        "foreign-partner",
        TransnationalReferralAccepted,
        offer_id=second,
        services=(Service.SAFE_ACCOMMODATION, Service.SAFE_RETURN),
    )
