"""Erasures: have a case, or the personal details in it, erased at everyone who holds any; see who has confirmed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from contracts.chapters.erasure import ErasureReason, ErasureRequested, holders_of
from contracts.event.fact import Fact
from contracts.view.parts.erasure import ErasureScope
from gateway.answers.base import Listing
from gateway.answers.cases import Recorded
from gateway.answers.erasures import ErasureState
from gateway.answers.receipts import answer
from gateway.bodies import as_fact, object_in, read_body
from gateway.described import WRITE_HEADERS, body_operation, documented, kept
from gateway.service import Service
from gateway.submissions import submission_of


class ErasureRequest(Fact):
    """How much is erased, and why."""

    scope: ErasureScope
    reason: ErasureReason


def routes(service: Service) -> APIRouter:
    """The routes of erasures."""
    router = APIRouter(prefix="/v1/cases/{case_id}/erasures", tags=["erasures"])

    @router.post(
        "",
        status_code=201,
        response_model=Recorded,
        responses=documented(400, 404, 408, 409, 412, 413, 415, 422, 503) | {202: kept()},
        openapi_extra=body_operation(ErasureRequest) | {"parameters": WRITE_HEADERS},
    )
    async def request_erasure(request: Request, case_id: str) -> Response:
        """Have the case, or all personal details in it, erased. It cannot be undone.

        For a records officer of the agency that leads the case. The service names the holders: who takes part, who took
        part, and the national coordinator."""
        caller = service.submitter(request)
        service.require_role(caller, ErasureRequested)
        case = (await service.case(case_id)).view
        raw = await read_body(request)
        wish = as_fact(ErasureRequest, object_in(raw))
        event = ErasureRequested(
            occurred_at=service.clock(), scope=wish.scope, reason=wish.reason, holders=holders_of(case)
        )
        receipt = await service.node.submit(submission_of(request, caller, raw, event, case.case_id))
        return answer(receipt, f"/v1/cases/{case.case_id}/erasures")

    @router.get("", response_model=Listing[ErasureState], responses=documented(404))
    async def list_erasures(request: Request, case_id: str) -> Response:
        """What was to be erased, and which holders have yet to confirm that it is gone."""
        service.caller(request)
        erasures = (await service.case(case_id)).view.erasures
        return Listing[ErasureState](items=tuple(map(ErasureState.of, erasures))).response()

    return router
