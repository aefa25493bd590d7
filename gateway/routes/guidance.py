"""What follows from a case as it stands: who can assist now and why (R8), and what runs out when (R20)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contracts.law.deadlines import deadlines
from gateway.answers.base import Listing
from gateway.answers.contacts import ContactDetails
from gateway.answers.guidance import Assistance, RunningDeadline
from gateway.described import Day, documented
from gateway.service import Service


def routes(service: Service) -> APIRouter:
    """The routes that read a case for its caseworker."""
    router = APIRouter(prefix="/v1/cases/{case_id}", tags=["cases"])

    @router.get("/assistance", response_model=Assistance, responses=documented(404, 422))
    async def read_assistance(request: Request, case_id: str, on: Day | None = None) -> Response:
        """Who can assist on a Swedish day (today's when left out), with which services and why; what would open more.

        It refuses nothing: an agency may always do more than it must."""
        service.caller(request)
        case = (await service.case(case_id)).view
        coordinator = service.coordinator_near(case)
        ask = None if coordinator is None else ContactDetails.of(coordinator)
        return Assistance.of(case, service.today if on is None else on, ask).response()

    @router.get("/deadlines", response_model=Listing[RunningDeadline], responses=documented(404))
    async def list_deadlines(request: Request, case_id: str) -> Response:
        """Everything that runs in the case, the first to run out first; both the moment and the last Swedish day."""
        service.caller(request)
        case = (await service.case(case_id)).view
        now = service.clock()
        items = tuple(RunningDeadline.of(deadline, now) for deadline in deadlines(case))
        return Listing[RunningDeadline](items=items).response()

    return router
