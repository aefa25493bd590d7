"""Problems: every answer that is not a success has the form of RFC 9457.

A problem never repeats anything of the request. Its `instance` is a random URN, which is also in the access log. The
file has over 250 lines because it is the complete list of kinds, each in two languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Final
from uuid import uuid4

import orjson
from starlette.responses import Response
from starlette.types import Scope

from contracts.errors import StafettError
from contracts.vocabulary.wording import Wording
from gateway.http.misfits import misfit

MEDIA_TYPE: Final = "application/problem+json"
INSTANCE: Final = "stafett.problem"
"""The key of a problem's instance in the ASGI scope."""

MOST_ERRORS: Final = 50


class ProblemKind(Enum):
    """Each kind of problem: the end of its type URI, its status and its title in English and in Swedish."""

    MALFORMED_REQUEST = (
        "malformed-request",
        400,
        "What was sent is not an HTTP request that can be read",
        "Det som skickades är ingen HTTP-begäran som går att läsa",
    )
    MALFORMED_BODY = (
        "malformed-body",
        400,
        "The body is not JSON that every system reads the same way",
        "Innehållet är inte JSON som alla system läser likadant",
    )
    INVALID_QUERY = (
        "invalid-query",
        400,
        "The query has a parameter that this path does not take, or one twice",
        "Frågesträngen har en parameter som sökvägen inte tar, eller en två gånger",
    )
    REPLAY_REFUSED = (
        "replay-refused",
        400,
        "The case cannot be replayed as asked",
        "Ärendet går inte att spela upp så",
    )
    INVALID_HEADER = ("invalid-header", 400, "A header does not have its form", "Ett sidhuvud har inte sin form")
    UNAUTHENTICATED = ("unauthenticated", 401, "A valid bearer token is needed", "En giltig bearer-token behövs")
    MISSING_ROLE = (
        "missing-role",
        403,
        "The caller does not have the role that this needs",
        "Den som frågar har inte den roll som behövs",
    )
    INSUFFICIENT_SCOPE = (
        "insufficient-scope",
        403,
        "The token does not have the scope that this needs",
        "Token har inte den behörighet (scope) som behövs",
    )
    NOT_ISSUABLE = (
        "not-issuable",
        403,
        "This agency may not issue the event",
        "Den här aktören får inte registrera händelsen",
    )
    SUSPENDED = (
        "agency-suspended",
        403,
        "This agency is suspended, and nobody on the bus believes it",
        "Den här aktören är avstängd, och ingen på bussen litar på den",
    )
    NOT_FOUND = (
        "not-found",
        404,
        "There is nothing here, or nothing that this agency may see",
        "Här finns inget, eller inget som den här aktören får se",
    )
    METHOD_NOT_ALLOWED = (
        "method-not-allowed",
        405,
        "The method is not one that this resource has",
        "Metoden finns inte för den här resursen",
    )
    HEAD_TOO_SLOW = (
        "head-too-slow",
        408,
        "The head of the request did not arrive in time",
        "Begärans sidhuvuden kom inte fram i tid",
    )
    BODY_TOO_SLOW = ("body-too-slow", 408, "The body did not arrive in time", "Begärans innehåll kom inte fram i tid")
    RULE_REFUSED = (
        "rule-refused",
        409,
        "A rule of the referral mechanism objects",
        "En regel i hänvisningsmekanismen säger emot",
    )
    KEY_IN_FLIGHT = (
        "idempotency-key-in-flight",
        409,
        "A request with this idempotency key is being answered",
        "En begäran med samma idempotensnyckel besvaras just nu",
    )
    TOO_MANY_WEBHOOKS = (
        "too-many-webhooks",
        409,
        "The agency has as many webhooks as it may have",
        "Aktören har så många webhookar som den får ha",
    )
    SUBSCRIBER_IN_USE = (
        "subscriber-in-use",
        409,
        "The service still has the subscriber's code",
        "Tjänsten har fortfarande prenumerantens kod",
    )
    FEED_ROLLED_BACK = (
        "feed-rolled-back",
        410,
        "The feed no longer has this position",
        "Flödet har inte den här positionen längre",
    )
    CASE_CHANGED = (
        "case-changed",
        412,
        "The case has changed since it was read",
        "Ärendet har ändrats sedan det lästes",
    )
    TOO_LARGE = (
        "too-large",
        413,
        "What is sent is larger than the bus carries",
        "Det som skickas är större än bussen tar emot",
    )
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported-media-type",
        415,
        "The body must be application/json in UTF-8",
        "Innehållet ska vara application/json i UTF-8",
    )
    INVALID_REQUEST = (
        "invalid-request",
        422,
        "Some of the request does not fit its schema",
        "Något i begäran passar inte sitt schema",
    )
    FREE_TEXT = (
        "free-text-suspected",
        422,
        "The free text may hold a person's name or an address",
        "Fritexten kan innehålla en persons namn eller en adress",
    )
    KEY_REUSED = (
        "idempotency-key-reused",
        422,
        "The idempotency key was used for another request",
        "Idempotensnyckeln har använts för en annan begäran",
    )
    TOO_MANY_REQUESTS = (
        "too-many-requests",
        429,
        "The caller asks more often than the service answers one caller",
        "Den som frågar gör det oftare än tjänsten svarar en och samma",
    )
    HEAD_TOO_LARGE = (
        "head-too-large",
        431,
        "The head of the request is larger than the service reads",
        "Begärans sidhuvuden är större än tjänsten läser",
    )
    INTERNAL = ("internal", 500, "The service failed", "Tjänsten gjorde fel")
    STORE_UNAVAILABLE = (
        "store-unavailable",
        503,
        "The local store failed; nothing was acknowledged",
        "Det lokala lagret gjorde fel; inget har bekräftats",
    )
    BROKER_AWAY = ("broker-away", 503, "The broker cannot be reached", "Bussen kan inte nås")
    ISSUER_AWAY = (
        "issuer-away",
        503,
        "The issuer of tokens cannot be asked for its keys",
        "Den som utfärdar token kan inte tillfrågas om sina nycklar",
    )
    OUTCOME_UNKNOWN = (
        "outcome-unknown",
        503,
        "The event may be recorded or not; ask before you send it as a new one",
        "Händelsen kan vara registrerad eller inte; ta reda på det innan den skickas som en ny",
    )
    BUSY = (
        "busy",
        503,
        "As many requests are being answered as the service can at once",
        "Tjänsten besvarar så många begäranden som den kan på en gång",
    )
    STOPPING = ("stopping", 503, "The service is stopping", "Tjänsten stannar")
    NOT_READY = ("not-ready", 503, "A part of the service is not well", "En del av tjänsten mår inte bra")
    BEING_REBUILT = (
        "being-rebuilt",
        503,
        "What this is answered from is being rebuilt",
        "Det som svaret kommer ur byggs om",
    )
    TOO_MANY_LISTENERS = (
        "too-many-listeners",
        503,
        "As many listen to live updates as the service can serve",
        "Så många som tjänsten kan betjäna lyssnar redan på uppdateringar",
    )

    def __init__(self, slug: str, status: int, en: str, sv: str) -> None:
        self.uri = f"urn:x-stafett:problem:{slug}"
        self.status = status
        self.title = Wording(en, sv)


