"""Rotation of an agency's keys: we make new keys in its folder, tell the directory, and then replace the old ones.

After each step the next run can continue from the files. The old signing key is destroyed. An old sealing key is kept,
because no other key opens the earlier grants.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bus.directory.directory import Directory
from bus.envelope.signing import Signer, new_private_key
from bus.errors import StoreError
from bus.operator.provision import Layout
from bus.operator.root_publisher import as_administrator, publish
from bus.sealing.sealing_keys import SealingKey, beside, others_beside
from bus.secret_files import create_private, destroy, replace_private, sync
from contracts.directory.entry import AgencyEntry
from contracts.directory.events import AgencyKeyRotated, DirectoryEvent
from contracts.vocabulary.agencies import AgencyId


@dataclass(frozen=True)
class _Home:
    """The keys in an agency's folder: the present ones, and the next ones."""

    agency: AgencyId
    folder: Path

    @property
    def signing(self) -> Path:
        return self.folder / "signing.pem"

    @property
    def next_signing(self) -> Path:
        return self.folder / "signing-next.pem"

    @property
    def sealing(self) -> Path:
        return self.folder / "sealing.key"

    def prepare(self, entry: AgencyEntry, *, signing: bool, sealing: bool) -> None:
        """Make the next keys, unless an earlier run has made them."""
        if signing and not self.next_signing.exists():
            create_private(self.next_signing, new_private_key())
        if sealing and self._next_sealing(entry) is None:
            key = SealingKey.new()
            key.write(beside(self.sealing, key.public))

    def _next_sealing(self, entry: AgencyEntry) -> SealingKey | None:
        """Return the next sealing key, which is not in the directory yet, or None."""
        known = {key.public_key for key in entry.sealing_keys}
        keys = map(SealingKey.load, others_beside(self.sealing))
        return next((key for key in keys if _text(key.public) not in known), None)

    def rotation(self, entry: AgencyEntry, now: datetime) -> AgencyKeyRotated | None:
        """Return the event that tells the directory the next keys; None when it has them already."""
        signer = Signer.load(self.agency, self.next_signing) if self.next_signing.exists() else None
        sealing = self._next_sealing(entry)
        if signer is not None and entry.key(signer.key_id) is not None:
            signer = None
        if signer is None and sealing is None:
            return None
        return AgencyKeyRotated(
            occurred_at=now,
            agency=self.agency,
            key_id=signer.key_id if signer else None,
            public_key=_text(signer.public) if signer else None,
            replaces=entry.current_key.id if signer else None,
            sealing_key=_text(sealing.public) if sealing else None,
            valid_from=now,
        )

    def settle(self, entry: AgencyEntry) -> bool:
        """Put the next keys in place, if they are the present ones in the directory. Return whether any changed."""
        return self._settle_signing(entry) | self._settle_sealing(entry)

    def _settle_signing(self, entry: AgencyEntry) -> bool:
        if not self.next_signing.exists():
            return False
        if Signer.load(self.agency, self.next_signing).key_id != entry.current_key.id:
            return False
        replace_private(self.signing, self.next_signing.read_bytes())
        destroy(self.next_signing)
        return True

    def _settle_sealing(self, entry: AgencyEntry) -> bool:
        present = base64.b64decode(entry.current_sealing_key.public_key)
        before, ready = SealingKey.load(self.sealing), beside(self.sealing, present)
        if before.public == present or not ready.exists():
            return False
        kept = beside(self.sealing, before.public)
        if not kept.exists():
            kept.hardlink_to(self.sealing)
            sync(self.folder)
        ready.replace(self.sealing)
        sync(self.folder)
        return True


async def rotate(
    servers: Iterable[str],
    layout: Layout,
    agency: AgencyId,
    *,
    signing: bool,
    sealing: bool,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> bool:
    """Give an agency a new signing key, a new sealing key or both.

    Return False when this run only finished an earlier one. Raises BrokerAwayError when the log has not confirmed; then
    run it again. Raises StoreError, and changes nothing, when the agency is not in the directory or is suspended, or a
    key is missing.
    """
    home, fresh = _Home(agency, layout.home(agency)), True

    def wanted(directory: Directory) -> Iterable[DirectoryEvent]:
        nonlocal fresh
        entry = _entry(directory, agency)
        if home.settle(entry):
            fresh = False  # an earlier run had already told the directory
        if fresh:
            home.prepare(entry, signing=signing, sealing=sealing)
        rotation = home.rotation(entry, now())
        return [] if rotation is None else [rotation]

    async with as_administrator(servers, layout) as log:
        said = await publish(log, layout, wanted, now=now, new_id=new_id)
    home.settle(_entry(said.directory, agency))
    return fresh


def _entry(directory: Directory, agency: AgencyId) -> AgencyEntry:
    entry = directory.entry(agency)
    if entry is None:
        raise StoreError(f"{agency} is not in the directory")
    if entry.suspended:
        raise StoreError(f"{agency} is suspended, for good")
    return entry


def _text(public: bytes) -> str:
    return base64.b64encode(public).decode()
