"""The one place that maps errors of the bus, the framework and the gateway to problems."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bus import errors as bus
from contracts.errors import StafettError
from contracts.law.rule import Refusal
from gateway.auth import IssuerAwayError, TokenError
from gateway.http.problems import ProblemError, ProblemKind, invalid_in, respond, unauthenticated, unknown_outcome

_SOON: Final = {"Retry-After": "1"}


def install(app: FastAPI) -> None:
    """Answer every known error of the app as a problem. `gateway.middleware.access_log` handles unexpected errors."""

    async def handle(request: Request, error: Exception) -> Response:
        return respond(problem_of(error), request.scope)

    for kind in (StafettError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, handle)


def problem_of(error: Exception) -> ProblemError:
    """The problem that tells the caller of an error of the bus, the framework or the gateway."""
    match error:
        case ProblemError():
            return error
        case TokenError():
            return unauthenticated(f"{error}.".capitalize(), error="invalid_token")
        case IssuerAwayError():
            return ProblemError(ProblemKind.ISSUER_AWAY, "Ask again later.", headers={"Retry-After": "15"})
        case bus.RefusedError():
            return _refused(error.refusal)
        case bus.NotIssuableError():
            return ProblemError(
                ProblemKind.NOT_ISSUABLE, "The directory does not list the event among this agency's duties."
            )
        case bus.UnknownOutcomeError():
            return _unknown_outcome(error)
        case bus.SuspendedError():
            return ProblemError(
                ProblemKind.SUSPENDED, "The operator asks the national coordinator; nothing was stored."
            )
        case bus.UnknownCaseError():
            return ProblemError(ProblemKind.NOT_FOUND, "There is no such case here.")
        case bus.PreconditionError():
            return ProblemError(ProblemKind.CASE_CHANGED, "Read the case again, then decide again.")
        case bus.KeyInFlightError():
            return ProblemError(ProblemKind.KEY_IN_FLIGHT, "Wait for its answer, or ask again later.", headers=_SOON)
        case bus.KeyReuseError():
            return ProblemError(ProblemKind.KEY_REUSED, "Use a new key for a new request.")
        case bus.BrokerAwayError():
            return ProblemError(ProblemKind.BROKER_AWAY, "Ask again later.", headers=_SOON)
        case bus.StoreError():
            return ProblemError(
                ProblemKind.STORE_UNAVAILABLE, "Ask again later; the operator has been told.", headers=_SOON
            )
        case RequestValidationError():
            return invalid_in([_of_parameter(one) for one in error.errors()])
        case HTTPException():
            return _of_framework(error)
    return ProblemError(ProblemKind.INTERNAL, "The operator can find the failure by this problem's instance.")


def _refused(refusal: Refusal) -> ProblemError:
    rule, missing = refusal.rule, refusal.missing
    members = {
        "rule": rule.id,
        "rule_text": {"en": rule.wording.en, "sv": rule.wording.sv},
        "source": rule.source,
        "missing": {"en": missing.what.en, "sv": missing.what.sv},
        "supplied_by": list(missing.supplied_by),
    }
    return ProblemError(ProblemKind.RULE_REFUSED, missing.what.en, members)


def _unknown_outcome(error: bus.UnknownOutcomeError) -> ProblemError:
    return unknown_outcome(event_id=error.event_id, submission=f"/v1/submissions/{error.event_id}")


def _of_parameter(error: Mapping[str, Any]) -> dict[str, str]:
    return {"parameter": str(error["loc"][-1]), "detail": error["msg"], "code": error["type"]}


def _of_framework(error: HTTPException) -> ProblemError:
    kinds = {
        404: ProblemKind.NOT_FOUND,
        405: ProblemKind.METHOD_NOT_ALLOWED,
        413: ProblemKind.TOO_LARGE,
        415: ProblemKind.UNSUPPORTED_MEDIA_TYPE,
    }
    fallback = ProblemKind.MALFORMED_BODY if 400 <= error.status_code < 500 else ProblemKind.INTERNAL
    kind = kinds.get(error.status_code, fallback)
    return ProblemError(kind, HTTPStatus(kind.status).description or kind.title, headers=dict(error.headers or {}))
