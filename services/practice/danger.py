"""Acute danger is for 112, now: a case on the bus is no call for help, and nobody waits for an answer there."""

from __future__ import annotations

from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.child_protection import ChildConcernAssessed, ChildConcernReported
from contracts.chapters.closure import CaseClosed
from contracts.chapters.detection import VictimDetected
from contracts.view.case_view import CaseView

CALL_112: Final = "call 112"


def calls_for_help(agency: Mandate) -> None:
    """Have an agency call 112 at once when it says that somebody is in acute danger, or is told so of a child."""
    agency.on(VictimDetected, ChildConcernReported)(call_112)
    agency.on(ChildConcernAssessed)(child_is_seen)
    agency.on(CaseClosed)(case_is_closed)


async def call_112(said: VictimDetected | ChildConcernReported, case: CaseView, context: ReactionContext) -> None:
    """The agency that says so calls, or has called; so does the municipality to which a child's danger is reported."""
    told, about = {context.provenance.agency}, case.case_id
    if isinstance(said, ChildConcernReported):
        told, about = told | {said.municipality}, context.provenance.event_id
    if said.immediate_danger and context.agency in told:
        await context.open_task(
            case,
            CALL_112,
            about,
            en="Acute danger: call 112 now, if nobody has. Finish this task when the police or the ambulance know.",
            sv="Akut fara: ring 112 nu, om ingen har gjort det. Avsluta uppgiften när polisen eller ambulansen vet.",
            due=said.occurred_at.isoformat(),
        )


async def child_is_seen(assessed: ChildConcernAssessed, case: CaseView, context: ReactionContext) -> None:
    """Social services have seen the child."""
    await context.close_task(case, CALL_112, assessed.concern_id)


async def case_is_closed(closed: CaseClosed, case: CaseView, context: ReactionContext) -> None:
    """In a closed case nobody is left to be called."""
    for about in (case.case_id, *(concern.id for concern in case.child_concerns)):
        await context.close_task(case, CALL_112, about)
