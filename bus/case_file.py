"""One case at one replica: its chain, its view, and what a message does to them. Pure.

Whether a message joins the chain depends on its envelope alone, so every replica agrees, whether or not it may read the
content. What the content does to the view is judged by the rules: content that breaks one is set aside, the view
stays as it was, and the chain goes on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Self

from bus.directory import DIRECTORY_ID, Directory
from bus.envelope import GENESIS, Envelope
from bus.errors import EnvelopeError
from bus.set_aside import SetAside
from bus.store.batch import Head
from contracts.case import decide, evolve, ruleset_in_force
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event import CaseEvent, Provenance
from contracts.upcasting import read_event
from contracts.view import CaseView

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as this replica holds it; see `Head` for `sequence` and `log_version`."""

    view: CaseView
    hash: str = GENESIS
    sequence: int = 0
    log_version: int = 0

    @classmethod
    def unopened(cls, case_id: str) -> Self:
        """The case before its first message."""
        return cls(CaseView.unopened(case_id))

    @property
    def version(self) -> int:
        """The number of events in the chain."""
        return self.view.version

    def head(self, agency: str) -> Head:
        """Where the case stands, as the store keeps it for an agency."""
        return Head(
            self.view.case_id, self.version, self.hash, self.sequence, self.log_version, self.view.takes_part(agency)
        )

    def seen(self, sequence: int) -> CaseFile:
        """After a message that did not join the chain."""
        return replace(self, sequence=sequence)

    def found_again(self, envelope: Envelope, sequence: int) -> CaseFile:
        """After an event that the replica already holds was read from the log's new incarnation."""
        return replace(self, sequence=sequence, log_version=envelope.version)

    def require_next(self, envelope: Envelope) -> None:
        """Let the envelope be the chain's next, or raise EnvelopeError: `stale-version`, `gap` or `broken-chain`."""
        if envelope.version <= self.version:
            raise EnvelopeError("stale-version", f"version {envelope.version} is taken")
        if envelope.version > self.version + 1:
            raise EnvelopeError("gap", f"version {envelope.version} does not follow {self.version}")
        if envelope.previous != self.hash:
            raise EnvelopeError("broken-chain", "the previous hash is not that of the case's last event")

    def chained(self, envelope: Envelope, sequence: int | None = None) -> CaseFile:
        """After an event that joins the chain and that nobody looks into."""
        place = self.sequence if sequence is None else sequence
        return CaseFile(self.view.advanced(), envelope.hash, place, envelope.version)

    def with_event(
        self, envelope: Envelope, directory: Directory, sequence: int | None = None
    ) -> tuple[CaseFile, SetAside | None]:
        """After an event that joins the chain, and why its content was set aside, if it was."""
        if envelope.case_id == DIRECTORY_ID:
            return self.chained(envelope, sequence), None  # `Directory.after` looks into it
        view, aside = judge(self.view, envelope, directory)
        place = self.sequence if sequence is None else sequence
        return CaseFile(view, envelope.hash, place, envelope.version), aside


def provenance(envelope: Envelope, directory: Directory) -> Provenance:
    """Where an event comes from, as the rules see it."""
    return Provenance(envelope.event_id, envelope.agency, directory.kind_of(envelope.agency), envelope.recorded_at)


def judge(view: CaseView, envelope: Envelope, directory: Directory) -> tuple[CaseView, SetAside | None]:
    """The view after the envelope's content: evolved, or with only the version moved on and the reason why."""
    try:
        event: CaseEvent = read_event(envelope.type, envelope.data)
    except (InvalidEventError, UnknownEventTypeError):
        return view.advanced(), SetAside("unreadable", f"the data is not a {envelope.type}")
    ruleset = ruleset_in_force(event.occurred_on)
    if ruleset.id != envelope.ruleset:
        return view.advanced(), SetAside("wrong-ruleset", f"judged by {envelope.ruleset}, in force was {ruleset.id}")
    by = provenance(envelope, directory)
    try:
        refusal = decide(view, event, by, ruleset)
        if refusal is not None:
            return view.advanced(), SetAside("refused", refusal.rule.id)
        return evolve(view, event, by), None
    except Exception as error:  # one event must not stop the replica, and with it every other case
        log.error("an event could not be judged", extra={"event_id": envelope.event_id, "error": type(error).__name__})
        return view.advanced(), SetAside("failed", type(error).__name__)
