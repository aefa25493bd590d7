"""The agency's own status in the directory: is it suspended, and does its service hold its current keys?"""

from __future__ import annotations

from bus.directory.directory import Directory
from bus.envelope.signing import Signer
from bus.replica.replica import Replica
from bus.sealing.sealing_keys import SealingKeys

SUSPENDED = "the national coordinator has suspended this agency: nobody on the bus believes or tells it anything new"
_SIGNING = "this agency has another signing key by now: lay it in the service's home and restart the service"
_SEALING = "this agency has another sealing key by now: lay it in the service's home and restart the service"


class OwnStatus:
    """Reports what the directory says of this agency. An entry that we have not received yet is not an error."""

    def __init__(self, replica: Replica, signer: Signer, sealing_keys: SealingKeys) -> None:
        self._replica = replica
        self._signer = signer
        self._sealing_keys = sealing_keys

    @property
    def _directory(self) -> Directory:
        return self._replica.directory

    @property
    def suspended(self) -> bool:
        """True if we are suspended, which is for good: the others reject all our new events."""
        entry = self._directory.entry(self._signer.agency)
        return entry is not None and entry.suspended

    @property
    def signs_with_a_replaced_key(self) -> bool:
        """True if the directory has replaced the key with which this service signs."""
        entry = self._directory.entry(self._signer.agency)
        if entry is None or entry.key(self._signer.key_id) is None:
            return False
        return entry.current_key.id != self._signer.key_id

    @property
    def trouble(self) -> str | None:
        """The trouble and the operator's remedy in plain words, or None."""
        if self.suspended:
            return SUSPENDED
        if self.signs_with_a_replaced_key:
            return _SIGNING
        sealed_to = self._directory.sealing_key(self._signer.agency)
        return _SEALING if sealed_to is not None and sealed_to not in self._sealing_keys.publics else None
