"""Interim orders: while an appeal is tried, a court says whether the person may be removed meanwhile (R27)."""

from __future__ import annotations

from typing import ClassVar, Final

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.sweden.chapters.appeals import COURTS, WHO_LEARNS_OF_IT
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.vocabulary.agencies import AgencyKind, Role


class InterimOrderMade(
    CaseEvent,
    chapter=Chapter.LEGAL_STATUS,
    issuers=WHO_LEARNS_OF_IT,
    role={AgencyKind.COURT: Role.DECISION_MAKER, AgencyKind.MIGRATION: Role.DECISION_MAKER},
):
    """A court, or the Migration Agency, has ordered that a removal is stayed while an appeal is tried, or that it is
    not stayed, or no longer.
    """

    appeal_id: EventId
    stays_removal: bool
    decided_on: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-09-02T09:00:00Z",
        "appeal_id": "018e0a00-0000-7000-8000-000000000092",
        "stays_removal": True,
        "decided_on": "2024-09-02",
    }


@evolves(InterimOrderMade)
def interim_order_made(case: CaseView, event: InterimOrderMade, by: Provenance) -> CaseView:
    return case.advanced(appeals=replaced(case.appeals, event.appeal_id, stays_removal=event.stays_removal))


_STAY: Final = (
    f"{NOT_IN_THE_SOURCES}: Administrative Court Procedure Act (1971:291), section 28, on interim orders (inhibition); "
    f"Aliens Act (2005:716), chapter 12, on when a refusal is enforced before it is final ({TO_BE_CHECKED})."
)

a_court_orders_a_stay = mandate(
    "R27",
    InterimOrderMade,
    en="A court or the Migration Agency stays a removal; counsel or the Migration Agency records it for a court that "
    "is not on the bus.",
    sv="En domstol eller Migrationsverket beslutar om inhibition; ett biträde eller Migrationsverket registrerar det "
    "för en domstol som inte är ansluten.",
    source=_STAY,
)


@rule(
    "R27",
    InterimOrderMade,
    en="An interim order is about an appeal that is being tried, and has been made; the latest one counts.",
    sv="Ett interimistiskt beslut gäller ett överklagande som prövas och är fattat; det senaste gäller.",
    source=_STAY,
)
def order_is_about_an_open_appeal(case: CaseView, event: InterimOrderMade, by: Provenance) -> Missing | None:
    appeal = with_id(case.appeals, event.appeal_id)
    if appeal is None or appeal.outcome is not None:
        return missing("No such appeal is open.", "Inget sådant överklagande är öppet.", *sorted(COURTS))
    if appeal.lodged_on <= event.decided_on <= event.occurred_on:
        return None
    return missing(
        "The order is made after the appeal, and before it is recorded.",
        "Beslutet fattas efter överklagandet och innan det registreras.",
        by.agency,
    )
