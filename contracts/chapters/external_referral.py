"""External referral: the case is offered to an agency that is not on the bus, and its answer is recorded for it (R33).

The agency is asked by a form, by a link or by phone. It takes part in nothing, reads nothing and gets no key: the offer
says only that it was asked, and what it answered. In all else the offer is like any other: it takes consent (R3), has
a last moment, and one answer (R19). The file has over 250 lines because asking and answering are one subject.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.calendar.days import Moment
from contracts.chapters.referral import DeclineReason
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Text
from contracts.law.offers import (
    accepted,
    asked_outside,
    lacking_consent,
    lacking_consent_to,
    obstacle_to_answer,
    obstacle_to_offer,
    too_late,
    who_learns,
)
from contracts.law.participation import offer_came_to_nothing
from contracts.law.rule import (
    CONSENT_LIFTS_SECRECY,
    NOT_IN_THE_SOURCES,
    REFERRAL_AND_ASSISTANCE,
    TO_BE_CHECKED,
    Missing,
    mandate,
    missing,
    rule,
)
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import with_id
from contracts.view.parts.referral import Offer, OfferState, Urgency
from contracts.vocabulary.agencies import ANY_AGENCY, AgencyId
from contracts.vocabulary.choices import Purpose, Service
from contracts.vocabulary.parts import Part


class AnswerChannel(StrEnum):
    """The way by which an agency outside the bus answered."""

    FORM = "form"
    LINK = "link"
    PHONE = "phone"


class AnsweredBy(StrEnum):
    """The function of the person who answered for an agency outside the bus; never a name."""

    CASEWORKER = "caseworker"
    HEAD_OF_UNIT = "head-of-unit"
    ON_CALL = "on-call"
    CARE_STAFF = "care-staff"
    REGISTRY = "registry"
    OTHER = "other"


class ExternalAnswer(StrEnum):
    """The answer of an agency outside the bus."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


class ExternalReferralMade(
    CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY, part=Part.DIALOGUE, details=("note",)
):
    """A participant offers the case to an agency that is not on the bus, which is asked by a form, a link or phone."""

    recipient: AgencyId
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1, max_length=8)]
    services: Annotated[tuple[Service, ...], Field(max_length=14)] = ()
    urgency: Urgency = Urgency.ORDINARY
    respond_by: Moment
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-01T13:30:00Z",
        "recipient": "municipality-1280",
        "purposes": ["support"],
        "services": ["safe-accommodation", "counselling-and-guidance"],
        "respond_by": "2026-12-03T15:00:00Z",
        "note": "The unit for adults takes the call before ten.",
    }

    def outsiders(self) -> frozenset[AgencyId]:
        return frozenset((self.recipient,))


class ExternalReferralAnswered(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY):
    """The referrer records the answer of an agency outside the bus, on its behalf; after a yes it is reached by phone.

    `code_checked`: the answer came with the code that is on the form.
    """

    offer_id: EventId
    answer: ExternalAnswer
    services: Annotated[tuple[Service, ...], Field(max_length=14)] = ()
    reason: DeclineReason | None = None
    channel: AnswerChannel
    answered_by: AnsweredBy
    code_checked: bool = False

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-02T08:20:00Z",
        "offer_id": "018e0a00-0000-7000-8000-000000000130",
        "answer": "accepted",
        "services": ["safe-accommodation", "counselling-and-guidance"],
        "channel": "form",
        "answered_by": "head-of-unit",
        "code_checked": True,
    }

    @model_validator(mode="after")
    def _fits_the_answer(self) -> Self:
        declined = self.answer is ExternalAnswer.DECLINED
        if declined is (self.reason is None):
            raise ValueError("a no has a reason, and a yes has none")
        if declined and self.services:
            raise ValueError("a no promises no services")
        return self


@evolves(ExternalReferralMade)
def external_referral_made(case: CaseView, event: ExternalReferralMade, by: Provenance) -> CaseView:
    consented = lacking_consent(case, event.recipient, event.purposes, event.occurred_on) is None
    offer = Offer(
        id=by.event_id,
        referrer=by.agency,
        recipient=event.recipient,
        purposes=event.purposes,
        services=event.services,
        offered_at=event.occurred_at,
        respond_by=event.respond_by,
        urgency=event.urgency,
        by_duty=not consented,
        external=True,
    )
    return asked_outside(case, offer, by).advanced()


@evolves(ExternalReferralAnswered)
def external_referral_answered(case: CaseView, event: ExternalReferralAnswered, by: Provenance) -> CaseView:
    if event.answer is ExternalAnswer.ACCEPTED:
        return accepted(case, event.offer_id, event.services, event.occurred_at, by).advanced()
    return offer_came_to_nothing(case, event.offer_id, event.occurred_at, state=OfferState.DECLINED).advanced()


