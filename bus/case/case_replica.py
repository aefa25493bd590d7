"""One case at one replica: its chain, its keys and its view, and how an event changes them. Pure.

A replica decides from the envelope alone if an event joins the chain. So all replicas agree, even those that cannot
open the content. Then the rules judge the content: an event that breaks a rule is void, and the chain goes on. A sealed
event from an agency outside the case always breaks a rule, so no replica opens it. At the first event of a participant
whose core we cannot open, the view stops; it moves on when its key arrives or the case is erased. At the first event
whose details we cannot open, that part of the case stalls. A case that is only offered to us we do not read; its state
is then the preview that came with the offer's latest event (`bus.case.previewing`). The file has over 250 lines because
chain, keys and view of a case change together, with each event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from bus.case import previewing
from bus.case.case_keys import CaseKeys
from bus.case.judging import DetailsAsOpened, Verdicts, judge, judge_sections
from bus.decider import State, decider_of
from bus.directory.directory import Directory
from bus.envelope.envelope import GENESIS, Envelope
from bus.errors import EnvelopeError, SealError
from bus.sealing.content import ContentKey, kid_of, open_with
from bus.sealing.keyring import NO_KEYS, Keys
from bus.store import Head
from bus.void_event import VoidEvent, out_of_time
from contracts.event.case_event import EVENTS
from contracts.event.sections import merged, without_details
from contracts.law.parts import readers, same_readers
from contracts.privacy.readers import NARROWING
from contracts.statistics.case_progress import CaseProgress
from contracts.view.case_view import CaseView
from contracts.view.parts.referral import OfferState
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.parts import COMPARTMENTS, OFFERS, Part


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
        state: The state of the case as far as we can follow it. If `unreadable`, it lags behind the chain.
        view: The state without the parts that we do not read: the only one that is shown.
        reader: The agency whose replica this is; empty for a tool that shows everything that it can open.
        readers: Each participant, and the parts of the case that it reads.
        stalled: The parts that we cannot follow, because they have details that we cannot open.
        previewed: If the case is only offered to us, the versions of the events that told us of the offer.
        offer_keys: The keys that we hold of offers to us.
        first_offer_key: Of these, the first one that opened something.
        replies: The ids of the keys under which agencies outside the case write to the readers of the dialogue, each
            with its agency.
        chain: The chain of its events.
        keys: Our epoch keys of the core.
        part_keys: Our epoch keys of the other parts.
        authorised: The ids of the erasure requests for which we destroyed our keys.
        notices: The clear envelopes about erasures that came while we could not read the case.
        progress: The progress of the case as its envelopes show it, without the events that we know to be void.
        last_void: The last void event; it links to the earlier ones.
    """

    case_id: str
    state: State
    view: State
    reader: str = ""
    readers: Mapping[str, frozenset[Part]] = field(default_factory=dict)
    stalled: frozenset[Part] = frozenset()
    previewed: tuple[int, ...] = ()
    offer_keys: Keys = field(default=NO_KEYS, repr=False)
    first_offer_key: ContentKey | None = field(default=None, repr=False)
    replies: Mapping[str, str] = field(default_factory=dict, repr=False)
    chain: Chain = Chain()
    keys: CaseKeys = field(default=CaseKeys(), repr=False)
    part_keys: Mapping[Part, CaseKeys] = field(default_factory=dict, repr=False)
    authorised: frozenset[str] = frozenset()
    notices: tuple[Envelope, ...] = field(default=(), repr=False)
    progress: CaseProgress = field(default_factory=CaseProgress, repr=False)
    last_void: LastVoid | None = field(default=None, repr=False, compare=False)

    @classmethod
    def unopened(
        cls, case_id: str, keys: Keys = NO_KEYS, authorised: frozenset[str] = frozenset(), reader: str = ""
    ) -> Self:
        """Return the case before its first event. `keys`: those of all its parts. `reader`: see the attribute."""
        state, held = decider_of(case_id).initial(case_id), dict[Part, CaseKeys]()
        offer_keys = tuple(key for key in keys if key.compartment in OFFERS.values())
        for key in (key for key in keys if key not in offer_keys):
            part = COMPARTMENTS[key.compartment]
            held[part] = CaseKeys((*held.get(part, CaseKeys()).held, key))
        core = held.pop(Part.CORE, CaseKeys())
        return cls(
            case_id, state, state, reader, keys=core, part_keys=held, offer_keys=offer_keys, authorised=authorised
        )

    @property
    def unreadable(self) -> bool:
        """True if the view stopped at an event whose core we cannot open, or is only a preview."""
        return bool(self.previewed or self.state.version < self.chain.version)

    @property
    def awaits_its_keys(self) -> bool:
        """True if we have accepted the case, and cannot read it yet."""
        return bool(self.previewed) and any(offer.state is OfferState.ACCEPTED for offer in self.state.offers)

    @property
    def parts(self) -> frozenset[Part]:
        """The parts that we read and can follow."""
        return (self.readers.get(self.reader, frozenset()) if self.reader else frozenset(Part)) - self.stalled

    @property
    def waits(self) -> bool:
        """True if we may read a part that has stalled: its key has not come yet."""
        return not self.stalled.isdisjoint(self.readers.get(self.reader, ()))

    @property
    def next_state(self) -> State:
        """The state on which our next event is judged."""
        return self.state.with_parts() if isinstance(self.state, CaseView) else self.state

    def shown(self, state: State) -> State:
        """Return a state of this case without the parts that we do not read."""
        return state.only(*self.parts) if isinstance(state, CaseView) and self.parts != _ALL else state

    @property
    def all_keys(self) -> Keys:
        """The keys that we hold, of all parts."""
        held = (*self.keys.held, *(key for keys in self.part_keys.values() for key in keys.held))
        return (*held, *(key for key in self.offer_keys if key not in held))

    def keys_of(self, part: Part) -> CaseKeys:
        """Return our epoch keys of a part."""
        return self.keys if part is Part.CORE else self.part_keys.get(part, CaseKeys())

    def is_opened_by(self, key: ContentKey) -> bool:
        """Return whether another key may open something that is closed to us now."""
        return not self.chain.version or self.unreadable or COMPARTMENTS[key.compartment] in self.stalled

    def holding(self, key: ContentKey) -> Self:
        """Return the case with another key, which opens nothing yet."""
        if key.compartment in OFFERS.values():
            return replace(self, offer_keys=(*self.offer_keys, key))
        part = COMPARTMENTS[key.compartment]
        keys = replace(self.keys_of(part), held=(*self.keys_of(part).held, key))
        if part is Part.CORE:
            return replace(self, keys=keys)
        return replace(self, part_keys={**self.part_keys, part: keys})

    def takes_part(self, agency: str) -> bool:
        """Return whether an agency is a participant."""
        return decider_of(self.case_id).takes_part(self.state, agency)

    def concerns(self, agency: str) -> bool:
        """Return whether an agency is a participant, or is offered the case."""
        return self.takes_part(agency) or (isinstance(self.state, CaseView) and self.state.is_offered(agency))

    def digest(self, label: str, *texts: str) -> bytes | None:
        """Return a keyed digest of texts about this case, or None when we hold no key of it.

        An attacker without the key cannot test guesses of the texts. The case's first key makes the digest, so it stays
        the same in every epoch; if the case was offered to us, the first key of an offer. See `ContentKey.digest`.
        """
        first = () if self.first_offer_key is None else (self.first_offer_key,)
        keys = first or self.keys.used or self.keys.held
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
        """Return the content of an event of this case as we read it, or None when we cannot open its core.

        The details of a part that we do not read are left out.
        """
        try:
            content, _ = self._core_of(envelope)
        except SealError:
            return None
        event = EVENTS.get(envelope.event_name)
        if content is None or event is None:
            return content
        if event.part not in self.parts:
            return content if envelope.in_sections else without_details(event, content)
        details, _ = self.details_of(envelope, event.part)
        return content if details.content is None else merged(content, details.content)

    def withholds(self, envelope: Envelope) -> Part | None:
        """Return the part in which the event has details that we do not read, or None when it has none."""
        event = EVENTS.get(envelope.event_name)
        if event is None or not event.details or event.part in self.parts:
            return None
        return event.part if envelope.sections[1] is not None or not envelope.in_sections else None

    def _core_of(self, envelope: Envelope) -> tuple[bytes | None, ContentKey | None]:
        """Return the event's core (all of an event that is not in sections) and the key that opened it.

        None for both when no key of ours fits. Raises SealError when the fitting key does not open it.
        """
        if not envelope.sealed:
            return envelope.data, None
        found = self._opened(Part.CORE, envelope, envelope.sections[0])
        return (None, None) if found is None else found

    def details_of(self, envelope: Envelope, part: Part) -> tuple[DetailsAsOpened, ContentKey | None]:
        """Return the details of an event in sections, and the key that opened them."""
        details = envelope.sections[1]
        if details is None:
            return DetailsAsOpened(), None
        try:
            found = self._opened(part, envelope, details)
        except SealError as error:
            return DetailsAsOpened(void=VoidEvent("unreadable", error.reason)), None
        if found is None and self._is_outside(envelope) and self.replies.get(kid_of(details)) != envelope.agency:
            return DetailsAsOpened(void=VoidEvent("unreadable", "not sealed under a key of the offer")), None
        return (DetailsAsOpened(unopened=True), None) if found is None else (DetailsAsOpened(found[0]), found[1])

    def _opened(self, part: Part, envelope: Envelope, sealed: bytes) -> tuple[bytes, ContentKey] | None:
        """Return the content of a section, and the key of the part that opened it or from which the offer's key
        follows; None when no key of ours fits. Raises SealError.

        If we hold only the offer's key, return that; but not for the details in a case that we read: its key begins no
        epoch, so these wait for the key of their part.
        """
        held, by, id = self.keys_of(part).held, envelope.agency, envelope.event_id
        found = open_with(held, sealed, agency=by, id=id)
        if found is not None or part not in OFFERS:
            return found
        for key in held:
            offshoots = [key.offshoot(OFFERS[part], offer) for offer in (id, *self._offers_outside())]
            found = open_with(offshoots, sealed, agency=by, id=id)
            if found is not None:
                return found[0], key
        return open_with(self.offer_keys, sealed, agency=by, id=id) if part is Part.CORE or self.unreadable else None

    def _offers_outside(self) -> Iterator[str]:
        """Yield the ids of the open offers to agencies outside the case."""
        if isinstance(self.state, CaseView) and not self.unreadable:
            for each in self.state.participants:
                if each.is_offered and (offer := self.state.open_offer_to(each.agency)) is not None:
                    yield offer.id

    def _is_outside(self, envelope: Envelope) -> bool:
        """True if the case is only offered to the writer of the event, as far as we can follow the case."""
        return isinstance(self.state, CaseView) and not self.unreadable and self.state.is_offered(envelope.agency)

    def _after(self, envelope: Envelope, directory: Directory, sequence: int) -> Folded:
        chained = replace(self, chain=self.chain.extended(envelope, sequence))
        if (void := out_of_time(envelope.recorded_at)) is not None:
            return chained._without_effect(void)
        came = replace(chained, progress=decider_of(self.case_id).progress(self.progress, envelope))
        decider = decider_of(self.case_id)
        closed = decider.closed_to(self.state, envelope.agency) if envelope.sealed and not self.unreadable else None
        if closed is not None:
            return chained._without_effect(VoidEvent("refused", closed.id))
        try:
            content, key = self._core_of(envelope)
        except SealError as error:
            return chained._without_effect(VoidEvent("unreadable", error.reason))
        if content is None and self._is_outside(envelope):
            return chained._without_effect(VoidEvent("unreadable", "not sealed under a key of the offer"))
        if self.unreadable or content is None or (key is not None and key in self.offer_keys):
            return Folded(*previewing.after(came, envelope, directory, content))
        if not isinstance(self.state, CaseView) or not envelope.sealed:
            state, void, event = judge(self.state, envelope, content, directory)
            judged = Verdicts(state, void, event, effect=void is None)
            return (came if judged.effect else chained)._with(judged, content, envelope, key)
        if not envelope.in_sections:
            state = self.state.changed(before_parts=True) if self.state.status is CaseStatus.UNOPENED else self.state
            if not state.before_parts:
                return chained._without_effect(VoidEvent("unreadable", "not in sections"))
            state, void, event = judge(state, envelope, content, directory)
            judged = Verdicts(state, void, event, effect=void is None)
            return (came if judged.effect else chained)._with(judged, content, envelope, key)
        named = EVENTS.get(envelope.event_name)
        part = Part.CORE if named is None else named.part
        details, part_key = self.details_of(envelope, part)
        judged = judge_sections(self.state, envelope, content, details, directory, self.stalled)
        case = chained
        if judged.effect:
            replies = previewing.replies_after(self, judged.state, envelope, content, directory)
            case = previewing.noting_our_key(replace(came, replies=replies), envelope)
        if details.content is not None and part in self.parts:
            content = merged(content, details.content)
        return case._with(judged, content, envelope, key, part_key)

    def _with(
        self,
        judged: Verdicts,
        content: bytes,
        envelope: Envelope,
        key: ContentKey | None,
        part_key: ContentKey | None = None,
    ) -> Folded:
        """Return the case after an event that was judged. The keys: those that opened its core and its details."""
        at, lost, reading = envelope.recorded_at, frozenset[Part](), self.readers
        if isinstance(judged.state, CaseView) and not same_readers(self.state, judged.state):
            reading = readers(judged.state)
            lost = frozenset(
                part for agency, parts in self.readers.items() for part in parts - reading.get(agency, frozenset())
            )
        keys = self.keys.after(key, at, effect=judged.effect, somebody_left=Part.CORE in lost)
        part_keys = self.part_keys
        if lost or part_key is not None:
            changed = {each: (part_key if each is judged.part else None) for each in {*self.part_keys, judged.part}}
            part_keys = {
                each: self.keys_of(each).after(opened_by, at, effect=judged.void is None, somebody_left=each in lost)
                for each, opened_by in changed.items()
                if each is not Part.CORE
            }
        stalled = self.stalled | {judged.part} if judged.stalls else self.stalled
        case = replace(self, state=judged.state, readers=reading, stalled=stalled, keys=keys, part_keys=part_keys)
        return Folded(replace(case, view=case.shown(case.state)), judged.void, content, judged.event)

    def _without_effect(self, void: VoidEvent) -> Folded:
        """The event joins the chain, and changes nothing else of the case."""
        if self.state.version + 1 != self.chain.version:
            return Folded(self, void)
        skip = decider_of(self.case_id).skip
        return Folded(replace(self, state=skip(self.state), view=skip(self.view)), void)


_ALL = frozenset(Part)


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
