"""One case at one replica: its chain, its keys and its view, and what an event does to them. Pure.

Whether an event joins the chain depends on its envelope alone, so every replica agrees, whether or not it can open the
content. The rules judge what the content does to the view: content that breaks one has no effect, and the chain goes
on. What an agency outside the case seals breaks a rule whatever it says, so nobody opens it. The view stands still at
the first event of a participant that we cannot open, until the case is erased.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from bus.case import clear_erasures
from bus.case.judging import judge
from bus.decider import State, decider_of
from bus.directory.directory import Directory
from bus.envelope.envelope import GENESIS, Envelope
from bus.errors import EnvelopeError, SealError
from bus.invariants import CHAIN_GROWS, invariant
from bus.sealing.content import ContentKey
from bus.sealing.keyring import NO_KEYS, Keys, opened
from bus.store import Head
from bus.void_event import VoidEvent, out_of_time
from contracts.privacy.readers import NARROWING
from contracts.statistics.case_progress import CaseProgress
from contracts.view.case_view import CaseView


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of a case.

    `version`: the number of its events. `hash`: of the last. `sequence`: the place of the last in the log.
    `last_narrowing`: the version of the last event that may have closed something to somebody. `opened_by`: the agency
    of the first.
    """

    version: int = 0
    hash: str = GENESIS
    sequence: int = 0
    last_narrowing: int = 0
    opened_by: str = ""

    def require_next(self, envelope: Envelope) -> None:
        """Let the envelope be the chain's next, or raise EnvelopeError: `stale-version`, `gap` or `broken-chain`."""
        if envelope.version <= self.version:
            raise EnvelopeError("stale-version", f"version {envelope.version} is taken")
        if envelope.version > self.version + 1:
            raise EnvelopeError("gap", f"version {envelope.version} does not follow {self.version}")
        if envelope.previous != self.hash:
            raise EnvelopeError("broken-chain", "the previous hash is not that of the case's last event")

    def extended(self, envelope: Envelope, sequence: int) -> Chain:
        """The chain with its next event, which stands at this place in the log."""
        invariant(envelope.version == self.version + 1 and envelope.previous == self.hash, CHAIN_GROWS)
        return Chain(
            version=envelope.version,
            hash=envelope.hash,
            sequence=sequence,
            last_narrowing=envelope.version if envelope.event_name in NARROWING else self.last_narrowing,
            opened_by=self.opened_by or envelope.agency,
        )


@dataclass(frozen=True, slots=True)
class CaseKeys:
    """Our keys of a case's facts.

    `held`: all of them. `used`: those that have opened an event. `current`: the one that opened the last event that
    began an epoch, recorded at `since`. `rekey_needed`: whether somebody has left since, so that the next event
    begins another epoch.
    """

    held: Keys = NO_KEYS
    used: Keys = NO_KEYS
    current: ContentKey | None = None
    since: datetime | None = None
    rekey_needed: bool = False

    def after(self, key: ContentKey | None, at: datetime, *, effect: bool, somebody_left: bool) -> CaseKeys:
        """The keys after an event that this key opened.

        An event without effect begins no epoch, and nothing leads back to an earlier one: else an agency that has left,
        or never took part, could have all that comes sealed under a key that it knows.
        """
        if key is None or key in self.used:
            return replace(self, rekey_needed=True) if somebody_left else self
        used = (*self.used, key)
        if not effect:
            return replace(self, used=used, rekey_needed=self.rekey_needed or somebody_left)
        return CaseKeys(self.held, used, key, at, somebody_left)


