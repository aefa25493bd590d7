"""A refused permit is appealed: too late would be refused by the law; in time it keeps her here, and she gets it.

The two source documents do not say how a refusal is appealed: the law does, and her counsel.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contracts.chapters.consent import ConsentForm, ConsentGiven, ConsentGiver
from contracts.chapters.detection import Indicator, VictimDetected
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.sweden.chapters.appeals import AppealDecided, AppealLodged
from contracts.sweden.chapters.counsel import CounselAppointed
from contracts.sweden.chapters.identification import InvestigationOpened, Offence
from contracts.sweden.chapters.interim_orders import InterimOrderMade
from contracts.sweden.chapters.residence_permit import (
    PermitRefusal,
    ResidencePermitGranted,
    ResidencePermitRefused,
    ResidencePermitRequested,
)
from contracts.view.parts.appeals import Appealed, AppealOutcome
from contracts.view.parts.proceedings import CounselTask
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation
from stafett.sample_cases.teller import Teller

BEGINS = timedelta(days=120)


def tell(case: Teller) -> None:
    case.says(
        "ngo",
        VictimDetected,
        exploitation_forms=(ExploitationForm.SEXUAL,),
        indicators=(Indicator.DEBT_BONDAGE,),
        age_band=AgeBand.ADULT,
        residence=ResidenceSituation.IRREGULAR,
        region="12",
        municipality="1280",
        language="en",
        interpreter_needed=False,
    )
    case.says(
        "ngo",
        ConsentGiven,
        recipients=("police", "legal-counsel"),
        purposes=(Purpose.INVESTIGATION, Purpose.LEGAL_STATUS),
        data_classes=(),
        valid_until=case.day(365),
        given_by=ConsentGiver.VICTIM,
        form=ConsentForm.WRITTEN,
        explained_in="en",
    )
    for recipient in ("police", "legal-counsel"):
        offer = case.says(
            "ngo",
            CaseReferred,
            recipient=recipient,
            purposes=(Purpose.INVESTIGATION, Purpose.LEGAL_STATUS),
            respond_by=case.in_time(),
        )
        case.says(recipient, ReferralAccepted, offer_id=offer)
    case.says(
        "police",
        InvestigationOpened,
        role="investigation-leader",
        suspected_offence=Offence.PROCURING,
        exploitation_forms=(ExploitationForm.SEXUAL,),
    )
    request = case.says(
        "police",
        ResidencePermitRequested,
        role="investigation-leader",
        dialogue_with_victim_on=case.today,
        providers_consulted=("ngo",),
    )
    case.says(
        "migration",
        CounselAppointed,
        role="decision-maker",
        task=CounselTask.PUBLIC_COUNSEL,
        appointed_on=case.today,
        counsel="legal-counsel",
    )
    case.wait(days=12)
    case.says(
        "migration",
        ResidencePermitRefused,
        role="decision-maker",
        request_id=request,
        decided_on=case.today,
        reason=PermitRefusal.TIES_TO_SUSPECTS_NOT_BROKEN,
    )
    appeal: dict[str, Any] = {
        "decision": Appealed.PERMIT,
        "application_id": request,
        "court": "court",
        "stays_removal": False,
    }
    case.wait(days=14)
    case.is_refused("legal-counsel", AppealLodged, rule="R27", learned_on=case.day(-22), lodged_on=case.today, **appeal)
    lodged = case.says("legal-counsel", AppealLodged, learned_on=case.day(-13), lodged_on=case.today, **appeal)
    case.says(
        "court",
        InterimOrderMade,
        role="decision-maker",
        appeal_id=lodged,
        stays_removal=True,
        decided_on=case.today,
    )
    case.wait(days=40)
    case.says(
        "court",
        AppealDecided,
        role="decision-maker",
        appeal_id=lodged,
        decided_on=case.today,
        outcome=AppealOutcome.CHANGED,
    )
    case.wait(days=3)
    case.says(
        "migration",
        ResidencePermitGranted,
        role="decision-maker",
        request_id=request,
        decided_on=case.today,
        valid_from=case.today,
        valid_until=case.day(200),
    )
