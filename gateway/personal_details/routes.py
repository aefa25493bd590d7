"""The routes of personal details: record them, list them, read them. Only a reading is answered with their content."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bus.errors import UnknownCaseError
from bus.privacy.personal_records import Reader
from bus.store import OutboxStatus
from contracts.privacy.record_forms import MAX_RECORD_BYTES, RECORDS, PersonalRecord
from contracts.vocabulary.wording import Wording
from gateway.context import Context
from gateway.http.openapi_parts import IDEMPOTENCY_KEY, body_operation, documented, kept
from gateway.http.request_body import as_fact, object_in, read_body, too_large
from gateway.http.response_models import Listing
from gateway.personal_details.schemas import (
    ListedRecord,
    ReadDetails,
    ReadingRequest,
    RecordedRecord,
    RecordingRequest,
    ShownRecord,
    recording_body,
)
from gateway.submissions.receipts import receipt_response, tag_after
from gateway.submissions.requests import idempotency_key, named_key

_FRESH: Final = {"Cache_Control": "no-store"}

router = APIRouter(prefix="/v1/cases/{case_id}")


@router.post(
    "/personal-details",
    status_code=201,
    response_model=RecordedRecord,
    tags=["personal-details"],
    responses={202: kept(), **documented(400, 404, 408, 409, 413, 415, 422, 503)},
    openapi_extra={"parameters": [IDEMPOTENCY_KEY], "requestBody": recording_body()},
)
async def record_personal_details(request: Request, context: Context, case_id: str) -> Response:
    """Record personal details of one class. The service seals them for the agencies that may read them (R11).

    `replaces`: an earlier record of this agency and class. The answer repeats nothing of the request."""
    caller = context.authorise.reader(request)
    context.authorise.handling_role(caller)
    case_id = (await context.case(case_id)).view.case_id
    raw = await read_body(request)
    key = idempotency_key(request, caller)
    wish = as_fact(RecordingRequest, object_in(raw), personal=True)
    known_by = f"{named_key(request)} {case_id} ".encode() + raw
    receipt = await context.node.personal.record(
        case_id,
        _record(wish),
        replaces=wish.replaces,
        idempotency_key=key,
        request_digest=None if key is None else context.pseudonyms.digest(known_by),
    )
    location = f"/v1/cases/{case_id}/events/{receipt.event_id}"
    if receipt.status is not OutboxStatus.DELIVERED or receipt.version is None or receipt.sequence is None:
        return await receipt_response(context, receipt, location)
    record_id = await context.node.personal.record_of(case_id, receipt.event_id)
    if record_id is None:  # the record under this idempotency key has been erased since
        raise UnknownCaseError(case_id)
    recorded = RecordedRecord(
        record_id=record_id,
        event_id=receipt.event_id,
        case_id=case_id,
        version=receipt.version,
        sequence=receipt.sequence,
    )
    return recorded.response(201, Location=location, **await tag_after(context, receipt))


@router.get("/personal-details", response_model=Listing[ListedRecord], responses=documented(404, 503), tags=["cases"])
async def list_personal_details(request: Request, context: Context, case_id: str) -> Response:
    """The records of personal details: their class, who recorded them and when; never their content."""
    caller = context.authorise.reader(request)
    records = (await context.opened(caller, case_id)).view.personal_records
    return Listing[ListedRecord](items=tuple(map(ListedRecord.of, records))).response()


@router.post(
    "/personal-details/readings",
    status_code=201,
    response_model=ReadDetails,
    responses=documented(400, 404, 408, 409, 413, 415, 422, 503),
    openapi_extra=body_operation(ReadingRequest),
    tags=["readings"],
)
async def read_personal_details(request: Request, context: Context, case_id: str) -> Response:
    """Read personal details. Each call is a reading of its own, which is in the log before the service answers."""
    caller = context.authorise.reader(request)
    context.authorise.handling_role(caller)
    case_id = (await context.case(case_id)).view.case_id
    wish = as_fact(ReadingRequest, object_in(await read_body(request)), personal=True)
    reader = Reader(context.authorise.handling_role(caller, wish.role), context.pseudonyms.of(caller))
    classes = tuple(dict.fromkeys(wish.data_classes))
    receipt, opened = await context.node.personal.read(case_id, classes, wish.purpose, reader)
    shown = tuple(map(ShownRecord.opened, opened))
    read = ReadDetails(reading=receipt.event_id, case_id=case_id, role=reader.role, records=shown)
    return read.response(201, Location=f"/v1/cases/{case_id}/events/{receipt.event_id}", **_FRESH)


def _record(wish: RecordingRequest) -> PersonalRecord:
    """The record in the form of its class. Raises a problem that names the fields that do not fit, never a value."""
    record = as_fact(RECORDS[wish.data_class], wish.record, under=("record",), personal=True)
    if len(record.model_dump_json(exclude_none=True).encode()) > MAX_RECORD_BYTES:
        raise too_large(MAX_RECORD_BYTES, Wording("A record", "En uppgift"))
    return record
