"""One case at one replica: its chain, its keys, its view, and what a message does to them. Pure.

Whether a message joins the chain depends on its envelope alone, so every replica agrees, whether or not it can open the
content. What the content does to the view is judged by the rules: content that breaks one is set aside, the view
stays as it was, and the chain goes on. What is sealed by an agency outside the case breaks one whatever it says, so it
is set aside unopened. From the first event of a participant on that we cannot open, the view stands still, until the
case is erased.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from bus.envelope import GENESIS, Envelope
from bus.errors import EnvelopeError, SealError
from bus.members.directory import DIRECTORY_ID, Directory
from bus.sealing.content import ContentKey
from bus.sealing.keyring import NO_KEYS, Keys, opened
from bus.set_aside import SetAside
from bus.store.batch import Head
from contracts.access import NARROWING
from contracts.case import closed_to, decide, evolve, ruleset_in_force
from contracts.erasure import ErasureConfirmed, ErasureRequested
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event import CaseEvent, Provenance
from contracts.record_states import ErasureScope
from contracts.upcasting import read_event
from contracts.view import CaseView

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as this replica holds it; see `Head` for `sequence` and `log_version`.

    `version`: the number of events in the chain, of which the view may lag behind. `narrowed`: the version of the last
    that may have closed something to somebody. `keys`: those that we hold of the case's facts. `epochs`: those of them
    that have opened an event, and `epoch` the one that opened the last, whose first event was recorded when it had
    `begun`; it is `stale` when somebody has left since, so that the next event begins another. `opener`: the agency of
    the first event. `allowed`: the ids of the erasures for whose sake we destroyed our keys, having judged them.
    `overheard`: what was said in clear of erasures since we cannot open the case.
    """

    view: CaseView
    version: int = 0
    hash: str = GENESIS
    sequence: int = 0
    log_version: int = 0
    narrowed: int = 0
    keys: Keys = field(default=NO_KEYS, repr=False)
    epochs: Keys = field(default=NO_KEYS, repr=False)
    epoch: ContentKey | None = field(default=None, repr=False)
    begun: datetime | None = None
    stale: bool = False
    opener: str = ""
    allowed: frozenset[str] = frozenset()
    overheard: tuple[Envelope, ...] = field(default=(), repr=False)

    @classmethod
    def unopened(cls, case_id: str, keys: Keys = NO_KEYS, allowed: frozenset[str] = frozenset()) -> Self:
        """The case before its first message."""
        return cls(CaseView.unopened(case_id), keys=keys, allowed=allowed)

    @property
    def behind(self) -> bool:
        """Whether the view stands still at an event that we cannot open; the directory has its view elsewhere."""
        return self.view.version < self.version and self.view.case_id != DIRECTORY_ID

    def digest(self, label: str, *texts: str) -> bytes | None:
        """A digest of texts about this case that nobody can try who lacks its keys; None when we hold none.

        It is made with the case's first key, so that it stays the same in every epoch. See `ContentKey.digest`.
        """
        keys = self.epochs or self.keys
        return keys[0].digest(label, self.view.case_id, *texts) if keys else None

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
        return replace(
            self,
            version=envelope.version,
            hash=envelope.hash,
            sequence=place,
            log_version=envelope.version,
            narrowed=envelope.version if envelope.event_name in NARROWING else self.narrowed,
            opener=self.opener or envelope.agency,
        )

    def with_event(
        self, envelope: Envelope, directory: Directory, sequence: int | None = None
    ) -> tuple[CaseFile, SetAside | None]:
        """After an event that joins the chain, and why its content was set aside, if it was."""
        case, aside, _ = self.with_content(envelope, directory, sequence)
        return case, aside

    def with_content(
        self, envelope: Envelope, directory: Directory, sequence: int | None = None
    ) -> tuple[CaseFile, SetAside | None, bytes | None]:
        """The same, and the event's content; None when we cannot open it, or when it is not sealed as it should be."""
        chained = self.chained(envelope, sequence)
        if envelope.case_id == DIRECTORY_ID:
            return chained, None, envelope.data  # `Directory.after` looks into it
        closed = closed_to(self.view, envelope.agency) if envelope.sealed and not self.behind else None
        if closed is not None:
            return replace(chained, view=self.view.advanced()), SetAside("refused", closed.id), None
        try:
            content, key = _content(self.keys, envelope)
        except SealError as error:
            broken = SetAside("unreadable", error.reason)
            return (chained if self.behind else replace(chained, view=self.view.advanced())), broken, None
        if content is None:
            return chained, None, None
        if self.behind:
            return (chained if envelope.sealed else _overhearing(chained, envelope, directory)), None, content
        view, aside = judge(self.view, envelope, content, directory)
        at = envelope.recorded_at
        return replace(chained, view=view, **_epoch(self, view, key, at, taken=aside is None)), aside, content


