"""The routes of tasks: the work that waits for caseworkers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

from bus.read_models.tasks import LAST, is_due_by
from contracts.vocabulary.wording import Wording
from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.paging import Cursor, paged, part_of, place_of
from gateway.http.parameters import AboutCase, LongLimit, PageNumber, is_uuid, iso_day
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.response_models import Page
from gateway.tasks.schemas import FinishedTask, OpenTask

DueUntil = Annotated[
    date | None,
    BeforeValidator(iso_day),
    Query(description="Only what is due on this day or before, as 2024-03-31."),
]

listing = APIRouter(prefix="/v1", tags=["work"])
finishing = APIRouter(prefix="/v1", tags=["work"])
"""A router apart from `listing`, because the published OpenAPI document has the deadlines between the two."""


@listing.get("/tasks", response_model=Page[OpenTask], responses=documented(422, 503))
async def list_tasks(
    request: Request,
    context: Context,
    case_id: AboutCase = None,
    until: DueUntil = None,
    limit: LongLimit = 100,
    page: PageNumber = 1,
    cursor: Cursor = None,
) -> Response:
    """The open tasks of caseworkers, the soonest due first."""
    caller = context.authorise.reader(request)
    after, day = place_of(cursor, str, str), None if until is None else until.isoformat()
    if case_id is None:
        found = await context.node.tasks.page(until=day, limit=limit, offset=limit * (page - 1), after=after)
    else:
        of_case = await context.node.tasks.open(case_id) if is_uuid(case_id) else []
        await context.opening(caller)([case_id] if of_case else [])
        placed = [
            ((task.due or LAST, task.task_id), task)
            for task in of_case
            if day is None or is_due_by(day, task.due or LAST)
        ]
        found = part_of(placed, after, limit, page)
    items = tuple(OpenTask.of(task, context.mandate.roles) for task in found.items)
    return paged(request, Page[OpenTask], items, found, limit=limit, page=page)


@finishing.post("/tasks/{task_id}/done", response_model=FinishedTask, responses=documented(404))
async def finish_task(request: Request, context: Context, task_id: str) -> Response:
    """Mark a task as done. A second call changes nothing."""
    context.authorise.worker(request)
    task = await context.node.tasks.finish(task_id) if is_uuid(task_id) else None
    if task is None:
        raise ProblemError(
            ProblemKind.NOT_FOUND, Wording("There is no such task here.", "Det finns ingen sådan uppgift här.")
        )
    return FinishedTask(task_id=task.task_id, case_id=task.case_id).response()
