"""The public door of Stafett: the modules that programs outside this repository import.

    stafett                 Mandate, ReactionContext, Role, AgencyKind, StafettError
    stafett.client          a client of an agency's service, for its own programs
    stafett.events          every event, by name
    stafett.feed            the entries of an agency's feed, for its own programs
    stafett.testing         given, when, then: judge events without a bus; and a whole bus in one line
    stafett.mandate         how to write an agency's service
    stafett.subscribing     how to write a function that a service tells its feed

These names and their docstrings follow Semantic Versioning. Before 1.0 a minor version may change them, and the
changelog tells how; from 1.0 on only a major version does. A name that will be removed is deprecated first: for at
least one minor version and six months it still works, and warns by DeprecationWarning. Names that begin with an
underscore, the packages `bus`, `contracts`, `gateway` and `services`, and the other modules of `stafett` are internal:
they change without notice.

`pip install stafett` installs what all of these need but `stafett.client`, which is `pip install 'stafett[client]'`.
`pip install 'stafett[server]'` also installs what a service or a bus needs to run.

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

# Import on first use: the command line also begins here, and must print its first line before it loads any event.
_PLACES: Final = {"StafettError": "contracts.errors"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES.get(name, "stafett.mandate")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
