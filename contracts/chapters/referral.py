"""Referral: a participant offers the case to another agency, which accepts or declines in time.

Nothing is passed on without the victim's consent (R3), and every offer has exactly one answer (R19).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Protocol

from pydantic import Field

from contracts.chapters.child_protection import is_concern_for_a_child
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureConfirmed
from contracts.event.case_event import CaseEvent, Chapter, Day, EventId, Example, Fact, Moment, Provenance, Text
from contracts.law.participation import offer_came_to_nothing
from contracts.law.rule import NOT_IN_THE_SOURCES, REFERRAL_AND_ASSISTANCE, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView, evolves
from contracts.view.parts.states import Offer, OfferState, Participation, replaced, with_id
from contracts.vocabulary.agencies import ANY_AGENCY, COORDINATOR, AgencyId, AgencyKind, Role, kinds
from contracts.vocabulary.choices import Purpose, Service


class DeclineReason(StrEnum):
    """Why a recipient says no."""

    NO_CAPACITY = "no-capacity"
    OUTSIDE_MANDATE = "outside-mandate"
    OTHER_AREA = "other-area"
    NEEDS_NOT_MET_HERE = "needs-not-met-here"
    SAFETY = "safety"
    OTHER = "other"


class WithdrawalReason(StrEnum):
    """Why a referrer takes an offer back."""

    VICTIM_CHANGED_THEIR_MIND = "victim-changed-their-mind"
    NEED_CHANGED = "need-changed"
    NO_ANSWER = "no-answer"
    SENT_IN_ERROR = "sent-in-error"
    OTHER = "other"


class Certificate(Fact):
    """A provider's certification: the directory event that gave it (`ProviderCertified`), and its last day (R15)."""

    id: EventId
    valid_until: Day


class CaseReferred(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY):
    """A participant offers the case to a recipient, who takes part in it from now on and answers by a given time."""

    recipient: AgencyId
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1, max_length=8)]
    services: tuple[Service, ...] = ()
    respond_by: Moment
    programme: Annotated[bool, Field(description="Within the National Support Programme: for certified providers.")] = (
        False
    )
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-04T13:30:00Z",
        "recipient": "municipality-0180",
        "purposes": ["support"],
        "services": ["safe-accommodation", "counselling-and-guidance"],
        "respond_by": "2024-03-06T15:00:00Z",
        "note": "Needs a place tonight; can stay with us until then.",
    }


class ReferralAccepted(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY):
    """The recipient takes the case on, with the services that it will give."""

    offer_id: EventId
    services: tuple[Service, ...] = ()
    certificate: Certificate | None = None
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-05T08:20:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000005",
        "services": ["safe-accommodation", "counselling-and-guidance"],
    }


class ReferralDeclined(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY):
    """The recipient says no, and why, so that the referrer can turn elsewhere."""

    offer_id: EventId
    reason: DeclineReason
    suggested_recipient: AgencyId | None = None
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-05T08:20:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000005",
        "reason": "no-capacity",
        "suggested_recipient": "municipality-0184",
    }


class ReferralWithdrawn(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY):
    """The referrer takes an unanswered offer back."""

    offer_id: EventId
    reason: WithdrawalReason

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-05T08:00:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000005",
        "reason": "victim-changed-their-mind",
    }


class ReferralExpired(CaseEvent, chapter=Chapter.REFERRAL, issuers=kinds(AgencyKind.COORDINATOR), role=Role.CLOCK):
    """Nobody answered in time: the offer is over, and the referrer turns elsewhere."""

    offer_id: EventId

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-06T15:00:01Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000005",
    }


@evolves(CaseReferred)
def case_referred(case: CaseView, event: CaseReferred, by: Provenance) -> CaseView:
    offer = Offer(
        id=by.event_id,
        referrer=by.agency,
        recipient=event.recipient,
        purposes=event.purposes,
        services=event.services,
        offered_at=event.occurred_at,
        respond_by=event.respond_by,
        programme=event.programme,
    )
    return offered(case, offer).advanced()


def offered(case: CaseView, offer: Offer) -> CaseView:
    """The case with one more offer; its recipient takes part, and the coordinator's clock runs on the answer."""
    joined = case.joined(offer.recipient, participation=Participation.REFERRED, since=offer.offered_at)
    return joined.changed(offers=(*case.offers, offer)).timed_since(offer.offered_at)


@evolves(ReferralAccepted)
def referral_accepted(case: CaseView, event: ReferralAccepted, by: Provenance) -> CaseView:
    return case.advanced(offers=replaced(case.offers, event.offer_id, state=OfferState.ACCEPTED))


