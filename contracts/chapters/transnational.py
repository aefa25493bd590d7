"""Transnational referral: a case is offered across a border, to another country's contact or from one (R17).

It is an offer like any other: it is answered once and in time, its referrer can withdraw it, and a participant's clock
ends it. The file has over 250 lines because its few events state what both sides must know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from contracts.calendar.days import Moment
from contracts.chapters.assistance import PROVIDERS
from contracts.chapters.referral import CaseReferred, DeclineReason
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Text
from contracts.law.offers import accepted, lacking_consent, obstacle_to_answer, obstacle_to_offer, offered, too_late
from contracts.law.participation import offer_came_to_nothing
from contracts.law.rule import CONSENT_LIFTS_SECRECY, NOT_IN_THE_SOURCES, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.assistance import RISK_HOLDS_FOR
from contracts.view.parts.begun import with_id
from contracts.view.parts.referral import Offer, OfferState
from contracts.vocabulary.agencies import COORDINATOR, AgencyId, AgencyKind, is_named_as, kinds
from contracts.vocabulary.choices import Purpose, Service
from contracts.vocabulary.codes import CountryCode
from contracts.vocabulary.parts import Part

ACROSS_THE_BORDER: Final = kinds(AgencyKind.COORDINATOR, AgencyKind.FOREIGN_PARTNER)


class TransnationalReferralOffered(
    CaseEvent, chapter=Chapter.TRANSNATIONAL, issuers=ACROSS_THE_BORDER, part=Part.DIALOGUE, details=("note",)
):
    """The coordinator offers the case to another country's contact, or that contact offers one to the coordinator."""

    recipient: AgencyId
    country: Annotated[CountryCode, Field(description="The other country, wherever the case goes.")]
    purpose: Literal[Purpose.SAFE_RETURN, Purpose.SUPPORT]
    services: tuple[Service, ...] = ()
    respond_by: Moment
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-08T09:00:00Z",
        "recipient": "foreign-partner-ro",
        "country": "RO",
        "purpose": "safe-return",
        "services": ["safe-accommodation", "support-for-a-safe-return"],
        "respond_by": "2024-05-15T15:00:00Z",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {self.recipient: ACROSS_THE_BORDER}


class TransnationalReferralAccepted(
    CaseEvent,
    chapter=Chapter.TRANSNATIONAL,
    issuers=ACROSS_THE_BORDER,
    answers_an_offer=True,
    part=Part.DIALOGUE,
    details=("note",),
):
    """The other side takes the case on, with the services that it will give."""

    offer_id: EventId
    services: tuple[Service, ...] = ()
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-10T09:00:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000044",
        "services": ["safe-accommodation", "support-for-a-safe-return"],
    }


class TransnationalReferralDeclined(
    CaseEvent,
    chapter=Chapter.TRANSNATIONAL,
    issuers=ACROSS_THE_BORDER,
    after_closure=True,
    answers_an_offer=True,
    part=Part.DIALOGUE,
    details=("note",),
):
    """The other side says no, and why."""

    offer_id: EventId
    reason: DeclineReason
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-10T09:00:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000044",
        "reason": "no-capacity",
    }


@evolves(TransnationalReferralOffered)
def transnational_referral_offered(case: CaseView, event: TransnationalReferralOffered, by: Provenance) -> CaseView:
    offer = Offer(
        id=by.event_id,
        referrer=by.agency,
        recipient=event.recipient,
        purposes=(event.purpose,),
        services=event.services,
        offered_at=event.occurred_at,
        respond_by=event.respond_by,
        country=event.country,
    )
    return offered(case, offer, by).advanced()


@evolves(TransnationalReferralAccepted)
def transnational_referral_accepted(case: CaseView, event: TransnationalReferralAccepted, by: Provenance) -> CaseView:
    return accepted(case, event.offer_id, event.services, event.occurred_at, by).advanced()


@evolves(TransnationalReferralDeclined)
def transnational_referral_declined(case: CaseView, event: TransnationalReferralDeclined, by: Provenance) -> CaseView:
    return offer_came_to_nothing(case, event.offer_id, event.occurred_at, state=OfferState.DECLINED).advanced()


_SOURCE: Final = (
    "Sweden: coordination and a (trans)national referral mechanism: “a transnational referral mechanism model to "
    "facilitate and provide necessary support to potential victims of human trafficking”."
)

contacts_refer_across_the_border = mandate(
    "R17",
    TransnationalReferralOffered,
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    en="The coordinator and another country's contact refer a case to one another.",
    sv="Samordnaren och ett annat lands kontaktpunkt hänvisar ärenden till varandra.",
    source=_SOURCE,
)


