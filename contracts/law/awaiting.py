"""Everything that somebody waits for has a last day: chapters say which events begin a wait, and which end it (R20).

The wait is a part of the view; `contracts.law.running_out` lets it run out. It follows from the core of a case alone,
so that all participants agree on it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar

from contracts.calendar.days import LAST_DAY, swedish_day
from contracts.event.case_event import CaseEvent, Provenance
from contracts.event.fact import EventId
from contracts.law.time_kept import with_keeper
from contracts.view.case_view import CaseView
from contracts.view.evolution import EVOLUTIONS
from contracts.view.parts.awaited import Awaited, AwaitedKind
from contracts.vocabulary.agencies import AgencyId

ANSWERS_TIMED_SINCE: Final = datetime(2026, 11, 28, 18, tzinfo=UTC)
"""Events that are recorded from this moment on begin waits. Earlier ones leave what they always left in the view, so
that the digests of earlier cases stay.
"""

E_ = TypeVar("E_", bound=CaseEvent)

Effect = Callable[[CaseView, E_, Provenance], CaseView]


ENDS: Final[dict[type[CaseEvent], None]] = {}
"""The events after which a wait may be over, in the order of their declaration."""


def also_evolves(event: type[E_]) -> Callable[[Effect[E_]], Effect[E_]]:
    """Register one more effect of an event, which is applied after those that it has. It does not advance the view."""

    def register(effect: Effect[E_]) -> Effect[E_]:
        first = EVOLUTIONS.get(event)

        def both(case: CaseView, said: E_, by: Provenance) -> CaseView:
            return effect(case.advanced() if first is None else first(case, said, by), said, by)

        EVOLUTIONS[event] = both
        return effect

    return register


def timed(by: Provenance) -> bool:
    """True if an event that was recorded then begins waits."""
    return by.recorded_at >= ANSWERS_TIMED_SINCE


def begins(
    event: type[E_],
    kind: AwaitedKind,
    *,
    asked_of: Callable[[CaseView, E_], AgencyId | None],
    last_day: Callable[[E_, date], date],
    about: Callable[[CaseView, E_], EventId | None] = lambda case, said: None,
    when: Callable[[CaseView, E_], bool] = lambda case, said: True,
    one: bool = False,
    own: bool = False,
) -> None:
    """Declare that an event begins a wait; one of the same kind about the same thing takes its place.

    Args:
        event: the event.
        kind: what is waited for.
        asked_of: who owes it, by the case after the event; None: nobody, and no wait begins.
        last_day: the last Swedish day on which it is not late, by the event and the day of its recording.
        about: the id of the event that asked for it in the first place; None: this event.
        when: True in the cases in which the wait begins.
        one: True: a wait of the same kind about anything is replaced.
        own: True: it is the agency's own review, for which no keeper of time was ever brought into the case.
    """

    ENDS[event] = None

    @also_evolves(event)
    def begin(case: CaseView, said: E_, by: Provenance) -> CaseView:
        owing = asked_of(case, said) if timed(by) and when(case, said) else None
        if owing is None:
            return case
        what = about(case, said) or by.event_id
        # A fact of long ago that is recorded today is known from today on: nobody could answer before.
        known_on = swedish_day(by.recorded_at)
        wait = Awaited(
            id=by.event_id,
            kind=kind,
            about=what,
            asked_of=owing,
            asked_by=by.agency,
            since=known_on,
            last_day=min(max(last_day(said, known_on), known_on), LAST_DAY),
        )
        others = _without(case.awaited, kind, None if one else what)
        kept = case if own else with_keeper(case, said.occurred_at, by)
        return kept.changed(awaited=(*others, wait))


def settles(event: type[CaseEvent], *kinds: AwaitedKind, about: str | None = None) -> None:
    """Declare that an event ends the waits of these kinds.

    `about`: the event's field with the id of what they are about; None: whatever they are about.
    """

    ENDS[event] = None

    @also_evolves(event)
    def end(case: CaseView, said: CaseEvent, by: Provenance) -> CaseView:
        what: Any = None if about is None else getattr(said, about)
        left = case.awaited
        for kind in kinds:
            left = _without(left, kind, what)
        return case if left == case.awaited else case.changed(awaited=left)


def _without(awaited: tuple[Awaited, ...], kind: AwaitedKind, about: EventId | None) -> tuple[Awaited, ...]:
    return tuple(each for each in awaited if each.kind is not kind or about not in (None, each.about))


def days_after(days: int) -> Callable[[CaseEvent, date], date]:
    """The last day of a wait of this many days, counted from the day after that of the event's recording."""
    return lambda said, known_on: known_on + timedelta(days=days)
