"""Nobody answers: the offer expires by the clock, the sender learns it, and the next recipient accepts.

“As NGOs have limited resources and often services are project' based, assistance might vary in certain periods of
time.”
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contracts.chapters.clocks import DeadlineReminded
from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted, ReferralExpired
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=4)


def tell(case: Teller) -> None:
    case.says(
        "police",
        VictimDetected,
        exploitation_forms=(ExploitationForm.FORCED_CRIMINALITY,),
        indicators=(Indicator.DEBT_BONDAGE, Indicator.VIOLENCE),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.IRREGULAR,
        region="01",
        municipality="0126",
        language="vi",
        interpreter_needed=True,
    )
    case.says(
        "police",
        ConsentGiven,
        recipients=("ngo", "municipality"),
        purposes=(Purpose.SUPPORT,),
        valid_until=case.day(90),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.ORAL,
        explained_in="vi",
    )
    offer: dict[str, Any] = {"purposes": (Purpose.SUPPORT,), "services": (Service.SAFE_ACCOMMODATION,)}
    case.says("police", CaseReferred, recipient="ngo", **offer, respond_by=case.later(hours=24))
    case.hears(DeadlineReminded)
    case.hears(ReferralExpired)
    case.wait(days=1)
    to_municipality = case.says(
        "police", CaseReferred, recipient="municipality", **offer, respond_by=case.in_time(days=1)
    )
    case.says("municipality", ReferralAccepted, offer_id=to_municipality, services=(Service.SAFE_ACCOMMODATION,))
