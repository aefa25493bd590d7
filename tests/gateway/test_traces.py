"""One trace over several agencies, from a request to the reactions of others; and the entity tags of receipts."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, full_mandate
from harness.gateways import Gateway, gateways
from harness.sharing import AGENCIES, consent
from harness.waiting import eventually
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from bus import tracing
from bus.mandate import ReactionContext
from contracts.chapters.referral import CaseReferred, ReferralDeclined
from contracts.event.case_event import EVENTS
from contracts.view.case_view import CaseView

from .conftest import DETECTION, Edge

NGO, MUNICIPALITY = AGENCIES[:2]
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = CALLER[3:35]


@dataclass
class Together:
    """Some agencies on a bus, with a case of the first that may be offered to the second."""

    bus: Bus
    at: dict[str, Gateway]
    case_id: str

    async def refers(self, **headers: str) -> Any:
        """The case is offered over HTTP."""
        offer = {**EVENTS["CaseReferred"].example, "recipient": MUNICIPALITY, "purposes": ["support"]}
        del offer["occurred_at"], offer["respond_by"]
        soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        body = {"type": "CaseReferred", "data": {**offer, "respond_by": soon}}
        return await self.at[NGO].post(f"/v1/cases/{self.case_id}/events", body, **headers)


@pytest.fixture
async def together(tmp_path: Path) -> AsyncIterator[Together]:
    """The agencies and the case."""
    mandate = full_mandate(MUNICIPALITY)

    @mandate.on(CaseReferred)
    async def decline(offer: CaseReferred, case: CaseView, context: ReactionContext) -> None:
        """Whatever is offered."""
        no = {"offer_id": context.provenance.event_id, "suggested_recipient": None, "occurred_at": offer.occurred_at}
        await context.issue(case, ReferralDeclined.canonical().model_copy(update=no))

    mandates = {MUNICIPALITY: mandate}
    async with (
        Bus(tmp_path, *AGENCIES, start=False, mandates=mandates) as bus,
        gateways(bus, tmp_path) as at,
    ):
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, MUNICIPALITY, NGO)
        await bus.level()
        yield Together(bus, at, case_id)


@pytest.fixture
def recorded() -> Iterator[InMemorySpanExporter]:
    """The spans of this process."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.record_with(provider.get_tracer("test"))
    yield exporter
    tracing.record_with(None)


def said(span: ReadableSpan) -> tuple[str, str]:
    """The name of a span, and the agency that recorded it."""
    return span.name, str((span.attributes or {})["stafett.agency"])


def id_of(span: ReadableSpan) -> str:
    """A span's id, as `traceparent` has it."""
    assert span.context is not None
    return f"{span.context.span_id:016x}"


def parent_of(span: ReadableSpan) -> str | None:
    """The id of the span above."""
    return None if span.parent is None else f"{span.parent.span_id:016x}"


async def test_one_trace_leads_from_the_request_to_what_others_do(
    together: Together, recorded: InMemorySpanExporter
) -> None:
    """The caller's span, the request, the event's issue, its arrival at each agency, and the reactions to it."""
    answer = await together.refers(traceparent=CALLER)
    assert answer.status_code == 201, answer.text
    await together.bus.level()
    react = ("react to CaseReferred", MUNICIPALITY)
    answered = ("take ReferralDeclined", NGO)
    await eventually(lambda: {react, answered} <= {said(span) for span in recorded.get_finished_spans()})
    spans = {said(span): span for span in recorded.get_finished_spans() if f"{span.context.trace_id:032x}" == TRACE}
    request = spans["POST /v1/cases/{case_id}/events", NGO]
    issue = spans["issue CaseReferred", NGO]
    assert (request.kind, parent_of(request)) == (SpanKind.SERVER, CALLER[36:52])
    assert (issue.kind, parent_of(issue)) == (SpanKind.PRODUCER, id_of(request))
    assert (request.attributes or {})["http.response.status_code"] == 201
    for agency in AGENCIES:
        take = spans["take CaseReferred", agency]
        assert (take.kind, parent_of(take)) == (SpanKind.CONSUMER, id_of(issue)), agency
        assert (take.attributes or {})["messaging.message.id"] == answer.json()["event_id"]
    assert parent_of(spans[react]) == id_of(issue)
    declines = spans["issue ReferralDeclined", MUNICIPALITY]
    assert parent_of(declines) == id_of(spans[react]) and parent_of(spans[answered]) == id_of(declines)


