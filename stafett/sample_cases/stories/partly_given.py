"""A referral to its end: a question before the answer, help that is given in part, and the case handed back.

“As NGOs have limited resources and often services are project' based, assistance might vary in certain periods of
time.” That the referrer learns what came of the referral is not in the sources.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked, QuestionTopic
from contracts.chapters.outcome import CouldNotReach, NotReachedBecause, ReferralHandedBack, ReferralOutcomeReported
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.chapters.statistical_facts import StatisticalFactsRecorded
from contracts.chapters.unmet_need import NoReferralPossible
from contracts.view.parts.referral import HandBackReason, ServiceOutcome, ServiceResult, ShortfallReason, Urgency
from contracts.view.parts.statistical_facts import CitizenshipGroup, Sex
from contracts.view.parts.unmet_need import NoReferralReason
from contracts.vocabulary.choices import AgeBand, DataClass, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=25)


def tell(case: Teller) -> None:
    case.says(
        "municipality",
        VictimDetected,
        exploitation_forms=(ExploitationForm.LABOUR,),
        indicators=(Indicator.WAGES_WITHHELD, Indicator.LIVES_AT_WORKPLACE),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.EU_CITIZEN,
        region="01",
        municipality="0180",
        language="pl",
        interpreter_needed=True,
    )
    case.says(
        "municipality",
        ConsentGiven,
        recipients=("ngo",),
        purposes=(Purpose.SUPPORT,),
        data_classes=(DataClass.CONTACT,),
        valid_until=case.day(120),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="pl",
    )
    case.says("municipality", StatisticalFactsRecorded, sex=Sex.MALE, citizenship=CitizenshipGroup.OTHER_EU)
    services = (Service.SAFE_ACCOMMODATION, Service.COUNSELLING, Service.LEGAL_SUPPORT)
    offer = case.says(
        "municipality",
        CaseReferred,
        recipient="ngo",
        purposes=(Purpose.SUPPORT,),
        services=services,
        urgency=Urgency.WITHIN_24_HOURS,
        respond_by=case.in_time(days=0.9),
    )
    question = case.says(
        "ngo",
        OfferQuestionAsked,
        offer_id=offer,
        about=QuestionTopic.SAFETY,
        question="Does the employer know the area around our shelter?",
    )
    case.says(
        "municipality",
        OfferQuestionAnswered,
        question_id=question,
        answer="The workplace lies in another county, and nobody there knows of the shelter.",
    )
    case.says("ngo", ReferralAccepted, offer_id=offer, services=services)
    case.wait(days=1)
    case.says(
        "ngo",
        CouldNotReach,
        offer_id=offer,
        reasons=(NotReachedBecause.NO_ANSWER,),
        try_again_on=case.day(1),
    )
    case.wait(days=2)
    moved_in = case.today
    case.wait(days=8)
    case.says(
        "ngo",
        ReferralOutcomeReported,
        offer_id=offer,
        services=(
            ServiceOutcome(service=Service.SAFE_ACCOMMODATION, result=ServiceResult.GIVEN, since=moved_in),
            ServiceOutcome(
                service=Service.COUNSELLING,
                result=ServiceResult.PARTLY,
                since=moved_in,
                reasons=(ShortfallReason.WAITING_TIME,),
            ),
            ServiceOutcome(
                service=Service.LEGAL_SUPPORT,
                result=ServiceResult.NOT_GIVEN,
                reasons=(ShortfallReason.NO_CAPACITY,),
            ),
        ),
    )
    case.wait(days=5)
    case.says("ngo", ReferralHandedBack, offer_id=offer, reason=HandBackReason.NO_CAPACITY)
    case.says(
        "municipality",
        NoReferralPossible,
        service=Service.LEGAL_SUPPORT,
        region="01",
        reasons=(NoReferralReason.NO_CAPACITY, NoReferralReason.WAITING_TIME),
    )
