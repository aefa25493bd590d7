"""The inquiry that follows the assessment of a concern for a child: it is concluded within four months (R14)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from contracts.calendar.days import LAST_DAY, Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.vocabulary.agencies import AgencyKind, kinds
from contracts.vocabulary.parts import Part

MONTHS: Final = 4
"""The calendar months in which social services conclude an inquiry about a child."""


class InquiryResult(StrEnum):
    """The decision of social services at the end of an inquiry."""

    SUPPORT_DECIDED = "support-decided"
    PLACEMENT_DECIDED = "placement-decided"
    CARE_ORDER_SOUGHT = "care-order-sought"
    NO_MEASURE = "no-measure"
    MOVED_TO_ANOTHER_MUNICIPALITY = "moved-to-another-municipality"


class ChildInquiryConcluded(
    CaseEvent,
    chapter=Chapter.ASSISTANCE,
    issuers=kinds(AgencyKind.MUNICIPALITY),
    part=Part.SUPPORT,
    details=("result",),
):
    """Social services have concluded the inquiry about a child that followed a report of concern."""

    concern_id: EventId
    concluded_on: Day
    result: InquiryResult

    example: ClassVar[Example] = {
        "occurred_at": "2024-06-20T13:00:00Z",
        "concern_id": "018e0a00-0000-7000-8000-000000000038",
        "concluded_on": "2024-06-20",
        "result": "support-decided",
    }


@evolves(ChildInquiryConcluded)
def child_inquiry_concluded(case: CaseView, event: ChildInquiryConcluded, by: Provenance) -> CaseView:
    concluded = replaced(case.child_concerns, event.concern_id, inquiry_concluded_on=event.concluded_on)
    return case.advanced(child_concerns=concluded)


def four_months_after(day: date) -> date:
    """The same day of the month four months later, or the last day of that month when it is shorter."""
    years, month = divmod(day.month - 1 + MONTHS, 12)
    year = day.year + years
    if year > LAST_DAY.year:
        return LAST_DAY
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


_INQUIRY: Final = (
    f"{NOT_IN_THE_SOURCES}: Social Services Act (2001:453), chapter 11, sections 1 and 2; since July 2025 Social "
    f"Services Act (2025:400), chapter 14 ({TO_BE_CHECKED}): an inquiry about a child is concluded within four months."
)

social_services_inquire = mandate(
    "R14",
    ChildInquiryConcluded,
    en="Social services conclude the inquiry about a child.",
    sv="Socialtjänsten avslutar utredningen om ett barn.",
    source=_INQUIRY,
)


@rule(
    "R14",
    ChildInquiryConcluded,
    en="An inquiry follows an assessed concern, and is concluded once, by the municipality that assessed it.",
    sv="En utredning följer på en bedömd oro och avslutas en gång, av kommunen som bedömde den.",
    source=_INQUIRY,
)
def inquiry_follows_a_concern(case: CaseView, event: ChildInquiryConcluded, by: Provenance) -> Missing | None:
    concern = with_id(case.child_concerns, event.concern_id)
    if concern is None or concern.assessed_on is None:
        return missing("There is no such assessed concern.", "Det finns ingen sådan bedömd oro.", by.agency)
    if by.agency != concern.municipality:
        return missing(
            f"The report went to {concern.municipality}.",
            f"Anmälan gick till {concern.municipality}.",
            concern.municipality,
        )
    if event.concluded_on > event.occurred_on:
        return missing("The inquiry is not concluded yet.", "Utredningen är inte avslutad ännu.", by.agency)
    if concern.inquiry_concluded_on is None:
        return None
    return missing("The inquiry is already concluded.", "Utredningen är redan avslutad.", by.agency)