async def test_a_span_tells_nothing_of_a_case(together: Together, recorded: InMemorySpanExporter) -> None:
    """Not its token, nothing of what was sent, no text of an error."""
    await together.refers(traceparent=CALLER)
    canary = {**DETECTION, "note": "KANARIEFAGEL"}
    await together.at[NGO].post("/v1/cases", canary)
    await together.at[NGO].post(f"/v1/cases/{together.case_id}/events?x=KANARIEFAGEL", {"KANARIEFAGEL": 1})
    await together.bus.level()
    spans = recorded.get_finished_spans()
    assert len(spans) > 5
    told = " ".join(span.to_json() for span in spans)
    assert together.case_id not in told and "KANARIEFAGEL" not in told
    assert all(not span.events for span in spans)


async def test_nothing_is_recorded_by_default_and_the_trace_goes_on(edge: Edge, logged: StringIO) -> None:
    """The event carries what the caller sent; the lines of the log name the trace, and no other request does."""
    kept = await edge.http.post("/v1/cases", json=DETECTION, headers=edge.headers(traceparent=CALLER))
    assert kept.status_code == 202
    (row,) = await edge.node.store.outbox()
    assert json.loads(row.draft)["traceparent"] == CALLER
    await edge.http.get("/v1/rules", headers=edge.headers())
    await edge.http.get("/v1/rules?x=1", headers=edge.headers(traceparent=CALLER))
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line.get("trace_id") for line in requests] == [TRACE, None, TRACE]
    assert requests[-1]["instance"]


async def test_other_lines_name_the_trace_too(logged: StringIO) -> None:
    """Of what is done for a request."""
    place = tracing.read(CALLER)
    assert place is not None
    with tracing.carried(place):
        logging.getLogger("bus.somewhere").warning("inside")
    logging.getLogger("bus.somewhere").warning("outside")
    inside, outside = (json.loads(line) for line in logged.getvalue().splitlines())
    assert inside["trace_id"] == TRACE and "trace_id" not in outside


async def test_a_refused_request_has_its_status(edge: Edge, recorded: InMemorySpanExporter) -> None:
    """Also one that the middleware refuses, and one that fails."""
    await edge.http.get("/v1/rules", headers={"Authorization": "Bearer x"})
    await edge.http.get("/v1/rules?x=1", headers=edge.headers())
    edge.app.context.ending.set()
    await edge.http.get("/v1/rules", headers=edge.headers())
    spans = recorded.get_finished_spans()
    told = [((span.attributes or {})["http.response.status_code"], span.status.status_code) for span in spans]
    assert told == [(401, StatusCode.UNSET), (400, StatusCode.UNSET), (503, StatusCode.ERROR)]


async def test_a_receipt_has_the_tag_for_the_next_write(together: Together) -> None:
    """The case as the event left it: what is written on it is taken, and refused once somebody else has written."""
    path = f"/v1/cases/{together.case_id}"
    answer = await together.refers()
    tag = answer.headers["etag"]
    assert (await together.at[NGO].get(path)).headers["etag"] == tag
    consents = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    second = await together.at[NGO].post(f"{path}/events", consents, If_Match=tag)
    assert second.status_code == 201 and second.headers["etag"] != tag
    stale = await together.at[NGO].post(f"{path}/events", consents, If_Match=tag)
    assert stale.status_code == 412
    opened = await together.at[NGO].post("/v1/cases", DETECTION)
    read = await together.at[NGO].get(opened.headers["location"])
    assert opened.headers["etag"] == read.headers["etag"]
