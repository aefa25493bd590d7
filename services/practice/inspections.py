"""Joint inspections: each inspecting authority reports; the one that asked for it learns when all have reported."""

from __future__ import annotations

from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.sweden.chapters.labour import LabourInspectionReported, LabourInspectionRequested
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id

INSPECT: Final = "inspect and report"


def inspects_together(agency: Mandate) -> None:
    """Let an agency ask for a joint inspection, take part in one and report its findings."""
    agency.may_issue(LabourInspectionRequested, LabourInspectionReported)
    agency.on(LabourInspectionRequested)(inspect_and_report)
    agency.on(LabourInspectionReported)(have_reported)


async def inspect_and_report(requested: LabourInspectionRequested, case: CaseView, context: ReactionContext) -> None:
    """Open a task at every inspecting authority, including the one that asked for the inspection."""
    if context.agency in (context.provenance.agency, *requested.partners):
        await context.open_task(
            case,
            INSPECT,
            context.provenance.event_id,
            en="Inspect a workplace together on this day, and report what you find.",
            sv="Inspektera en arbetsplats tillsammans denna dag och rapportera vad ni finner.",
            due=requested.planned_on.isoformat(),
            to_issue=(LabourInspectionReported,),
        )


async def have_reported(reported: LabourInspectionReported, case: CaseView, context: ReactionContext) -> None:
    """Close the task of the authority that has reported. When all have, tell the authority that asked for it."""
    inspection = with_id(case.inspections, reported.inspection_id)
    if inspection is None:
        return
    if context.provenance.agency == context.agency:
        await context.close_task(case, INSPECT, inspection.id)
    if inspection.requested_by == context.agency and set(inspection.inspectors) <= set(inspection.reported_by):
        await context.notify(
            case,
            en="All have reported on the joint inspection: weigh what was found, and decide what follows.",
            sv="Alla har rapporterat om den gemensamma inspektionen: väg ihop det och besluta vad som följer.",
        )
