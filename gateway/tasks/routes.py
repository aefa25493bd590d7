"""The routes of tasks: the work that waits for caseworkers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from bus.read_models.lists import ListPage
from contracts.vocabulary.wording import Wording
from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.parameters import LongLimit, PageNumber, is_uuid
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.response_models import Page
from gateway.tasks.schemas import FinishedTask, OpenTask

AboutCase = Annotated[
    str | None, Query(max_length=36, description="Only about this case.", json_schema_extra={"format": "uuid"})
]

listing = APIRouter(prefix="/v1", tags=["work"])
finishing = APIRouter(prefix="/v1", tags=["work"])
"""A router apart from `listing`, because the published OpenAPI document has the deadlines between the two."""


@listing.get("/tasks", response_model=Page[OpenTask], responses=documented(422, 503))
async def list_tasks(
    request: Request, context: Context, case_id: AboutCase = None, limit: LongLimit = 100, page: PageNumber = 1
) -> Response:
    """The open tasks of caseworkers, the soonest due first."""
    caller = context.authorise.reader(request)
    offset = limit * (page - 1)
    if case_id is None:
        found = await context.node.tasks.page(limit=limit, offset=offset)
    else:
        of_case = await context.node.tasks.open(case_id) if is_uuid(case_id) else []
        await context.opening(caller)([case_id] if of_case else [])
        found = ListPage(of_case[offset : offset + limit], len(of_case), complete=True)
    items = tuple(OpenTask.of(task, context.mandate.roles) for task in found.items)
    answer = Page[OpenTask](items=items, total=found.total, limit=limit, page=page, complete=found.complete)
    return answer.response()


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
