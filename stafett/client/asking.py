"""One call: send it, send it again where that is safe and may help, and read its answer or its problem."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Generic, TypeVar, cast
from urllib.parse import quote, urlencode
from uuid import uuid4

from pydantic import ValidationError

from stafett.client.conversation import HttpAnswer, HttpRequest, Patience, Pause, Steps
from stafett.client.errors import (
    AskLaterError,
    BadAnswerError,
    CaseChangedError,
    ClientError,
    FeedWentBackError,
    FreeTextSuspectedError,
    InvalidRequestError,
    NoAnswerError,
    NotAllowedError,
    NothingThereError,
    OutcomeNotKnownError,
    RuleRefusedError,
    ServiceProblemError,
)
from stafett.client.problem import Problem
from stafett.client.received import Received

T = TypeVar("T")
R = TypeVar("R", bound=Received)

_BETWEEN: Final = frozenset({502, 503, 504})
_BY_KIND: Final[Mapping[str, type[ServiceProblemError]]] = {
    "rule-refused": RuleRefusedError,
    "free-text-suspected": FreeTextSuspectedError,
    "outcome-unknown": OutcomeNotKnownError,
    "feed-rolled-back": FeedWentBackError,
    "idempotency-key-in-flight": AskLaterError,
}
_BY_STATUS: Final[Mapping[int, type[ServiceProblemError]]] = {
    400: InvalidRequestError,
    401: NotAllowedError,
    403: NotAllowedError,
    404: NothingThereError,
    412: CaseChangedError,
    413: InvalidRequestError,
    422: InvalidRequestError,
    429: AskLaterError,
    503: AskLaterError,
}
_LONGEST_WAIT: Final = 86_400.0


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request to a service, and how its answer is read: by its status. Doing the same value twice is one call."""

    request: HttpRequest
    kinds: Mapping[int, type[Received]]

    def steps(self, patience: Patience) -> Steps[T]:
        """Send it until it is answered. Raises a ClientError."""
        answer = yield from answered(self.request, patience)
        kind = self.kinds.get(answer.status)
        if kind is None:
            raise BadAnswerError("an answer of this status was not expected", answer.status)
        return cast("T", read_as(kind, answer))  # T is the union of the kinds


def answered(request: HttpRequest, patience: Patience) -> Steps[HttpAnswer]:
    """Send a request until there is an answer that is good. Raises the error of the last attempt."""
    attempt = 0
    while True:
        attempt += 1
        try:
            answer: HttpAnswer = yield request
            if answer.good:
                return answer
            raise error_of(answer)
        except ClientError as error:
            wait = pause_after(error, attempt, patience, repeatable=request.repeatable)
            if wait is None:
                raise
        yield Pause(wait)


def pause_after(error: ClientError, attempt: int, patience: Patience, *, repeatable: bool) -> float | None:
    """The seconds after which the same request may help; None when it does not, or is not safe to send again."""
    match error:
        case NoAnswerError(sent=sent):
            again = repeatable or not sent
        case OutcomeNotKnownError():
            again = repeatable
        case AskLaterError():
            again = True
        case BadAnswerError(status=status):  # something between the client and the service speaks for it
            again = repeatable and status in _BETWEEN
        case _:
            again = False
    retry_after = error.retry_after if isinstance(error, ServiceProblemError) else None
    return patience.pause(attempt, retry_after) if again else None


def error_of(answer: HttpAnswer) -> ClientError:
    """The error that an answer tells which is not good."""
    try:
        problem = Problem.model_validate_json(answer.content)
    except ValidationError:
        return BadAnswerError("neither an answer nor a problem of a service", answer.status)
    if problem.status != answer.status:
        return BadAnswerError("a problem of another status", answer.status)
    kind = _BY_KIND.get(problem.kind) or _BY_STATUS.get(answer.status, ServiceProblemError)
    return kind(problem, _retry_after(answer))


def read_as(kind: type[R], answer: HttpAnswer) -> R:
    """An answer as a model of this kind, with its entity tag. Raises BadAnswerError, which shows nothing of it."""
    try:
        read = kind.model_validate_json(answer.content, strict=True)
    except ValidationError as error:
        places = {".".join(map(str, one["loc"]))[:100] for one in error.errors(include_input=False)[:3]}
        raise BadAnswerError(f"no {kind.__name__}: {', '.join(sorted(places))}", answer.status) from None
    return read.tagged(answer.headers.get("etag"))


def new_key() -> str:
    """An idempotency key that nobody has used."""
    return str(uuid4())


def path_of(template: str, **values: str) -> str:
    """A path with these values in the places that it names. Raises ValueError for a value that would lead elsewhere."""
    if any(value in ("", ".", "..") for value in values.values()):
        raise ValueError(f"{template} needs {', '.join(values)}")
    return template.format(**{name: quote(value, safe="") for name, value in values.items()})


def sent(
    method: str,
    path: str,
    *,
    query: Mapping[str, object] | None = None,
    headers: Mapping[str, str | None] | None = None,
    body: Mapping[str, object] | None = None,
    repeatable: bool,
) -> HttpRequest:
    """A request. What is None among the query, the headers and the members of the body is left out."""
    asked = {name: _written(value) for name, value in (query or {}).items() if value is not None}
    given = {name: value for name, value in (headers or {}).items() if value is not None}
    content = None if body is None else _content({name: one for name, one in body.items() if one is not None})
    return HttpRequest(method, f"{path}?{urlencode(asked)}" if asked else path, given, content, repeatable)


def with_query(request: HttpRequest, **asked: str) -> HttpRequest:
    """The request with another parameter in its query."""
    return replace(request, path=f"{request.path}{'&' if '?' in request.path else '?'}{urlencode(asked)}")


def _content(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, default=_written, allow_nan=False).encode()


def _written(value: object) -> str:
    """A value as the service reads it, in a query or in JSON that has no such type. Raises TypeError."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int():
            return str(value)
        case datetime() | date():
            return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def _retry_after(answer: HttpAnswer) -> float | None:
    """The seconds of `Retry-After`. A date, which services do not send, is passed over."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() and len(text) < 10 else None
