"""Problems: every answer that is not a success has the form of RFC 9457.

A problem never repeats anything of the request. Its `instance` is a random URN, which is also in the access log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final
from uuid import uuid4

import orjson
from starlette.responses import Response
from starlette.types import Scope

from contracts.errors import StafettError

MEDIA_TYPE: Final = "application/problem+json"
INSTANCE: Final = "stafett.problem"
"""The key of a problem's instance in the ASGI scope."""

_MOST_ERRORS: Final = 50


class ProblemKind(Enum):
    """Each kind of problem: the end of its type URI, its status and its title."""

    MALFORMED_REQUEST = ("malformed-request", 400, "What was sent is not an HTTP request that can be read")
    MALFORMED_BODY = ("malformed-body", 400, "The body is not JSON that every system reads the same way")
    INVALID_HEADER = ("invalid-header", 400, "A header does not have its form")
    UNAUTHENTICATED = ("unauthenticated", 401, "A valid bearer token is needed")
    MISSING_ROLE = ("missing-role", 403, "The caller does not have the role that this needs")
    INSUFFICIENT_SCOPE = ("insufficient-scope", 403, "The token does not have the scope that this needs")
    NOT_ISSUABLE = ("not-issuable", 403, "This agency may not issue the event")
    SUSPENDED = ("agency-suspended", 403, "This agency is suspended, and nobody on the bus believes it")
    NOT_FOUND = ("not-found", 404, "There is nothing here, or nothing that this agency may see")
    METHOD_NOT_ALLOWED = ("method-not-allowed", 405, "The method is not one that this resource has")
    HEAD_TOO_SLOW = ("head-too-slow", 408, "The head of the request did not arrive in time")
    BODY_TOO_SLOW = ("body-too-slow", 408, "The body did not arrive in time")
    RULE_REFUSED = ("rule-refused", 409, "A rule of the referral mechanism objects")
    KEY_IN_FLIGHT = ("idempotency-key-in-flight", 409, "A request with this idempotency key is being answered")
    CASE_CHANGED = ("case-changed", 412, "The case has changed since it was read")
    TOO_LARGE = ("too-large", 413, "What is sent is larger than the bus carries")
    UNSUPPORTED_MEDIA_TYPE = ("unsupported-media-type", 415, "The body must be application/json in UTF-8")
    INVALID_REQUEST = ("invalid-request", 422, "Some of the request does not fit its schema")
    FREE_TEXT = ("free-text-suspected", 422, "The free text may hold a person's name or an address")
    KEY_REUSED = ("idempotency-key-reused", 422, "The idempotency key was used for another request")
    TOO_MANY_REQUESTS = ("too-many-requests", 429, "The caller asks more often than the service answers one caller")
    HEAD_TOO_LARGE = ("head-too-large", 431, "The head of the request is larger than the service reads")
    INTERNAL = ("internal", 500, "The service failed")
    STORE_UNAVAILABLE = ("store-unavailable", 503, "The local store failed; nothing was acknowledged")
    BROKER_AWAY = ("broker-away", 503, "The broker cannot be reached")
    ISSUER_AWAY = ("issuer-away", 503, "The issuer of tokens cannot be asked for its keys")
    OUTCOME_UNKNOWN = ("outcome-unknown", 503, "The event may be recorded or not; ask before you send it as a new one")
    BUSY = ("busy", 503, "As many requests are being answered as the service can at once")
    STOPPING = ("stopping", 503, "The service is stopping")
    NOT_READY = ("not-ready", 503, "A part of the service is not well")
    BEING_REBUILT = ("being-rebuilt", 503, "What this is answered from is being rebuilt")
    TOO_MANY_LISTENERS = ("too-many-listeners", 503, "As many listen to live updates as the service can serve")

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.uri = f"urn:x-stafett:problem:{slug}"
        self.status = status
        self.title = title


@dataclass
class ProblemError(StafettError):
    """A request that the service cannot serve. The caller corrects what `detail` and the members name."""

    kind: ProblemKind
    detail: str
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid(pointer: str, detail: str, code: str) -> ProblemError:
    """The problem of one value in the body that does not fit its schema; `pointer` is a JSON Pointer (RFC 6901)."""
    return invalid_in([{"pointer": pointer, "detail": detail, "code": code}])


def invalid_in(errors: list[dict[str, str]]) -> ProblemError:
    """The problem of several values in the request that do not fit their schema."""
    return ProblemError(ProblemKind.INVALID_REQUEST, "See the errors.", {"errors": errors[:_MOST_ERRORS]})


def unauthenticated(detail: str, *, error: str | None = None) -> ProblemError:
    """The problem of a missing token, or of one that is not believed (RFC 6750)."""
    challenge = 'Bearer realm="stafett"' + (f', error="{error}"' if error else "")
    return ProblemError(ProblemKind.UNAUTHENTICATED, detail, headers={"WWW-Authenticate": challenge})


def missing_role(detail: str, **members: Any) -> ProblemError:
    """The problem of a valid token whose roles do not allow the request."""
    challenge = 'Bearer realm="stafett", error="insufficient_scope"'
    return ProblemError(ProblemKind.MISSING_ROLE, detail, members, {"WWW-Authenticate": challenge})


def insufficient_scope(scope: str, **members: Any) -> ProblemError:
    """The problem of a valid token whose scopes do not allow the request (RFC 6750, section 3.1)."""
    challenge = f'Bearer realm="stafett", error="insufficient_scope", scope="{scope}"'
    detail = f"This takes a token with the scope {scope}."
    return ProblemError(
        ProblemKind.INSUFFICIENT_SCOPE, detail, {"scope": scope, **members}, {"WWW-Authenticate": challenge}
    )


_HOW_TO_KNOW: Final = {
    "en": "Send the same request under the same Idempotency-Key: it is answered as if this were the first time. "
    "Without a key, read the submission, or the case's history, before you send the event again.",
    "sv": "Skicka samma begäran med samma Idempotency-Key: den besvaras som om det vore första gången. "
    "Utan nyckel: läs inlämningen, eller ärendets historik, innan du skickar händelsen igen.",
}


def unknown_outcome(**members: Any) -> ProblemError:
    """The problem when the service does not know whether an event was recorded. The caller checks before it retries."""
    members = {"what_to_do": _HOW_TO_KNOW, **members}
    return ProblemError(ProblemKind.OUTCOME_UNKNOWN, _HOW_TO_KNOW["en"], members, {"Retry-After": "5"})


def described(problem: ProblemError) -> tuple[int, bytes, str]:
    """The HTTP status of a problem, its JSON, and its instance, which the JSON and the access log share."""
    kind, instance = problem.kind, uuid4().urn
    content = {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "instance": instance,
        **problem.members,
    }
    return kind.status, orjson.dumps(content), instance


def respond(problem: ProblemError, scope: Scope) -> Response:
    """The problem as a response. It also puts the instance into the scope for the access log."""
    status, content, scope[INSTANCE] = described(problem)
    return Response(content, status, dict(problem.headers), MEDIA_TYPE)
