"""The scopes of tokens. Each route needs one scope, which follows from the route's method and first tag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request

EVENTS_WRITE: Final = "events:write"
"""The scope to submit events. `events:write:CaseReferred` is the scope to submit that event alone."""

DESCRIPTIONS: Final = {
    "cases:read": "Read the cases that the agency takes part in, and hear of their changes.",
    EVENTS_WRITE: "Submit the events that take a caseworker; events:write:<event> submits that one, whatever it takes.",
    "personal-details:read": "Read personal details; each call is recorded in the case.",
    "personal-details:write": "Record personal details.",
    "replay:read": "Replay cases as any agency could read them at any moment, as an auditor.",
    "openings:read": "Read which people and systems of the agency opened which case.",
    "kept-records:read": "Read the agency's own records of erased cases that it keeps by law.",
    "kept-records:write": "Destroy such records.",
    "work:read": "Read what waits for somebody: submissions, tasks, refused events, quarantine.",
    "work:write": "Say that a task is done, or what becomes of a refused event.",
    "directory:read": "Read what the agency may issue, the rules, who else is on the bus, and whom to call.",
    "webhooks:read": "Read the webhooks, and how far each has come.",
    "webhooks:write": "Create and change webhooks; that is to have all that the agency reads sent to an address.",
    "subscribers:read": "Read the subscribers, the agency's own functions in the service, and how far each has come.",
    "subscribers:write": "Pause subscribers, and have them handle entries again or not at all.",
    "statistics:read": "Read how many presumed victims there are.",
}
_RESOURCES: Final = {
    "live": "cases",
    "feed": "cases",
    "offers": "cases",
    "readings": "personal-details",
    "erasures": "cases",
    "receipts": "cases",
    "mandate": "directory",
    "contacts": "directory",
}
_ALWAYS_READ: Final = frozenset({"readings"})
_OF_EVENTS: Final = frozenset({"cases", "directory"})


def needed(method: str, tags: Sequence[object]) -> str:
    """The scope that a route needs: the resource of its first tag, to read or to write.

    Writing to cases and to the directory needs `events:write`. Asking for personal details is reading, although each
    reading is recorded.
    """
    tag = str(tags[0])
    resource = _RESOURCES.get(tag, tag)
    if method.upper() in ("GET", "HEAD") or tag in _ALWAYS_READ:
        return f"{resource}:read"
    return EVENTS_WRITE if resource in _OF_EVENTS else f"{resource}:write"


def needed_by(request: Request) -> str:
    """The scope that the request's route needs."""
    return needed(request.method, request.scope["route"].tags)


def for_event(name: str) -> str:
    """The scope to submit this event alone."""
    return f"{EVENTS_WRITE}:{name}"


def may_submit(scopes: frozenset[str]) -> bool:
    """True if the scopes let their holder submit at least one event."""
    return any(scope == EVENTS_WRITE or scope.startswith(f"{EVENTS_WRITE}:") for scope in scopes)
