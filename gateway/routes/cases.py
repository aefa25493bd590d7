"""Cases: list and read those that this agency takes part in, open one, add events, read the history."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bus.case_replica import CaseReplica
from bus.errors import UnknownCaseError
from bus.members.directory import DIRECTORY_ID
from contracts.view import CaseView
from gateway.answers.base import Listing, Page
from gateway.answers.cases import CaseSummary, HistoricEvent, Recorded
from gateway.answers.receipts import answer
from gateway.described import IF_NONE_MATCH, Limit, PageNumber, documented, submission_operation
from gateway.service import Service, is_uuid
from gateway.submissions import read_submission


def routes(service: Service) -> APIRouter:
    """The routes under `/v1/cases`."""
    router = APIRouter(prefix="/v1/cases", tags=["cases"])
    node = service.node

    # FastAPI tries routes in order: the busiest stand first.

    @router.post("", status_code=201, response_model=Recorded, **submission_operation(service.mandate, opens=True))
    async def open_case(request: Request) -> Response:
        """Open a case with a detection. A body without `type` is taken as the data of `VictimDetected`."""
        caller = service.submitter(request)
        submission = await read_submission(request, service, caller, None)
        receipt = await node.submit(submission)
        return answer(receipt, f"/v1/cases/{receipt.case_id}")

    @router.post(
        "/{case_id}/events",
        status_code=201,
        response_model=Recorded,
        **submission_operation(service.mandate, opens=False),
    )
    async def issue_event(request: Request) -> Response:
        """Issue an event about the case."""
        case_id = request.path_params["case_id"]
        caller = service.submitter(request)
        if not is_uuid(case_id) or case_id == DIRECTORY_ID:
            raise UnknownCaseError(case_id)
        submission = await read_submission(request, service, caller, case_id)
        receipt = await node.submit(submission)
        return answer(receipt, f"/v1/cases/{receipt.case_id}/events/{receipt.event_id}")

    @router.get("", response_model=Page[CaseSummary], responses=documented(422))
    async def list_cases(request: Request, limit: Limit = 20, page: PageNumber = 1) -> Response:
        """The cases that this agency takes part in, the most recently changed first."""
        service.caller(request)
        ids = await node.store.listed(limit, limit * (page - 1))
        items = tuple([CaseSummary.of((await node.replica.case(case_id)).view) for case_id in ids])
        total = await node.store.count("listed")
        return Page[CaseSummary](items=items, total=total, limit=limit, page=page).response()

    @router.get(
        "/{case_id}",
        response_model=CaseView,
        responses=documented(404) | {304: {"description": "The case has not changed."}},
        openapi_extra={"parameters": [IF_NONE_MATCH]},
    )
    async def read_case(request: Request, case_id: str) -> Response:
        """The case as every participant sees it. Its digest is also its entity tag."""
        service.caller(request)
        view = (await service.case(case_id)).view
        digest = view.digest
        headers = {"ETag": f'"{digest}"', "Cache-Control": "private, no-cache"}
        if _matches(request.headers.getlist("if-none-match"), digest):
            return Response(status_code=304, headers=headers)
        content = view.canonical_json()[:-1] + f',"digest":"{digest}"}}'.encode()
        return Response(content, 200, headers, "application/json")

    @router.get("/{case_id}/events", response_model=Listing[HistoricEvent], responses=documented(404))
    async def read_history(request: Request, case_id: str) -> Response:
        """Every event of the case, in order."""
        service.caller(request)
        case = await service.case(case_id)
        return Listing[HistoricEvent](items=tuple(await _history(service, case))).response()

    @router.get("/{case_id}/events/{event_id}", response_model=HistoricEvent, responses=documented(404))
    async def read_event(request: Request, case_id: str, event_id: str) -> Response:
        """One event of the case."""
        service.caller(request)
        for event in await _history(service, await service.case(case_id)):
            if event.event_id == event_id:
                return event.response()
        raise UnknownCaseError(case_id)

    return router


def _matches(sent: list[str], digest: str) -> bool:
    """Whether If-None-Match names the view, by weak comparison (RFC 9110)."""
    tags = {tag.strip().removeprefix("W/") for line in sent for tag in line.split(",")}
    return "*" in tags or f'"{digest}"' in tags


async def _history(service: Service, case: CaseReplica) -> list[HistoricEvent]:
    """The events up to the view's version, each judged again to tell whether its content was set aside."""
    history = []
    async for held in service.node.replica.history(case.view.case_id):
        readable = held.set_aside is None or held.set_aside.reason != "unreadable"
        data = orjson.loads(held.content) if readable and held.content is not None else None
        history.append(HistoricEvent.of(held.envelope, data, held.set_aside))
    return history
