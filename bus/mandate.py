"""An agency's mandate: the events it may issue, in which role, and its reactions to the events of others.

The service's HTTP operations, subscriptions, broker rights and documents are all derived from the mandate.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, overload

from contracts.directory.events import DirectoryEvent
from contracts.event.case_event import CaseEvent, Provenance
from contracts.event.published_event import PublishedEvent
from contracts.law.keeping import DutyToKeep
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role


class AgencySteps(Protocol):
    """The steps that code of an agency may take after an event. Each is idempotent, because the code may run again.

    Attributes:
        agency: The agency that acts.
        provenance: The id, issuer and time of the event.
    """

    agency: AgencyId
    provenance: Provenance

    async def open_task(
        self,
        case: CaseView,
        what: str,
        about: str,
        *,
        en: str,
        sv: str,
        due: str | None = None,
        to_issue: tuple[type[CaseEvent], ...] = (),
    ) -> None:
        """Open a task for the agency's caseworkers; `close_task` closes it.

        The key of a task is the case, `what` (the kind of work) and `about` (which one of that kind; mostly the id of
        the event that asks for it). There is only ever one task under one key, open or done. `en`, `sv`: its text.
        `due`: an ISO date or timestamp. `to_issue`: the events of which one does the task; none if no event does.
        """

    async def close_task(self, case: CaseView, what: str, about: str) -> None:
        """Close the task with this key. It stays closed, even if `open_task` is called only later."""

    async def notify(self, case: CaseView, *, en: str, sv: str) -> None:
        """Tell the agency's caseworkers something that needs no event in answer."""

    def name_of(self, agency: AgencyId) -> str:
        """Return the name by which the directory knows an agency; its id where it knows none."""

    async def issue(self, case: CaseView, event: CaseEvent) -> None:
        """Issue an event in answer. If the rules refuse it, it is dropped and logged."""


class ReactionContext(AgencySteps, Protocol):
    """The steps that a reaction may take.

    Attributes:
        before: The case just before the event.
    """

    before: CaseView


A_ = TypeVar("A_", bound=CaseEvent)
B_ = TypeVar("B_", bound=CaseEvent)
C_ = TypeVar("C_", bound=CaseEvent)
ReactionTo = Callable[[A_, CaseView, ReactionContext], Awaitable[None]]
Reaction = ReactionTo[Any]

Concern = Callable[[CaseView, AgencyId], bool]
"""A cheap, pure test: True if an event may give the agency work, in a case as it was before the event."""


def always(case: CaseView, agency: AgencyId) -> bool:
    """The concern that holds in every case."""
    return True


@dataclass
class Mandate:
    """The mandate of one kind of agency, filled in by its service's file."""

    kind: AgencyKind
    roles: dict[type[CaseEvent], Role] = field(default_factory=dict)
    directory_roles: dict[type[DirectoryEvent], Role] = field(default_factory=dict)
    reactions: dict[type[CaseEvent], list[Reaction]] = field(default_factory=dict)
    concerns: dict[str, list[Concern]] = field(default_factory=dict)
    """By the event's name, one for each reaction. If none holds, the event gives the agency no work."""
    keeps: tuple[DutyToKeep, ...] = ()
    """The duties by law to keep records of its own when a case is erased."""

    def may_issue(self, *events: type[PublishedEvent], role: Role = Role.CASEWORKER) -> None:
        """Allow the agency's people in this role to issue these events.

        Raises ValueError when the contracts give an event to other kinds of agency or to another role, or when the
        mandate has it already.
        """
        for event in events:
            if self.kind not in event.issuers:
                raise ValueError(f"{event.__name__} is not for an agency of kind {self.kind} to issue")
            if not event.may_be_issued_by(self.kind, role):
                raise ValueError(f"{event.__name__} is for the role {event.roles[self.kind]} to issue")
            if event.__name__ in self.duties:
                raise ValueError(f"{event.__name__} is already in the mandate")
            if issubclass(event, CaseEvent):
                self.roles[event] = role
            elif issubclass(event, DirectoryEvent):
                self.directory_roles[event] = role

    @overload
    def on(self, event: type[A_], /, *, where: Concern = always) -> Callable[[ReactionTo[A_]], ReactionTo[A_]]: ...

    @overload
    def on(
        self, event: type[A_], or_event: type[B_], /, *, where: Concern = always
    ) -> Callable[[ReactionTo[A_ | B_]], ReactionTo[A_ | B_]]: ...

    @overload
    def on(
        self, event: type[A_], or_event: type[B_], or_third: type[C_], /, *, where: Concern = always
    ) -> Callable[[ReactionTo[A_ | B_ | C_]], ReactionTo[A_ | B_ | C_]]: ...

    @overload
    def on(self, *events: type[CaseEvent], where: Concern = always) -> Callable[[Reaction], Reaction]: ...

    def on(self, *events: type[CaseEvent], where: Concern = always) -> Callable[[Reaction], Reaction]:
        """Register a reaction to these events. It gets the event, the case after it, and a context.

        It is called at least once, and retried until it succeeds. `where`: the cases in which it is called. A type
        checker knows the event's class for up to three events.
        """

        def register(reaction: Reaction) -> Reaction:
            for event in events:
                self.reactions.setdefault(event, []).append(reaction)
                self.concerns.setdefault(event.__name__, []).append(where)
            return reaction

        return register

    @property
    def duties(self) -> frozenset[str]:
        """The names of the events that the agency may issue."""
        return frozenset(event.__name__ for event in (*self.roles, *self.directory_roles))
