"""The preview of an offer: the facts of a case that its recipient sees before it accepts or declines.

It shows enough to decide and nothing that identifies the victim, and nothing that other agencies do. The recipient
holds no key of the case. It gets the case as previewed, sealed under the offer's own keys, and judges its answer on it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from contracts.event.case_event import CaseEvent, Provenance
from contracts.event.fact import EventId, Fact
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.consent import Consent
from contracts.view.parts.identification import Identification
from contracts.view.parts.participants import Participant, Participation
from contracts.view.parts.referral import Offer, OfferState, Urgency
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import AgeBand, ExploitationForm, Purpose, ResidenceSituation, Service
from contracts.vocabulary.codes import CountryCode, Language, MunicipalityCode, RegionCode


class Preview(Fact):
    """The de-identified facts of an offered case, and the purposes and services that the offer asks for."""

    offer_id: EventId
    referrer: AgencyId
    recipient: AgencyId
    purposes: tuple[Purpose, ...]
    services: tuple[Service, ...]
    urgent: tuple[Service, ...]
    urgency: Urgency
    respond_by: datetime
    state: OfferState
    programme: bool
    country: CountryCode | None
    exploitation_forms: tuple[ExploitationForm, ...]
    age_band: AgeBand
    unaccompanied: bool
    immediate_danger: bool
    residence: ResidenceSituation
    identification: Identification | None
    region: RegionCode | None
    municipality: MunicipalityCode | None
    language: Language | None
    interpreter_needed: bool


def as_previewed(case: CaseView, offer: Offer) -> CaseView:
    """The case as the recipient of an offer knows it: the offer, what was asked within it, and the facts of `Preview`.

    Every rule on an answer to the offer gives the same verdict on it as on the whole case.
    """
    inside = (each for each in case.participants if each.agency == offer.recipient)
    return CaseView(
        case_id=case.case_id,
        version=case.version,
        status=case.status,
        participants=tuple(
            Participant(agency=each.agency, participation=Participation.OFFERED, since=each.since) for each in inside
        ),
        consents=tuple(_for(offer, each) for each in case.consents if offer.recipient in each.recipients),
        offers=(offer,),
        offer_questions=tuple(each for each in case.offer_questions if each.offer_id == offer.id),
        **{name: getattr(case, name) for name in _FACTS},
    )


_FACTS: Final = (
    *("identification", "exploitation_forms", "age_band", "age_basis", "unaccompanied", "immediate_danger"),
    *("residence", "region", "municipality", "language", "interpreter_needed"),
)
"""The fields of the case that the recipient of an offer reads as they are."""


def _for(offer: Offer, consent: Consent) -> Consent:
    """A consent, as far as it lets the recipient receive the case."""
    return consent.model_copy(update={"recipients": (offer.recipient,), "data_classes": ()})


MOST_TOLD: Final = 64
"""The largest number of previews that one event takes along. Who is not told learns it when its answer is refused."""


def previews(before: CaseView, after: CaseView) -> tuple[CaseView, ...]:
    """The previews that an event changed, each for an agency that is only offered the case before or after it."""
    outside = {each.agency for case in (before, after) for each in case.participants if each.is_offered}
    changed = []
    for agency in sorted(outside):
        offer = before.open_offer_to(agency) or after.open_offer_to(agency)
        newest = None if offer is None else with_id(after.offers, offer.id)
        if newest is None:
            continue
        earlier = with_id(before.offers, newest.id)
        told = as_previewed(after, newest)
        if earlier is None or as_previewed(before, earlier).changed(version=told.version) != told:
            changed.append(told)
    return tuple(changed[:MOST_TOLD])


def offer_outside(before: CaseView, after: CaseView, event: CaseEvent, by: Provenance) -> Offer | None:
    """The offer that an event makes or is about, if its recipient is only offered the case before or after it."""
    named = getattr(event, "offer_id", None)
    if (asked := getattr(event, "question_id", None)) is not None:
        question = with_id(before.offer_questions, asked)
        named = None if question is None else question.offer_id
    offer = with_id(after.offers, by.event_id if named is None else named)
    if offer is None or not (before.is_offered(offer.recipient) or after.is_offered(offer.recipient)):
        return None
    return offer


def preview(case: CaseView, offer_id: EventId) -> Preview | None:
    """The facts that the recipient of this offer may see; None when the case has no such offer."""
    offer = with_id(case.offers, offer_id)
    if offer is None:
        return None
    return Preview(
        offer_id=offer.id,
        referrer=offer.referrer,
        recipient=offer.recipient,
        purposes=offer.purposes,
        services=offer.services,
        urgent=() if case.needs is None else case.needs.urgent,
        urgency=offer.urgency,
        respond_by=offer.respond_by,
        state=offer.state,
        programme=offer.programme,
        country=offer.country,
        exploitation_forms=case.exploitation_forms,
        age_band=case.age_band,
        unaccompanied=case.unaccompanied,
        immediate_danger=case.immediate_danger,
        residence=case.residence,
        identification=case.identification,
        region=case.region,
        municipality=case.municipality,
        language=case.language,
        interpreter_needed=case.interpreter_needed,
    )