@evolves(ReferralDeclined)
def referral_declined(case: CaseView, event: ReferralDeclined, by: Provenance) -> CaseView:
    answer = {"state": OfferState.DECLINED, "suggested": event.suggested_recipient}
    return offer_came_to_nothing(case, event.offer_id, event.occurred_at, **answer).advanced()


@evolves(ReferralWithdrawn)
def referral_withdrawn(case: CaseView, event: ReferralWithdrawn, by: Provenance) -> CaseView:
    return offer_came_to_nothing(case, event.offer_id, event.occurred_at, state=OfferState.WITHDRAWN).advanced()


@evolves(ReferralExpired)
def referral_expired(case: CaseView, event: ReferralExpired, by: Provenance) -> CaseView:
    return offer_came_to_nothing(case, event.offer_id, event.occurred_at, state=OfferState.EXPIRED).advanced()


_CONSENT: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “With the victim's consent, s/he may be referred to the relevant state agency or NGO.”"
)
_ONE_ANSWER: Final = (
    f"{NOT_IN_THE_SOURCES}: an offer without a time limit and a single answer gets lost between agencies."
)

participants_refer_recipients_answer = mandate(
    "R19",
    CaseReferred,
    ReferralAccepted,
    ReferralDeclined,
    ReferralWithdrawn,
    ReferralExpired,
    en="Agencies refer and answer, and the coordinator's clock ends what nobody answered; an auditor issues nothing.",
    sv="Aktörer hänvisar och svarar, och samordnarens klocka avslutar det obesvarade; en granskare registrerar inget.",
    source=_ONE_ANSWER,
)


