"""Who is on the bus: each agency's kind, signing keys and duties.

Receivers believe an event only when its key belongs to the agency that it names and the event is among its duties.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict

from bus.envelope import Envelope
from bus.errors import EnvelopeError
from bus.signing import key_id, verify
from contracts.agencies import AgencyId, AgencyKind


class Entry(BaseModel):
    """One agency: its id, kind, public signing keys (base64 of 32 bytes) and the names of the events it may issue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agency: AgencyId
    kind: AgencyKind
    keys: tuple[str, ...]
    duties: frozenset[str]


class DirectoryFile(BaseModel):
    """The directory as a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agencies: tuple[Entry, ...]


class Directory:
    """The agencies and their keys, by agency and by key id."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries: Final = {entry.agency: entry for entry in entries}
        self._keys: dict[str, tuple[str, Ed25519PublicKey]] = {}
        for entry in entries:
            for encoded in entry.keys:
                public = base64.b64decode(encoded)
                self._keys[key_id(public)] = (entry.agency, Ed25519PublicKey.from_public_bytes(public))

    @classmethod
    def load(cls, path: Path) -> Directory:
        """Read the directory from its file."""
        return cls(DirectoryFile.model_validate_json(path.read_bytes()).agencies)

    def kind_of(self, agency: str) -> AgencyKind:
        """An agency's kind; KeyError when it is not in the directory."""
        return self.entries[agency].kind

    def check(self, envelope: Envelope) -> None:
        """Believe the envelope, or raise EnvelopeError: `unknown-issuer`, `not-a-duty` or `bad-signature`."""
        entry = self.entries.get(envelope.agency)
        owner, public = self._keys.get(envelope.key_id, (None, None))
        if entry is None or public is None or owner != envelope.agency:
            raise EnvelopeError("unknown-issuer", "the agency is not in the directory, or the key is not its own")
        if envelope.event_name not in entry.duties:
            raise EnvelopeError("not-a-duty", f"{envelope.event_name} is not among the agency's duties")
        if not verify(public, envelope.signature, envelope.signed_bytes()):
            raise EnvelopeError("bad-signature", "the signature is not the agency's")
