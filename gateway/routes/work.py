"""What waits for somebody: submissions, events that need attention, quarantined messages, tasks."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bus.envelope import Draft
from bus.store import OutboxRow, OutboxStatus, Quarantined
from gateway.answers.base import Listing, Page, Text
from gateway.answers.work import NeedsAttention, OpenTask, QuarantinedMessage, SubmissionState
from gateway.described import Limit, PageNumber, documented
from gateway.problems import Kind, ProblemError
from gateway.service import Service, is_uuid


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

    @router.get("/needs-attention", response_model=Listing[NeedsAttention])
    async def list_needs_attention(request: Request) -> Response:
        """The events that the rules refused by the time they could be sent: a caseworker decides what to do."""
        service.caller(request)
        rows = node.outbox.waiting(OutboxStatus.ATTENTION)
        items = tuple([_needing_attention(row, *await node.outbox.opened(row)) for row in rows])
        return Listing[NeedsAttention](items=items).response()

    @router.get("/quarantine", response_model=Page[QuarantinedMessage], responses=documented(422))
    async def list_quarantine(request: Request, limit: Limit = 20, page: PageNumber = 1) -> Response:
        """The messages of the log that were set aside, the newest first. Never any of their content."""
        service.caller(request)
        found = await node.store.quarantined(limit, limit * (page - 1))
        items = tuple([await _quarantined(service, message) for message in found])
        total = await node.store.count("quarantined")
        return Page[QuarantinedMessage](items=items, total=total, limit=limit, page=page).response()

    @router.get("/tasks", response_model=Listing[OpenTask])
    async def list_tasks(request: Request) -> Response:
        """What is left for caseworkers to do, the soonest due first."""
        service.caller(request)
        tasks = await node.store.open_tasks()
        items = tuple(
            OpenTask(task_id=t.task_id, case_id=t.case_id, text=Text(en=t.text_en, sv=t.text_sv), due=t.due)
            for t in tasks
        )
        return Listing[OpenTask](items=items).response()

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


async def _quarantined(service: Service, message: Quarantined) -> QuarantinedMessage:
    case_id: str | None = message.case_id
    if not is_uuid(message.case_id) or not (await service.node.replica.case(message.case_id)).view.takes_part(
        service.agency
    ):
        case_id = None
    return QuarantinedMessage(
        incarnation=message.incarnation,
        sequence=message.sequence,
        case_id=case_id,
        event_id=message.event_id or None,
        agency=message.agency,
        reason=message.reason,
        detail=message.detail,
    )
