"""A referral is declined for lack of room, the sender learns it at once, and it is accepted elsewhere.

“As NGOs have limited resources and often services are project' based, assistance might vary in certain periods of
time.”
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import SupportProvided
from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, DeclineReason, ReferralAccepted, ReferralDeclined
from contracts.vocabulary.choices import AgeBand, DataClass, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=2)


def tell(case: Teller) -> None:
    case.says(
        "police",
        VictimDetected,
        exploitation_forms=(ExploitationForm.SEXUAL,),
        indicators=(Indicator.MOVEMENT_CONTROLLED, Indicator.THREATS),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.EU_CITIZEN,
        region="01",
        municipality="0180",
        language="hu",
        interpreter_needed=True,
        immediate_danger=True,
    )
    case.says(
        "police",
        ConsentGiven,
        recipients=("ngo", "municipality"),
        purposes=(Purpose.SUPPORT,),
        data_classes=(DataClass.IDENTITY, DataClass.HEALTH),
        valid_until=case.day(90),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.ORAL,
        explained_in="hu",
    )
    services = (Service.SAFE_ACCOMMODATION,)
    to_shelter = case.says(
        "police",
        CaseReferred,
        recipient="ngo",
        purposes=(Purpose.SUPPORT,),
        services=services,
        respond_by=case.in_time(days=1),
    )
    case.says(
        "ngo",
        ReferralDeclined,
        offer_id=to_shelter,
        reason=DeclineReason.NO_CAPACITY,
        suggested_recipient="municipality",
    )
    to_municipality = case.says(
        "police",
        CaseReferred,
        recipient="municipality",
        purposes=(Purpose.SUPPORT,),
        services=services,
        respond_by=case.in_time(days=1),
    )
    case.says("municipality", ReferralAccepted, offer_id=to_municipality, services=services)
    case.says(
        "municipality",
        SupportProvided,
        service=Service.SAFE_ACCOMMODATION,
        emergency=True,
        starts_on=case.today,
        ends_on=case.today,
    )
