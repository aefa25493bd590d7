"""An agency's mandate: what it may issue, in which role, and how it reacts to what others issue.

The service's HTTP, its subscriptions, its rights at the broker and its documents all follow from the mandate.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from contracts.directory.events import DirectoryEvent
from contracts.event.case_event import CaseEvent, Provenance
from contracts.event.published_event import PublishedEvent
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role


class ReactionContext(Protocol):
    """What a reaction may do, at which agency. Doing it again, when a reaction runs again, does nothing new.

    `provenance`: where the event comes from. `before`: the case just before the event.
    """

    agency: AgencyId
    provenance: Provenance
    before: CaseView

    async def open_task(
        self, case: CaseView, what: str, about: str, *, en: str, sv: str, due: str | None = None
    ) -> None:
        """Put something before the agency's caseworkers, until `close_task`. `due`: an ISO date or timestamp.

        Its key is the case, `what` is to be done and `about` which of several; `about` is mostly the id of the event
        that asks for it. Under one key there is one task for ever, open or done.
        """

    async def close_task(self, case: CaseView, what: str, about: str) -> None:
        """What a task asks for has been done; so it stays, even if the task is only raised later."""

    async def notify(self, case: CaseView, *, en: str, sv: str) -> None:
        """Let the agency's caseworkers know something that asks for no event in answer."""

    async def issue(self, case: CaseView, event: CaseEvent) -> None:
        """Issue an event in answer; refused by the rules, it is dropped with a log line."""


Reaction = Callable[[Any, CaseView, ReactionContext], Awaitable[None]]

Concern = Callable[[CaseView, AgencyId], bool]
"""Whether an event may give an agency something to do, in a case as it was before the event. Cheap and pure."""


def always(case: CaseView, agency: AgencyId) -> bool:
    """Whatever the case holds."""
    return True


@dataclass
class Mandate:
    """The mandate of one kind of agency, filled in by its service's file."""

    kind: AgencyKind
    roles: dict[type[CaseEvent], Role] = field(default_factory=dict)
    directory_roles: dict[type[DirectoryEvent], Role] = field(default_factory=dict)
    reactions: dict[type[CaseEvent], list[Reaction]] = field(default_factory=dict)
    concerns: dict[str, list[Concern]] = field(default_factory=dict)
    """By the event's name, one for each reaction: where none holds, the event gives the agency nothing to do."""

    def may_issue(self, *events: type[PublishedEvent], role: Role = Role.CASEWORKER) -> None:
        """Let the agency issue these events, by people in a role.

        Raises ValueError when the contracts give the event to other kinds of agency or another role, or when it was
        given before.
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

    def on(self, *events: type[CaseEvent], where: Concern = always) -> Callable[[Reaction], Reaction]:
        """React to these events: called with the event, the case after it, and a context, at least once, until it
        succeeds. `where`: in which cases; most events concern few of those who read them.
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