_OUTSIDE: Final = (
    f"{NOT_IN_THE_SOURCES}: most of the 290 municipalities are not on the bus, and their duty to help is the same. "
    "Administrative Procedure Act (2017:900), sections 6 to 8: an authority is reached by ordinary ways, and "
    f"authorities cooperate ({TO_BE_CHECKED})."
)

agencies_ask_outside_and_record_the_answer = mandate(
    "R33",
    ExternalReferralMade,
    ExternalReferralAnswered,
    en="Agencies ask an agency outside the bus and record its answer on its behalf; an auditor issues nothing.",
    sv="Aktörer frågar en aktör som inte är ansluten och registrerar svaret åt den; en granskare registrerar inget.",
    source=_OUTSIDE,
)


@rule(
    "R3",
    ExternalReferralMade,
    ExternalReferralAnswered,
    en="To ask an agency outside the bus takes the consent that a referral takes, when it is asked and when it "
    "accepts. A concern for a child, or for somebody who may be one, reported to social services needs none.",
    sv="Att fråga en aktör som inte är ansluten kräver det samtycke som en hänvisning kräver, både när den frågas och "
    "när den tackar ja. En orosanmälan till socialtjänsten för ett barn, eller någon som kan vara ett barn, kräver "
    "inget samtycke.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “With the victim's consent, s/he may be referred to the relevant state agency "
    f"or NGO.” {CONSENT_LIFTS_SECRECY} The exception is a statutory duty not in the sources: Social Services Act "
    f"(2001:453), chapter 14, section 1; (2025:400), chapter 19 ({TO_BE_CHECKED}).",
)
def outside_takes_consent_too(
    case: CaseView, event: ExternalReferralMade | ExternalReferralAnswered, by: Provenance
) -> Missing | None:
    if isinstance(event, ExternalReferralAnswered) and event.answer is ExternalAnswer.DECLINED:
        return None
    offer = event if isinstance(event, ExternalReferralMade) else with_id(case.offers, event.offer_id)
    return lacking_consent_to(case, offer, event.occurred_on)


@rule(
    "R33",
    ExternalReferralMade,
    en="An agency that takes part in the case is asked here, and no other way. An offer outside has time for an "
    "answer, and is the only open one to that agency.",
    sv="En aktör som deltar i ärendet frågas här och inte på annat sätt. Ett erbjudande till en aktör som inte är "
    "ansluten ger tid för svar och är det enda öppna till den aktören.",
    source=_OUTSIDE,
)
def one_open_offer_outside(case: CaseView, event: ExternalReferralMade, by: Provenance) -> Missing | None:
    if case.takes_part(event.recipient) and event.recipient != by.agency:
        return missing(
            f"{event.recipient} takes part in the case: refer it there.",
            f"{event.recipient} deltar i ärendet: hänvisa det där.",
            event.recipient,
        )
    return obstacle_to_offer(case, event, by)


@rule(
    "R33",
    ExternalReferralAnswered,
    en="The referrer, or the lead agency when the referrer has left, records one answer to an open offer outside the "
    "bus; a yes comes in time.",
    sv="Avsändaren, eller den ansvariga aktören om avsändaren har lämnat ärendet, registrerar ett svar på ett öppet "
    "erbjudande till en aktör som inte är ansluten; ett ja kommer i tid.",
    source=_OUTSIDE,
)
def answer_from_outside_is_recorded_once(
    case: CaseView, event: ExternalReferralAnswered, by: Provenance
) -> Missing | None:
    offer = with_id(case.offers, event.offer_id)
    if offer is not None and not offer.external:
        return missing(
            f"{offer.recipient} answers here itself.", f"{offer.recipient} svarar själv här.", offer.recipient
        )
    who = None if offer is None else who_learns(case, offer)
    return obstacle_to_answer(offer, who, by) or (
        too_late(offer, event.occurred_at) if event.answer is ExternalAnswer.ACCEPTED else None
    )


@rule(
    "R34",
    ExternalReferralAnswered,
    en="A form or a link shows the preview of the offer and nothing else, until the offer is over; an answer that "
    "comes by it has the code that belongs to it.",
    sv="En blankett eller länk visar förhandsvisningen av erbjudandet och inget annat, tills erbjudandet är över; ett "
    "svar som kommer den vägen har den kod som hör till.",
    source=f"{NOT_IN_THE_SOURCES}: paper and links go astray, and whoever finds one must learn no more than the "
    "recipient may, and answer nothing. Regulation (EU) 2016/679, articles 5(1)(c), 25 and 32.",
)
def form_and_link_take_their_code(case: CaseView, event: ExternalReferralAnswered, by: Provenance) -> Missing | None:
    if event.channel is AnswerChannel.PHONE or event.code_checked:
        return None
    return missing(
        "The code on the form is not checked: compare it with the offer's form.",
        "Koden på blanketten är inte kontrollerad: jämför den med erbjudandets blankett.",
        by.agency,
    )
