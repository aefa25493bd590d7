"""Lead: the agency that answers for a case, and how it hands that over to one that has taken the case on (R18)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final

from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example, Text
from contracts.law.participation import without_consent
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.vocabulary.agencies import ANY_AGENCY, AgencyId, AgencyKind
from contracts.vocabulary.parts import Part


class HandoverReason(StrEnum):
    """Why another agency answers for the case from now on."""

    RESPONSIBLE_AUTHORITY = "responsible-authority"
    PLACE_OF_RESIDENCE = "place-of-residence"
    MAIN_PROVIDER = "main-provider"
    VICTIM_WISHES_IT = "victim-wishes-it"
    CAPACITY = "capacity"
    SAFETY = "safety"
    OTHER = "other"


class LeadHandedOver(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY, part=Part.SUPPORT, details=("note",)):
    """The lead agency hands the lead over; from now on only the new one may issue what only the lead may."""

    to: AgencyId
    reason: HandoverReason
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-05T09:00:00Z",
        "to": "municipality-0180",
        "reason": "responsible-authority",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {self.to: ANY_AGENCY}


@evolves(LeadHandedOver)
def lead_handed_over(case: CaseView, event: LeadHandedOver, by: Provenance) -> CaseView:
    return without_consent(case.changed(lead=event.to), event, by.agency).advanced()


_SOURCE: Final = f"{NOT_IN_THE_SOURCES}: at any time exactly one agency answers for a case, and it knows that it does."

agencies_hand_over = mandate(
    "R18",
    LeadHandedOver,
    en="An agency that leads hands over; an auditor does not.",
    sv="En aktör som ansvarar lämnar över; en granskare gör det inte.",
    source=_SOURCE,
)


@rule(
    "R18",
    LeadHandedOver,
    en="Only the lead agency hands the lead over, to another agency that has accepted the case or opened it.",
    sv="Endast den ansvariga aktören lämnar över, till en annan aktör som har tagit emot eller öppnat ärendet.",
    source=_SOURCE,
)
def lead_goes_to_one_who_accepted(case: CaseView, event: LeadHandedOver, by: Provenance) -> Missing | None:
    if case.lead is not None and by.agency != case.lead:
        return missing(f"{case.lead} leads the case.", f"{case.lead} ansvarar för ärendet.", case.lead)
    if event.to == by.agency:
        return missing(f"{event.to} already leads the case.", f"{event.to} ansvarar redan för ärendet.")
    if event.to == case.opened_by or any(offer.recipient == event.to and offer.taken_on for offer in case.offers):
        return None
    return missing(f"{event.to} has not accepted the case.", f"{event.to} har inte tagit emot ärendet.", event.to)
