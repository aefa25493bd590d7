"""One case at one replica: its chain, its keys, its view, and what a message does to them. Pure.

Whether a message joins the chain depends on its envelope alone, so every replica agrees, whether or not it can open the
content. What the content does to the view is judged by the rules: content that breaks one is set aside, the view
stays as it was, and the chain goes on. From the first event on that we cannot open, the view stands still.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import Any, Self

from bus.directory import DIRECTORY_ID, Directory
from bus.envelope import GENESIS, Envelope
from bus.errors import EnvelopeError, SealError
from bus.keyring import NO_KEYS, Keys, opened
from bus.sealing import ContentKey
from bus.set_aside import SetAside
from bus.store.batch import Head
from contracts.case import decide, evolve, ruleset_in_force
from contracts.erasure import ErasureRequested
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event import CaseEvent, Provenance
from contracts.record_states import ErasureScope
from contracts.upcasting import read_event
from contracts.view import CaseView

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as this replica holds it; see `Head` for `sequence` and `log_version`.

    `version`: the number of events in the chain, of which the view may lag behind. `keys`: those that we hold of the
    case's facts. `epochs`: those of them that have opened an event, and `epoch` the one that opened the last; it is
    `stale` when somebody has left since, so that the next event begins another.
    """

    view: CaseView
    version: int = 0
    hash: str = GENESIS
    sequence: int = 0
    log_version: int = 0
    keys: Keys = field(default=NO_KEYS, repr=False)
    epochs: Keys = field(default=NO_KEYS, repr=False)
    epoch: ContentKey | None = field(default=None, repr=False)
    stale: bool = False

    @classmethod
    def unopened(cls, case_id: str, keys: Keys = NO_KEYS) -> Self:
        """The case before its first message."""
        return cls(CaseView.unopened(case_id), keys=keys)

    @property
    def behind(self) -> bool:
        """Whether the view stands still at an event that we cannot open; the directory has its view elsewhere."""
        return self.view.version < self.version and self.view.case_id != DIRECTORY_ID

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
        """After an event that joins the chain and that nobody looks into: the view stands still."""
        place = self.sequence if sequence is None else sequence
        return replace(self, version=envelope.version, hash=envelope.hash, sequence=place, log_version=envelope.version)

    def with_event(
        self, envelope: Envelope, directory: Directory, sequence: int | None = None
    ) -> tuple[CaseFile, SetAside | None]:
        """After an event that joins the chain, and why its content was set aside, if it was."""
        chained = self.chained(envelope, sequence)
        if envelope.case_id == DIRECTORY_ID:
            return chained, None  # `Directory.after` looks into it
        try:
            content, key = _content(self.keys, envelope)
        except SealError as error:
            broken = SetAside("unreadable", error.reason)
            return (chained if self.behind else replace(chained, view=self.view.advanced())), broken
        if content is None:
            return chained, None
        if self.behind:
            return _begun_anew(chained, envelope, content, directory), None
        view, aside = judge(self.view, envelope, content, directory)
        return replace(chained, view=view, **_epoch(self, view, key)), aside


def _begun_anew(case: CaseFile, envelope: Envelope, content: bytes, directory: Directory) -> CaseFile:
    """The case after an event that follows some which we cannot open: it can be read again only when it is erased.

    Whether it should have been cannot be judged here. Who could has destroyed its keys, or keeps to what it can read.
    """
    if envelope.sealed or envelope.event_name != ErasureRequested.__name__:
        return case
    try:
        event = read_event(envelope.type, content)
    except (InvalidEventError, UnknownEventTypeError):
        return case
    if not isinstance(event, ErasureRequested) or event.scope is not ErasureScope.CASE:
        return case
    before = CaseView.unopened(envelope.case_id).changed(version=envelope.version - 1)
    return replace(case, view=evolve(before, event, provenance(envelope, directory)))


def _epoch(before: CaseFile, view: CaseView, key: ContentKey | None) -> dict[str, Any]:
    """The epoch that the next event continues, and whether somebody has left since it began."""
    stale = len(view.former) > len(before.view.former)
    if key is None:
        return {"stale": stale or before.stale}
    epochs = before.epochs if key in before.epochs else (*before.epochs, key)
    return {"epochs": epochs, "epoch": key, "stale": stale or (before.stale and key == before.epoch)}


def _content(keys: Keys, envelope: Envelope) -> tuple[bytes | None, ContentKey | None]:
    """The event's content, None when we cannot open it; and the key that opened it. Raises SealError."""
    if not envelope.sealed:
        return envelope.data, None
    found = opened(keys, envelope)
    return (None, None) if found is None else found


def content_of(keys: Keys, envelope: Envelope) -> bytes | None:
    """The event's content; None when we cannot open it, or when it is not sealed as it should be."""
    try:
        return _content(keys, envelope)[0]
    except SealError:
        return None


def provenance(envelope: Envelope, directory: Directory) -> Provenance:
    """Where an event comes from, as the rules see it."""
    return Provenance(envelope.event_id, envelope.agency, directory.kind_of(envelope.agency), envelope.recorded_at)


def judge(view: CaseView, envelope: Envelope, content: bytes, directory: Directory) -> tuple[CaseView, SetAside | None]:
    """The view after the envelope's content: evolved, or with only the version moved on and the reason why."""
    try:
        event: CaseEvent = read_event(envelope.type, content)
    except (InvalidEventError, UnknownEventTypeError):
        return view.advanced(), SetAside("unreadable", f"the data is not a {envelope.type}")
    if event.sealed != envelope.sealed:
        return view.advanced(), SetAside("unreadable", "sealed" if envelope.sealed else "not sealed")
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
