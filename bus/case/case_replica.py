"""One case at one replica: its chain, its keys and its view, and how an event changes them. Pure.

A replica decides from the envelope alone if an event joins the chain. So all replicas agree, even those that cannot
open the content. Then the rules judge the content: an event that breaks a rule is void, and the chain goes on. A sealed
event from an agency outside the case always breaks a rule, so no replica opens it. At the first event of a participant
that we cannot open, the view stops; it moves on when its key arrives or the case is erased. The file has over 250 lines
because chain, keys and view of a case change together, with each event.
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

    Attributes:
        version: The number of its events.
        hash: The hash of the last event.
        sequence: The place of the last event in the log.
        last_narrowing: The version of the last event that may have taken a reader's access away.
        opened_by: The agency that wrote the first event.
    """

    version: int = 0
    hash: str = GENESIS
    sequence: int = 0
    last_narrowing: int = 0
    opened_by: str = ""

    def require_next(self, envelope: Envelope) -> None:
        """Require that the envelope is the chain's next.

        Raises EnvelopeError `stale-version`, `gap` or `broken-chain` when it is not.
        """
        if envelope.version <= self.version:
            raise EnvelopeError("stale-version", f"version {envelope.version} is taken")
        if envelope.version > self.version + 1:
            raise EnvelopeError("gap", f"version {envelope.version} does not follow {self.version}")
        if envelope.previous != self.hash:
            raise EnvelopeError("broken-chain", "the previous hash is not that of the case's last event")

    def extended(self, envelope: Envelope, sequence: int) -> Chain:
        """Return the chain with this event at its end. `sequence`: the place of the event in the log."""
        return Chain(
            version=envelope.version,
            hash=envelope.hash,
            sequence=sequence,
            last_narrowing=envelope.version if envelope.event_name in NARROWING else self.last_narrowing,
            opened_by=self.opened_by or envelope.agency,
        )


@dataclass(frozen=True, slots=True)
class CaseKeys:
    """Our epoch keys of a case.

    Attributes:
        held: All keys that we hold.
        used: The keys that have opened an event.
        current: The current epoch key: it opened the event that began the epoch. None before the first event.
        since: The time at which that event was recorded, or None.
        rekey_needed: True if a participant has left since; the next event must begin a new epoch.
    """

    held: Keys = NO_KEYS
    used: Keys = NO_KEYS
    current: ContentKey | None = None
    since: datetime | None = None
    rekey_needed: bool = False

    def after(self, key: ContentKey | None, at: datetime, *, effect: bool, somebody_left: bool) -> CaseKeys:
        """Return the keys after an event that `key` opened.

        A void event begins no epoch, and no event leads back to an earlier one. Otherwise an agency that has left, or
        that never took part, could make the others seal all later events under a key that it knows.
        """
        if key is None or key in self.used:
            return replace(self, rekey_needed=True) if somebody_left else self
        used = (*self.used, key)
        if not effect:
            return replace(self, used=used, rekey_needed=self.rekey_needed or somebody_left)
        return CaseKeys(self.held, used, key, at, somebody_left)


@dataclass(frozen=True, slots=True)
class LastVoid:
    """A void event of the chain.

    `opened`: True if its content was read. `before`: the void event before it. They are a linked list, because a
    participant can write very many of them.
    """

    version: int
    why: VoidEvent
    opened: bool
    before: LastVoid | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CaseReplica:
    """A case as this replica holds it.

    Attributes:
        case_id: The id of the case, or of the directory.
        view: The state of the case. If `unreadable`, it lags behind the chain.
        chain: The chain of its events.
        keys: Our epoch keys of the case.
        authorised: The ids of the erasure requests for which we destroyed our keys.
        notices: The clear envelopes about erasures that came while we could not read the case.
        progress: The progress of the case as its envelopes show it, without the events that we know to be void.
        last_void: The last void event; it links to the earlier ones.
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
        """Return the case before its first event."""
        return cls(case_id, decider_of(case_id).initial(case_id), keys=CaseKeys(keys), authorised=authorised)

    @property
    def unreadable(self) -> bool:
        """True if the view stopped at an event that we cannot open."""
        return bool(self.view.version < self.chain.version)

    def takes_part(self, agency: str) -> bool:
        """Return whether an agency is a participant."""
        return decider_of(self.case_id).takes_part(self.view, agency)

    def digest(self, label: str, *texts: str) -> bytes | None:
        """Return a keyed digest of texts about this case, or None when we hold no key of it.

        An attacker without the key cannot test guesses of the texts. The case's first key makes the digest, so it stays
        the same in every epoch. See `ContentKey.digest`.
        """
        keys = self.keys.used or self.keys.held
        return keys[0].digest(label, self.case_id, *texts) if keys else None

    def head(self, agency: str) -> Head:
        """Return the head of the case as the store keeps it. `agency`: the agency whose participation it notes."""
        chain = self.chain
        return Head(self.case_id, chain.version, chain.hash, chain.sequence, self.takes_part(agency))

    def after(self, envelope: Envelope, directory: Directory, sequence: int = 0) -> Folded:
        """Return the case after the chain's next event. The caller has checked that it is the next."""
        folded = self._after(envelope, directory, sequence)
        if folded.void is None:
            return folded
        last = LastVoid(envelope.version, folded.void, folded.content is not None, self.last_void)
        return replace(folded, case=replace(folded.case, last_void=last))

    def voids(self, first: int, last: int) -> dict[int, LastVoid]:
        """Return the void events from version `first` to `last`, by their version."""
        found: dict[int, LastVoid] = {}
        void = self.last_void
        while void is not None and void.version >= first:
            if void.version <= last:
                found[void.version] = void
            void = void.before
        return found

    def content_of(self, envelope: Envelope) -> bytes | None:
        """Return the content of an event of this case, or None when we cannot open it."""
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
        """The event joins the chain, and changes nothing else of the case."""
        reads = self.view.version + 1 == self.chain.version
        return Folded(replace(self, view=decider_of(self.case_id).skip(self.view)) if reads else self, void)


@dataclass(frozen=True, slots=True)
class Folded:
    """The result of folding one event.

    Attributes:
        case: The case after the event.
        void: The reason why the event is void, or None.
        content: The content of the event, or None when we did not open it.
        event: The parsed event, or None.
    """

    case: CaseReplica
    void: VoidEvent | None = None
    content: bytes | None = None
    event: Any = None


def _somebody_left(before: State, after: State) -> bool:
    return isinstance(after, CaseView) and len(after.former) > len(before.former)


def _content(keys: Keys, envelope: Envelope) -> tuple[bytes | None, ContentKey | None]:
    """Return the event's content and the key that opened it; None for the content when no key of ours fits.

    Raises SealError when the fitting key does not open it.
    """
    if not envelope.sealed:
        return envelope.data, None
    found = opened(keys, envelope)
    return (None, None) if found is None else found
