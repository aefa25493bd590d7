"""The entries that a caller of the feed asks for, and may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from gateway.auth import Caller
from gateway.feed.schemas import DirectoryChange, Entry, Forget, ToldEvent
from gateway.http.misfits import misfit
from gateway.http.problems import insufficient_scope, invalid_in

_SCOPES: Final = {
    "event": "cases:read",
    "directory": "directory:read",
    "task": "work:read",
    "attention": "work:read",
    "quarantined": "work:read",
}
"""The kinds of entries beside what is to be forgotten, and the scope that each takes."""

KINDS: Final = tuple(_SCOPES)
KNOWN: Final = EVENTS.keys() | DIRECTORY_EVENTS.keys() | _SCOPES.keys()
"""Every name by which entries may be asked for."""


@dataclass(frozen=True)
class Asked:
    """A choice of entries. What is to be forgotten is in every one.

    `kinds`: the kinds that the caller may read. `names`: the kinds and the names of events that it asks for; none: all.
    """

    kinds: frozenset[str] = frozenset(KINDS)
    names: frozenset[str] = frozenset()

    def has(self, entry: Entry) -> bool:
        """Return whether an entry is among them."""
        if isinstance(entry, Forget):
            return True
        if entry.kind not in self.kinds:
            return False
        if not self.names or entry.kind in self.names:
            return True
        return isinstance(entry, (ToldEvent, DirectoryChange)) and entry.type.split(".")[2] in self.names


def asked_by(caller: Caller, types: str) -> Asked:
    """The entries that a caller asks for. `types`: kinds and names of events with commas between; empty: all.

    A token with scopes gets the kinds that its scopes allow. Raises a problem for an unknown name, and for a kind that
    the scopes do not allow.
    """
    names = frozenset(types.split(",")) if types else frozenset()
    if not names <= KNOWN:
        detail = f"This must be the name of an event, as GET /v1/events lists them, or one of {', '.join(KINDS)}."
        raise invalid_in([misfit("unknown_event_type", detail, parameter="types")])
    if caller.scopes is None:
        return Asked(names=names)
    kinds = frozenset(kind for kind, scope in _SCOPES.items() if scope in caller.scopes)
    for name in sorted(names):
        kind = name if name in _SCOPES else "event" if name in EVENTS else "directory"
        if kind not in kinds:
            raise insufficient_scope(_SCOPES[kind])
    return Asked(kinds, names)
