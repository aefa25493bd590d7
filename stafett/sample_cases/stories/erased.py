"""A person who wants to be forgotten: what was recorded and read is erased at everyone who held any of it.

An agency that has left the case holds something too: it confirms as the others do. The municipality keeps its own
assessment, because the Social Services Act obliges it to, and says so; everything else is gone there too.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver, ConsentWithdrawn
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.erasure import ErasureReason
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.privacy.record_forms import Health, Identity
from contracts.view.parts.assistance import Risk
from contracts.view.parts.erasure import ErasureScope
from contracts.vocabulary.choices import AgeBand, DataClass, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.personal_details import Details
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=12)


def tell(case: Teller) -> None:
    details = Details(case)
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.FORCED_BEGGING,),
        indicators=(Indicator.SELF_REPORTED,),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.EU_CITIZEN,
        region="14",
        language="ro",
        interpreter_needed=True,
    )
    consent = case.says(
        "ngo",
        ConsentGiven,
        recipients=("municipality",),
        purposes=(Purpose.SUPPORT,),
        data_classes=(DataClass.IDENTITY, DataClass.HEALTH),
        valid_until=case.day(90),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.ORAL,
        explained_in="ro",
    )
    offer = case.says(
        "ngo", CaseReferred, recipient="municipality", purposes=(Purpose.SUPPORT,), respond_by=case.in_time()
    )
    case.says("municipality", ReferralAccepted, offer_id=offer)
    details.recorded("ngo", Identity(given_names="Somebody", family_name="Invented"))
    details.recorded("ngo", Health(needs_at_once="Glasses"))
    details.read("municipality", DataClass.IDENTITY, DataClass.HEALTH, purpose=Purpose.SUPPORT)
    case.says(
        "municipality",
        NeedsAssessed,
        needs=(Service.DENTAL_CARE, Service.COUNSELLING),
        risk=Risk.LOW,
    )
    case.wait(days=8)
    case.says("ngo", ConsentWithdrawn, consent_id=consent)
    details.erased("ngo", ErasureScope.CASE, ErasureReason.PERSON_ASKED)
