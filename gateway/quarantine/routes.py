"""The routes of what the service could not take: messages of the log that it set aside, and keys that it lacks."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bus.store import Kind, QuarantineEntry
from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.parameters import Limit, PageNumber
from gateway.http.response_models import Page
from gateway.quarantine.schemas import MissingKey, QuarantinedMessage

router = APIRouter(prefix="/v1", tags=["work"])


@router.get("/quarantine", response_model=Page[QuarantinedMessage], responses=documented(422))
async def list_quarantine(request: Request, context: Context, limit: Limit = 20, page: PageNumber = 1) -> Response:
    """The messages of the log that the service set aside, the newest first; never any of their content."""
    context.authorise.reader(request)
    found = await context.node.store.quarantined(limit, limit * (page - 1))
    own = await context.node.lists.listed_among([message.case_id for message in found])
    items = tuple(_quarantined(message, own) for message in found)
    total = await context.node.store.count("quarantined")
    return Page[QuarantinedMessage](items=items, total=total, limit=limit, page=page).response()


@router.get("/missing-keys", response_model=Page[MissingKey], responses=documented(422))
async def list_missing_keys(request: Request, context: Context, limit: Limit = 20, page: PageNumber = 1) -> Response:
    """The keys that the agency should hold and does not, each with its repair: grants that the service could not take,
    and cases in which no grant opens what the agency wrote or reads.
    """
    context.authorise.reader(request)
    lacking = await context.node.store.parked_of(Kind.LOOK)
    found = (*map(MissingKey.refused, context.node.refused_grants), *map(MissingKey.lacking, lacking))
    items = found[limit * (page - 1) : limit * page]
    return Page[MissingKey](items=items, total=len(found), limit=limit, page=page).response()


def _quarantined(message: QuarantineEntry, own: Collection[str]) -> QuarantinedMessage:
    return QuarantinedMessage(
        incarnation=message.incarnation,
        sequence=message.sequence,
        case_id=message.case_id if message.case_id in own else None,
        event_id=message.event_id or None,
        agency=message.agency,
        reason=message.reason,
        detail=message.detail,
    )
