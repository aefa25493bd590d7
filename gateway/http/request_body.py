"""Request bodies: read within limits of size and time, then checked against a schema. No problem repeats the body."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from bus.envelope.envelope import MAX_BYTES
from contracts.event.fact import Fact
from contracts.vocabulary.wording import Wording
from gateway.http import strict_json
from gateway.http.misfits import misfit
from gateway.http.problems import ProblemError, ProblemKind, invalid, invalid_in

_ARRIVES_WITHIN: Final = 30.0
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")

F = TypeVar("F", bound=Fact)


async def read_body(request: Request, media_type: str = "application/json", most: int = MAX_BYTES) -> bytes:
    """The whole body, at most `most` bytes. Raises a problem when it is longer, slow, or announced as another type."""
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.strip().replace('"', "")
    if kind.strip() != media_type or charset not in ("", "charset=utf-8"):
        raise ProblemError(ProblemKind.UNSUPPORTED_MEDIA_TYPE, Wording(f"Send {media_type}.", f"Skicka {media_type}."))
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(
            ProblemKind.UNSUPPORTED_MEDIA_TYPE,
            Wording("Send the body uncompressed.", "Skicka innehållet okomprimerat."),
        )
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 12 or int(announced) > most):
        raise too_large(most)
    read = bytearray()
    try:
        async with asyncio.timeout(_ARRIVES_WITHIN):
            more = True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise strict_json.malformed(
                        Wording(
                            "The connection closed before the end of the body.",
                            "Förbindelsen stängdes före innehållets slut.",
                        )
                    )
                read += message.get("body", b"")
                more = message.get("more_body", False)
                if len(read) > most:
                    raise too_large(most)
    except TimeoutError:
        raise ProblemError(
            ProblemKind.BODY_TOO_SLOW, Wording("Send the body faster.", "Skicka innehållet snabbare.")
        ) from None
    return bytes(read)


_AN_EVENT: Final = Wording("An event", "En händelse")


def too_large(limit: int = MAX_BYTES, what: Wording = _AN_EVENT) -> ProblemError:
    """The problem of a body that is larger than the bus can carry. `limit`: bytes. `what`: the words for the body."""
    return ProblemError(
        ProblemKind.TOO_LARGE,
        Wording(f"{what.en} has at most {limit} bytes.", f"{what.sv} har högst {limit} byte."),
        {"limit": limit},
    )


async def read_fact(request: Request, kind: type[F]) -> F:
    """The body, which must be one JSON object of this schema. Raises a problem when it is not."""
    return as_fact(kind, object_in(await read_body(request)))


def object_in(raw: bytes) -> dict[str, Any]:
    """The body, which must be one JSON object. Raises a problem when it is not."""
    content = strict_json.read(raw)
    if not isinstance(content, dict):
        raise invalid("", "The body must be an object.", "object_type")
    return content


def as_fact(kind: type[F], data: Mapping[str, Any], *, under: tuple[str, ...] = (), personal: bool = False) -> F:
    """A JSON object as a fact of this kind. Raises a problem that names each value that does not fit.

    Args:
        kind: the schema.
        data: the object.
        under: the path of the object in the body, for the pointers of the problem.
        personal: True: the problem does not repeat unknown field names, since a caller may have sent a personal detail
            as a name.
    """
    try:
        stated = orjson.dumps(data)
    except orjson.JSONEncodeError:
        raise strict_json.malformed(
            Wording(
                "A number or a character is outside what JSON carries between systems, or the nesting is too deep.",
                "Ett tal eller ett tecken är inget som JSON bär mellan system, eller så är det för djupt nästlat.",
            )
        ) from None
    try:
        return kind.model_validate_json(stated)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        places = [(*under, *one["loc"]) for one in errors]
        if personal:
            unknown = [one["type"] == "extra_forbidden" for one in errors]
            places = [place[:-1] if hidden else place for place, hidden in zip(places, unknown, strict=True)]
        misfits = zip(places, errors, strict=True)
        raise invalid_in([_of_data(place, one) for place, one in misfits]) from None


def require_known(content: Mapping[str, Any], *names: str) -> None:
    """Raise a problem when the object has any other member than these."""
    unknown = [name for name in content if name not in names]
    if unknown:
        raise invalid_in([_of_field((name,), "Extra inputs are not permitted", "extra_forbidden") for name in unknown])


def _of_data(place: Sequence[str | int], error: ErrorDetails) -> dict[str, Any]:
    return _of_field(place, error["msg"].removeprefix("Value error, "), error["type"], error.get("ctx"))


def _of_field(
    place: Sequence[str | int], message: str, code: str, context: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    if code == "extra_forbidden" and place and isinstance(place[-1], str) and not _FIELD.fullmatch(place[-1]):
        place = place[:-1]  # an odd name could hold anything, even a person's name
    return misfit(code, message, context, pointer=json_pointer(place))


def json_pointer(place: Sequence[str | int]) -> str:
    """The path of a value as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)
