"""What every agency does about referrals: it can make, answer and withdraw them, and sees those it must answer."""

from __future__ import annotations

from bus.agency import Agency, Desk
from contracts.child_protection import ChildConcernReported
from contracts.closure import CaseClosed, CaseReopened
from contracts.consent import ConsentGiven, ConsentWithdrawn
from contracts.consultation import ConsultationRequested
from contracts.detection import VictimDetected
from contracts.lead import LeadHandedOver
from contracts.referral import CaseReferred, ReferralAccepted, ReferralDeclined, ReferralWithdrawn
from contracts.view import CaseView

_EVERYBODYS = (
    VictimDetected,
    ConsultationRequested,
    ConsentGiven,
    ConsentWithdrawn,
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralWithdrawn,
    LeadHandedOver,
    ChildConcernReported,
    CaseClosed,
    CaseReopened,
)


def takes_part_in_referrals(agency: Agency) -> None:
    """Give an agency what every participant may do: detect, consult, record consent, refer, answer, hand over,
    report concern for a child, close; whatever the contracts leave to its kind.
    """
    agency.may_issue(*(event for event in _EVERYBODYS if agency.kind in event.issuers))
    agency.on(CaseReferred)(answer_the_referral)


async def answer_the_referral(referred: CaseReferred, case: CaseView, desk: Desk) -> None:
    """The recipient must accept or decline before the offer runs out."""
    if referred.recipient == desk.agency:
        await desk.task(
            case,
            en="A case is offered to you: accept or decline it.",
            sv="Ett ärende erbjuds er: acceptera eller avböj.",
            due=referred.respond_by.isoformat(),
        )