@dataclass
class ProblemError(StafettError):
    """A request that the service cannot serve. The caller corrects what `detail` and the members name."""

    kind: ProblemKind
    detail: Wording
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid(pointer: str, detail: str, code: str) -> ProblemError:
    """The problem of one value in the body that does not fit its schema; `pointer` is a JSON Pointer (RFC 6901)."""
    return invalid_in([misfit(code, detail, pointer=pointer)])


def invalid_in(errors: list[dict[str, Any]]) -> ProblemError:
    """The problem of several values in the request that do not fit their schema. `errors`: see `misfit`."""
    detail = Wording("See the errors.", "Se felen.")
    return ProblemError(ProblemKind.INVALID_REQUEST, detail, {"errors": errors[:MOST_ERRORS]})


def unauthenticated(detail: Wording, *, error: str | None = None) -> ProblemError:
    """The problem of a missing token, or of one that is not believed (RFC 6750)."""
    challenge = 'Bearer realm="stafett"' + (f', error="{error}"' if error else "")
    return ProblemError(ProblemKind.UNAUTHENTICATED, detail, headers={"WWW-Authenticate": challenge})


def missing_role(detail: Wording, **members: Any) -> ProblemError:
    """The problem of a valid token whose roles do not allow the request."""
    challenge = 'Bearer realm="stafett", error="insufficient_scope"'
    return ProblemError(ProblemKind.MISSING_ROLE, detail, members, {"WWW-Authenticate": challenge})


def insufficient_scope(scope: str, **members: Any) -> ProblemError:
    """The problem of a valid token whose scopes do not allow the request (RFC 6750, section 3.1)."""
    challenge = f'Bearer realm="stafett", error="insufficient_scope", scope="{scope}"'
    detail = Wording(f"This takes a token with the scope {scope}.", f"Det här kräver en token med scope {scope}.")
    return ProblemError(
        ProblemKind.INSUFFICIENT_SCOPE, detail, {"scope": scope, **members}, {"WWW-Authenticate": challenge}
    )


_HOW_TO_KNOW: Final = Wording(
    "Send the same request under the same Idempotency-Key: it is answered as if this were the first time. "
    "Without a key, read the submission, or the case's history, before you send the event again.",
    "Skicka samma begäran med samma Idempotency-Key: den besvaras som om det vore första gången. "
    "Utan nyckel: läs inlämningen, eller ärendets historik, innan du skickar händelsen igen.",
)


def unknown_outcome(**members: Any) -> ProblemError:
    """The problem when the service does not know whether an event was recorded. The caller checks before it retries."""
    members = {"what_to_do": asdict(_HOW_TO_KNOW), **members}
    return ProblemError(ProblemKind.OUTCOME_UNKNOWN, _HOW_TO_KNOW, members, {"Retry-After": "5"})


def described(problem: ProblemError) -> tuple[int, bytes, str]:
    """The HTTP status of a problem, its JSON, and its instance, which the JSON and the access log share."""
    kind, instance = problem.kind, uuid4().urn
    content = {
        "type": kind.uri,
        "title": kind.title.en,
        "status": kind.status,
        "detail": problem.detail.en,
        "instance": instance,
        "text": {
            "en": f"{kind.title.en}. {problem.detail.en}",
            "sv": f"{kind.title.sv}. {problem.detail.sv}",
        },
        **problem.members,
    }
    return kind.status, orjson.dumps(content), instance


def respond(problem: ProblemError, scope: Scope) -> Response:
    """The problem as a response. It also puts the instance into the scope for the access log."""
    status, content, scope[INSTANCE] = described(problem)
    return Response(content, status, dict(problem.headers), MEDIA_TYPE)
