"""The effects of each event on the view: registries that the chapters fill with `evolves` and `evolves_part`.

An event has an effect on the core, which follows from the core of the case and of the event alone, so that all
participants agree. It may also have an effect on its part, which only the readers of that part see.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from contracts.event.case_event import CaseEvent, Provenance
from contracts.view.case_view import CaseView
from contracts.view.parts.status import CaseStatus

E_ = TypeVar("E_", bound=CaseEvent)

Evolution = Callable[[CaseView, E_, Provenance], CaseView]

EVOLUTIONS: Final[dict[type[CaseEvent], Evolution[Any]]] = {}
"""The effect of each event on the core, registered with `evolves`. It returns the view, advanced once."""

PART_EVOLUTIONS: Final[dict[type[CaseEvent], Evolution[Any]]] = {}
"""The effect of each event on its part, registered with `evolves_part`. It does not advance the view."""

LEAVES_MORE_SINCE: Final = datetime(2026, 11, 28, 12, tzinfo=UTC)
"""Some events that are recorded from this moment on leave more in the view.

An event that was recorded earlier leaves what it always left, so that the digests of earlier cases stay.
"""


OFFERS_ARE_PREVIEWED_SINCE: Final = datetime(2026, 11, 28, 22, tzinfo=UTC)
"""The recipient of an offer that is recorded from this moment on takes part once it accepts, and reads a preview.

The recipient of an earlier offer takes part from the offer on, so that earlier cases stay as they were.
"""


def is_previewed(by: Provenance) -> bool:
    """True if the offer is recorded since `OFFERS_ARE_PREVIEWED_SINCE`."""
    return by.recorded_at >= OFFERS_ARE_PREVIEWED_SINCE


def leaves_more(by: Provenance) -> bool:
    """True if the event is recorded since `LEAVES_MORE_SINCE`."""
    return by.recorded_at >= LEAVES_MORE_SINCE


def evolves(event: type[E_]) -> Callable[[Evolution[E_]], Evolution[E_]]:
    """Register a pure function as the effect of an event on the core. An event without one only advances the view."""

    def register(evolution: Evolution[E_]) -> Evolution[E_]:
        EVOLUTIONS[event] = evolution
        return evolution

    return register


def evolves_part(event: type[E_]) -> Callable[[Evolution[E_]], Evolution[E_]]:
    """Register a pure function as the effect of an event on its part. It reads the core and that part."""

    def register(evolution: Evolution[E_]) -> Evolution[E_]:
        PART_EVOLUTIONS[event] = evolution
        return evolution

    return register


def changes_its_part(event: type[CaseEvent]) -> bool:
    """True if events of this type have an effect on their part."""
    return event in PART_EVOLUTIONS


def evolve_core(case: CaseView, event: CaseEvent, by: Provenance) -> CaseView:
    """The case after an event, with its effect on the core; the version is one higher, the other parts are as before.

    `event`: its core suffices; see `contracts.event.sections.core_of`.
    """
    effect = EVOLUTIONS.get(type(event))
    if effect is None:
        return case.advanced()
    after = effect(case.core, event, by)
    if after.status is CaseStatus.ERASED:  # nothing is left of any part
        return after.changed(hidden=())
    return after.with_details_of(case)


def evolve_part(case: CaseView, event: CaseEvent, by: Provenance) -> CaseView:
    """The case with the effect of a whole event on its part. `case`: the case with the event's effect on the core."""
    effect = PART_EVOLUTIONS.get(type(event))
    return case if effect is None else effect(case, event, by)
