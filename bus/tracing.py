"""Traces by OpenTelemetry: the spans of what a service does, linked across services by the `traceparent` of events.

Nothing is recorded until `record_with` names a tracer. A `traceparent` that a caller sends is carried on all the same.
A span has the kind of work, the event's type and id, and the agency: never a case, a person, or a value of an event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags, Tracer

_TRACEPARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")

Attributes = Mapping[str, str | int]

_tracer: Tracer | None = None


def record_with(tracer: Tracer | None) -> None:
    """Record the spans of this process by a tracer; None: record nothing."""
    global _tracer
    _tracer = tracer


def recording() -> bool:
    """Return whether spans are recorded."""
    return _tracer is not None


def current() -> str | None:
    """Return the `traceparent` (W3C Trace Context) of the work that is being done; None outside of a trace."""
    found = trace.get_current_span().get_span_context()
    if not found.is_valid:
        return None
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"


def trace_id() -> str | None:
    """Return the id of the trace that the work belongs to, 32 hexadecimal digits; None outside of a trace."""
    found = trace.get_current_span().get_span_context()
    return f"{found.trace_id:032x}" if found.is_valid else None


def read(traceparent: str | None) -> SpanContext | None:
    """Return the place in a trace that a `traceparent` names; None when it has not its form."""
    found = None if traceparent is None else _TRACEPARENT.fullmatch(traceparent)
    if found is None:
        return None
    trace_, span_, flags = (int(part, 16) for part in found.groups())
    return SpanContext(trace_, span_, is_remote=True, trace_flags=TraceFlags(flags))


def within(
    name: str, kind: SpanKind, attributes: Attributes, parent: SpanContext | None = None
) -> AbstractContextManager[Span | None]:
    """Return a span around a piece of work; one without any effect while nothing is recorded.

    `parent`: the place in a trace that it follows; None: the span around it, if there is one.
    """
    if _tracer is None:
        return nullcontext() if parent is None else carried(parent)
    return _recorded(_tracer, name, kind, attributes, parent)


@contextmanager
def carried(place: SpanContext) -> Iterator[None]:
    """Do work as a part of a trace that somebody else records."""
    token = contexts.attach(_following(place))
    try:
        yield
    finally:
        contexts.detach(token)


def done(name: str, kind: SpanKind, attributes: Attributes, parent: SpanContext, began: int, ended: int) -> None:
    """Record a span of work that is over. `began`, `ended`: nanoseconds since 1970."""
    if _tracer is not None:
        span = _tracer.start_span(name, _following(parent), kind, dict(attributes), start_time=began)
        span.end(ended)


@contextmanager
def _recorded(
    tracer: Tracer, name: str, kind: SpanKind, attributes: Attributes, parent: SpanContext | None
) -> Iterator[Span]:
    context = None if parent is None else _following(parent)
    # An exception's text could hold anything, so it is never recorded.
    with tracer.start_as_current_span(
        name, context, kind, dict(attributes), record_exception=False, set_status_on_exception=False
    ) as span:
        yield span


def _following(place: SpanContext) -> Any:
    return trace.set_span_in_context(NonRecordingSpan(place))
