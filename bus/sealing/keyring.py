"""The keyring: this agency's keys of cases, wrapped by its vault, in its store.

Several keys may have one kid, because any agency can grant any key. The right one is the key that opens the events in
the log. We seal only under a key that has opened an event, or that we made ourselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final

from bus.errors import StoreError
from bus.sealing.content import ContentKey
from bus.sealing.vault import Vault, key_of
from bus.store import Store, Transaction, WrappedKey, statements
from bus.store.rows import values
from contracts.vocabulary.parts import COMPARTMENTS, OFFERS, Part

CASE: Final = Part.CORE.compartment
"""The compartment of the core of a case. Each other part has one too, and so has each class of personal data."""

ROWS: Final = (CASE, OFFERS[Part.CORE])
"""The compartments whose keys seal rows of the agency's own lists: of a case, or of an offer to it."""

_AT_ONCE: Final = 1000

log = logging.getLogger(__name__)

Keys = tuple[ContentKey, ...]
NO_KEYS: Final[Keys] = ()


class Keyring:
    """The agency's keys of all cases.

    When a key is destroyed here, the vault's key is replaced too, so that no copy on the disk opens any more. A key
    that the vault cannot unwrap counts as missing; `damaged` holds it until it is granted again.
    """

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._replacing = asyncio.Lock()
        self._next: asyncio.Task[int] | None = None
        self.damaged: dict[tuple[str, str, str, str], WrappedKey] = {}

    async def require_opening(self) -> None:
        """Require that the vault opens this store. Raises StoreError, which names the missing vault keys."""
        missing = sorted(await self._store.vault_keys() - set(self._vault.ids))
        if missing:
            raise StoreError(
                f"the keys in this store need vault key {', '.join(missing)}: restore that vault from your backup. "
                "Where an erasure has destroyed it, begin with an empty store: it is rebuilt from the log"
            )

    async def of(self, case_id: str, *compartments: str) -> Keys:
        """Return all keys of these compartments of a case that we hold; by default, those of all parts."""
        return (await self.of_all([case_id], *compartments)).get(case_id, NO_KEYS)

    async def of_all(self, case_ids: list[str], *compartments: str) -> Mapping[str, Keys]:
        """Return the keys of these compartments of many cases, by case; by default, those of all parts.

        A case of which we hold no key is left out.
        """
        found: dict[str, Keys] = {}
        wanted = compartments or COMPARTMENTS
        for wrapped in await self._store.keys_of(case_ids):
            key = self._unwrapped(wrapped) if wrapped.compartment in wanted else None
            if key is not None:
                found[wrapped.case_id] = (*found.get(wrapped.case_id, NO_KEYS), key)
        return found

    async def granted(self, case_id: str) -> list[tuple[ContentKey, str]]:
        """Return the keys of the parts of a case that we hold, each with an agency that granted it."""
        keys = (
            (self._unwrapped(each), each.granter)
            for each in await self._store.keys_of([case_id])
            if each.compartment in COMPARTMENTS
        )
        return [(key, granter) for key, granter in keys if key is not None]

    async def held(self, case_ids: list[str]) -> set[tuple[str, str, str, str]]:
        """Return the keys of these cases that we hold and can unwrap: (case, compartment, kid, granter)."""
        return {_name(each) for each in await self._store.keys_of(case_ids) if self._unwrapped(each) is not None}

    async def own(self, case_id: str, compartment: str, agency: str) -> Keys:
        """Return the keys of a case's compartment that we made ourselves. `agency`: our own id."""
        keys = await self._store.keys_of([case_id])
        own = (self._unwrapped(each) for each in keys if (each.compartment, each.granter) == (compartment, agency))
        return tuple(key for key in own if key is not None)

    def wrapped(self, key: ContentKey, granter: str) -> WrappedKey:
        """Wrap a key for the store. The caller must write it at once, because the vault's key may be replaced.

        `granter`: the agency that granted it, or our own id.
        """
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
        """Destroy the keys of these compartments of a case. Replace the vault's key, so that no copy on disk opens."""
        transaction = Transaction()
        for compartment in compartments:
            transaction.destroy_keys(case_id, compartment)
        await self._store.write(transaction)
        await self.replace_vault_key()

    async def replace_vault_key(self) -> int:
        """Wrap all keys again under a new vault key, then destroy the old one, so that no old copy on disk opens.

        Return the number of keys. All callers during one replacement share the next one. If a secret manager holds the
        vault's keys, it has to replace them; then nothing is done here.
        """
        if not self._vault.rotates:
            return 0
        if self._next is None:
            self._next = asyncio.create_task(self._replace_vault_key())
        # It runs to its end even when the caller is cancelled: the file and our copy of it must not differ.
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
        """Wrap all keys under the vault's newest key. Return the number of keys that were not."""
        barrier = Transaction()
        barrier.add(statements.PROBE, {})
        await self._store.write(barrier)  # on return, all keys that were wrapped before are in the store
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
