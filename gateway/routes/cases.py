"""Cases: list and read those that this agency takes part in, open one, add events, read the history."""

from __future__ import annotations

from time import monotonic
from typing import Annotated, Final, Literal

import orjson
from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.requests import Request
from starlette.responses import Response

from bus.case_replica import CaseReplica
from bus.errors import UnknownCaseError
from bus.members.directory import DIRECTORY_ID
from bus.replica import Entry
from contracts.states import CaseStatus, Identification
from contracts.view import CaseView
from contracts.vocabulary import AgeBand
from gateway.answers.base import Page
from gateway.answers.cases import CaseSummary, HistoricEvent, History, Recorded
from gateway.answers.receipts import answer
from gateway.described import (
    IF_NONE_MATCH,
    AfterVersion,
    Limit,
    LongLimit,
    PageNumber,
    documented,
    submission_operation,
)
from gateway.hanging_up import while_connected
from gateway.service import Service, is_uuid, unknown_since
from gateway.submissions import read_submission

InStatus = Annotated[CaseStatus | None, Query(description="Only cases with this status.")]
InRole = Annotated[
    Literal["lead", "participant"] | None,
    Query(description="Only cases that this agency leads, or those in which it takes part and another leads."),
]
InRegion = Annotated[str | None, Query(pattern="^[0-9]{2}$", description="Only cases met in this region.")]
InMunicipality = Annotated[str | None, Query(pattern="^[0-9]{4}$", description="Only cases met in this municipality.")]
Identified = Annotated[Identification | None, Query(description="Only victims that are presumed, or identified.")]
OfAge = Annotated[AgeBand | None, Query(description="Only victims of this age band.")]
UpdatedSince = Annotated[
    AwareDatetime | None, Query(description="Only cases whose last event was recorded at this moment or later.")
]

_PART: Final = 500


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
        begun = monotonic()
        try:
            receipt = await node.submit(submission)
        except UnknownCaseError:
            await unknown_since(begun)
            raise
        return answer(receipt, f"/v1/cases/{receipt.case_id}/events/{receipt.event_id}")

    @router.get("", response_model=Page[CaseSummary], responses=documented(422))
    async def list_cases(
        request: Request,
        status: InStatus = None,
        role: InRole = None,
        region: InRegion = None,
        municipality: InMunicipality = None,
        identification: Identified = None,
        age_band: OfAge = None,
        updated_since: UpdatedSince = None,
        limit: Limit = 20,
        page: PageNumber = 1,
    ) -> Response:
        """The cases that this agency takes part in, the most recently changed first."""
        service.caller(request)
        given = {
            "status": status,
            "role": role,
            "region": region,
            "municipality": municipality,
            "identification": identification,
            "age_band": age_band,
        }
        asked = {name: value for name, value in given.items() if value is not None}
        found = await node.lists.cases(asked, updated_since, limit=limit, offset=limit * (page - 1))
        items = tuple(map(CaseSummary.of, found.items))
        answer = Page[CaseSummary](items=items, total=found.total, limit=limit, page=page, complete=found.complete)
        return answer.response()

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

    @router.get("/{case_id}/events", response_model=History, responses=documented(404, 422))
    async def read_history(request: Request, case_id: str, after: AfterVersion = 0, limit: LongLimit = 100) -> Response:
        """The events of the case in order, so many after a version; `next` says where the following part begins."""
        service.caller(request)
        case = await service.case(case_id)
        return await while_connected(request, _part_of_history(service, case, after, limit))

    @router.get("/{case_id}/events/{event_id}", response_model=HistoricEvent, responses=documented(404))
    async def read_event(request: Request, case_id: str, event_id: str) -> Response:
        """One event of the case."""
        service.caller(request)
        case = await service.case(case_id)
        return await while_connected(request, _one_event(service, case, event_id))

    return router


def _matches(sent: list[str], digest: str) -> bool:
    """Whether If-None-Match names the view, by weak comparison (RFC 9110)."""
    tags = {tag.strip().removeprefix("W/") for line in sent for tag in line.split(",")}
    return "*" in tags or f'"{digest}"' in tags


async def _part_of_history(service: Service, case: CaseReplica, after: int, limit: int) -> Response:
    last = min(after + limit, case.chain.version)
    items: tuple[HistoricEvent, ...] = ()
    if after < last:
        items = tuple([_historic(entry) async for entry in service.node.replica.part(case, after, limit)])
    following = last if last < case.chain.version else None
    return History(items=items, total=case.chain.version, limit=limit, after=after, next=following).response()


async def _one_event(service: Service, case: CaseReplica, event_id: str) -> Response:
    for after in range(0, case.chain.version, _PART):
        async for entry in service.node.replica.part(case, after, _PART, only=event_id):
            return _historic(entry).response()
    raise UnknownCaseError(case.case_id)


def _historic(entry: Entry) -> HistoricEvent:
    readable = entry.set_aside is None or entry.set_aside.reason != "unreadable"
    data = orjson.loads(entry.content) if readable and entry.content is not None else None
    return HistoricEvent.of(entry.envelope, data, entry.set_aside)
