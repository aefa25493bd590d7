"""Giving an agency new keys: made in its home, told to the directory, then put in the place of the old ones.

Each step leaves files from which the next run goes on. The old signing key is destroyed; an old sealing key is kept,
for what was granted before can be opened by no other.
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
    """The keys in an agency's home: those in use, and those that are to follow them."""

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
        """Make the keys that are to follow, where an earlier run has not."""
        if signing and not self.next_signing.exists():
            create_private(self.next_signing, new_private_key())
        if sealing and self._next_sealing(entry) is None:
            key = SealingKey.new()
            key.write(beside(self.sealing, key.public))

    def _next_sealing(self, entry: AgencyEntry) -> SealingKey | None:
        """The key that lies ready and that the directory has never heard of."""
        known = {key.public_key for key in entry.sealing_keys}
        keys = map(SealingKey.load, others_beside(self.sealing))
        return next((key for key in keys if _text(key.public) not in known), None)

    def rotation(self, entry: AgencyEntry, now: datetime) -> AgencyKeyRotated | None:
        """What the directory is to be told of the keys that lie ready; None when it knows them."""
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
        """Put the keys that the directory knows to be the present ones in their places; whether that changed any."""
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
    """Give an agency a new signing key, a new sealing key or both; False when an earlier run's were only finished.

    Raises BrokerAwayError when the log has not confirmed: run again. StoreError: the agency is not in the directory or
    is suspended, or a key is not at hand; nothing is changed.
    """
    home, fresh = _Home(agency, layout.home(agency)), True

    def wanted(directory: Directory) -> Iterable[DirectoryEvent]:
        nonlocal fresh
        entry = _entry(directory, agency)
        if home.settle(entry):
            fresh = False  # what was begun earlier had come as far as the log
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
