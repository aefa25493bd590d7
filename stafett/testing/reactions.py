"""Runs an agency's code after some events, without a bus, and records its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bus.mandate import Mandate
from bus.subscriber import Subscriber
from contracts.event.case_event import CaseEvent, Provenance
from contracts.testing.example_ids import CASE_ID
from contracts.testing.given_when_then import Given, Issued
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId


@dataclass(frozen=True)
class AskedTask:
    """A task that was asked for: its text in both languages, its due date, and the events of which one does it."""

    en: str
    sv: str
    due: str | None
    to_issue: tuple[type[CaseEvent], ...]


@dataclass
class RecordedSteps:
    """The steps that reactions and handlers have taken. It is itself the context that they are given.

    Attributes:
        asked: the tasks by what is to be done and about what.
        finished: the keys of those that are done.
        told: the notices, in English.
        issued: the events that were issued in answer.
    """

    agency: AgencyId
    names: Mapping[AgencyId, str] = field(default_factory=dict)
    provenance: Provenance = field(init=False)
    before: CaseView = field(init=False)
    position: str = field(default="", init=False)
    version: int = field(default=0, init=False)
    again: bool = field(default=False, init=False)
    asked: dict[tuple[str, str], AskedTask] = field(default_factory=dict)
    finished: set[tuple[str, str]] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    issued: list[CaseEvent] = field(default_factory=list)

    @property
    def open(self) -> set[str]:
        """The names of the open tasks."""
        return {what for what, _ in self.asked.keys() - self.finished}

    @property
    def tasks(self) -> dict[str, AskedTask]:
        """The open tasks by what is to be done. Raises AssertionError when two have one name."""
        left = self.asked.keys() - self.finished
        _require(len(left) == len(self.open), f"two open tasks have one name: {sorted(left)}")
        return {what: self.asked[what, about] for what, about in left}

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
        _require(en != sv, f"the task {what!r} says the same in both languages")
        self.asked.setdefault((what, about), AskedTask(en, sv, due, to_issue))

    async def close_task(self, case: CaseView, what: str, about: str) -> None:
        self.finished.add((what, about))

    async def notify(self, case: CaseView, *, en: str, sv: str) -> None:
        _require(en != sv, "a notice says the same in both languages")
        self.told.append(en)

    def name_of(self, agency: AgencyId) -> str:
        return self.names.get(agency, agency)

    async def issue(self, case: CaseView, event: CaseEvent) -> None:
        self.issued.append(event)

    async def _run_twice(self, run: Callable[[], Any]) -> None:
        """Run code as it may be run: twice. Raises AssertionError when it tells or issues something else then."""
        told, issued = len(self.told), len(self.issued)
        await run()
        anew = self.told[told:], self.issued[issued:]
        await run()
        again = self.told[told + len(anew[0]) :], self.issued[issued + len(anew[1]) :]
        _require(anew == again, "a second run told or issued something else")
        del self.told[told + len(anew[0]) :], self.issued[issued + len(anew[1]) :]


async def reactions(
    code: Mandate | Subscriber, agency: AgencyId, *events: Issued, names: Mapping[AgencyId, str] | None = None
) -> RecordedSteps:
    """Have an agency react to these events of a case, none of which may be refused; return what it has done.

    As on the bus, a mandate reacts to an event of a case in which the agency takes part before or after the event, and
    a subscriber to one after which it takes part; a task that is done stays done, and when the agency has left the
    case, its tasks in the case end. Each reaction and handler runs twice, as it may.

    Args:
        code: the mandate, or a subscriber.
        agency: the agency that reacts.
        events: the events in the order of the log; `issued` makes them.
        names: the names by which the directory knows agencies; one without a name has its id.

    Raises AssertionError when a rule refuses an event, or when a second run does something else than the first.
    """
    done, case = RecordedSteps(agency, names or {}), CaseView.unopened(CASE_ID)
    for each in events:
        before, case = case, Given(case).when(each).then_taken()
        if before.takes_part(agency) or case.takes_part(agency):
            done.provenance, done.before, done.version = each.by, before, case.version
            for run in _runs(code, each.event, case, done):
                await done._run_twice(run)
            if not case.takes_part(agency):
                done.finished |= done.asked.keys()
    return done


def _runs(
    code: Mandate | Subscriber, event: CaseEvent, case: CaseView, context: RecordedSteps
) -> list[Callable[[], Any]]:
    if isinstance(code, Mandate):
        return [_bound(reaction, event, case, context) for reaction in code.reactions.get(type(event), ())]
    handler = code.handlers.get(type(event))
    return [] if handler is None or not case.takes_part(context.agency) else [_bound(handler, event, case, context)]


def _bound(run: Callable[..., Any], *arguments: object) -> Callable[[], Any]:
    return lambda: run(*arguments)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
