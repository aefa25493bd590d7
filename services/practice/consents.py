"""The tasks of every participant when a consent ends: it learns what it may no longer do, and withdraws its offers.

A consent also ends, and the lead is asked to do something, when the person shows her receipt to some agency.

An offer can stay when the person consents again.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.consent import ConsentExpired, ConsentGiven, ConsentWithdrawn
from contracts.chapters.external_referral import ExternalReferralAnswered
from contracts.chapters.receipts import ReceiptShown
from contracts.chapters.referral import ReferralAccepted, ReferralDeclined, ReferralExpired, ReferralWithdrawn
from contracts.chapters.transnational import TransnationalReferralAccepted, TransnationalReferralDeclined
from contracts.law.children import is_concern_for_a_child
from contracts.law.personal_details import personal_details_open_to
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.consent import Consent
from contracts.view.parts.receipts import ReceiptWish
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Purpose
from contracts.vocabulary.wording import Wording

SHOWN: Final = "do what the person asked for by her receipt"
WITHDRAW: Final = "withdraw the offer that lost its consent"

Ended = ConsentWithdrawn | ConsentExpired
TakenBack = Ended | ReceiptShown
Answered = (
    ReferralAccepted
    | ReferralDeclined
    | ReferralWithdrawn
    | ReferralExpired
    | ExternalReferralAnswered
    | TransnationalReferralAccepted
    | TransnationalReferralDeclined
)


def respects_consent(agency: Mandate) -> None:
    """Tell an agency when a consent is withdrawn or expires, and give it the tasks that follow."""
    agency.on(ConsentWithdrawn, ConsentExpired)(stop_sharing)
    agency.on(ConsentWithdrawn, ConsentExpired)(take_back_what_lost_its_consent)
    agency.on(ReceiptShown)(told_by_receipt)
    agency.on(ReceiptShown)(take_back_what_lost_its_consent)
    agency.on(ConsentGiven, where=_offers_something)(consented_anew)
    agency.on(ReferralAccepted, ReferralDeclined, ReferralWithdrawn, ReferralExpired)(nothing_left_to_take_back)
    agency.on(ExternalReferralAnswered, TransnationalReferralAccepted, TransnationalReferralDeclined)(
        nothing_left_to_take_back
    )


async def stop_sharing(ended: Ended, case: CaseView, context: ReactionContext) -> None:
    """Tell every participant what it may no longer do: a withdrawal stops further sharing at once."""
    consent = with_id(context.before.consents, ended.consent_id)
    if consent is None:
        return
    on = _last_day(consent, ended)
    had, has = (view.consented(consent.recipients, on) for view in (context.before, case))
    lost = {agency: tuple(p for p in Purpose if p in had[agency] - has[agency]) for agency in consent.recipients}
    said = [_HOW[type(ended)]]
    if own := lost.pop(context.agency, ()):
        purposes = LABELS.listed(own)
        said.append(
            Wording(
                f"You may no longer use the case for {purposes.en}.",
                f"Ni får inte längre använda ärendet för {purposes.sv}.",
            )
        )
    before, after = (personal_details_open_to(view, context.agency, on) for view in (context.before, case))
    if before - after:
        details = LABELS.listed(sorted(before - after))
        said.append(Wording(f"You may no longer read: {details.en}.", f"Ni får inte längre läsa: {details.sv}."))
    for agency, gone in lost.items():
        if gone:
            purposes = LABELS.listed(gone)
            said.append(
                Wording(
                    f"Pass nothing more on to {agency} for {purposes.en}.",
                    f"Lämna inget mer vidare till {agency} för {purposes.sv}.",
                )
            )
    present = {participant.agency for participant in case.participants}
    said += [_gone(each.agency, context.agency) for each in context.before.participants if each.agency not in present]
    await context.notify(case, en=" ".join(each.en for each in said), sv=" ".join(each.sv for each in said))


async def told_by_receipt(shown: ReceiptShown, case: CaseView, context: ReactionContext) -> None:
    """Tell every participant that all consents are withdrawn, and give the lead the task to see to her wish."""
    if shown.wish is ReceiptWish.WITHDRAW_CONSENT:
        await context.notify(
            case,
            en="The person has withdrawn every consent, by her receipt. Pass nothing more on.",
            sv="Personen har återkallat alla samtycken genom sitt kvitto. Lämna inget mer vidare.",
        )
    if context.agency == (case.lead or case.opened_by):
        wish, at = LABELS.value(shown.wish), context.name_of(context.provenance.agency)
        await context.open_task(
            case,
            SHOWN,
            context.provenance.event_id,
            en=f"The person showed her receipt to {at}. She wants {wish.en}: talk to her.",
            sv=f"Personen visade sitt kvitto för {at}. Hon vill {wish.sv}: prata med henne.",
        )


async def take_back_what_lost_its_consent(ended: TakenBack, case: CaseView, context: ReactionContext) -> None:
    """Open a task to withdraw each open offer that lacks a part of its consent: the recipient can no longer accept it.

    When the recipient has no consent left, it leaves the case; its offer is then over already.

    A task opens only once. So if the person has consented again since, the agency is also told of this new end.
    """
    for offer in _without_consent(case, context.agency, ended.occurred_on):
        en = f"The consent to your offer to {offer.recipient} has ended: withdraw it, or ask the person anew."
        sv = f"Samtycket till erbjudandet till {offer.recipient} har upphört: återta det eller fråga igen."
        await context.open_task(case, WITHDRAW, offer.id, en=en, sv=sv, to_issue=(ReferralWithdrawn,))
        if _was_consented_anew(offer, context.before):
            await context.notify(case, en=en, sv=sv)


async def consented_anew(given: ConsentGiven, case: CaseView, context: ReactionContext) -> None:
    """Close the task of each offer that has all its consent again."""
    still = {offer.id for offer in _without_consent(case, context.agency, given.occurred_on)}
    for offer in _without_consent(context.before, context.agency, given.occurred_on):
        if offer.id not in still:
            await context.close_task(case, WITHDRAW, offer.id)


async def nothing_left_to_take_back(answer: Answered, case: CaseView, context: ReactionContext) -> None:
    """Close the task: nobody can withdraw an offer that has an answer."""
    offer = with_id(case.offers, answer.offer_id)
    if offer is not None and offer.referrer == context.agency:
        await context.close_task(case, WITHDRAW, offer.id)


def _without_consent(case: CaseView, referrer: AgencyId, on: date) -> list[Offer]:
    """The referrer's open offers that nobody may accept on this Swedish day, because consent is missing."""
    waiting = [
        offer
        for offer in case.offers
        if offer.state is OfferState.OPEN
        and offer.referrer == referrer
        and not is_concern_for_a_child(case, offer.recipient, offer.purposes)
    ]
    consented = case.consented({offer.recipient for offer in waiting}, on)
    return [offer for offer in waiting if not consented[offer.recipient].issuperset(offer.purposes)]


def _offers_something(case: CaseView, agency: AgencyId) -> bool:
    """True if the agency has an open offer."""
    return any(offer.state is OfferState.OPEN and offer.referrer == agency for offer in case.offers)


def _was_consented_anew(offer: Offer, before: CaseView) -> bool:
    """True if the person gave a consent for the offer's recipient after the offer was made."""
    return any(
        consent.given_at > offer.offered_at and offer.recipient in consent.recipients for consent in before.consents
    )


def _gone(agency: AgencyId, reader: AgencyId) -> Wording:
    if agency == reader:
        return Wording("You no longer take part in the case.", "Ni deltar inte längre i ärendet.")
    return Wording(f"{agency} no longer takes part in the case.", f"{agency} deltar inte längre i ärendet.")


def _last_day(consent: Consent, ended: Ended) -> date:
    """The last Swedish day on which the consent was in force."""
    return min(consent.valid_until, ended.occurred_on)


_HOW: Final[dict[type, Wording]] = {
    ConsentWithdrawn: Wording("The person has withdrawn a consent.", "Personen har återkallat ett samtycke."),
    ConsentExpired: Wording("A consent has run out.", "Ett samtycke har löpt ut."),
}
