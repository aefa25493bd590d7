"""The route of assistance: who can assist in a case as it is now, and why (R8)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.assistance.schemas import Assistance
from gateway.contacts.schemas import ContactDetails
from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.parameters import OnDay

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["cases"])


@router.get("/assistance", response_model=Assistance, responses=documented(404, 422, 503))
async def read_assistance(request: Request, context: Context, case_id: str, on: OnDay = None) -> Response:
    """Tell who can assist on a Swedish day (`on`, today when left out), with which services and why; and which steps
    would bring more help.

    It refuses nothing: an agency may always do more than its duty."""
    caller = context.authorise.reader(request)
    case = (await context.opened(caller, case_id)).view
    coordinator = context.coordinator_near(case)
    ask = None if coordinator is None else ContactDetails.of(coordinator, context.node.directory.view)
    return Assistance.of(case, context.today if on is None else on, ask).response()
