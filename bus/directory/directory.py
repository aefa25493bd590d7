"""The directory: each agency's kind, keys and duties, folded from the directory's own chain in the log.

The chain is like a case's, with the id `DIRECTORY_ID`, and it is in the same log. So each event is checked against the
keys and duties in force at its own place in the log. All trust begins with the root key.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

from bus.decider import DIRECTORY_ID, State, decider_of, decider_of_event
from bus.envelope.envelope import Envelope
from bus.envelope.signing import key_id, verify
from bus.envelope.signing_rule import require_the_rule
from bus.errors import EnvelopeError
from bus.void_event import VoidEvent, out_of_time
from contracts.directory.entry import AgencyEntry
from contracts.directory.events import (
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
    DirectoryEvent,
)
from contracts.directory.evolution import evolve_directory
from contracts.directory.objections import objection
from contracts.directory.publications import read_directory_event
from contracts.directory.view import DirectoryView, Doubt
from contracts.errors import InvalidEventError, UnknownEventTypeError
from contracts.event.case_event import Provenance
from contracts.vocabulary.agencies import COORDINATOR, AgencyId, AgencyKind

__all__ = ["BY_ROOT", "DIRECTORY_ID", "Directory"]

BY_ROOT: Final[tuple[type[DirectoryEvent], ...]] = (
    AgencyAdmitted,
    AgencyDutiesChanged,
    AgencyKeyRotated,
    AgencySuspended,
)
"""The events that only the root key may sign. The national coordinator holds it, apart from its everyday key."""

_DOUBTS: Final = {
    Doubt.NOT_ADMITTED: ("unknown-issuer", "the agency is not in the directory"),
    Doubt.UNKNOWN_KEY: ("unknown-issuer", "the key is not the agency's"),
    Doubt.REPLACED_KEY: ("retired-key", "the agency signs with another key now"),
    Doubt.SUSPENDED: ("suspended", "the agency is suspended"),
    Doubt.OUTSIDE_ITS_DUTIES: ("not-a-duty", "the event is not among the agency's duties"),
}
_BY_ROOT: Final = frozenset(event.__name__ for event in BY_ROOT)


@dataclass(frozen=True)
class Directory:
    """The directory at one place in the log. `root`: the public root key, 32 bytes. `view`: the agencies."""

    root: bytes
    view: DirectoryView = field(default_factory=DirectoryView)
    _keys: Mapping[str, tuple[AgencyId, bytes]] = field(default_factory=dict)

    @classmethod
    def trusting(cls, root: bytes) -> Self:
        """Return the directory before its first event.

        Raises SignatureRuleError when the installed library judges signatures differently from the other agencies'.
        """
        require_the_rule()
        return cls(root, _keys={key_id(root): (COORDINATOR, root)})

    def entry(self, agency: str) -> AgencyEntry | None:
        """Return the entry of an agency, or None when it was never admitted."""
        return self.view.entry(agency)

    def duties(self, agency: str) -> frozenset[str]:
        """Return the names of the events that an agency may issue now; none if it is not admitted or is suspended."""
        entry = self.view.entry(agency)
        return frozenset() if entry is None or entry.suspended else frozenset(entry.duties)

    def public_key(self, agency: str, name: str) -> bytes | None:
        """Return the agency's public signing key with this `key_id`, current or earlier, or None."""
        owner, public = self._keys.get(name, (None, None))
        return public if owner == agency else None

    def sealing_key(self, agency: str) -> bytes | None:
        """Return the public key to which grants to an agency are sealed; None if it may get no grants."""
        entry = self.view.entry(agency)
        if entry is None or entry.suspended:
            return None
        return base64.b64decode(entry.current_sealing_key.public_key)

    def kind_of(self, agency: str) -> AgencyKind:
        """Return an agency's kind, which never changes. Raises KeyError when the agency was never admitted."""
        entry = self.view.entry(agency)
        if entry is not None:
            return entry.kind
        if agency == COORDINATOR:
            return AgencyKind.COORDINATOR  # with the root key it may write before it is admitted
        raise KeyError(agency)

    def authentic(self, envelope: Envelope) -> bool:
        """Return True if a current or earlier key of the agency signed the envelope; False if the key is not known yet.

        True is final: later directory events do not change it. Raises EnvelopeError `unknown-issuer` or
        `bad-signature`.
        """
        owner, public = self._keys.get(envelope.key_id, (None, None))
        if public is None:
            return False
        if owner != envelope.agency:
            raise EnvelopeError("unknown-issuer", "the key is another agency's")
        if not verify(public, envelope.signature, envelope.signed_bytes()):
            raise EnvelopeError("bad-signature", "the signature is not the agency's")
        return True

    def believe(self, envelope: Envelope, *, authentic: bool) -> None:
        """Require that the agency may write this envelope at this place in the log, with this key.

        `authentic`: True if the signature is verified already. Raises EnvelopeError `unknown-issuer`, `bad-signature`,
        `not-by-root`, `suspended`, `retired-key` or `not-a-duty`.
        """
        if not authentic and not self.authentic(envelope):
            raise EnvelopeError("unknown-issuer", "no such key is in the directory")
        by_root = envelope.key_id == key_id(self.root)
        if by_root != (envelope.event_name in _BY_ROOT):
            raise EnvelopeError("not-by-root", "the root key signs admissions, rotations and suspensions, nothing else")
        if by_root:
            return
        doubt = self.view.doubt(envelope.agency, envelope.key_id, envelope.event_name)
        if doubt is not None:
            raise EnvelopeError(*_DOUBTS[doubt])

    def require_chain(self, envelope: Envelope) -> None:
        """Require that a directory event is in the directory's chain, and any other event in a case's.

        Raises EnvelopeError `wrong-chain`.
        """
        if decider_of_event(envelope.event_name) is not decider_of(envelope.case_id):
            raise EnvelopeError("wrong-chain", "directory events stand in the directory's chain, and nothing else does")

    def after(self, envelope: Envelope) -> tuple[Directory, VoidEvent | None]:
        """Return the directory after an event of its chain, and the reason if the event is void (else None)."""
        if (void := out_of_time(envelope.recorded_at)) is not None:
            return self, void
        try:
            event = read_directory_event(envelope.type, envelope.data)
        except (InvalidEventError, UnknownEventTypeError):
            return self, VoidEvent("unreadable", f"the data is not a {envelope.type}")
        by = Provenance(envelope.event_id, envelope.agency, self.kind_of(envelope.agency), envelope.recorded_at)
        if objection(self.view, event, by) is not None:
            return self, VoidEvent("refused", "directory")
        return self._with(evolve_directory(self.view, event, by)), None

    def folded(self, envelopes: Iterable[Envelope]) -> Directory:
        """Return the directory after these events of its chain."""
        directory = self
        for envelope in envelopes:
            directory, _ = directory.after(envelope)
        return directory

    def keeps(self, envelope: Envelope) -> bool:
        """Return whether the envelope belongs to the directory's own chain."""
        return envelope.case_id == DIRECTORY_ID

    def following(self, state: State) -> Directory:
        """Return the directory with this state, if it is a state of the directory; for a case's state, return self."""
        return self._with(state) if isinstance(state, DirectoryView) and state is not self.view else self

    def _with(self, view: DirectoryView) -> Directory:
        keys = {key_id(self.root): self._keys[key_id(self.root)]}
        for entry in view.agencies:
            for key in entry.keys:
                keys[key.id] = (entry.agency, base64.b64decode(key.public_key))
        return replace(self, view=view, _keys=keys)
