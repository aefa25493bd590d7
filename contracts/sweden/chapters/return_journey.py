"""The journey of a voluntary return, and help after it (R10). Application and rules stand in `voluntary_return`."""

from __future__ import annotations

from typing import ClassVar, Final

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves_part
from contracts.view.parts.begun import replaced
from contracts.view.parts.voluntary_return import ReturnStage
from contracts.vocabulary.agencies import (
    AgencyKind,
    kinds,
)
from contracts.vocabulary.choices import Reintegration
from contracts.vocabulary.parts import Part

IOM_DECIDES: Final = kinds(AgencyKind.IOM)


class TravelArranged(CaseEvent, chapter=Chapter.VOLUNTARY_RETURN, issuers=IOM_DECIDES, part=Part.SUPPORT):
    """The journey is booked."""

    request_id: EventId
    departs_on: Day
    airport_assistance: bool
    escorted: bool

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-27T08:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000016",
        "departs_on": "2024-06-03",
        "airport_assistance": True,
        "escorted": False,
    }


class Returned(CaseEvent, chapter=Chapter.VOLUNTARY_RETURN, issuers=IOM_DECIDES, part=Part.SUPPORT):
    """The victim has arrived."""

    request_id: EventId
    returned_on: Day
    met_on_arrival: bool

    example: ClassVar[Example] = {
        "occurred_at": "2024-06-04T08:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000016",
        "returned_on": "2024-06-03",
        "met_on_arrival": True,
    }


class ReintegrationProvided(
    CaseEvent, chapter=Chapter.VOLUNTARY_RETURN, issuers=IOM_DECIDES, after_closure=True, part=Part.SUPPORT
):
    """Help given after the return."""

    request_id: EventId
    form: Reintegration
    provided_on: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-07-01T08:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000016",
        "form": "housing",
        "provided_on": "2024-06-28",
    }


@evolves_part(TravelArranged)
def travel_arranged(case: CaseView, event: TravelArranged, by: Provenance) -> CaseView:
    booked = {"stage": ReturnStage.TRAVEL_ARRANGED, "departs_on": event.departs_on}
    return case.changed(returns=replaced(case.returns, event.request_id, **booked))


@evolves_part(Returned)
def returned(case: CaseView, event: Returned, by: Provenance) -> CaseView:
    home = {"stage": ReturnStage.RETURNED, "returned_on": event.returned_on}
    return case.changed(returns=replaced(case.returns, event.request_id, **home))


@evolves_part(ReintegrationProvided)
def reintegration_provided(case: CaseView, event: ReintegrationProvided, by: Provenance) -> CaseView:
    return case.changed(
        returns=tuple(
            one.model_copy(update={"reintegration": (*one.reintegration, event.form)})
            if one.id == event.request_id
            else one
            for one in case.returns
        )
    )
