"""The route of the quarantine: the messages of the log that the replica set aside."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.parameters import Limit, PageNumber
from gateway.http.response_models import Page
from gateway.quarantine.schemas import QuarantinedMessage

router = APIRouter(prefix="/v1", tags=["work"])


@router.get("/quarantine", response_model=Page[QuarantinedMessage], responses=documented(422))
async def list_quarantine(request: Request, context: Context, limit: Limit = 20, page: PageNumber = 1) -> Response:
    """The messages of the log that the service set aside, the newest first; never any of their content."""
    context.authorise.reader(request)
    found = await context.node.store.quarantined(limit, limit * (page - 1))
    own = await context.node.lists.listed_among([message.case_id for message in found])
    items = tuple(QuarantinedMessage.of(message, own=message.case_id in own) for message in found)
    total = await context.node.store.count("quarantined")
    return Page[QuarantinedMessage](items=items, total=total, limit=limit, page=page).response()
