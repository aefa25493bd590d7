"""The one place that maps errors of the bus, the framework and the gateway to problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bus import errors as bus
from bus.replay.moment import ReplayError
from contracts.errors import StafettError
from contracts.law.rule import Refusal
from contracts.vocabulary.wording import Wording
from gateway.auth import IssuerAwayError, TokenError
from gateway.http.methods import Methods
from gateway.http.misfits import misfit
from gateway.http.problems import ProblemError, ProblemKind, invalid_in, respond, unauthenticated, unknown_outcome

_SOON: Final = {"Retry-After": "1"}


def install(app: FastAPI) -> None:
    """Answer every known error of the app as a problem. `gateway.middleware.access_log` handles unexpected errors."""

    methods = Methods(app.routes)

    async def handle(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.kind is ProblemKind.METHOD_NOT_ALLOWED:
            problem.headers = {"Allow": methods.allowed(request.scope["path"])}
        return respond(problem, request.scope)

    for kind in (StafettError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, handle)


def problem_of(error: Exception) -> ProblemError:
    """The problem that tells the caller of an error of the bus, the framework or the gateway."""
    match error:
        case ProblemError():
            return error
        case TokenError():
            return unauthenticated(_token_of(error), error="invalid_token")
        case IssuerAwayError():
            return ProblemError(
                ProblemKind.ISSUER_AWAY,
                Wording("Ask again later.", "Fråga igen senare."),
                headers={"Retry-After": "15"},
            )
        case bus.RefusedError():
            return _refused(error.refusal)
        case bus.FeedRolledBackError():
            return ProblemError(
                ProblemKind.FEED_ROLLED_BACK,
                Wording(
                    "The service's store was rolled back or replaced. Read on from `begin`; where that is empty, "
                    "drop what was kept and read from the beginning.",
                    "Tjänstens lager har gått tillbaka eller bytts ut. Läs vidare från `begin`; är den tom, "
                    "ta bort det som sparats och läs från början.",
                ),
                {"begin": error.begin},
            )
        case ReplayError():
            return _replay(error)
        case bus.NotIssuableError():
            return ProblemError(
                ProblemKind.NOT_ISSUABLE,
                Wording(
                    "The directory does not list the event among this agency's duties.",
                    "Katalogen har inte händelsen bland den här aktörens uppgifter.",
                ),
            )
        case bus.UnknownOutcomeError():
            return _unknown_outcome(error)
        case bus.SuspendedError():
            return ProblemError(
                ProblemKind.SUSPENDED,
                Wording(
                    "The operator asks the national coordinator; nothing was stored.",
                    "Driften frågar den nationella samordnaren; inget har sparats.",
                ),
            )
        case bus.UnknownCaseError():
            return ProblemError(
                ProblemKind.NOT_FOUND, Wording("There is no such case here.", "Det finns inget sådant ärende här.")
            )
        case bus.PreconditionError():
            return ProblemError(
                ProblemKind.CASE_CHANGED,
                Wording("Read the case again, then decide again.", "Läs ärendet igen och bestäm sedan på nytt."),
            )
        case bus.KeyInFlightError():
            return ProblemError(
                ProblemKind.KEY_IN_FLIGHT,
                Wording("Wait for its answer, or ask again later.", "Vänta på dess svar, eller fråga igen senare."),
                headers=_SOON,
            )
        case bus.KeyReuseError():
            return ProblemError(
                ProblemKind.KEY_REUSED,
                Wording("Use a new key for a new request.", "Använd en ny nyckel för en ny begäran."),
            )
        case bus.BrokerAwayError():
            return ProblemError(
                ProblemKind.BROKER_AWAY, Wording("Ask again later.", "Fråga igen senare."), headers=_SOON
            )
        case bus.StoreError():
            return ProblemError(
                ProblemKind.STORE_UNAVAILABLE,
                Wording(
                    "Ask again later; the operator has been told.", "Fråga igen senare; driften har fått veta det."
                ),
                headers=_SOON,
            )
        case RequestValidationError():
            return invalid_in([_of_parameter(one) for one in error.errors()])
        case HTTPException():
            return _of_framework(error)
    return ProblemError(
        ProblemKind.INTERNAL,
        Wording(
            "The operator can find the failure by this problem's instance.",
            "Driften hittar felet med det här problemets instance.",
        ),
    )


def _refused(refusal: Refusal) -> ProblemError:
    rule, missing = refusal.rule, refusal.missing
    members = {
        "rule": rule.id,
        "rule_text": {"en": rule.wording.en, "sv": rule.wording.sv},
        "source": rule.source,
        "missing": {"en": missing.what.en, "sv": missing.what.sv},
        "supplied_by": list(missing.supplied_by),
    }
    return ProblemError(ProblemKind.RULE_REFUSED, missing.what, members)


def _replay(error: ReplayError) -> ProblemError:
    words = {"en": error.wording.en, "sv": error.wording.sv}
    one = {"parameter": error.parameter, "detail": error.wording.en, "code": error.code, "text": words}
    return ProblemError(ProblemKind.REPLAY_REFUSED, error.wording, {"errors": [one]})


def _unknown_outcome(error: bus.UnknownOutcomeError) -> ProblemError:
    return unknown_outcome(event_id=error.event_id, submission=f"/v1/submissions/{error.event_id}")


def _token_of(error: TokenError) -> Wording:
    return Wording(f"{error}.".capitalize(), "Token godtas inte. Logga in igen.")


def _of_parameter(error: Mapping[str, Any]) -> dict[str, Any]:
    return misfit(error["type"], error["msg"], error.get("ctx"), parameter=str(error["loc"][-1]))


def _of_framework(error: HTTPException) -> ProblemError:
    kinds = {
        404: ProblemKind.NOT_FOUND,
        405: ProblemKind.METHOD_NOT_ALLOWED,
        413: ProblemKind.TOO_LARGE,
        415: ProblemKind.UNSUPPORTED_MEDIA_TYPE,
    }
    fallback = ProblemKind.MALFORMED_BODY if 400 <= error.status_code < 500 else ProblemKind.INTERNAL
    kind = kinds.get(error.status_code, fallback)
    return ProblemError(kind, kind.title, headers=dict(error.headers or {}))