@dataclass(frozen=True, slots=True)
class LastVoid:
    """An event of the chain without effect. `opened`: whether its content was read to find that out. `before`: the one
    before it; linked, since anybody who takes part can make them many.
    """

    version: int
    why: VoidEvent
    opened: bool
    before: LastVoid | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CaseReplica:
    """A case as this replica holds it.

    `view`: its state, which lags behind the chain where `unreadable`. `authorised`: the ids of the erasures for whose
    sake we destroyed our keys. `notices`: what was said in clear of erasures since we cannot read the case. `progress`:
    how far the case has come by its envelopes, without those that we know to have had no effect. `last_void`: the last
    of its events without effect, which leads to those before it.
    """

    case_id: str
    view: State
    chain: Chain = Chain()
    keys: CaseKeys = field(default=CaseKeys(), repr=False)
    authorised: frozenset[str] = frozenset()
    notices: tuple[Envelope, ...] = field(default=(), repr=False)
    progress: CaseProgress = field(default_factory=CaseProgress, repr=False)
    last_void: LastVoid | None = field(default=None, repr=False, compare=False)

    @classmethod
    def unopened(cls, case_id: str, keys: Keys = NO_KEYS, authorised: frozenset[str] = frozenset()) -> Self:
        """The case before its first event."""
        return cls(case_id, decider_of(case_id).initial(case_id), keys=CaseKeys(keys), authorised=authorised)

    @property
    def unreadable(self) -> bool:
        """Whether the view stands still at an event that we cannot open."""
        return bool(self.view.version < self.chain.version)

    def takes_part(self, agency: str) -> bool:
        """Whether an agency is a participant."""
        return decider_of(self.case_id).takes_part(self.view, agency)

    def digest(self, label: str, *texts: str) -> bytes | None:
        """A digest of texts about this case that nobody can try who lacks its keys; None when we hold none.

        It is made with the case's first key, so that it stays the same in every epoch. See `ContentKey.digest`.
        """
        keys = self.keys.used or self.keys.held
        return keys[0].digest(label, self.case_id, *texts) if keys else None

    def head(self, agency: str) -> Head:
        """Where the case stands, as the store keeps it for an agency."""
        chain = self.chain
        return Head(self.case_id, chain.version, chain.hash, chain.sequence, self.takes_part(agency))

    def after(self, envelope: Envelope, directory: Directory, sequence: int = 0) -> Folded:
        """The case after an event that is the chain's next."""
        folded = self._after(envelope, directory, sequence)
        if folded.void is None:
            return folded
        last = LastVoid(envelope.version, folded.void, folded.content is not None, self.last_void)
        return replace(folded, case=replace(folded.case, last_void=last))

    def voids(self, first: int, last: int) -> dict[int, LastVoid]:
        """The events without effect among these versions."""
        found: dict[int, LastVoid] = {}
        void = self.last_void
        while void is not None and void.version >= first:
            if void.version <= last:
                found[void.version] = void
            void = void.before
        return found

    def content_of(self, envelope: Envelope) -> bytes | None:
        """What an event of the case says, where we can open it."""
        try:
            return _content(self.keys.held, envelope)[0]
        except SealError:
            return None

    def _after(self, envelope: Envelope, directory: Directory, sequence: int) -> Folded:
        chained = replace(self, chain=self.chain.extended(envelope, sequence))
        if (void := out_of_time(envelope.recorded_at)) is not None:
            return chained._without_effect(void)
        came = replace(chained, progress=decider_of(self.case_id).progress(self.progress, envelope))
        decider = decider_of(self.case_id)
        closed = decider.closed_to(self.view, envelope.agency) if envelope.sealed and not self.unreadable else None
        if closed is not None:
            return Folded(replace(chained, view=decider.skip(self.view)), VoidEvent("refused", closed.id))
        try:
            content, key = _content(self.keys.held, envelope)
        except SealError as error:
            return chained._without_effect(VoidEvent("unreadable", error.reason))
        if content is None:
            return Folded(came)
        if self.unreadable:
            return Folded(clear_erasures.heard(came, envelope, directory), content=content)
        view, void, event = judge(self.view, envelope, content, directory)
        effect, left = void is None, _somebody_left(self.view, view)
        keys = self.keys.after(key, envelope.recorded_at, effect=effect, somebody_left=left)
        return Folded(replace(came if effect else chained, view=view, keys=keys), void, content, event)

    def _without_effect(self, void: VoidEvent) -> Folded:
        """The case whose chain an event has joined, and nothing else of it."""
        reads = self.view.version + 1 == self.chain.version
        return Folded(replace(self, view=decider_of(self.case_id).skip(self.view)) if reads else self, void)


@dataclass(frozen=True, slots=True)
class Folded:
    """The case after an event, why the event had no effect, its content and the event, where we can read them."""

    case: CaseReplica
    void: VoidEvent | None = None
    content: bytes | None = None
    event: Any = None


def _somebody_left(before: State, after: State) -> bool:
    return isinstance(after, CaseView) and len(after.former) > len(before.former)


def _content(keys: Keys, envelope: Envelope) -> tuple[bytes | None, ContentKey | None]:
    """The event's content, None when we cannot open it; and the key that opened it. Raises SealError."""
    if not envelope.sealed:
        return envelope.data, None
    found = opened(keys, envelope)
    return (None, None) if found is None else found
