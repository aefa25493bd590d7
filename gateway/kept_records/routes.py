"""The routes of kept records, for those who answer for the agency's records."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bus.errors import StoreError
from contracts.vocabulary.wording import Wording
from gateway.context import Context
from gateway.http.openapi_parts import documented
from gateway.http.parameters import LongLimit, PageNumber, is_uuid
from gateway.http.problems import ProblemError, ProblemKind
from gateway.http.response_models import Page
from gateway.kept_records.schemas import ListedKeptRecord, ShownKeptRecord

router = APIRouter(prefix="/v1/kept-records", tags=["kept-records"])


@router.get("", response_model=Page[ListedKeptRecord], responses=documented(422, 503))
async def list_kept_records(
    request: Request, context: Context, limit: LongLimit = 100, page: PageNumber = 1
) -> Response:
    """The agency's own records that it keeps by law although their case is erased, the newest first; never their
    content. For an auditor or a records officer of the agency."""
    context.authorise.overseer(request)
    found = await context.node.kept.page(limit=limit, offset=limit * (page - 1))
    items = tuple(map(ListedKeptRecord.of, found.items))
    return Page[ListedKeptRecord](items=items, total=found.total, limit=limit, page=page).response()


@router.get("/{event_id}", response_model=ShownKeptRecord, responses=documented(404, 503))
async def read_kept_record(request: Request, context: Context, event_id: str) -> Response:
    """One kept record with what it says. First, it is on record that the caller opened it today."""
    caller = context.authorise.overseer(request)
    kept = await context.node.kept.one(event_id) if is_uuid(event_id) else None
    if kept is None:
        raise ProblemError(
            ProblemKind.NOT_FOUND, Wording("There is no such record here.", "Det finns ingen sådan handling här.")
        )
    if kept.key is None or kept.content is None:
        raise StoreError("a kept record does not open")
    person = context.pseudonyms.of(caller)
    await context.node.openings.record_kept(person, kept.key, context.today, system=caller.system)
    listed = ListedKeptRecord.of(kept).model_dump(mode="json")
    return ShownKeptRecord.model_validate({**listed, **kept.content}).response(200, Cache_Control="no-store")


@router.delete("/of-case/{case_id}", status_code=204, response_class=Response, responses=documented(404, 503))
async def release_kept_records(request: Request, context: Context, case_id: str) -> Response:
    """Destroy what the agency keeps of an erased case before its last day, as its records officer decides. Nobody can
    undo it."""
    context.authorise.records_officer(request)
    if not is_uuid(case_id) or not await context.node.kept.release_now(case_id):
        raise ProblemError(
            ProblemKind.NOT_FOUND,
            Wording("Nothing is kept of such a case here.", "Inget bevaras av ett sådant ärende här."),
        )
    return Response(status_code=204)
