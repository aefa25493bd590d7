"""A subscriber: Python code of an agency that is called for the entries of its feed, from a position of its own.

It lives beside the service's mandate. A handler is called at least once for each entry, in the order of its case, and
again with back-off until it returns; after three days, or when it gives up, the entry is a dead letter.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol, overload

from bus.mandate import A_, B_, C_, AgencySteps
from contracts.errors import StafettError
from contracts.event.case_event import CaseEvent
from contracts.view.case_view import CaseView
from contracts.vocabulary.parts import Part

NAME: Final = "^[a-z][a-z0-9-]{0,39}$"
"""The form of a subscriber's name, and of the code with which a handler gives up."""


class SubscriberContext(AgencySteps, Protocol):
    """The steps that a handler may take, and the place of its entry.

    `provenance.event_id` is the same each time that the event comes, also when a power cut gave it another position.

    Attributes:
        position: The entry's position in the feed.
        version: The event's version in its case.
        again: True if the event was told before, and its details could be read only now.
    """

    position: str
    version: int
    again: bool


@dataclass(frozen=True, slots=True)
class ForgetOrder:
    """Something that must be forgotten.

    Attributes:
        position: The entry's position in the feed.
        case_id: The case.
        why: `erased` or `left`: the whole case. `part-lost`: the details of all events in `part`. `replaced`: the
            events of the case after `version`; those in their place follow.
        part: The part that is lost, or None.
        version: See `why`.
    """

    position: str
    case_id: str
    why: Literal["erased", "left", "part-lost", "replaced"]
    part: Part | None
    version: int


class GiveUpError(StafettError):
    """A handler can never handle this entry. The entry becomes a dead letter at once, with the code.

    `code` is a word such as `unknown-unit` and never a text about the case: lower-case letters, digits, hyphens.
    Raises ValueError when it is not.
    """

    def __init__(self, code: str) -> None:
        if re.fullmatch(NAME, code) is None:
            raise ValueError("a code is at most 40 lower-case letters, digits and hyphens")
        super().__init__(code)
        self.code = code


HandlerOf = Callable[[A_, CaseView, SubscriberContext], Awaitable[None]]
Handler = HandlerOf[Any]
Forgetter = Callable[[ForgetOrder], Awaitable[None]]


@dataclass(eq=False)
class Subscriber:
    """Handlers with one position in an agency's feed.

    A handler is a coroutine function. It is called with the event, the case as the agency reads it now (which may be
    further on than the event), and a `SubscriberContext`. All handlers of a subscriber share a thread of their own.

    Args:
        name: Names its position for ever: at most 40 lower-case letters, digits and hyphens.
        after: Where it begins when the service meets it first. None: now. A position of the feed: the entries after it;
            an empty one: all that the agency may read. A moment with its zone: the events recorded from then on.
        within: The seconds in which a handler must end.

    Raises ValueError when one of them is not of its form.
    """

    name: str
    after: str | datetime | None = None
    within: float = 15.0
    handlers: dict[type[CaseEvent], Handler] = field(default_factory=dict, init=False)
    forgetter: Forgetter | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if re.fullmatch(NAME, self.name) is None:
            raise ValueError("a subscriber's name is at most 40 lower-case letters, digits and hyphens")
        if isinstance(self.after, datetime) and self.after.tzinfo is None:
            raise ValueError("the moment to begin at needs its zone")
        if not 0 < self.within <= 3600:
            raise ValueError("a handler has more than 0 and at most 3600 seconds")

    @overload
    def on(self, event: type[A_], /) -> Callable[[HandlerOf[A_]], HandlerOf[A_]]: ...

    @overload
    def on(self, event: type[A_], or_event: type[B_], /) -> Callable[[HandlerOf[A_ | B_]], HandlerOf[A_ | B_]]: ...

    @overload
    def on(
        self, event: type[A_], or_event: type[B_], or_third: type[C_], /
    ) -> Callable[[HandlerOf[A_ | B_ | C_]], HandlerOf[A_ | B_ | C_]]: ...

    @overload
    def on(self, *events: type[CaseEvent]) -> Callable[[Handler], Handler]: ...

    def on(self, *events: type[CaseEvent]) -> Callable[[Handler], Handler]:
        """Register the handler of these events. A type checker knows the event's class for up to three events.

        Raises TypeError for anything but a coroutine function, ValueError when an event has a handler here already:
        each would be called again when the other fails.
        """

        def register(handler: Handler) -> Handler:
            _require_coroutine(handler)
            for event in events:
                if self.handlers.setdefault(event, handler) is not handler:
                    raise ValueError(f"{event.__name__} has a handler in {self.name} already")
            return handler

        return register

    def on_forget(self, forgetter: Forgetter) -> Forgetter:
        """Register the coroutine function that is told what to forget. Raises TypeError or ValueError as `on` does."""
        _require_coroutine(forgetter)
        if self.forgetter is not None:
            raise ValueError(f"{self.name} has a handler of what to forget already")
        self.forgetter = forgetter
        return forgetter

    @property
    def types(self) -> str:
        """The names of the events that it handles, sorted, with commas between."""
        return ",".join(sorted(event.__name__ for event in self.handlers))


def _require_coroutine(handler: object) -> None:
    if not inspect.iscoroutinefunction(handler):
        raise TypeError("a handler is a coroutine function: async def")
