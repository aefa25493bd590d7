"""The effect of each event on the view: a registry that each chapter fills with `evolves`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from contracts.event.case_event import CaseEvent, Provenance
from contracts.view.case_view import CaseView

E_ = TypeVar("E_", bound=CaseEvent)

Evolution = Callable[[CaseView, E_, Provenance], CaseView]

EVOLUTIONS: Final[dict[type[CaseEvent], Evolution[Any]]] = {}
"""The effect of each event, registered by its chapter with `evolves`. It returns the view, advanced once."""


LEAVES_MORE_SINCE: Final = datetime(2026, 11, 28, 12, tzinfo=UTC)
"""Some events that are recorded from this moment on leave more in the view.

An event that was recorded earlier leaves what it always left, so that the digests of earlier cases stay.
"""


def leaves_more(by: Provenance) -> bool:
    """True if the event is recorded since `LEAVES_MORE_SINCE`."""
    return by.recorded_at >= LEAVES_MORE_SINCE


def evolves(event: type[E_]) -> Callable[[Evolution[E_]], Evolution[E_]]:
    """Register a pure function as the effect of an event on the view."""

    def register(evolution: Evolution[E_]) -> Evolution[E_]:
        EVOLUTIONS[event] = evolution
        return evolution

    return register
