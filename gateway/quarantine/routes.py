"""The route of the quarantine: the messages of the log that the replica set aside."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.paging import Cursor, paged, place_of
from gateway.http.parameters import Limit, PageNumber
from gateway.http.response_models import Page
from gateway.quarantine.schemas import QuarantinedMessage

router = APIRouter(prefix="/v1", tags=["work"])


@router.get("/quarantine", response_model=Page[QuarantinedMessage], responses=documented(422))
async def list_quarantine(
    request: Request, context: Context, limit: Limit = 20, page: PageNumber = 1, cursor: Cursor = None
) -> Response:
    """The messages of the log that the service set aside, the newest first; never any of their content."""
    context.authorise.reader(request)
    after = place_of(cursor, int, int)
    found = await context.node.lists.quarantined(limit=limit, offset=limit * (page - 1), after=after)
    own = await context.node.lists.listed_among([message.case_id for message in found.items])
    items = tuple(QuarantinedMessage.of(message, own=message.case_id in own) for message in found.items)
    return paged(request, Page[QuarantinedMessage], items, found, limit=limit, page=page)
