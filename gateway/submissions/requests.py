"""Turns a request into a submission: checks the event in the body and reads the headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
from starlette.requests import Request

from bus import tracing
from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import MAX_BYTES, rfc3339
from bus.submission.submission import Submission
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS, CaseEvent, Chapter
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.wording import Wording
from gateway.auth import Caller
from gateway.context import GatewayContext
from gateway.http.problems import ProblemError, ProblemKind, invalid
from gateway.http.request_body import as_fact, object_in, read_body, require_known, too_large
from gateway.submissions.free_text import require_checked

_KEY: Final = re.compile(r"[\x20\x21\x23-\x7e][\x20-\x7e]{0,254}")
_QUOTED_KEY: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"')
"""A key as a string of RFC 9651. It names the same request as the same key without quotes."""

_ENTITY_TAG: Final = re.compile(r'"([\x21\x23-\x7e]{1,255})"')
_SURELY_FITS: Final = MAX_BYTES // 16
"""The length of a body, in bytes, up to which its event surely fits into a message, so that nobody needs to measure it.

The defaults add less than seven times the body's length and 4 KiB.
"""

_UUID_LENGTH: Final = 36

E = TypeVar("E", bound=PublishedEvent)


async def read_submission(request: Request, context: GatewayContext, caller: Caller, case_id: str | None) -> Submission:
    """The submission that a request makes; `case_id` None: it opens a case. Raises a problem for a bad request."""
    raw = await read_body(request)
    event = _event(request, raw, context, caller, opens=case_id is None)
    return submission_of(request, caller, raw, event, case_id)


async def read_directory_submission(request: Request, context: GatewayContext, caller: Caller) -> Submission:
    """The submission of a directory event that a request makes. Raises a problem for a bad request."""
    raw = await read_body(request)
    content = object_in(raw)
    kind = _kind(content, context, caller, DIRECTORY_EVENTS)
    return submission_of(request, caller, raw, _stated(request, kind, content, len(raw), context), DIRECTORY_ID)


def submission_of(
    request: Request, caller: Caller, raw: bytes, event: PublishedEvent, case_id: str | None
) -> Submission:
    """The submission of an event, with the values of the request's headers.

    Args:
        request: the request.
        caller: who sends it.
        raw: its body.
        event: the event that the body states.
        case_id: the case; None: the event opens a case.
    """
    return Submission(
        event=event,
        case_id=case_id,
        if_match=_if_match(request),
        idempotency_key=idempotency_key(request, caller),
        request_digest=_digest(request, raw),
        correlation_id=_uuid(request, "X-Correlation-ID"),
        causation_id=_uuid(request, "X-Causation-ID"),
        traceparent=tracing.current(),
    )


def _event(request: Request, raw: bytes, context: GatewayContext, caller: Caller, *, opens: bool) -> CaseEvent:
    content = object_in(raw)
    bare = opens and "type" not in content
    if bare:
        content = {"type": "VictimDetected", "data": content}
    kind = _kind(content, context, caller, EVENTS)
    if opens and kind.chapter is not Chapter.DETECTION:
        raise invalid("/type", "A case is opened by a detection; send this event to a case.", "not_a_detection")
    return _stated(request, kind, content, len(raw), context, under=() if bare else ("data",))


def _stated(
    request: Request,
    kind: type[E],
    content: dict[str, Any],
    length: int,
    context: GatewayContext,
    under: tuple[str, ...] = ("data",),
) -> E:
    """The event that a body states. The service's clock fills in `occurred_at` when the sender left it out.

    Args:
        request: the request, whose headers may answer a warning of the free text.
        kind: the type of the event.
        content: the body as a JSON object, with `type` and `data`.
        length: the length of the body in bytes.
        context: the service.
        under: the path of the event's data in the body, for the pointers of a problem.
    """
    require_known(content, "type", "data")
    data = content.get("data")
    if not isinstance(data, dict):
        raise invalid("/data", "The event's data must be an object.", "object_type")
    data.setdefault("occurred_at", rfc3339(context.clock(), "microseconds"))
    event = as_fact(kind, data, under=under)
    if length > _SURELY_FITS and len(event.model_dump_json().encode()) > MAX_BYTES:
        raise too_large()
    require_checked(request, event, under)
    return event


def _kind(content: dict[str, Any], context: GatewayContext, caller: Caller, known: Mapping[str, type[E]]) -> type[E]:
    """The class of the event that the body names. Raises a problem when the agency or the caller may not issue it."""
    name = content.get("type")
    if not isinstance(name, str) or name not in known:
        raise invalid("/type", "This must be the name of an event; GET /v1/events lists them.", "unknown_event_type")
    event = known[name]
    if name not in context.authorise.duties:
        issuers = sorted(event.issuers)
        detail = Wording(
            f"{name} is for these kinds of agency to issue: {', '.join(issuers)}.",
            f"{name} registreras av dessa slag av aktörer: {', '.join(issuers)}.",
        )
        raise ProblemError(ProblemKind.NOT_ISSUABLE, detail, {"event": name, "issuers": issuers})
    context.authorise.require_issuer(caller, event)
    return event


def idempotency_key(request: Request, caller: Caller) -> str | None:
    """The request's idempotency key, hashed together with the caller and the route; None when it has none.

    The hash keeps the caller out of the store. Raises a problem when the header is malformed.
    """
    name = named_key(request)
    if name is None:
        return None
    scope = orjson.dumps([caller.subject, request.scope["route"].path, name])
    return sha256(scope).hexdigest()


def named_key(request: Request) -> str | None:
    """The request's idempotency key as its caller names it, without quotes; None when it has none.

    Raises a problem when the header is malformed.
    """
    sent = request.headers.getlist("idempotency-key")
    if not sent:
        return None
    if len(sent) == 1:
        if _KEY.fullmatch(sent[0]):
            return sent[0]
        if quoted := _QUOTED_KEY.fullmatch(sent[0]):
            return re.sub(r"\\(.)", r"\1", quoted[1])
    raise ProblemError(
        ProblemKind.INVALID_HEADER,
        Wording(
            "Idempotency-Key: one key of 1 to 255 printable ASCII characters, bare or as a string in quotes.",
            "Idempotency-Key: en nyckel med 1 till 255 skrivbara ASCII-tecken, med eller utan citattecken.",
        ),
    )


def _digest(request: Request, raw: bytes) -> str:
    return sha256(f"{request.method} {request.scope['path']}\n".encode() + raw).hexdigest()


def _if_match(request: Request) -> str | None:
    sent = ", ".join(request.headers.getlist("if-match")).strip()
    if sent in ("", "*"):
        return None
    tag = _ENTITY_TAG.fullmatch(sent)
    if tag is None:
        raise ProblemError(
            ProblemKind.INVALID_HEADER,
            Wording(
                "If-Match: one strong entity tag in quotes, or an asterisk.",
                "If-Match: en stark entitetstagg inom citattecken, eller en asterisk.",
            ),
        )
    return tag[1]


def _uuid(request: Request, header: str) -> str | None:
    """The UUID in a header; None when there is none. Raises a problem when the header is anything else."""
    sent = request.headers.getlist(header)
    if not sent:
        return None
    try:
        if len(sent) == 1 and len(sent[0]) == _UUID_LENGTH:
            return str(UUID(sent[0]))
    except ValueError:
        pass
    raise ProblemError(
        ProblemKind.INVALID_HEADER,
        Wording(f"{header}: one UUID.", f"{header}: ett UUID."),
        {"header": header},
    )
