"""The two deciders of the bus: one for cases, one for the directory.

A decider gives a stream's initial state, parses its events, judges them and applies them. It is pure. The rest of the
bus handles both kinds of stream through this one interface.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from bus.envelope.envelope import Envelope
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.directory.evolution import evolve_directory
from contracts.directory.objections import coordinator_keeps_the_directory, objection
from contracts.directory.publications import read_directory_event
from contracts.directory.view import DirectoryView
from contracts.event.case_event import Provenance
from contracts.event.sections import core_of, has_details
from contracts.event.upcasting import read_event
from contracts.law import decider as case_rules
from contracts.law.in_force import ruleset_in_force
from contracts.law.rule import Refusal, Rule
from contracts.privacy import readers
from contracts.statistics.case_progress import CaseProgress, month_of_moment
from contracts.sweden.guidance.reachable import refused_by_directory
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId

DIRECTORY_ID: Final = "00000000-0000-0000-0000-000000000000"
"""The id of the directory's stream; each case has a random id instead."""

State = Any
"""A CaseView or a DirectoryView; only the decider needs to know which."""


class Decider(Protocol):
    """The rules of one kind of stream: `initial`, `decide`, `evolve`.

    `rests_on`: the streams that a new replica must have read before it can verify this one.
    """

    @property
    def rests_on(self) -> tuple[str, ...]: ...

    def initial(self, stream_id: str) -> State:
        """Return the state before the first event."""

    def read(self, type_name: str, data: bytes) -> Any:
        """Parse an event. Raises InvalidEventError or UnknownEventTypeError."""

    def decide(self, state: State, event: Any, by: Provenance) -> Refusal | None:
        """Return why the event may not be issued now, or None when it may."""

    def decide_core(self, state: State, event: Any, by: Provenance) -> Refusal | None:
        """Return why the rules of the core forbid the event, or None. It needs no other part of the state."""

    def evolve(self, state: State, event: Any, by: Provenance) -> State:
        """Return the state after an event that `decide` allows."""

    def skip(self, state: State) -> State:
        """Return the state after a void event: only its version has grown by one."""

    def closed_to(self, state: State, agency: AgencyId) -> Rule | None:
        """Return the rule that forbids this agency every sealed event here, or None. The event need not be opened."""

    def refused_by_directory(
        self, state: State, event: Any, by: Provenance, directory: DirectoryView
    ) -> Refusal | None:
        """Return why the directory forbids the event (an absent addressee, no certificate), or None.

        Only the issuer asks, before it issues the event; replicas do not judge by it.
        """

    def takes_part(self, state: State, agency: AgencyId) -> bool:
        """Return whether the agency is a participant."""

    def progress(self, progress: CaseProgress, envelope: Envelope) -> CaseProgress:
        """Return the stream's progress after an event, as far as its envelope alone shows it."""


class _CaseDecider:
    """The decider of cases: it judges an event by the ruleset in force on the day when the fact occurred."""

    rests_on = (DIRECTORY_ID,)

    def initial(self, stream_id: str) -> CaseView:
        return CaseView.unopened(stream_id)

    def read(self, type_name: str, data: bytes) -> Any:
        return read_event(type_name, data)

    def decide(self, state: CaseView, event: Any, by: Provenance) -> Refusal | None:
        return case_rules.decide(state, event, by, ruleset_in_force(event.occurred_on, by.recorded_at))

    def decide_core(self, state: CaseView, event: Any, by: Provenance) -> Refusal | None:
        ruleset = ruleset_in_force(event.occurred_on, by.recorded_at)
        return case_rules.decide_core(state, core_of(event), by, ruleset, detailed=has_details(event))

    def evolve(self, state: CaseView, event: Any, by: Provenance) -> CaseView:
        return case_rules.evolve(state, event, by)

    def skip(self, state: CaseView) -> CaseView:
        return state.advanced()

    def closed_to(self, state: CaseView, agency: AgencyId) -> Rule | None:
        return readers.closed_to(state, agency)

    def refused_by_directory(
        self, state: CaseView, event: Any, by: Provenance, directory: DirectoryView
    ) -> Refusal | None:
        return refused_by_directory(state, event, by, directory)

    def takes_part(self, state: CaseView, agency: AgencyId) -> bool:
        return state.takes_part(agency)

    def progress(self, progress: CaseProgress, envelope: Envelope) -> CaseProgress:
        return progress.after(envelope.event_name, month_of_moment(envelope.recorded_at))


class _DirectoryDecider:
    """The decider of the directory: the national coordinator alone writes who is on the bus."""

    rests_on = ()

    def initial(self, stream_id: str) -> DirectoryView:
        return DirectoryView()

    def read(self, type_name: str, data: bytes) -> Any:
        return read_directory_event(type_name, data)

    def decide(self, state: DirectoryView, event: Any, by: Provenance) -> Refusal | None:
        missing = objection(state, event, by)
        return None if missing is None else Refusal(coordinator_keeps_the_directory, missing)

    def decide_core(self, state: DirectoryView, event: Any, by: Provenance) -> Refusal | None:
        return self.decide(state, event, by)

    def evolve(self, state: DirectoryView, event: Any, by: Provenance) -> DirectoryView:
        return evolve_directory(state, event, by)

    def skip(self, state: DirectoryView) -> DirectoryView:
        return state.model_copy(update={"version": state.version + 1})

    def closed_to(self, state: DirectoryView, agency: AgencyId) -> Rule | None:
        return None

    def refused_by_directory(
        self, state: DirectoryView, event: Any, by: Provenance, directory: DirectoryView
    ) -> Refusal | None:
        return None

    def takes_part(self, state: DirectoryView, agency: AgencyId) -> bool:
        return False

    def progress(self, progress: CaseProgress, envelope: Envelope) -> CaseProgress:
        return progress


CASES: Final[Decider] = _CaseDecider()
DIRECTORY: Final[Decider] = _DirectoryDecider()
_BY_STREAM: Final[dict[str, Decider]] = {DIRECTORY_ID: DIRECTORY}


def decider_of(stream_id: str) -> Decider:
    """Return the decider of a stream: DIRECTORY for DIRECTORY_ID, else CASES."""
    return _BY_STREAM.get(stream_id, CASES)


def decider_of_event(event_name: str) -> Decider:
    """Return the decider whose streams hold events of this name."""
    return DIRECTORY if event_name in DIRECTORY_EVENTS else CASES
