"""Consent withdrawn half-way: those who had the case by it leave, an open offer is over, and the person begins anew.

“With the victim's consent, s/he may be referred to the relevant state agency or NGO.”
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver, ConsentWithdrawn
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.privacy.record_forms import Contact, Identity
from contracts.vocabulary.choices import AgeBand, DataClass, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.personal_details import Details
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=9)


def tell(case: Teller) -> None:
    details = Details(case)
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.SEXUAL,),
        indicators=(Indicator.THREATS, Indicator.ISOLATION),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.EU_CITIZEN,
        region="13",
        municipality="1380",
        language="bg",
        interpreter_needed=True,
    )
    consent = case.says(
        "ngo",
        ConsentGiven,
        recipients=("police", "municipality"),
        purposes=(Purpose.INVESTIGATION, Purpose.SUPPORT),
        data_classes=(DataClass.IDENTITY, DataClass.CONTACT, DataClass.HEALTH),
        valid_until=case.day(180),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.ORAL,
        explained_in="bg",
    )
    to_police = case.says(
        "ngo", CaseReferred, recipient="police", purposes=(Purpose.INVESTIGATION,), respond_by=case.in_time()
    )
    case.says("police", ReferralAccepted, offer_id=to_police)
    details.recorded("ngo", Identity(given_names="Invented", family_name="Person"))
    details.recorded("ngo", Contact(safe_to_call=False, safe_to_write=False, reached_through="The shelter"))
    details.read("police", DataClass.IDENTITY, purpose=Purpose.INVESTIGATION)
    case.says("ngo", CaseReferred, recipient="municipality", purposes=(Purpose.SUPPORT,), respond_by=case.in_time())
    case.wait(days=1)
    case.says("ngo", ConsentWithdrawn, consent_id=consent, recipients=("police",), data_classes=(DataClass.HEALTH,))
    case.says("ngo", ConsentWithdrawn, consent_id=consent)
    case.wait(days=5)
    second = case.says(
        "ngo",
        ConsentGiven,
        recipients=("municipality",),
        purposes=(Purpose.SUPPORT,),
        data_classes=(DataClass.IDENTITY, DataClass.CONTACT),
        valid_until=case.day(60),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="bg",
    )
    anew = case.says(
        "ngo",
        CaseReferred,
        recipient="municipality",
        purposes=(Purpose.SUPPORT,),
        services=(Service.COUNSELLING,),
        respond_by=case.in_time(),
    )
    case.says("municipality", ReferralAccepted, offer_id=anew, services=(Service.COUNSELLING,))
    details.read("municipality", DataClass.IDENTITY, DataClass.CONTACT, purpose=Purpose.SUPPORT)
    case.says("ngo", ConsentWithdrawn, consent_id=second, data_classes=(DataClass.IDENTITY,))
    details.refused("municipality", DataClass.IDENTITY, purpose=Purpose.SUPPORT, rule="R11")
