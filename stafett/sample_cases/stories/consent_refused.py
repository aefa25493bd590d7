"""A person who says no: she does not want the police to know of her, and gets help all the same.

“With the victim's consent, s/he may be referred to the relevant state agency or NGO.” Her no is recorded, without any
reason, and closes no door: on another day she is asked again, with the text that everybody is read, and says yes to
support alone. She gets a receipt. The police, who take no part in her case and learn nothing of it, take her word by
its code: she wants somebody to call her.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver, Interpreter
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.chapters.refusals import ConsentRefused, HelpDeclined
from contracts.view.parts.receipts import ReceiptWish
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from stafett.sample_cases.receipts import ReceiptSteps
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=16)


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.SEXUAL,),
        indicators=(Indicator.SELF_REPORTED, Indicator.SIGNS_OF_CONTROL),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.EU_CITIZEN,
        region="01",
        municipality="0180",
        language="es",
        interpreter_needed=True,
    )
    case.says("ngo", ConsentRefused, purposes=(Purpose.INVESTIGATION, Purpose.SUPPORT))
    case.says("ngo", HelpDeclined, services=(Service.SAFE_ACCOMMODATION,))
    case.wait(days=6)
    case.says(
        "ngo",
        ConsentGiven,
        recipients=("municipality",),
        purposes=(Purpose.SUPPORT,),
        valid_until=case.day(90),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.ORAL,
        explained_in="es",
        interpreter=Interpreter.BY_PHONE,
        explained_text="consent-2026-1",
    )
    offer = case.says(
        "ngo", CaseReferred, recipient="municipality", purposes=(Purpose.SUPPORT,), respond_by=case.in_time()
    )
    case.says("municipality", ReferralAccepted, offer_id=offer)
    receipt = ReceiptSteps(case)
    receipt.handed_out("ngo")
    receipt.shown("police", ReceiptWish.BE_CONTACTED)
