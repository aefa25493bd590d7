"""Tasks about an agency outside the bus: the referrer asks it, records its answer, and follows up what it promised."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentExpired, ConsentWithdrawn
from contracts.chapters.external_referral import ExternalReferralAnswered, ExternalReferralMade
from contracts.chapters.outcome import ReferralOutcomeReported
from contracts.chapters.referral import ReferralExpired, ReferralWithdrawn
from contracts.event.case_event import CaseEvent
from contracts.law.offers import who_learns
from contracts.law.promises import DAYS_TO_GIVE
from contracts.sweden.geography.files import load
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.referral import Offer, Urgency
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.wording import Wording
from services.practice.outcomes import GIVE_OR_REPORT

ASK_OUTSIDE: Final = "ask outside the bus"

_HOW_SOON: Final = {
    Urgency.IMMEDIATE: Wording("Call it now", "Ring nu"),
    Urgency.WITHIN_24_HOURS: Wording("Call it today", "Ring i dag"),
    Urgency.ORDINARY: Wording("Send the form or the link, or call", "Skicka blanketten eller länken, eller ring"),
}


def asks_outside(agency: Mandate) -> None:
    """Give an agency the tasks of a referrer whose recipient is not on the bus."""
    agency.on(ExternalReferralMade)(ask_it)
    agency.on(ExternalReferralAnswered)(it_has_answered)
    agency.on(ReferralWithdrawn, ReferralExpired, ConsentWithdrawn, ConsentExpired, CaseClosed)(nobody_is_asked)


async def ask_it(made: ExternalReferralMade, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the referrer, due at the last moment for the answer: nobody else tells the recipient."""
    if context.provenance.agency == context.agency:
        who, how = _name(made.recipient), _HOW_SOON[made.urgency]
        await context.open_task(
            case,
            ASK_OUTSIDE,
            context.provenance.event_id,
            en=f"{who} is not on the bus and has heard nothing yet. {how.en}, and record its answer.",
            sv=f"{who} är inte ansluten och har inte fått veta något än. {how.sv} och registrera svaret.",
            due=made.respond_by.isoformat(),
            to_issue=(ExternalReferralAnswered, ReferralWithdrawn),
        )


async def it_has_answered(answered: ExternalReferralAnswered, case: CaseView, context: ReactionContext) -> None:
    """Close the task. After a yes, open one to ask what came of it: the recipient records nothing here."""
    offer = with_id(case.offers, answered.offer_id)
    if offer is None or context.agency not in (offer.referrer, who_learns(case, offer)):
        return
    await context.close_task(case, ASK_OUTSIDE, offer.id)
    if offer.promised and offer.accepted_on is not None and who_learns(case, offer) == context.agency:
        who, services = _name(offer.recipient), LABELS.listed(offer.promised)
        await context.open_task(
            case,
            GIVE_OR_REPORT,
            offer.id,
            en=f"{who} has promised: {services.en}. Ask by phone what came of it, and report the outcome.",
            sv=f"{who} har lovat: {services.sv}. Fråga per telefon vad det blev av det, och rapportera utfallet.",
            due=(offer.accepted_on + timedelta(days=DAYS_TO_GIVE)).isoformat(),
            to_issue=(ReferralOutcomeReported,),
        )


async def nobody_is_asked(ended: CaseEvent, case: CaseView, context: ReactionContext) -> None:
    """Close the tasks about the offers outside the bus that are over, or whose case is closed."""
    for offer in context.before.offers:
        if offer.external and (isinstance(ended, CaseClosed) or _is_over(offer, case)):
            await context.close_task(case, ASK_OUTSIDE, offer.id)
            await context.close_task(case, GIVE_OR_REPORT, offer.id)


def _is_over(offer: Offer, case: CaseView) -> bool:
    after = with_id(case.offers, offer.id)
    return offer.stands and (after is None or not after.stands)


def _name(agency: AgencyId) -> str:
    """The name of an agency that the directory does not have."""
    return load().place_of(agency).name
