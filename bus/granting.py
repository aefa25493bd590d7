"""Granting: the keys of a case reach those who may read it, and those granted to us reach our keyring.

Who brings an agency into a case owes it the case's keys; the debt is written down with the event, in one transaction,
and stays until the grants are on the broker's disk. A grant opens what stands in the log, or it opens nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from bus.errors import BrokerAwayError, GrantError
from bus.grants import Grant, accept, grant
from bus.keyring import CASE, Keyring, Keys
from bus.log import Follower, Log, LogMessage
from bus.replica import Committed, Replica
from bus.sealing import ContentKey
from bus.sealing_keys import SealingKey
from bus.signing import Signer
from bus.store import Batch, GrantDue, Store
from contracts.access import may_read_case

log = logging.getLogger(__name__)


class Granting:
    """Gives and takes keys, for one agency."""

    def __init__(
        self, *, signer: Signer, sealing_key: SealingKey, log: Log, store: Store, replica: Replica, keyring: Keyring
    ) -> None:
        self._signer = signer
        self._sealing_key = sealing_key
        self._log = log
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self._known: set[tuple[str, str, str, str]] = set()
        self._something_due = asyncio.Event()
        self.opened = asyncio.Event()
        """Set when a case became readable, for whoever reacts to what it holds."""
        replica.listen(self._take_note)

    async def start(self) -> None:
        """Learn which keys we hold, and what the last stop left undone."""
        self._known = {(k.case_id, k.compartment, k.kid, k.granter) for k in await self._store.all_keys()}
        self._something_due.set()

    async def new_epoch(self, case_id: str, compartment: str, readers: Iterable[str]) -> ContentKey:
        """A fresh key of a compartment, which every reader has been granted when this returns."""
        key = ContentKey.new(case_id, compartment)
        await self._store.write(Batch(keys=[self._keyring.wrapped(key, self._signer.agency)]))
        for reader in readers:
            await self._give((key,), reader)
        await self._replica.read_anew(case_id)
        return key

    async def _give(self, keys: Keys, recipient: str) -> bool:
        """Whether the agency now has these keys; False when the directory knows nothing to seal them to."""
        public = self._replica.directory.sealing_key(recipient)
        if public is None:
            return False
        for key in keys:
            if recipient == self._signer.agency:
                self._known.add((key.case_id, key.compartment, key.kid, recipient))
            given = grant(key, recipient, public, self._signer)
            await self._log.put(given.subject, given.to_bytes())
        return True

    def _take_note(self, committed: Committed) -> None:
        if committed.envelope.agency == self._signer.agency:
            self._something_due.set()

    async def give_what_is_due(self) -> None:
        """Give keys whenever some are due; those for agencies not in the directory wait until they are admitted."""
        while True:
            await self._something_due.wait()
            self._something_due.clear()
            try:
                for due in await self._store.grants_due():
                    if await self._settle(due):
                        await self._store.write(Batch(granted=[due]))
            except BrokerAwayError:
                self._something_due.set()
                raise

    async def _settle(self, due: GrantDue) -> bool:
        case = await self._replica.case(due.case_id)
        if due.recipient not in may_read_case(case.view):
            return True  # it has left again
        return await self._give(case.epochs, due.recipient)

    async def take_what_is_granted(self) -> None:
        """Follow the grants to us; each key is on our disk before what it opens is read."""
        async with self._log.follow_grants(500) as follower:
            while True:
                await self._take(follower)

    async def _take(self, follower: Follower) -> None:
        taken: dict[str, list[ContentKey]] = {}
        batch = Batch()
        for message in await follower.next():
            key = await self._accepted(message)
            if key is not None:
                granter = message.subject.split(".")[5]
                self._known.add((key.case_id, key.compartment, key.kid, granter))
                batch.keys.append(self._keyring.wrapped(key, granter))
                taken.setdefault(key.case_id, []).append(key)
        if not taken:
            return
        batch.opened = [case_id for case_id, keys in taken.items() if any(key.compartment == CASE for key in keys)]
        await self._store.write(batch)
        for case_id in batch.opened:
            await self._replica.read_anew(case_id)
        self.opened.set()

    async def _accepted(self, message: LogMessage) -> ContentKey | None:
        _, case_id, compartment, kid, _, granter = message.subject.split(".")
        if (case_id, compartment, kid, granter) in self._known:
            return None  # we have it, or gave it to ourselves
        try:
            given = Grant.from_bytes(message.data, message.subject)
            public = self._replica.directory.public_key(given.granter, given.key_id)
            if public is None:
                await self._replica.reached((await self._log.state()).last)
                public = self._replica.directory.public_key(given.granter, given.key_id)
            if public is None:
                raise GrantError("bad-signature", "no such key is in the directory")
            return accept(given, self._sealing_key, recipient=self._signer.agency, public_of_granter=public)
        except GrantError as error:
            log.warning("grant not taken", extra={"reason": error.reason})
            return None
