"""A municipality that is not on the bus is asked all the same: by phone, then by a link that shows the preview alone.

“According to the Swedish Social Services Act, an exploited person in need of assistance, including presumed victims of
human trafficking, are entitled to receive support and assistance, regardless of formal identification.” That holds in
each of the 290 municipalities, also where nobody has joined.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.external_referral import (
    AnswerChannel,
    AnsweredBy,
    ExternalAnswer,
    ExternalReferralAnswered,
    ExternalReferralMade,
)
from contracts.chapters.referral import CaseReferred, DeclineReason
from contracts.view.parts.referral import Urgency
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from contracts.vocabulary.parts import Part
from stafett.sample_cases.by_link import answers_by_link
from stafett.sample_cases.reading import knows_nothing, reads
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=4)
TRELLEBORG, MALMO = "municipality-1287", "municipality-1280"


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.LABOUR,),
        indicators=(Indicator.WAGES_WITHHELD, Indicator.LIVES_AT_WORKPLACE),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.EU_CITIZEN,
        region="12",
        municipality="1287",
        language="lt",
        interpreter_needed=True,
        note="Has slept in the barn since the spring.",
    )
    offer: dict[str, Any] = {"purposes": (Purpose.SUPPORT,), "services": (Service.SAFE_ACCOMMODATION,)}
    case.is_refused("ngo", ExternalReferralMade, rule="R3", recipient=TRELLEBORG, respond_by=case.in_time(), **offer)
    case.says(
        "ngo",
        ConsentGiven,
        recipients=(TRELLEBORG, MALMO),
        purposes=(Purpose.SUPPORT,),
        valid_until=case.day(120),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.ORAL,
        explained_in="lt",
    )
    case.is_refused("ngo", CaseReferred, rule="R24", recipient=TRELLEBORG, respond_by=case.in_time(), **offer)
    first = case.says(
        "ngo",
        ExternalReferralMade,
        recipient=TRELLEBORG,
        urgency=Urgency.WITHIN_24_HOURS,
        respond_by=case.in_time(days=0.9),
        **offer,
    )
    case.says(
        "ngo",
        ExternalReferralAnswered,
        offer_id=first,
        answer=ExternalAnswer.DECLINED,
        reason=DeclineReason.NO_CAPACITY,
        channel=AnswerChannel.PHONE,
        answered_by=AnsweredBy.ON_CALL,
    )
    second = case.says("ngo", ExternalReferralMade, recipient=MALMO, respond_by=case.in_time(), **offer)
    answers_by_link(
        case,
        "ngo",
        second,
        shows="skyddat boende",
        answer=ExternalAnswer.ACCEPTED,
        services=Service.SAFE_ACCOMMODATION,
        answered_by=AnsweredBy.HEAD_OF_UNIT,
    )
    reads(case, "ngo", Part.SUPPORT, Part.INTEGRATION, Part.STAY, Part.DIALOGUE, texts=("the barn",))
    for agency in ("coordinator", "municipality"):
        knows_nothing(case, agency)
