"""What every participant does when a consent ends: it learns what it may no longer do, and takes back its offers."""

from __future__ import annotations

from datetime import date
from typing import Final

from bus.agency import Agency, Desk
from contracts.agencies import AgencyId
from contracts.child_protection import is_concern_for_a_child
from contracts.consent import ConsentExpired, ConsentWithdrawn, personal_details_open_to
from contracts.referral import ReferralAccepted, ReferralDeclined, ReferralExpired, ReferralWithdrawn
from contracts.rules import Wording
from contracts.states import Consent, OfferState, with_id
from contracts.view import CaseView
from contracts.vocabulary import Purpose
from services.practice.words import PERSONAL_DATA, PURPOSES, listed

WITHDRAW: Final = "withdraw the offer that lost its consent"

Ended = ConsentWithdrawn | ConsentExpired


def respects_consent(agency: Agency) -> None:
    """Let an agency know when a consent is withdrawn or runs out."""
    agency.on(ConsentWithdrawn, ConsentExpired)(stop_sharing)
    agency.on(ConsentWithdrawn, ConsentExpired)(take_back_what_lost_its_consent)
    agency.on(ReferralAccepted, ReferralDeclined, ReferralWithdrawn, ReferralExpired)(nothing_left_to_take_back)


async def stop_sharing(ended: Ended, case: CaseView, desk: Desk) -> None:
    """Every participant is told what it may no longer do: a withdrawal stops further sharing at once."""
    consent = with_id(desk.before.consents, ended.consent_id)
    if consent is None:
        return
    on = _last_day(consent, ended)
    lost = {agency: _purposes_lost(agency, desk.before, case, on) for agency in consent.recipients}
    said = [_HOW[type(ended)]]
    if own := lost.pop(desk.agency, ()):
        purposes = listed(own, PURPOSES)
        said.append(
            Wording(
                f"You may no longer use the case for {purposes.en}.",
                f"Ni får inte längre använda ärendet för {purposes.sv}.",
            )
        )
    before, after = (personal_details_open_to(view, desk.agency, on) for view in (desk.before, case))
    if before - after:
        details = listed(sorted(before - after), PERSONAL_DATA)
        said.append(Wording(f"You may no longer read: {details.en}.", f"Ni får inte längre läsa: {details.sv}."))
    for agency, gone in lost.items():
        if gone:
            purposes = listed(gone, PURPOSES)
            said.append(
                Wording(
                    f"Pass nothing more on to {agency} for {purposes.en}.",
                    f"Lämna inget mer vidare till {agency} för {purposes.sv}.",
                )
            )
    for participant in desk.before.participants:
        if not case.takes_part(participant.agency):
            said.append(_gone(participant.agency, desk.agency))
    await desk.tell(case, en=" ".join(each.en for each in said), sv=" ".join(each.sv for each in said))


async def take_back_what_lost_its_consent(ended: Ended, case: CaseView, desk: Desk) -> None:
    """An offer that waits for an answer can no longer be accepted without all of the consent that it rests on. (When no
    consent is left for its recipient, that agency leaves the case and the offer is over.)
    """
    for offer in case.offers:
        if offer.state is not OfferState.OPEN or offer.referrer != desk.agency:
            continue
        if is_concern_for_a_child(case, offer.recipient, offer.purposes):
            continue  # which takes no consent
        if not all(case.consents_to(offer.recipient, purpose, ended.occurred_on) for purpose in offer.purposes):
            await desk.task(
                case,
                WITHDRAW,
                offer.id,
                en=f"The consent to your offer to {offer.recipient} has ended: withdraw it, or ask the person anew.",
                sv=f"Samtycket till erbjudandet till {offer.recipient} har upphört: återta det eller fråga igen.",
            )


async def nothing_left_to_take_back(
    answer: ReferralAccepted | ReferralDeclined | ReferralWithdrawn | ReferralExpired, case: CaseView, desk: Desk
) -> None:
    """An answered offer is withdrawn by nobody."""
    offer = with_id(case.offers, answer.offer_id)
    if offer is not None and offer.referrer == desk.agency:
        await desk.done(case, WITHDRAW, offer.id)


def _gone(agency: AgencyId, reader: AgencyId) -> Wording:
    if agency == reader:
        return Wording("You no longer take part in the case.", "Ni deltar inte längre i ärendet.")
    return Wording(f"{agency} no longer takes part in the case.", f"{agency} deltar inte längre i ärendet.")


def _last_day(consent: Consent, ended: Ended) -> date:
    """The last day on which the consent was in force."""
    return min(consent.valid_until, ended.occurred_on)


def _purposes_lost(agency: AgencyId, before: CaseView, after: CaseView, on: date) -> tuple[Purpose, ...]:
    """What no consent covers any longer for an agency, in the order of the list."""
    return tuple(p for p in Purpose if before.consents_to(agency, p, on) and not after.consents_to(agency, p, on))


_HOW: Final[dict[type, Wording]] = {
    ConsentWithdrawn: Wording("The person has withdrawn a consent.", "Personen har återkallat ett samtycke."),
    ConsentExpired: Wording("A consent has run out.", "Ett samtycke har löpt ut."),
}
