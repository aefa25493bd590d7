"""The route of openings, for those who oversee the agency's own people."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.parameters import LongLimit, PageNumber
from gateway.http.response_models import Page
from gateway.openings.schemas import CaseOpening

OfCase = Annotated[
    str | None, Query(max_length=36, description="Only of this case.", json_schema_extra={"format": "uuid"})
]

router = APIRouter(prefix="/v1/openings", tags=["openings"])


@router.get("", response_model=Page[CaseOpening], responses=documented(422, 503))
async def list_openings(
    request: Request, context: Context, case_id: OfCase = None, limit: LongLimit = 100, page: PageNumber = 1
) -> Response:
    """Which people and systems of this agency opened which case on which day, the newest first; for an auditor or a
    records officer of the agency.

    It tells of the cases that the agency has left too, and of no case that is erased."""
    context.authorise.overseer(request)
    found = await context.node.openings.page(case_id, limit=limit, offset=limit * (page - 1))
    items = tuple(map(CaseOpening.of, found.items))
    return Page[CaseOpening](items=items, total=found.total, limit=limit, page=page).response()
