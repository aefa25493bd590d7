"""Referral: a participant offers the case to another agency, which accepts or declines in time.

Nobody passes a case on without the victim's consent (R3), and every offer gets exactly one answer (R19). The file has
over 250 lines because an offer and its four answers are one subject; `law.offers` has the parts that offers across a
border share.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day, Moment
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureConfirmed
from contracts.chapters.receipts import ReceiptShown
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Fact, Text
from contracts.event.upcasting import PUBLICATIONS, Data
from contracts.law.children import is_concern_for_a_child, is_concern_for_a_known_child
from contracts.law.deadlines import Deadline, falls_due, runs_out
from contracts.law.offers import (
    accepted,
    lacking_consent,
    lacking_consent_to,
    obstacle_to_answer,
    obstacle_to_offer,
    offered,
    too_late,
)
from contracts.law.participation import offer_came_to_nothing
from contracts.law.rule import (
    CONSENT_LIFTS_SECRECY,
    NOT_IN_THE_SOURCES,
    REFERRAL_AND_ASSISTANCE,
    Missing,
    mandate,
    missing,
    rule,
)
from contracts.law.time_kept import keeper
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import with_id
from contracts.view.parts.referral import Offer, OfferState, Urgency
from contracts.vocabulary.agencies import ANY_AGENCY, COORDINATOR, AgencyId, AgencyKind, Role
from contracts.vocabulary.choices import DeadlineKind, Purpose, Service
from contracts.vocabulary.parts import Part


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


class CaseReferred(
    CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY, version=2, part=Part.DIALOGUE, details=("note",)
):
    """A participant offers the case to a recipient, who reads a preview of it and answers by a given time."""

    recipient: AgencyId
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1, max_length=8)]
    services: tuple[Service, ...] = ()
    urgency: Urgency = Urgency.ORDINARY
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
        "urgency": "ordinary",
        "respond_by": "2024-03-06T15:00:00Z",
        "note": "Needs a place tonight; can stay with us until then.",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {self.recipient: ANY_AGENCY}


@PUBLICATIONS.upcasts("se.nrm.CaseReferred.v1")
def nobody_said_how_urgent_it_was(data: Data) -> Data:
    """Upcast from version 1, which did not ask how urgent the offer was."""
    return {**data, "urgency": Urgency.ORDINARY}


class ReferralAccepted(
    CaseEvent,
    chapter=Chapter.REFERRAL,
    issuers=ANY_AGENCY,
    answers_an_offer=True,
    part=Part.DIALOGUE,
    details=("note",),
):
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


class ReferralDeclined(
    CaseEvent,
    chapter=Chapter.REFERRAL,
    issuers=ANY_AGENCY,
    after_closure=True,
    answers_an_offer=True,
    part=Part.DIALOGUE,
    details=("note",),
):
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


class ReferralWithdrawn(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY, after_closure=True):
    """The referrer takes an unanswered offer back."""

    offer_id: EventId
    reason: WithdrawalReason

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-05T08:00:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000005",
        "reason": "victim-changed-their-mind",
    }


class ReferralExpired(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY, role=Role.CLOCK, after_closure=True):
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
        urgency=event.urgency,
        by_duty=_needs_no_consent(case, event),
    )
    return offered(case, offer, by).advanced()


def _needs_no_consent(case: CaseView, event: CaseReferred) -> bool:
    """True if the offer is lawful only because the person may be a child: until SE-2022-08 there were none of those."""
    known, maybe = (
        concerns(case, event.recipient, event.purposes)
        for concerns in (is_concern_for_a_known_child, is_concern_for_a_child)
    )
    return maybe and not known and lacking_consent(case, event.recipient, event.purposes, event.occurred_on) is not None


@evolves(ReferralAccepted)
def referral_accepted(case: CaseView, event: ReferralAccepted, by: Provenance) -> CaseView:
    return accepted(case, event.offer_id, event.services, event.occurred_at, by).advanced()


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
    f"{REFERRAL_AND_ASSISTANCE}: “With the victim's consent, s/he may be referred to the relevant state agency or "
    f"NGO.” {CONSENT_LIFTS_SECRECY}"
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
    en="Agencies refer and answer, and the clock ends what nobody answered; an auditor issues nothing.",
    sv="Aktörer hänvisar och svarar, och klockan avslutar det obesvarade; en granskare registrerar inget.",
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
    # An agency that has left still confirms an erasure: `each_holder_confirms_once` checks that it is a holder.
    # Any agency may take the victim's word by her receipt: `the_code_was_shown` checks that it has seen the code.
    if case.takes_part(by.agency) or isinstance(event, VictimDetected | ErasureConfirmed | ReceiptShown):
        return None
    if case.is_offered(by.agency) and event.answers_an_offer:
        return None  # another rule checks that it is its own offer
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
    source=f"{_CONSENT} The exception is a statutory duty not in the sources: Social Services Act (2001:453), "
    "chapter 14, section 1.",
)
def victim_consents(case: CaseView, event: CaseReferred | ReferralAccepted, by: Provenance) -> Missing | None:
    offer = event if isinstance(event, CaseReferred) else with_id(case.offers, event.offer_id)
    if offer is None or is_concern_for_a_known_child(case, offer.recipient, offer.purposes):
        return None
    return lacking_consent(case, offer.recipient, offer.purposes, event.occurred_on)


@rule(
    "R3",
    CaseReferred,
    ReferralAccepted,
    en="A referral needs consent in force that covers the recipient and every purpose, when offered and when accepted. "
    "A concern for a child, or for somebody who may be one, reported to social services needs none.",
    sv="En hänvisning kräver samtycke som gäller och omfattar mottagaren och varje ändamål, både när den görs och när "
    "den tas emot. En orosanmälan till socialtjänsten för ett barn, eller någon som kan vara ett barn, kräver inget "
    "samtycke.",
    source=f"{_CONSENT} The exception is a statutory duty not in the sources: Social Services Act (2001:453), chapter "
    "14, section 1; (2025:400), chapter 19 (to be checked by a lawyer). Directive 2011/36/EU, article 13.2: somebody "
    "who may be a child is presumed to be one.",
)
def victim_consents_or_may_be_a_child(
    case: CaseView, event: CaseReferred | ReferralAccepted, by: Provenance
) -> Missing | None:
    offer = event if isinstance(event, CaseReferred) else with_id(case.offers, event.offer_id)
    return lacking_consent_to(case, offer, event.occurred_on)


@rule(
    "R19",
    CaseReferred,
    en="An offer goes to another agency, has time for an answer, and is the only open one to that agency.",
    sv="Ett erbjudande går till en annan aktör, ger tid för svar och är det enda öppna till den aktören.",
    source=_ONE_ANSWER,
)
def one_open_offer_each(case: CaseView, event: CaseReferred, by: Provenance) -> Missing | None:
    return obstacle_to_offer(case, event, by)


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
    if offer is not None and offer.external and isinstance(event, ReferralAccepted | ReferralDeclined):
        return missing(
            f"{offer.recipient} was asked outside the bus: {offer.referrer} records its answer.",
            f"{offer.recipient} tillfrågades utanför bussen: {offer.referrer} registrerar svaret.",
            offer.referrer,
        )
    who = None if offer is None else {ReferralWithdrawn: offer.referrer, ReferralExpired: keeper(by)}.get(type(event))
    return obstacle_to_answer(offer, who, by) or (
        too_late(offer, event.occurred_at) if isinstance(event, ReferralAccepted) else None
    )


Answer = ReferralAccepted | ReferralDeclined | ReferralWithdrawn | ReferralExpired


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
    # Judge by the certificate in the event, so that all replicas agree although their directories may differ in
    # version. The issuing service, and auditors, look it up in the directory (`certification.uncertified`).
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


@falls_due(DeadlineKind.OFFER)
def offer_is_over(deadline: Deadline) -> ReferralExpired:
    return ReferralExpired(occurred_at=deadline.due_at, offer_id=deadline.subject)


offer_expires_after_its_time = runs_out(
    "R19",
    ReferralExpired,
    "offer_id",
    "An offer expires when nobody has answered by its time, not before.",
    "Ett erbjudande går ut när ingen har svarat i tid, inte tidigare.",
)