@rule(
    "R17",
    TransnationalReferralOffered,
    en="A transnational referral goes to a receiving contact on the other side of the border.",
    sv="En gränsöverskridande hänvisning går till en mottagande kontaktpunkt på andra sidan gränsen.",
    source=_SOURCE,
)
def a_contact_receives(case: CaseView, event: TransnationalReferralOffered, by: Provenance) -> Missing | None:
    abroad = by.kind is AgencyKind.COORDINATOR
    receiver = AgencyKind.FOREIGN_PARTNER if abroad else AgencyKind.COORDINATOR
    if is_named_as(event.recipient, receiver):
        return None
    return missing(
        f"{event.recipient} is not a contact on the other side.",
        f"{event.recipient} är ingen kontaktpunkt på andra sidan.",
        receiver,
    )


@rule(
    "R17",
    CaseReferred,
    en="A case goes to another country's contact only as a transnational referral, through the coordinator.",
    sv="Ett ärende går till ett annat lands kontaktpunkt endast som gränsöverskridande hänvisning, genom samordnaren.",
    source=f"{_SOURCE} That nothing else crosses the border follows from there being one contact on each side. Public "
    "Access to Information and Secrecy Act (2009:400), chapter 8, section 3, on foreign authorities.",
)
def borders_are_crossed_by_contacts(case: CaseView, event: CaseReferred, by: Provenance) -> Missing | None:
    if not is_named_as(event.recipient, AgencyKind.FOREIGN_PARTNER):
        return None
    return missing(
        f"{event.recipient} is in another country.", f"{event.recipient} finns i ett annat land.", COORDINATOR
    )


@rule(
    "R17",
    TransnationalReferralOffered,
    TransnationalReferralAccepted,
    en="A transnational referral needs consent in force that covers the receiving contact and the purpose, when "
    "offered and when accepted.",
    sv="En gränsöverskridande hänvisning kräver samtycke som gäller och omfattar den mottagande kontaktpunkten och "
    "ändamålet, både när den görs och när den tas emot.",
    source=f"{_SOURCE} That it needs consent follows from the rule for every referral. {CONSENT_LIFTS_SECRECY}",
)
def victim_consents_abroad(
    case: CaseView, event: TransnationalReferralOffered | TransnationalReferralAccepted, by: Provenance
) -> Missing | None:
    if isinstance(event, TransnationalReferralOffered):
        return lacking_consent(case, event.recipient, (event.purpose,), event.occurred_on)
    offer = with_id(case.offers, event.offer_id)
    return None if offer is None else lacking_consent(case, offer.recipient, offer.purposes, event.occurred_on)


_ONE_ANSWER: Final = f"{NOT_IN_THE_SOURCES}: across a border an offer is an offer, with a time limit and one answer."


@rule(
    "R17",
    TransnationalReferralOffered,
    en="A transnational offer has time for an answer and is the only open one to that contact.",
    sv="Ett gränsöverskridande erbjudande ger tid för svar och är det enda öppna till den kontaktpunkten.",
    source=_ONE_ANSWER,
)
def one_open_offer_abroad(case: CaseView, event: TransnationalReferralOffered, by: Provenance) -> Missing | None:
    return obstacle_to_offer(case, event, by)


@rule(
    "R17",
    TransnationalReferralAccepted,
    TransnationalReferralDeclined,
    en="An open transnational offer is answered once, by its recipient, and accepted only in time.",
    sv="Ett öppet gränsöverskridande erbjudande besvaras en gång, av mottagaren, och tas emot endast i tid.",
    source=_ONE_ANSWER,
)
def offer_abroad_is_answered_once(
    case: CaseView, event: TransnationalReferralAccepted | TransnationalReferralDeclined, by: Provenance
) -> Missing | None:
    offer = with_id(case.offers, event.offer_id)
    if offer is not None and offer.country is None:
        return missing("The offer crosses no border.", "Erbjudandet går inte över någon gräns.", COORDINATOR)
    return obstacle_to_answer(offer, None, by) or (
        too_late(offer, event.occurred_at) if isinstance(event, TransnationalReferralAccepted) else None
    )


@rule(
    "R17",
    TransnationalReferralOffered,
    en="The coordinator sends a case abroad for a safe return only after an assessment of the risk that is at most 30 "
    "days old.",
    sv="Samordnaren skickar ett ärende utomlands för ett tryggt återvändande endast efter en riskbedömning som är "
    "högst 30 dagar gammal.",
    source=f"{NOT_IN_THE_SOURCES}: what the person goes home to is assessed before, not after. That a risk assessment "
    "comes before a return is what guides to safe return ask for; the 30 days are the project's own.",
)
def risk_is_known_before_the_border(
    case: CaseView, event: TransnationalReferralOffered, by: Provenance
) -> Missing | None:
    if by.kind is not AgencyKind.COORDINATOR or event.purpose is not Purpose.SAFE_RETURN:
        return None
    assessed_on = case.risk_assessed_on
    if assessed_on is not None and (event.occurred_on - assessed_on).days <= RISK_HOLDS_FOR:
        return None
    return missing(
        "No assessment of the last 30 days says how great the risk is.",
        "Ingen bedömning från de senaste 30 dagarna säger hur stor risken är.",
        *sorted(PROVIDERS),
    )
