"""The objection to an erasure: what a holder keeps of its own records, by which law, and until when (R31).

The laws of a country, and what each obliges whom to keep, are elsewhere: `contracts.sweden.chapters.duty_to_keep`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.erasure import HoldersObjection, KeepingGround
from contracts.vocabulary.agencies import AUTHORITIES, Role

EventName = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{2,63}$")]
"""The name of an event of a case."""


class ErasureObjected(
    CaseEvent, chapter=Chapter.ERASURE, issuers=AUTHORITIES, role=Role.SERVICE, sealed=False, after_closure=True
):
    """A holder keeps records of its own on a legal duty, outside the case and until a day; it erases everything else.

    It names kinds of events and never what they say. It keeps its own events of these kinds, and nobody else's.
    """

    request_id: EventId
    ground: KeepingGround
    keeps: Annotated[
        tuple[EventName, ...], Field(min_length=1, max_length=40, description="The names of the events that it keeps.")
    ]
    until: Annotated[Day, Field(description="The last day on which it keeps them.")]

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-02T09:00:04Z",
        "request_id": "018e0a00-0000-7000-8000-000000000053",
        "ground": "social-services-file",
        "keeps": ["NeedsAssessed", "SupportPlanDrafted"],
        "until": "2031-12-02",
    }


@evolves(ErasureObjected)
def erasure_objected(case: CaseView, event: ErasureObjected, by: Provenance) -> CaseView:
    erasure = with_id(case.erasures, event.request_id)
    objection = HoldersObjection(agency=by.agency, ground=event.ground, keeps=event.keeps, until=event.until)
    objections = (*(erasure.objections if erasure else ()), objection)
    return case.advanced(erasures=replaced(case.erasures, event.request_id, objections=objections))
