"""The public door of Stafett: what programs outside this repository import.

    stafett                 Mandate, ReactionContext, Role, AgencyKind, StafettError
    stafett.events          every event, by name
    stafett.testing         given, when, then: judge events without a bus
    stafett.mandate         how an agency's service is written

These names, and what their docstrings say, follow Semantic Versioning. Before 1.0 a minor version may change them, and
the changelog says how. From 1.0 on only a major version does. What is to go is deprecated first: it warns by
DeprecationWarning, and works on, for at least one minor version and six months. Internal are names that begin with an
underscore, the packages `bus`, `contracts`, `gateway` and `services`, and the other rooms of `stafett`: they change
without notice.

`pip install stafett` brings all that is named here; `stafett[server]` what it takes to run a service or a bus.

    >>> import stafett
    >>> stafett.Mandate(kind=stafett.AgencyKind.POLICE).kind
    <AgencyKind.POLICE: 'police'>
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from contracts.errors import StafettError
    from stafett.mandate import AgencyKind, Mandate, ReactionContext, Role

__all__ = ["AgencyKind", "Mandate", "ReactionContext", "Role", "StafettError"]

# Imported on first use: the command line begins here too, and loads no event before it has said its first line.
_PLACES: Final = {"StafettError": "contracts.errors"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES.get(name, "stafett.mandate")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
