"""The keys of cases that this agency holds, wrapped under its vault in the store.

Several keys may claim one epoch, since anybody can grant anything: the one that opens what stands in the log is right,
and only a key that has opened something is ever used to seal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final

from bus.envelope.envelope import Envelope
from bus.errors import StoreError
from bus.sealing.content import ContentKey, open_with
from bus.sealing.vault import Vault, key_of
from bus.store import Store, Transaction, WrappedKey, statements
from bus.store.rows import values

CASE: Final = "case"
"""The compartment of a case's de-identified facts; the others are the classes of personal data."""

_AT_ONCE: Final = 1000

log = logging.getLogger(__name__)

Keys = tuple[ContentKey, ...]
NO_KEYS: Final[Keys] = ()


class Keyring:
    """The agency's keys of all cases. What is destroyed here is gone: the vault's key is replaced with it.

    A key that does not unwrap counts as missing: `damaged` names its case until the key was granted again.
    """

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._replacing = asyncio.Lock()
        self._next: asyncio.Task[int] | None = None
        self.damaged: dict[tuple[str, str, str, str], WrappedKey] = {}

    async def require_opening(self) -> None:
        """Let the vault be the one that this store needs; raises StoreError, which says which key is missing."""
        missing = sorted(await self._store.vault_keys() - set(self._vault.ids))
        if missing:
            raise StoreError(
                f"the keys in this store need vault key {', '.join(missing)}: restore that vault from your backup. "
                "Where an erasure has destroyed it, begin with an empty store: it is rebuilt from the log"
            )

    async def of(self, case_id: str, compartment: str = CASE) -> Keys:
        """Every key of a compartment of a case that we hold."""
        return (await self.of_all([case_id], compartment)).get(case_id, NO_KEYS)

    async def of_all(self, case_ids: list[str], compartment: str = CASE) -> Mapping[str, Keys]:
        """The same of many cases at once; those of which we hold none are left out."""
        found: dict[str, Keys] = {}
        for wrapped in await self._store.keys_of(case_ids):
            key = self._unwrapped(wrapped) if wrapped.compartment == compartment else None
            if key is not None:
                found[wrapped.case_id] = (*found.get(wrapped.case_id, NO_KEYS), key)
        return found

    async def held(self, case_ids: list[str]) -> set[tuple[str, str, str, str]]:
        """The keys of these cases that we hold and can use: (case, compartment, kid, granter)."""
        return {_name(each) for each in await self._store.keys_of(case_ids) if self._unwrapped(each) is not None}

    async def own(self, case_id: str, compartment: str, agency: str) -> Keys:
        """Those that we made ourselves."""
        keys = await self._store.keys_of([case_id])
        own = (self._unwrapped(each) for each in keys if (each.compartment, each.granter) == (compartment, agency))
        return tuple(key for key in own if key is not None)

    def wrapped(self, key: ContentKey, granter: str) -> WrappedKey:
        """A key as the store keeps it, to be written at once. `granter`: the agency that gave it, or we ourselves."""
        blob = self._vault.wrap(key.secret, _context(key.case_id, key.compartment, key.kid))
        self.damaged.pop((key.case_id, key.compartment, key.kid, granter), None)
        return WrappedKey(key.case_id, key.compartment, key.kid, granter, blob)

    def _unwrapped(self, wrapped: WrappedKey) -> ContentKey | None:
        try:
            secret = self._vault.unwrap(wrapped.blob, _context(wrapped.case_id, wrapped.compartment, wrapped.kid))
            return ContentKey(wrapped.case_id, wrapped.compartment, wrapped.kid, secret)
        except (StoreError, ValueError):
            if self.damaged.setdefault(_name(wrapped), wrapped) is wrapped:
                log.error("a key in the store does not open", extra={"case_id": wrapped.case_id})
            return None

    async def destroy(self, case_id: str, compartments: Iterable[str]) -> None:
        """Destroy the keys of some compartments of a case, and with the vault's key every trace of them on the disk."""
        transaction = Transaction()
        for compartment in compartments:
            transaction.destroy_keys(case_id, compartment)
        await self._store.write(transaction)
        await self.replace_vault_key()

    async def replace_vault_key(self) -> int:
        """Wrap every key anew under a fresh vault key and destroy the old one, so that remnants stay closed; how many.

        Those who ask while one replacement runs share the next. A secret manager replaces the vault keys that it holds.
        """
        if not self._vault.rotates:
            return 0
        if self._next is None:
            self._next = asyncio.create_task(self._replace_vault_key())
        # Seen through even when the caller is cancelled: the file on the disk and the keys held here must not part.
        return await asyncio.shield(self._next)

    async def settled(self) -> None:
        """Wait until no vault key is being replaced."""
        async with self._replacing:
            pass

    async def _replace_vault_key(self) -> int:
        async with self._replacing:
            self._next = None  # keys destroyed from here on need another replacement
            self._vault = await asyncio.to_thread(self._vault.rotated)
            count = await self.wrap_anew()
            self._vault = await asyncio.to_thread(self._vault.keeping_only, await self._store.vault_keys())
            return count

    async def wrap_anew(self) -> int:
        """Wrap every key under the vault's newest; how many that were not."""
        barrier = Transaction()
        barrier.add(statements.PROBE, {})
        await self._store.write(barrier)  # what was wrapped before is in the store by then
        count = 0
        async for page in self._pages():
            old = [wrapped for wrapped in page if key_of(wrapped.blob) != self._vault.newest]
            keys = [(wrapped, self._unwrapped(wrapped)) for wrapped in old]
            transaction = Transaction()
            transaction.wrap_keys_anew(self.wrapped(key, wrapped.granter) for wrapped, key in keys if key is not None)
            for wrapped in (wrapped for wrapped, key in keys if key is None):
                transaction.add(statements.FORGET_KEY, values(wrapped))
            await self._store.write(transaction)
            count += len(old)
        return count

    async def _pages(self) -> AsyncIterator[list[WrappedKey]]:
        last = ""
        while page := await self._store.keys_after(last, _AT_ONCE):
            yield page
            last = page[-1].case_id


def _name(wrapped: WrappedKey) -> tuple[str, str, str, str]:
    return wrapped.case_id, wrapped.compartment, wrapped.kid, wrapped.granter


def _context(case_id: str, compartment: str, kid: str) -> str:
    return f"{case_id}/{compartment}/{kid}"


def opened(keys: Keys, envelope: Envelope) -> tuple[bytes, ContentKey] | None:
    """The content of a sealed envelope and the key that opened it; None when no key of its epoch is held.

    Raises SealError when it says that it is sealed for somewhere else, or when a key of its epoch is held and it is not
    sealed as it should be.
    """
    return open_with(keys, envelope.data, agency=envelope.agency, id=envelope.event_id)