@rule(
    "R3",
    CaseEvent,
    en="A case reaches an agency through a referral or an application; until then the agency can only detect.",
    sv="Ett ärende når en aktör genom hänvisning eller ansökan; dessförinnan kan aktören bara upptäcka.",
    source=_CONSENT,
)
def issuer_takes_part(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
    # A holder that has left confirms an erasure all the same: its own rule asks whether it is one.
    if case.takes_part(by.agency) or isinstance(event, VictimDetected | ErasureConfirmed):
        return None
    return missing(
        f"{by.agency} does not take part in the case.",
        f"{by.agency} deltar inte i ärendet.",
        *(participant.agency for participant in case.participants),
    )


@rule(
    "R3",
    CaseReferred,
    ReferralAccepted,
    en="A referral needs consent in force that covers the recipient and every purpose, when offered and when accepted. "
    "A concern for a child reported to social services needs none.",
    sv="En hänvisning kräver samtycke som gäller och omfattar mottagaren och varje ändamål, både när den görs och när "
    "den tas emot. En orosanmälan för ett barn till socialtjänsten kräver inget samtycke.",
    source=f"{_CONSENT} The exception is a statutory duty not in the sources: Social Services Act.",
)
def victim_consents(case: CaseView, event: CaseReferred | ReferralAccepted, by: Provenance) -> Missing | None:
    offer = event if isinstance(event, CaseReferred) else with_id(case.offers, event.offer_id)
    if offer is None or is_concern_for_a_child(case, offer.recipient, offer.purposes):
        return None
    return lacking_consent(case, offer.recipient, offer.purposes, event.occurred_on)


def lacking_consent(case: CaseView, recipient: AgencyId, purposes: Iterable[Purpose], on: date) -> Missing | None:
    """What a recipient lacks to receive the case for these purposes on this day: each needs a consent in force."""
    lacking = [purpose for purpose in purposes if not case.consents_to(recipient, purpose, on)]
    if not lacking:
        return None
    return missing(
        f"No consent in force lets {recipient} receive the case for: {', '.join(lacking)}.",
        f"Inget gällande samtycke låter {recipient} ta emot ärendet för: {', '.join(lacking)}.",
        "the victim, through the agency in dialogue with the victim",
    )


@rule(
    "R19",
    CaseReferred,
    en="An offer goes to another agency, has time for an answer, and is the only open one to that agency.",
    sv="Ett erbjudande går till en annan aktör, ger tid för svar och är det enda öppna till den aktören.",
    source=_ONE_ANSWER,
)
def one_open_offer_each(case: CaseView, event: CaseReferred, by: Provenance) -> Missing | None:
    return obstacle_to_offer(case, event, by)


class AnOffer(Protocol):
    """What every offer says, whether to an agency here or to one abroad."""

    @property
    def recipient(self) -> AgencyId: ...
    @property
    def respond_by(self) -> datetime: ...
    @property
    def occurred_at(self) -> datetime: ...


def obstacle_to_offer(case: CaseView, event: AnOffer, by: Provenance) -> Missing | None:
    """What keeps an offer from being made, consent aside."""
    if event.recipient == by.agency:
        return missing("A case is referred to another agency.", "Ett ärende hänvisas till en annan aktör.", by.agency)
    if event.respond_by <= event.occurred_at:
        return missing("There is no time left to answer.", "Det finns ingen tid kvar för svar.", by.agency)
    # An offer whose time is out stays open until the clock or its referrer says so: else two answers could both win.
    if any(offer.recipient == event.recipient and offer.state is OfferState.OPEN for offer in case.offers):
        return missing(
            f"{event.recipient} has not yet answered an earlier offer, which has neither expired nor been withdrawn.",
            f"{event.recipient} har ännu inte svarat på ett tidigare erbjudande, som varken gått ut eller återtagits.",
            event.recipient,
            COORDINATOR,
        )
    return None


@rule(
    "R19",
    ReferralAccepted,
    ReferralDeclined,
    ReferralWithdrawn,
    ReferralExpired,
    en="An open offer is answered once: its recipient accepts in time or declines, its referrer withdraws it, or it "
    "expires.",
    sv="Ett öppet erbjudande besvaras en gång: mottagaren tackar ja i tid eller nej, avsändaren återtar det eller det "
    "går ut.",
    source=_ONE_ANSWER,
)
def offer_is_answered_once(case: CaseView, event: Answer, by: Provenance) -> Missing | None:
    offer = with_id(case.offers, event.offer_id)
    if offer is not None and offer.country is not None and isinstance(event, ReferralAccepted | ReferralDeclined):
        return missing(
            "The offer crosses a border and is answered as a transnational one.",
            "Erbjudandet går över en gräns och besvaras som ett gränsöverskridande.",
            offer.recipient,
        )
    who = None if offer is None else {ReferralWithdrawn: offer.referrer, ReferralExpired: COORDINATOR}.get(type(event))
    return obstacle_to_answer(offer, who, by) or (
        too_late(offer, event.occurred_at) if isinstance(event, ReferralAccepted) else None
    )


Answer = ReferralAccepted | ReferralDeclined | ReferralWithdrawn | ReferralExpired


def obstacle_to_answer(offer: Offer | None, who: AgencyId | None, by: Provenance) -> Missing | None:
    """What keeps an offer from being answered by this agency: for its recipient to say when nobody else is named."""
    if offer is None:
        return missing("There is no such offer.", "Det finns inget sådant erbjudande.", "any participant")
    answers = who or offer.recipient
    if by.agency != answers:
        return missing(f"This is for {answers} to say.", f"Det är {answers} som avgör detta.", answers)
    if offer.state is not OfferState.OPEN:
        return missing(f"The offer is already {offer.state}.", _ALREADY[offer.state], offer.referrer)
    return None


def too_late(offer: Offer | None, at: datetime) -> Missing | None:
    """What keeps an offer from being accepted at this moment."""
    if offer is None or offer.awaits_answer(at):
        return None
    return missing(
        "The time to accept has run out; a new referral is needed.",
        "Tiden för att tacka ja har gått ut; en ny hänvisning behövs.",
        offer.referrer,
    )


_ALREADY: Final = {
    OfferState.ACCEPTED: "Erbjudandet är redan antaget.",
    OfferState.DECLINED: "Erbjudandet är redan avböjt.",
    OfferState.WITHDRAWN: "Erbjudandet är redan återtaget.",
    OfferState.EXPIRED: "Erbjudandet har redan gått ut.",
    OfferState.ENDED: "Mottagaren har tagit emot ärendet och lämnat det.",
}


@rule(
    "R15",
    ReferralAccepted,
    en="Only a certified provider accepts a referral within the National Support Programme, and says by which "
    "certificate.",
    sv="Endast en certifierad stödgivare tar emot en hänvisning inom det nationella stödprogrammet och anger vilket "
    "certifikat.",
    source="Sweden: coordination and a (trans)national referral mechanism: “additional actors will be certified and "
    "support measures will be quality assured through common procedures”.",
)
def programme_takes_certificate(case: CaseView, event: ReferralAccepted, by: Provenance) -> Missing | None:
    # The certificate travels in the event, so that every replica judges alike however far its directory has come.
    # Whether the directory knows it (`certification.uncertified`) is for the issuing service, and for auditors, to ask.
    offer = with_id(case.offers, event.offer_id)
    if offer is None or not offer.programme:
        return None
    if event.certificate is not None and event.certificate.valid_until >= event.occurred_on:
        return None
    return missing(
        "The acceptance names no certificate in force.",
        "Mottagandet anger inget gällande certifikat.",
        COORDINATOR,
    )
