"""The routes of what the service could not take: messages of the log that it set aside, and keys that it lacks."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bus.store import Kind
from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.paging import Cursor, numbered, paged, part_of, place_of
from gateway.http.parameters import Limit, PageNumber
from gateway.http.response_models import Page
from gateway.quarantine.schemas import MissingKey, QuarantinedMessage

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


@router.get("/missing-keys", response_model=Page[MissingKey], responses=documented(422))
async def list_missing_keys(
    request: Request, context: Context, limit: Limit = 20, page: PageNumber = 1, cursor: Cursor = None
) -> Response:
    """The keys that the agency should hold and does not, each with its repair: grants that the service could not take,
    and cases in which no grant opens what the agency wrote or reads.
    """
    context.authorise.reader(request)
    lacking = await context.node.store.parked_of(Kind.LOOK)
    keys = (*map(MissingKey.refused, context.node.refused_grants), *map(MissingKey.lacking, lacking))
    found = part_of(numbered(keys), place_of(cursor, int), limit, page)
    return paged(request, Page[MissingKey], tuple(found.items), found, limit=limit, page=page)
