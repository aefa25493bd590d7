"""Offers, here or abroad: making one, and the obstacles to making, answering and accepting it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Protocol

from contracts.calendar.days import swedish_day
from contracts.event.case_event import Provenance
from contracts.event.fact import EventId
from contracts.law.children import is_concern_for_a_child
from contracts.law.rule import Missing, missing
from contracts.law.time_kept import with_keeper
from contracts.view.case_view import CaseView
from contracts.view.evolution import is_previewed, leaves_more
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.participants import Participation
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import COORDINATOR, AgencyId
from contracts.vocabulary.choices import Purpose, Service


def offered(case: CaseView, offer: Offer, by: Provenance) -> CaseView:
    """The case with one more offer.

    The recipient takes part once it accepts; that of an offer from before there were previews does so at once.
    """
    participation = Participation.OFFERED if is_previewed(by) else Participation.REFERRED
    joined = case.joined(offer.recipient, participation=participation, since=offer.offered_at)
    return with_keeper(joined.changed(offers=(*case.offers, offer)), offer.offered_at, by)


def asked_outside(case: CaseView, offer: Offer, by: Provenance) -> CaseView:
    """The case with one more offer, to an agency outside the bus. Nobody joins the case."""
    return with_keeper(case.changed(offers=(*case.offers, offer)), offer.offered_at, by)


def lacking_consent(case: CaseView, recipient: AgencyId, purposes: Iterable[Purpose], on: date) -> Missing | None:
    """The consent that a recipient lacks to receive the case for these purposes on a Swedish day, or None."""
    lacking = [purpose for purpose in purposes if not case.consents_to(recipient, purpose, on)]
    if not lacking:
        return None
    return missing(
        f"No consent in force lets {recipient} receive the case for: {', '.join(lacking)}.",
        f"Inget gällande samtycke låter {recipient} ta emot ärendet för: {', '.join(lacking)}.",
        "the victim, through the agency in dialogue with the victim",
    )


class _Asks(Protocol):
    """An offer, or the event that makes it: whom it asks, and for which purposes."""

    @property
    def recipient(self) -> AgencyId: ...
    @property
    def purposes(self) -> tuple[Purpose, ...]: ...


def lacking_consent_to(case: CaseView, offer: _Asks | None, on: date) -> Missing | None:
    """The consent that an offer lacks on a Swedish day, or None.

    A concern for somebody who may be a child needs none.
    """
    if offer is None or is_concern_for_a_child(case, offer.recipient, offer.purposes):
        return None
    return lacking_consent(case, offer.recipient, offer.purposes, on)


class AnOffer(Protocol):
    """An offer event, to an agency here or to one abroad."""

    @property
    def recipient(self) -> AgencyId: ...
    @property
    def respond_by(self) -> datetime: ...
    @property
    def occurred_at(self) -> datetime: ...


def obstacle_to_offer(case: CaseView, event: AnOffer, by: Provenance) -> Missing | None:
    """The reason why the agency may not make this offer, or None. Consent is judged elsewhere (`lacking_consent`)."""
    if event.recipient == by.agency:
        return missing("A case is referred to another agency.", "Ett ärende hänvisas till en annan aktör.", by.agency)
    if event.respond_by <= event.occurred_at:
        return missing("There is no time left to answer.", "Det finns ingen tid kvar för svar.", by.agency)
    # An overdue offer stays open until the clock or its referrer ends it: otherwise two answers could both win.
    if any(offer.recipient == event.recipient and offer.state is OfferState.OPEN for offer in case.offers):
        return missing(
            f"{event.recipient} has not yet answered an earlier offer, which has neither expired nor been withdrawn.",
            f"{event.recipient} har ännu inte svarat på ett tidigare erbjudande, som varken gått ut eller återtagits.",
            event.recipient,
            COORDINATOR,
        )
    return None


def who_learns(case: CaseView, offer: Offer) -> AgencyId | None:
    """The agency that learns what comes of an offer: the referrer, or the lead agency if the referrer has left."""
    return offer.referrer if case.takes_part(offer.referrer) else case.lead


def obstacle_to_answer(offer: Offer | None, who: AgencyId | None, by: Provenance) -> Missing | None:
    """The reason why the issuing agency may not answer an offer, or None.

    Args:
        offer: the offer, or None when the case has no such offer.
        who: the agency that may give this answer; None: the recipient of the offer.
        by: the agency that gives the answer.
    """
    if offer is None:
        return missing("There is no such offer.", "Det finns inget sådant erbjudande.", "any participant")
    answers = who or offer.recipient
    if by.agency != answers:
        return missing(f"This is for {answers} to say.", f"Det är {answers} som avgör detta.", answers)
    if offer.state is not OfferState.OPEN:
        return missing(f"The offer is already {offer.state}.", _ALREADY[offer.state], offer.referrer)
    return None


def too_late(offer: Offer | None, at: datetime) -> Missing | None:
    """The reason why the recipient can no longer accept the offer at this moment, or None."""
    if offer is None or offer.awaits_answer(at):
        return None
    return missing(
        "The time to accept has run out; a new referral is needed.",
        "Tiden för att tacka ja har gått ut; en ny hänvisning behövs.",
        offer.referrer,
    )


def accepted(
    case: CaseView, offer_id: EventId, services: tuple[Service, ...], at: datetime, by: Provenance
) -> CaseView:
    """The case after an offer was accepted, with these services; with none named, with those that were asked for.

    Its recipient takes part from now on. `at`: the moment of the acceptance (UTC).
    """
    offer = with_id(case.offers, offer_id)
    changes: dict[str, object] = {"state": OfferState.ACCEPTED}
    if offer is not None and leaves_more(by):
        changes |= {"accepted_on": swedish_day(at), "promised": services or offer.services}
    if offer is not None and case.is_offered(offer.recipient):
        case = case.joined(offer.recipient, participation=Participation.REFERRED, since=at)
    return case.changed(offers=replaced(case.offers, offer_id, **changes))


def obstacle_to_follow_up(case: CaseView, offer: Offer | None, by: Provenance) -> Missing | None:
    """The reason why the issuing agency may not say what came of an offer, or None.

    Who learns of an offer outside the bus says it on behalf of the recipient.
    """
    if offer is None:
        return missing("There is no such offer.", "Det finns inget sådant erbjudande.", "any participant")
    who = (who_learns(case, offer) if offer.external else None) or offer.recipient
    if by.agency != who:
        return missing(f"This is for {who} to say.", f"Det är {who} som berättar detta.", who)
    if offer.state is not OfferState.ACCEPTED:
        return missing(
            f"The offer is {offer.state}, not accepted.", "Erbjudandet är inte antaget, eller inte längre.", by.agency
        )
    return None


_ALREADY: Final = {
    OfferState.ACCEPTED: "Erbjudandet är redan antaget.",
    OfferState.DECLINED: "Erbjudandet är redan avböjt.",
    OfferState.WITHDRAWN: "Erbjudandet är redan återtaget.",
    OfferState.EXPIRED: "Erbjudandet har redan gått ut.",
    OfferState.ENDED: "Mottagaren har tagit emot ärendet och lämnat det.",
}
