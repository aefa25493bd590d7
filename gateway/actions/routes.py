"""The route of actions: the events that this agency's people may issue in a case now, and what the others lack."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contracts.event.case_event import Provenance
from contracts.sweden.guidance.actions import actions
from gateway.actions.schemas import Actions
from gateway.context import Context
from gateway.http.openapi_parts import documented

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["cases"])


@router.get("/actions", response_model=Actions, responses=documented(404, 503))
async def list_actions(request: Request, context: Context, case_id: str) -> Response:
    """Tell which events this agency's people may issue in the case now, how each is filled in, and for each that is not
    possible, the rule and who can supply what is missing.

    It knows the case and nothing of what the caller will fill in: `possible` is true when some way to fill the event
    in is lawful, and null when that hangs on what only the caller knows."""
    caller = context.authorise.reader(request)
    case = await context.offered_case(case_id)
    await context.opening(caller)([case_id])
    view = await context.node.outbox.with_pending(case)
    directory, mandate = context.node.directory.view, context.mandate
    by = Provenance(case.case_id, context.agency, mandate.kind, context.clock())
    found = actions(view, mandate.roles, by, directory)
    yours = frozenset(each.event for each in found if context.authorise.may_issue(caller, each.event))
    return Actions.of(view, found, yours, directory).response()
