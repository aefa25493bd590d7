"""Request bodies: read within bounds of size and time, then checked against a schema. No problem repeats any of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import orjson
from pydantic import ValidationError
from starlette.requests import Request

from bus.envelope.envelope import MAX_BYTES
from contracts.event.fact import Fact
from gateway.http import strict_json
from gateway.http.problems import Kind, ProblemError, invalid, invalid_in

_ARRIVES_WITHIN: Final = 30.0
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")

F = TypeVar("F", bound=Fact)


async def read_body(request: Request) -> bytes:
    """The whole body, which must be JSON in UTF-8 of at most `MAX_BYTES`. Raises a problem when it is not."""
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.strip().replace('"', "")
    if kind.strip() != "application/json" or charset not in ("", "charset=utf-8"):
        raise ProblemError(Kind.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(Kind.UNSUPPORTED_MEDIA_TYPE, "Send the body uncompressed.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 12 or int(announced) > MAX_BYTES):
        raise too_large()
    read = bytearray()
    try:
        async with asyncio.timeout(_ARRIVES_WITHIN):
            more = True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise strict_json.malformed("The connection closed before the end of the body.")
                read += message.get("body", b"")
                more = message.get("more_body", False)
                if len(read) > MAX_BYTES:
                    raise too_large()
    except TimeoutError:
        raise ProblemError(Kind.BODY_TOO_SLOW, "Send the body faster.") from None
    return bytes(read)


def too_large(limit: int = MAX_BYTES, what: str = "An event") -> ProblemError:
    """The problem of a body that is larger than the bus carries; `limit` is in bytes."""
    return ProblemError(Kind.TOO_LARGE, f"{what} has at most {limit} bytes.", {"limit": limit})


async def read_fact(request: Request, kind: type[F]) -> F:
    """A body that is one object of this schema."""
    return as_fact(kind, object_in(await read_body(request)))


def object_in(raw: bytes) -> dict[str, Any]:
    """The one object that a body is."""
    content = strict_json.read(raw)
    if not isinstance(content, dict):
        raise invalid("", "The body must be an object.", "object_type")
    return content


def as_fact(kind: type[F], data: Mapping[str, Any], *, under: tuple[str, ...] = (), personal: bool = False) -> F:
    """An object as a fact of this kind; `under`: where in the body it stands. A problem names each misfit.

    `personal`: what is sent as an unknown field's name may itself be personal, and is not repeated.
    """
    try:
        stated = orjson.dumps(data)
    except orjson.JSONEncodeError:
        raise strict_json.malformed(
            "A number or a character is outside what JSON carries between systems, or the nesting is too deep."
        ) from None
    try:
        return kind.model_validate_json(stated)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        places = [(*under, *one["loc"]) for one in errors]
        if personal:
            unknown = [one["type"] == "extra_forbidden" for one in errors]
            places = [place[:-1] if hidden else place for place, hidden in zip(places, unknown, strict=True)]
        misfits = zip(places, errors, strict=True)
        raise invalid_in([_of_data(place, one["msg"], one["type"]) for place, one in misfits]) from None


def require_known(content: Mapping[str, Any], *names: str) -> None:
    """Raise a problem when an object has other members than these."""
    unknown = [name for name in content if name not in names]
    if unknown:
        raise invalid_in([_of_field((name,), "Extra inputs are not permitted", "extra_forbidden") for name in unknown])


def _of_data(place: Sequence[str | int], message: str, code: str) -> dict[str, str]:
    return _of_field(place, message.removeprefix("Value error, "), code)


def _of_field(place: Sequence[str | int], message: str, code: str) -> dict[str, str]:
    if code == "extra_forbidden" and place and isinstance(place[-1], str) and not _FIELD.fullmatch(place[-1]):
        place = place[:-1]  # what does not look like a field's name could be anything, even somebody's
    return {"pointer": _pointer(place), "detail": message, "code": code}


def _pointer(place: Sequence[str | int]) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)
