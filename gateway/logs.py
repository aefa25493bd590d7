"""Writes each log record as one JSON line on standard error, with no extra field that could hold case data.

Messages are constants. Arguments, tracebacks and exception texts could carry data, so they are never written; the line
of an exception has only its type.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bus import tracing

FIELDS: Final = frozenset(
    {"route", "method", "status", "duration_ms", "instance", "error", "place"}
    | {"event_id", "rule", "sequence", "reason", "trouble", "last", "code", "retry_after", "given_up"}
    | {"kind", "attempts", "what", "why", "first", "filled", "so_far"}  # of obligations, retries, losses, quarantine
    | {"subscriber", "tasks"}  # the name that a developer gave a function, and how many of its tasks it left
    | {"invariant", "trace_id"}
    | {"case_id"}  # a random token: it names no person
)
"""The extra fields that a record may carry; any other is dropped."""

_OWN: Final = frozenset({"event", "level", "logger", "timestamp", "agency", "exception"})
_AS_A_LINE: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z

TRACE_ID: Final = "stafett.trace_id"
"""The key of the trace's id in the ASGI scope."""

_lines: tuple[TextIO, str] | None = None
"""The stream of the access lines, and the agency in them; None before `configure`."""


def access_line(
    route: str, method: str, status: int, seconds: float, instance: str | None, trace_id: str | None = None
) -> None:
    """Write the line of one request, in the same form as all other lines.

    It writes directly, because the processors of logging and structlog would cost a tenth of each request's time.

    Args:
        route: the route's template.
        method: the HTTP method.
        status: the HTTP status of the answer.
        seconds: how long the answer took.
        instance: the instance of the problem, if the answer is one.
        trace_id: the id of the trace that the request belongs to, if it belongs to one.
    """
    if _lines is None:
        return
    stream, agency = _lines
    line = {
        "route": route,
        "method": method,
        "status": status,
        "duration_ms": round(seconds * 1000, 2),
        "event": "request",
        "level": "info",
        "logger": "gateway.access",
        "timestamp": datetime.now(UTC),
        "agency": agency,
    }
    if instance is not None:
        line["instance"] = instance
    if trace_id is not None:
        line["trace_id"] = trace_id
    try:
        stream.write(orjson.dumps(line, option=_AS_A_LINE).decode())
        stream.flush()
    except (OSError, ValueError):
        pass  # a full disk or a closed stream must not fail the request


def configure(agency: str, stream: TextIO | None = None) -> None:
    """Send every logger of the process, structlog's and the standard library's, to one stream.

    `stream`: None: standard error.
    """

    def name_agency(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        event["agency"] = agency
        return event

    known: list[Processor] = [
        _in_its_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_agency,
    ]
    global _lines
    stream = sys.stderr if stream is None else stream
    _lines = stream, agency
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_first_line, structlog.stdlib.ExtraAdder(allow=FIELDS), *known],
            processors=[_type_of_exception, _only_known, structlog.processors.JSONRenderer(serializer=_json)],
            use_get_message=False,  # the message without its arguments
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for loud in ("nats", "httpx", "httpcore", "uvicorn", "uvicorn.error", "asyncio"):
        logging.getLogger(loud).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
    structlog.configure(
        processors=[*known, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _in_its_trace(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    found = tracing.trace_id()
    if found is not None:
        event["trace_id"] = found
    return event


def _first_line(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    # Keep the first line: asyncio puts the repr of tasks and exceptions on the other lines.
    event["event"] = event["event"].partition("\n")[0]
    return event


def _type_of_exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    raised = event.get("exc_info")
    if raised is True:
        raised = sys.exc_info()
    kind = raised[0] if isinstance(raised, tuple) else type(raised) if isinstance(raised, BaseException) else None
    if kind is not None:
        event["exception"] = kind.__qualname__
    return event


def _only_known(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {name: value for name, value in event.items() if name in FIELDS or name in _OWN}


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=lambda value: type(value).__qualname__).decode()
