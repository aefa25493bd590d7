"""A joint inspection: each inspecting authority has its part, and whoever asked learns when all have reported."""

from __future__ import annotations

from typing import Final

from bus.mandate import Agency, Desk
from contracts.sweden.chapters.labour import LabourInspectionReported, LabourInspectionRequested
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id

INSPECT: Final = "inspect and report"


def inspects_together(agency: Agency) -> None:
    """Let an agency ask for a joint inspection, take part in one and report."""
    agency.may_issue(LabourInspectionRequested, LabourInspectionReported)
    agency.on(LabourInspectionRequested)(inspect_and_report)
    agency.on(LabourInspectionReported)(have_reported)


async def inspect_and_report(requested: LabourInspectionRequested, case: CaseView, desk: Desk) -> None:
    """Everyone who inspects reports what it found, whoever asked for the inspection too."""
    if desk.agency in (desk.said.agency, *requested.partners):
        await desk.task(
            case,
            INSPECT,
            desk.said.event_id,
            en="Inspect a workplace together on this day, and report what you find.",
            sv="Inspektera en arbetsplats tillsammans denna dag och rapportera vad ni finner.",
            due=requested.planned_on.isoformat(),
        )


async def have_reported(reported: LabourInspectionReported, case: CaseView, desk: Desk) -> None:
    """The inspection is complete when all have reported; then whoever asked for it goes on."""
    inspection = with_id(case.inspections, reported.inspection_id)
    if inspection is None:
        return
    if desk.said.agency == desk.agency:
        await desk.done(case, INSPECT, inspection.id)
    if inspection.requested_by == desk.agency and set(inspection.inspectors) <= set(inspection.reported_by):
        await desk.tell(
            case,
            en="All have reported on the joint inspection: weigh what was found, and decide what follows.",
            sv="Alla har rapporterat om den gemensamma inspektionen: väg ihop det och besluta vad som följer.",
        )
