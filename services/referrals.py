"""What every agency does about referrals: it can make, answer and withdraw them, and sees those it must answer."""

from __future__ import annotations

from bus.agency import Agency, Desk
from contracts.agencies import AgencyKind
from contracts.closure import CaseClosed, CaseReopened
from contracts.consent import ConsentGiven, ConsentWithdrawn
from contracts.consultation import ConsultationRequested
from contracts.detection import VictimDetected
from contracts.referral import CaseReferred, ReferralAccepted, ReferralDeclined, ReferralWithdrawn
from contracts.view import CaseView


def takes_part_in_referrals(agency: Agency) -> None:
    """Give an agency what every participant may do: detect, consult, record consent, refer, answer, close."""
    agency.may_issue(VictimDetected, ConsentGiven, ConsentWithdrawn)
    if agency.kind is not AgencyKind.COORDINATOR:  # whom the others consult
        agency.may_issue(ConsultationRequested)
    agency.may_issue(CaseReferred, ReferralAccepted, ReferralDeclined, ReferralWithdrawn, CaseClosed, CaseReopened)
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
