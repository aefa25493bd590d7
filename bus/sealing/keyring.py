"""The keys of cases that this agency holds, wrapped under its vault in the store.

Several keys may claim one epoch, since anybody can grant anything: the one that opens what stands in the log is right,
and only a key that has opened something is ever used to seal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from bus.envelope import Envelope
from bus.sealing.content import ContentKey, open_with
from bus.sealing.vault import Vault, key_of
from bus.store import Batch, Store, WrappedKey

CASE: Final = "case"
"""The compartment of a case's de-identified facts; the others are the classes of personal data."""

Keys = tuple[ContentKey, ...]
NO_KEYS: Final[Keys] = ()


class Keyring:
    """The agency's keys of all cases. What is destroyed here is gone: the vault's key is replaced with it."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._replacing = asyncio.Lock()

    async def of(self, case_id: str, compartment: str = CASE) -> Keys:
        """Every key of a compartment of a case that we hold."""
        return (await self.of_all([case_id], compartment)).get(case_id, NO_KEYS)

    async def of_all(self, case_ids: list[str], compartment: str = CASE) -> Mapping[str, Keys]:
        """The same of many cases at once; those of which we hold none are left out."""
        found: dict[str, Keys] = {}
        for wrapped in await self._store.keys_of(case_ids):
            if wrapped.compartment == compartment:
                found[wrapped.case_id] = (*found.get(wrapped.case_id, NO_KEYS), self._unwrapped(wrapped))
        return found

    async def own(self, case_id: str, compartment: str, agency: str) -> Keys:
        """Those that we made ourselves."""
        keys = await self._store.keys_of([case_id])
        return tuple(self._unwrapped(k) for k in keys if (k.compartment, k.granter) == (compartment, agency))

    def wrapped(self, key: ContentKey, granter: str) -> WrappedKey:
        """A key as the store keeps it, to be written at once. `granter`: the agency that gave it, or we ourselves."""
        blob = self._vault.wrap(key.secret, _context(key.case_id, key.compartment, key.kid))
        return WrappedKey(key.case_id, key.compartment, key.kid, granter, blob)

    def _unwrapped(self, wrapped: WrappedKey) -> ContentKey:
        secret = self._vault.unwrap(wrapped.blob, _context(wrapped.case_id, wrapped.compartment, wrapped.kid))
        return ContentKey(wrapped.case_id, wrapped.compartment, wrapped.kid, secret)

    async def destroy(self, case_id: str, compartments: Iterable[str]) -> None:
        """Destroy the keys of some compartments of a case, and with the vault's key every trace of them on the disk."""
        await self._store.write(Batch(destroyed=[(case_id, compartment) for compartment in compartments]))
        await self.replace_vault_key()

    async def replace_vault_key(self) -> int:
        """Wrap every key anew under a fresh vault key and destroy the old one, so that remnants stay closed; how many.

        Where a secret manager holds the vault's keys, replacing them is left to it.
        """
        if not self._vault.rotates:
            return 0
        # Seen through, whoever stops waiting: the file on the disk and the keys held here must not part.
        return await asyncio.shield(asyncio.create_task(self._replace_vault_key()))

    async def settled(self) -> None:
        """Wait until no vault key is being replaced."""
        async with self._replacing:
            pass

    async def _replace_vault_key(self) -> int:
        async with self._replacing:
            self._vault = await asyncio.to_thread(self._vault.rotated)
            count = await self.wrap_anew()
            left = {key_of(wrapped.blob) for wrapped in await self._store.all_keys()}
            self._vault = await asyncio.to_thread(self._vault.keeping_only, left)
            return count

    async def wrap_anew(self) -> int:
        """Wrap every key under the vault's newest; how many that were not."""
        await self._store.write(Batch(probe=True))  # whatever was wrapped before is in the store by then
        old = [wrapped for wrapped in await self._store.all_keys() if key_of(wrapped.blob) != self._vault.newest]
        await self._store.write(Batch(keys=[self.wrapped(self._unwrapped(w), w.granter) for w in old]))
        return len(old)


def _context(case_id: str, compartment: str, kid: str) -> str:
    return f"{case_id}/{compartment}/{kid}"


def opened(keys: Keys, envelope: Envelope) -> tuple[bytes, ContentKey] | None:
    """The content of a sealed envelope and the key that opened it; None when no key of its epoch is held.

    Raises SealError when it says that it is sealed for somewhere else, or when a key of its epoch is held and it is not
    sealed as it should be.
    """
    return open_with(keys, envelope.data, agency=envelope.agency, id=envelope.event_id)
