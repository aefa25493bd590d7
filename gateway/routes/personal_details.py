"""Personal details: record them, read them, and see who has read what. Their content is answered to a reading alone."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import Field, JsonValue
from starlette.requests import Request
from starlette.responses import Response

from bus.confidential.personal import Reader
from bus.errors import UnknownCaseError
from bus.store import OutboxStatus
from contracts.event.fact import Fact
from contracts.privacy.reading_report import printed, report_for_victim, seen_by
from contracts.privacy.record_forms import MAX_RECORD_BYTES, RECORDS, PersonalRecord
from contracts.vocabulary.agencies import Role
from contracts.vocabulary.choices import DataClass, Purpose
from contracts.vocabulary.codes import RecordId
from gateway.answers.base import Listing, Page
from gateway.answers.personal_details import (
    ListedRecord,
    PastReading,
    ReadDetails,
    ReadingReport,
    RecordedRecord,
    ShownRecord,
)
from gateway.answers.receipts import answer
from gateway.bodies import as_fact, object_in, read_body, too_large
from gateway.described import Limit, PageNumber, body_operation, documented, recording_operation
from gateway.negotiation import preferred
from gateway.service import Service
from gateway.submissions import idempotency_key

_JSON, _PLAIN = "application/json", "text/plain"
_FRESH: Final = {"Cache_Control": "no-store"}


class RecordingRequest(Fact):
    """A record of one class of personal data, in the form of that class."""

    data_class: DataClass
    record: dict[str, JsonValue]
    replaces: RecordId | None = None


class ReadingRequest(Fact):
    """Which classes are read and what for; in which of the reader's roles, where they have several."""

    data_classes: Annotated[tuple[DataClass, ...], Field(min_length=1, max_length=len(DataClass))]
    purpose: Purpose
    role: Role | None = None


def routes(service: Service) -> APIRouter:
    """The routes of personal details and of the account of their readings."""
    router = APIRouter(prefix="/v1/cases/{case_id}")
    personal = service.node.personal

    @router.post(
        "/personal-details",
        status_code=201,
        response_model=RecordedRecord,
        tags=["personal-details"],
        **recording_operation(),
    )
    async def record_details(request: Request, case_id: str) -> Response:
        """Record personal details of one class, sealed for those to whom the victim's consent opens them.

        `replaces` names an earlier record of this agency and class. Nothing that was sent is repeated."""
        caller = service.caller(request)
        service.role(caller)
        case_id = (await service.case(case_id)).view.case_id
        raw = await read_body(request)
        key = idempotency_key(request, caller)
        wish = as_fact(RecordingRequest, object_in(raw), personal=True)
        known_by = f"{request.headers.get('idempotency-key')} {case_id} ".encode() + raw
        receipt = await personal.record(
            case_id,
            _record(wish),
            replaces=wish.replaces,
            idempotency_key=key,
            request_digest=None if key is None else service.keyed_digest(known_by),
        )
        location = f"/v1/cases/{case_id}/events/{receipt.event_id}"
        if receipt.status is not OutboxStatus.DELIVERED or receipt.version is None or receipt.sequence is None:
            return answer(receipt, location)
        record_id = await personal.record_of(case_id, receipt.event_id)
        if record_id is None:  # under this key it was recorded, and it is erased since
            raise UnknownCaseError(case_id)
        recorded = RecordedRecord(
            record_id=record_id,
            event_id=receipt.event_id,
            case_id=case_id,
            version=receipt.version,
            sequence=receipt.sequence,
        )
        return recorded.response(201, Location=location)

    @router.get("/personal-details", response_model=Listing[ListedRecord], responses=documented(404), tags=["cases"])
    async def list_details(request: Request, case_id: str) -> Response:
        """What is recorded, by whom and when; never what it says."""
        service.caller(request)
        records = (await service.case(case_id)).view.personal_records
        return Listing[ListedRecord](items=tuple(map(ListedRecord.of, records))).response()

    @router.post(
        "/personal-details/readings",
        status_code=201,
        response_model=ReadDetails,
        responses=documented(400, 404, 408, 409, 413, 415, 422, 503),
        openapi_extra=body_operation(ReadingRequest),
        tags=["readings"],
    )
    async def read_details(request: Request, case_id: str) -> Response:
        """Read personal details. Each call is a reading of its own, and is in the log before anything is answered."""
        caller = service.caller(request)
        service.role(caller)
        case_id = (await service.case(case_id)).view.case_id
        wish = as_fact(ReadingRequest, object_in(await read_body(request)), personal=True)
        reader = Reader(service.role(caller, wish.role), service.pseudonym(caller))
        classes = tuple(dict.fromkeys(wish.data_classes))
        receipt, opened = await personal.read(case_id, classes, wish.purpose, reader)
        shown = tuple(map(ShownRecord.opened, opened))
        read = ReadDetails(reading=receipt.event_id, case_id=case_id, role=reader.role, records=shown)
        return read.response(201, Location=f"/v1/cases/{case_id}/events/{receipt.event_id}", **_FRESH)

    @router.get("/readings", response_model=Page[PastReading], responses=documented(404, 422), tags=["cases"])
    async def list_readings(request: Request, case_id: str, limit: Limit = 20, page: PageNumber = 1) -> Response:
        """Who has read personal details in this case, when, what for and on what consent, the oldest first."""
        service.caller(request)
        readings = seen_by((await service.case(case_id)).view)
        items = tuple(map(PastReading.of, readings[limit * (page - 1) :][:limit]))
        return Page[PastReading](items=items, total=len(readings), limit=limit, page=page).response()

    @router.get(
        "/readings/report",
        response_model=ReadingReport,
        responses=documented(404) | {200: {"content": {_PLAIN: {"schema": {"type": "string"}}}}},
        tags=["cases"],
    )
    async def report_readings(request: Request, case_id: str) -> Response:
        """For the victim: who has read what about them, in plain words.

        As text/plain, in Swedish or English by Accept-Language, it can be printed and handed over."""
        service.caller(request)
        report = report_for_victim((await service.case(case_id)).view)
        if preferred(request.headers.get("accept", ""), (_JSON, _PLAIN)) == _JSON:
            return ReadingReport.model_validate(report).response(Vary="Accept, Accept-Language")
        language = preferred(request.headers.get("accept-language", ""), ("sv", "en"))
        headers = {"Vary": "Accept, Accept-Language", "Content-Language": language}
        return Response(printed(report, swedish=language == "sv"), 200, headers, f"{_PLAIN}; charset=utf-8")

    return router


def _record(wish: RecordingRequest) -> PersonalRecord:
    """The record in the form of its class. Raises a problem that names what does not fit, never what was sent."""
    record = as_fact(RECORDS[wish.data_class], wish.record, under=("record",), personal=True)
    if len(record.model_dump_json(exclude_none=True).encode()) > MAX_RECORD_BYTES:
        raise too_large(MAX_RECORD_BYTES, "A record")
    return record