def _overhearing(case: CaseFile, envelope: Envelope, directory: Directory) -> CaseFile:
    """The case after something said in clear while we cannot open it: it can be read again only when it is erased.

    Anybody can ask for that, and we cannot judge it now. So we believe what we judged ourselves before our keys went,
    and what the agency that opened the case has confirmed: that one always takes part, so it could judge.
    """
    if erasure_in(envelope) is None:
        return case
    heard = (*case.overheard, envelope)
    place = vouched_for(heard, case.opener, case.allowed)
    if place is None:
        return replace(case, overheard=heard)
    asked = heard[place]
    wish = erasure_in(asked)
    if not isinstance(wish, ErasureRequested) or wish.scope is not ErasureScope.CASE:
        return replace(case, overheard=heard)
    view = CaseView.unopened(asked.case_id).changed(version=asked.version - 1)
    view = evolve(view, wish, provenance(asked, directory))
    for said in heard[place + 1 :]:
        view, _ = judge(view.changed(version=said.version - 1), said, said.data, directory)
    return replace(case, view=view, overheard=())


def vouched_for(heard: Sequence[Envelope], opener: str, allowed: Collection[str] = ()) -> int | None:
    """Where the erasure stands among these envelopes that the last of them makes believable, if it makes one so."""
    last = heard[-1]
    event = erasure_in(last)
    if isinstance(event, ErasureConfirmed) and last.agency == opener:
        wanted = event.request_id
    elif isinstance(event, ErasureRequested) and last.event_id in allowed:
        wanted = last.event_id
    else:
        return None
    # The first of an id: another one under it, that somebody wrote after, is not what was judged.
    return next((n for n, said in enumerate(heard) if said.event_id == wanted), None)


def erasure_in(envelope: Envelope) -> ErasureRequested | ErasureConfirmed | None:
    """What an envelope says in clear of an erasure, if it does."""
    if envelope.sealed or envelope.event_name not in (ErasureRequested.__name__, ErasureConfirmed.__name__):
        return None
    try:
        event = read_event(envelope.type, envelope.data)
    except (InvalidEventError, UnknownEventTypeError):
        return None
    return event if isinstance(event, (ErasureRequested, ErasureConfirmed)) else None


def _epoch(before: CaseFile, view: CaseView, key: ContentKey | None, at: datetime, *, taken: bool) -> dict[str, Any]:
    """The epoch that the next event continues, and whether somebody has left since it began.

    What the rules refuse begins no epoch, and nothing leads back to an earlier one: else whoever has left, or never
    took part, could have all that comes sealed under a key that they know.
    """
    stale = before.stale or len(view.former) > len(before.view.former)
    if key is None or key in before.epochs:
        return {"stale": stale}
    epochs = (*before.epochs, key)
    if not taken:
        return {"epochs": epochs, "stale": stale}
    return {"epochs": epochs, "epoch": key, "begun": at, "stale": len(view.former) > len(before.view.former)}


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
