"""Query parameters that a list does not know are refused: a misspelled filter must not answer with everything."""

from __future__ import annotations

from starlette.requests import Request

from gateway.problems import invalid_in


def require_known(request: Request) -> None:
    """Raise a problem for a parameter that the route does not document, or one that is given twice.

    The problem names those that the route has, and never what was sent.
    """
    known = sorted(field.alias for field in request.scope["route"].dependant.query_params)
    sent = [name for name, _ in request.query_params.multi_items()]
    errors = [
        {"parameter": name, "detail": "Give this parameter once.", "code": "repeated"}
        for name in known
        if sent.count(name) > 1
    ]
    if not set(sent) <= set(known):
        detail = f"A parameter is not known here; these are: {', '.join(known)}."
        errors.append({"parameter": "", "detail": detail, "code": "unknown"})
    if errors:
        raise invalid_in(errors)
