"""The two deciders of the bus, of one kind: the case and the directory.

A decider says how a stream's state begins, what its events say, whether one may be issued now, and what it changes. All
of it is pure, and nothing else in the bus knows one stream from the other.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from bus.envelope.envelope import Envelope
from contracts.directory.certification import uncertified
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.directory.evolution import evolve_directory
from contracts.directory.objections import coordinator_keeps_the_directory, objection
from contracts.directory.publications import read_directory_event
from contracts.directory.view import DirectoryView
from contracts.event.case_event import Provenance
from contracts.event.upcasting import read_event
from contracts.law import decider as case_rules
from contracts.law.in_force import ruleset_in_force
from contracts.law.rule import Refusal, Rule
from contracts.privacy import readers
from contracts.statistics.case_progress import CaseProgress, month_of_moment
from contracts.sweden.guidance.reachable import nobody_is_asked
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId

DIRECTORY_ID: Final = "00000000-0000-0000-0000-000000000000"
"""The token of the directory's chain, where a case has its random one."""

State = Any
"""A CaseView or a DirectoryView: the state of a decider is known to the decider alone."""


class Decider(Protocol):
    """`initial`, `decide`, `evolve` of one kind of stream.

    `rests_on`: the streams without which a newcomer believes nothing in this one.
    """

    @property
    def rests_on(self) -> tuple[str, ...]: ...

    def initial(self, stream_id: str) -> State:
        """The state before the first event."""

    def read(self, type_name: str, data: bytes) -> Any:
        """The event that these bytes state; raises InvalidEventError or UnknownEventTypeError."""

    def decide(self, state: State, event: Any, by: Provenance) -> Refusal | None:
        """Why the event may not be issued now, or None."""

    def evolve(self, state: State, event: Any, by: Provenance) -> State:
        """The state after an event that `decide` lets through."""

    def skip(self, state: State) -> State:
        """The state after an event without effect: one version further."""

    def closed_to(self, state: State, agency: AgencyId) -> Rule | None:
        """The rule that objects to whatever an agency seals here, so that nobody need open it to refuse it."""

    def refused_by_directory(
        self, state: State, event: Any, by: Provenance, directory: DirectoryView
    ) -> Refusal | None:
        """Why the directory does not let an event be issued, or None; only its issuer asks."""

    def takes_part(self, state: State, agency: AgencyId) -> bool:
        """Whether the agency is a participant."""

    def progress(self, progress: CaseProgress, envelope: Envelope) -> CaseProgress:
        """How far the stream has come with an event, as its envelope shows."""


class _CaseDecider:
    """A case: the ruleset in force when the fact occurred decides."""

    rests_on = (DIRECTORY_ID,)

    def initial(self, stream_id: str) -> CaseView:
        return CaseView.unopened(stream_id)

    def read(self, type_name: str, data: bytes) -> Any:
        return read_event(type_name, data)

    def decide(self, state: CaseView, event: Any, by: Provenance) -> Refusal | None:
        return case_rules.decide(state, event, by, ruleset_in_force(event.occurred_on))

    def evolve(self, state: CaseView, event: Any, by: Provenance) -> CaseView:
        return case_rules.evolve(state, event, by)

    def skip(self, state: CaseView) -> CaseView:
        return state.advanced()

    def closed_to(self, state: CaseView, agency: AgencyId) -> Rule | None:
        return readers.closed_to(state, agency)

    def refused_by_directory(
        self, state: CaseView, event: Any, by: Provenance, directory: DirectoryView
    ) -> Refusal | None:
        return nobody_is_asked(state, event, directory) or uncertified(state, event, by, directory)

    def takes_part(self, state: CaseView, agency: AgencyId) -> bool:
        return state.takes_part(agency)

    def progress(self, progress: CaseProgress, envelope: Envelope) -> CaseProgress:
        return progress.after(envelope.event_name, month_of_moment(envelope.recorded_at))


class _DirectoryDecider:
    """The directory: the national coordinator says who is on the bus."""

    rests_on = ()

    def initial(self, stream_id: str) -> DirectoryView:
        return DirectoryView()

    def read(self, type_name: str, data: bytes) -> Any:
        return read_directory_event(type_name, data)

    def decide(self, state: DirectoryView, event: Any, by: Provenance) -> Refusal | None:
        missing = objection(state, event, by)
        return None if missing is None else Refusal(coordinator_keeps_the_directory, missing)

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
    """The decider of a stream: the directory has one token, every case another."""
    return _BY_STREAM.get(stream_id, CASES)


def decider_of_event(event_name: str) -> Decider:
    """The decider in whose streams events of this name stand."""
    return DIRECTORY if event_name in DIRECTORY_EVENTS else CASES
