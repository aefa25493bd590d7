"""What waits for somebody: submissions, events that need attention, quarantined messages, tasks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

from bus.envelope import Draft
from bus.read_models.lists import ListPage
from bus.store import DismissalReason, OutboxRow, Quarantined
from contracts.event.fact import Fact
from contracts.law.running_out import start_of
from contracts.vocabulary.choices import DeadlineKind
from gateway.answers.base import Page
from gateway.answers.guidance import CaseDeadline
from gateway.answers.work import (
    DismissedEvent,
    FinishedTask,
    NeedsAttention,
    OpenTask,
    QuarantinedMessage,
    SubmissionState,
)
from gateway.bodies import read_fact
from gateway.described import Limit, LongLimit, PageNumber, body_operation, documented, iso_day
from gateway.problems import Kind, ProblemError
from gateway.service import Service, is_uuid

AboutCase = Annotated[
    str | None, Query(max_length=36, description="Only about this case.", json_schema_extra={"format": "uuid"})
]
OfKind = Annotated[DeadlineKind | None, Query(description="Only deadlines of this kind.")]
Until = Annotated[
    date | None,
    BeforeValidator(iso_day),
    Query(description="Only what runs out on this Swedish day or before, as 2024-03-31."),
]


class DismissalRequest(Fact):
    """Why an event that the rules refused needs no attention any more."""

    reason: DismissalReason


def routes(service: Service) -> APIRouter:
    """The routes of the caseworkers' lists."""
    router = APIRouter(prefix="/v1", tags=["work"])
    node = service.node

    @router.get("/submissions/{event_id}", response_model=SubmissionState, responses=documented(404))
    async def read_submission(request: Request, event_id: str) -> Response:
        """What became of an event that this agency issued."""
        service.caller(request)
        receipt = await node.outbox.receipt(event_id) if is_uuid(event_id) else None
        if receipt is None:
            raise ProblemError(Kind.NOT_FOUND, "There is no such submission here.")
        return SubmissionState.of(receipt).response()

    @router.get("/needs-attention", response_model=Page[NeedsAttention], responses=documented(422))
    async def list_needs_attention(request: Request, limit: LongLimit = 100, page: PageNumber = 1) -> Response:
        """The events that the rules refused by the time they could be sent, the oldest first: a caseworker decides what
        to do.
        """
        service.caller(request)
        found = await node.lists.attention(limit=limit, offset=limit * (page - 1))
        items = tuple(_needing_attention(one.row, one.draft, one.content) for one in found.items)
        return Page[NeedsAttention](items=items, total=found.total, limit=limit, page=page).response()

    @router.post(
        "/needs-attention/{event_id}/dismissed",
        response_model=DismissedEvent,
        responses=documented(400, 404, 408, 413, 415, 422, 503),
        openapi_extra=body_operation(DismissalRequest),
    )
    async def dismiss(request: Request, event_id: str) -> Response:
        """Give up an event that the rules refused; it stays recorded with the reason. Done again, the first stands."""
        service.worker(request)
        wish = await read_fact(request, DismissalRequest)
        dismissal = await node.outbox.dismiss(event_id, wish.reason) if is_uuid(event_id) else None
        if dismissal is None:
            raise ProblemError(Kind.NOT_FOUND, "No such event needs attention here.")
        return DismissedEvent.of(dismissal).response()

    @router.get("/dismissals", response_model=Page[DismissedEvent], responses=documented(422))
    async def list_dismissals(request: Request, limit: Limit = 20, page: PageNumber = 1) -> Response:
        """The events that caseworkers gave up after the rules had refused them, the newest first."""
        service.caller(request)
        items = tuple(map(DismissedEvent.of, await node.store.dismissed(limit, limit * (page - 1))))
        total = await node.store.count("dismissed")
        return Page[DismissedEvent](items=items, total=total, limit=limit, page=page).response()

    @router.get("/quarantine", response_model=Page[QuarantinedMessage], responses=documented(422))
    async def list_quarantine(request: Request, limit: Limit = 20, page: PageNumber = 1) -> Response:
        """The messages of the log that were set aside, the newest first. Never any of their content."""
        service.caller(request)
        found = await node.store.quarantined(limit, limit * (page - 1))
        own = await node.lists.listed_among([message.case_id for message in found])
        items = tuple(_quarantined(message, own) for message in found)
        total = await node.store.count("quarantined")
        return Page[QuarantinedMessage](items=items, total=total, limit=limit, page=page).response()

    @router.get("/tasks", response_model=Page[OpenTask], responses=documented(422))
    async def list_tasks(
        request: Request, case_id: AboutCase = None, limit: LongLimit = 100, page: PageNumber = 1
    ) -> Response:
        """What is left for caseworkers to do, the soonest due first."""
        service.caller(request)
        offset = limit * (page - 1)
        if case_id is None:
            found = await node.tasks.page(limit=limit, offset=offset)
        else:
            of_case = await node.tasks.open(case_id) if is_uuid(case_id) else []
            found = ListPage(of_case[offset : offset + limit], len(of_case), complete=True)
        items = tuple(map(OpenTask.of, found.items))
        answer = Page[OpenTask](items=items, total=found.total, limit=limit, page=page, complete=found.complete)
        return answer.response()

    @router.get("/deadlines", response_model=Page[CaseDeadline], responses=documented(422))
    async def list_deadlines(
        request: Request, kind: OfKind = None, until: Until = None, limit: Limit = 20, page: PageNumber = 1
    ) -> Response:
        """What runs out in the cases that this agency takes part in, the first to run out first."""
        service.caller(request)
        end = None if until is None else start_of(until) + timedelta(days=1)
        found = await node.lists.deadlines(kind, end, limit=limit, offset=limit * (page - 1))
        now = service.clock()
        items = tuple(CaseDeadline.of_case(one.case_id, one.deadline, now) for one in found.items)
        answer = Page[CaseDeadline](items=items, total=found.total, limit=limit, page=page, complete=found.complete)
        return answer.response()

    @router.post("/tasks/{task_id}/done", response_model=FinishedTask, responses=documented(404))
    async def finish_task(request: Request, task_id: str) -> Response:
        """Somebody has done what a task asks for. Done again, nothing changes."""
        service.worker(request)
        task = await node.tasks.finish(task_id) if is_uuid(task_id) else None
        if task is None:
            raise ProblemError(Kind.NOT_FOUND, "There is no such task here.")
        return FinishedTask(task_id=task.task_id, case_id=task.case_id).response()

    return router


def _needing_attention(row: OutboxRow, draft: Draft, content: bytes | None) -> NeedsAttention:
    return NeedsAttention(
        event_id=row.event_id,
        case_id=row.case_id,
        type=draft.type,
        recorded_at=draft.recorded_at,
        reason=row.reason,
        data=None if content is None else orjson.loads(content),
    )


def _quarantined(message: Quarantined, own: Collection[str]) -> QuarantinedMessage:
    return QuarantinedMessage(
        incarnation=message.incarnation,
        sequence=message.sequence,
        case_id=message.case_id if message.case_id in own else None,
        event_id=message.event_id or None,
        agency=message.agency,
        reason=message.reason,
        detail=message.detail,
    )
