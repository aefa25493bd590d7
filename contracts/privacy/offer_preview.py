"""The preview of an offer: the facts of a case that its recipient sees before it accepts or declines.

It shows enough to decide and nothing that identifies the victim: no names, no free text, no case id, and nothing that
other agencies do.
"""

from __future__ import annotations

from datetime import datetime

from contracts.event.fact import EventId, Fact
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.identification import Identification
from contracts.view.parts.referral import OfferState, Urgency
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
