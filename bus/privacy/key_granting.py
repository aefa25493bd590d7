"""Grants of our keys: the keys of a case reach the agencies that may read it, and no others.

An agency that brings another one into a case owes it the case's keys. Keys of personal details follow the consents in
force: the agency that made a key grants it to the agencies that a consent names, and each agency destroys the keys that
no consent opens to it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from typing import Final

from bus.case.case_replica import CaseReplica
from bus.envelope.signing import Signer
from bus.errors import BrokerAwayError
from bus.nats.erasable_streams import key_subject
from bus.nats.log import Log
from bus.reconciler.obligations import WIDENED
from bus.reconciler.reconciler import LaterError
from bus.replica.replica import Replica
from bus.sealing.content import ContentKey
from bus.sealing.grants import grant
from bus.sealing.keyring import Keyring, Keys
from bus.store import IssuedGrant, Kind, Obligation, Store, Transaction
from contracts.calendar.days import swedish_day
from contracts.law.personal_details import personal_details_open_to
from contracts.privacy.readers import may_read, may_read_personal
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import DataClass
from contracts.vocabulary.parts import COMPARTMENTS, OFFERS

_NOT_ADMITTED_YET: Final = 30.0
_ABOUT_TO_BE_ERASED: Final = 5.0
_UNREADABLE: Final = 30.0
_REMEMBERED: Final = 10_000


class KeyGranting:
    """Grants one agency's keys, and destroys the keys that it may no longer hold."""

    def __init__(
        self,
        signer: Signer,
        *,
        log: Log,
        store: Store,
        replica: Replica,
        keyring: Keyring,
        now: Callable[[], datetime],
    ) -> None:
        self._signer = signer
        self._agency = signer.agency
        self._log = log
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self._now = now
        self._handed_out: dict[tuple[str, AgencyId], None] = {}
        """Keys of offers that are at the broker, so that each event about the offer need not bring them there again."""

    @property
    def _today(self) -> date:
        return swedish_day(self._now())

    async def new_epoch(self, case: CaseReplica, compartment: str, readers: Collection[str]) -> ContentKey:
        """Return a key of a compartment that is granted to these agencies, and to no others, when this returns.

        A conflict in the log does not make a second key: we use an earlier key of ours again if no event uses it, and
        only readers hold it. A reader without a sealing key in the directory gets its grant later, by an obligation.
        Raises BrokerAwayError or StoreError.
        """
        key = await self._unused(case, compartment, readers)
        transaction = Transaction()
        if key is None:
            key = ContentKey.new(case.case_id, compartment)
            transaction.put_keys([self._keyring.wrapped(key, self._agency)], self._now())
        reachable = [each for each in readers if self._replica.directory.sealing_key(each) is not None]
        transaction.give([IssuedGrant(key.case_id, compartment, key.kid, each) for each in reachable])
        for each in set(readers) - set(reachable):
            transaction.oblige(Obligation(Kind.GRANT, key.case_id, f"{compartment}/{each}", since=self._seconds()))
        await self._store.write(transaction)  # before the grants: after a crash we must assume that they have the key
        for reader in reachable:
            await self._put((key,), reader, case)
        if compartment in COMPARTMENTS:
            await self._replica.take_keys([key])
        return key

    async def hand_out(self, case: CaseReplica, key: ContentKey, recipient: AgencyId) -> None:
        """Grant a key of an offer to its recipient, before this returns.

        A recipient without a sealing key in the directory gets its grant later, by an obligation. Raises
        BrokerAwayError or StoreError.
        """
        if (key.kid, recipient) in self._handed_out:
            return
        transaction = Transaction()
        transaction.give([IssuedGrant(key.case_id, key.compartment, key.kid, recipient)])
        if self._replica.directory.sealing_key(recipient) is None:
            detail = f"{key.compartment}/{recipient}"
            transaction.oblige(Obligation(Kind.GRANT, key.case_id, detail, since=self._seconds()))
        await self._store.write(transaction)
        if await self._put((key,), recipient, case):
            self._handed_out[key.kid, recipient] = None
            while len(self._handed_out) > _REMEMBERED:
                del self._handed_out[next(iter(self._handed_out))]

    async def _unused(self, case: CaseReplica, compartment: str, readers: Collection[str]) -> ContentKey | None:
        part = COMPARTMENTS.get(compartment)
        used = set() if part is None else {key.kid for key in case.keys_of(part).used}
        for key in await self._keyring.own(case.case_id, compartment, self._agency):
            holders = set(await self._store.given(key.case_id, compartment, key.kid))
            if key.kid not in used and holders and holders <= {*readers, self._agency}:
                return key
        return None

    def _seconds(self) -> float:
        return self._now().timestamp()

    async def _put(self, keys: Keys, recipient: str, case: CaseReplica) -> bool:
        """Put grants of these keys to an agency at the broker. False if the directory has no sealing key for it."""
        public = self._replica.directory.sealing_key(recipient)
        if public is None:
            return False
        for key in keys:
            given = grant(key, recipient, public, self._signer)
            await self._log.put(key_subject(given.place, case.chain.last_narrowing), given.to_bytes())
        return True

    async def give(self, owed: Obligation) -> Transaction | None:
        """GRANT: grant all keys of the compartment that we can grant to the recipient, if it may read the case now.

        An agency that has left again, or that no consent names any more, gets nothing. Raises LaterError when we cannot
        read the case, when an erasure is due first, or when the directory does not have the recipient yet.
        """
        compartment, _, recipient = owed.detail.partition("/")
        case = await self._level(owed.case_id)
        if case.unreadable:
            if not case.takes_part(self._agency):
                return None  # we have left, so a remaining participant has to grant
            raise LaterError(_UNREADABLE)  # the recipient may have left in an event that we cannot open
        if compartment in OFFERS.values():
            keys, readers = _of_offer(case, compartment, recipient)
        elif (part := COMPARTMENTS.get(compartment)) is not None:
            keys, readers = case.keys_of(part).used, may_read(case.state, part)
        else:
            if any(self._agency in erasure.outstanding for erasure in case.view.erasures):
                raise LaterError(_ABOUT_TO_BE_ERASED)
            keys = await self._keyring.own(case.case_id, compartment, self._agency)
            readers = may_read_personal(case.view, DataClass(compartment), self._today)
        if recipient not in readers:
            return None
        transaction = Transaction()
        transaction.give([IssuedGrant(key.case_id, compartment, key.kid, recipient) for key in keys])
        await self._store.write(transaction)
        if not await self._put(keys, recipient, case):
            raise LaterError(_NOT_ADMITTED_YET)
        return None

    async def _level(self, case_id: str) -> CaseReplica:
        """Return the case, after the commit that is under way."""
        await self._replica.settled()
        return await self._replica.case(case_id)

    async def follow_consent(self, owed: Obligation) -> Transaction | None:
        """CONSENT: bring the keys of personal details up to the consents in force.

        Destroy the keys that others granted and that are now closed to us. Owe our own keys to the agencies that may
        read. Look for grants to us of keys that we lack.
        """
        case = await self._level(owed.case_id)
        keys = [each for each in await self._store.keys_of([owed.case_id]) if each.compartment not in COMPARTMENTS]
        if not keys and not case.view.personal_records:
            return None
        transaction = Transaction()
        open_to_us = personal_details_open_to(case.view, self._agency, self._today)
        closed = {key.compartment for key in keys if key.granter != self._agency} - open_to_us
        if not (case.unreadable and case.takes_part(self._agency)):
            for compartment in closed:
                transaction.withdraw_keys(case.case_id, compartment, self._agency)
        if case.unreadable:
            return transaction  # consent may have changed in an event that we cannot open
        for compartment in sorted({key.compartment for key in keys if key.granter == self._agency}):
            readers = may_read_personal(case.view, DataClass(compartment), self._today)
            for reader in await self._lacking(case, compartment, readers, again=owed.detail == WIDENED):
                detail = f"{compartment}/{reader}"  # due at once, after the core, without which nobody needs it
                transaction.oblige(Obligation(Kind.GRANT, case.case_id, detail, due_at=2.0, since=owed.since))
        recorded = {record.data_class for record in case.view.personal_records}
        if (open_to_us & recorded) - {key.compartment for key in keys}:
            transaction.oblige(Obligation(Kind.LOOK, "", since=owed.since))
        return transaction

    async def _lacking(
        self, case: CaseReplica, compartment: str, readers: Iterable[str], *, again: bool
    ) -> Iterable[str]:
        """Return the readers that lack one of our keys. `again`: return all, because grants may have been deleted."""
        if again:
            return readers
        given: list[set[str]] = []
        for key in await self._keyring.own(case.case_id, compartment, self._agency):
            given.append(set(await self._store.given(case.case_id, compartment, key.kid)))
        return [reader for reader in readers if any(reader not in holders for holders in given)]

    async def require_level(self) -> None:
        """Wait until the replica has committed all that is in the log now."""
        await self._replica.reached(await self._log.last())


def _of_offer(case: CaseReplica, compartment: str, recipient: AgencyId) -> tuple[Keys, Collection[AgencyId]]:
    """Return the keys of the open offer to an agency outside the case, and that agency; nothing without an offer."""
    offer = case.state.open_offer_to(recipient) if case.state.is_offered(recipient) else None
    if offer is None:
        return (), ()
    used = case.keys_of(COMPARTMENTS[compartment]).used
    return tuple(key.offshoot(compartment, offer.id) for key in used), (recipient,)


__all__ = ["BrokerAwayError", "KeyGranting"]
