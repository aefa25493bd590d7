"""Granting: the keys of a case reach those who may read it, and those granted to us reach our keyring.

Who brings an agency into a case owes it the case's keys; the debt is written down with the event, in one transaction,
and stays until the grants are on the broker's disk. Keys of personal details follow the consents in force: their maker
gives them to whom they are opened, and whoever they are no longer open to destroys them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Final

from bus.broker.deletable import key_subject, place_of
from bus.case_file import CaseFile
from bus.ending import end
from bus.errors import BrokerAwayError, GrantError
from bus.log import Follower, Log, LogMessage
from bus.members.directory import DIRECTORY_ID
from bus.replica import Committed, Replica
from bus.sealing.content import ContentKey
from bus.sealing.grants import Grant, accept, grant
from bus.sealing.keyring import CASE, Keyring, Keys
from bus.sealing.sealing_keys import SealingKeys
from bus.signing import Signer
from bus.store import Batch, Given, GrantDue, Store, WrappedKey
from contracts.access import may_read_case, may_read_personal
from contracts.consent import personal_details_open_to
from contracts.event import swedish_day
from contracts.personal_data import PersonalDetailsRecorded
from contracts.states import CaseStatus
from contracts.vocabulary import DataClass

_WIDENING: Final = frozenset({"ConsentGiven", "ReferralAccepted", "TransnationalReferralAccepted"})
"""After these, somebody may read again what was closed to them, whose grant was deleted meanwhile."""

log = logging.getLogger(__name__)


class Granting:
    """Gives and takes keys, for one agency."""

    def __init__(
        self,
        *,
        signer: Signer,
        sealing_keys: SealingKeys,
        log: Log,
        store: Store,
        replica: Replica,
        keyring: Keyring,
        now: Callable[[], datetime],
    ) -> None:
        self._signer = signer
        self._sealing_keys = sealing_keys
        self._log = log
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self._now = now
        self._known: dict[str, set[tuple[str, str, str]]] = {}
        self._personal: set[str] = set()
        self._changed: dict[str, bool] = {}
        self._owing = False
        self._giving = asyncio.Lock()
        self._something_due = asyncio.Event()
        self._look_again = asyncio.Event()
        self.opened = asyncio.Event()
        """Set when a case became readable, for whoever reacts to what it holds."""
        replica.listen(self._take_note)

    async def start(self) -> None:
        """Learn which keys we hold, and what the last stop left undone."""
        self._known = {}  # what is noted from here on is not in what is read, and stays
        for key in await self._store.all_keys():
            self._note(key, key.granter)
        self._personal = {case_id for case_id in self._known if self._held(case_id)}
        self._changed = dict.fromkeys(self._personal, False) | self._changed
        self._something_due.set()

    def _note(self, key: ContentKey | WrappedKey, granter: str) -> None:
        """That we hold a key: of cases of which we hold none, nothing need be looked up."""
        self._known.setdefault(key.case_id, set()).add((key.compartment, key.kid, granter))

    def _held(self, case_id: str) -> set[tuple[str, str]]:
        """The classes of personal data whose keys we hold, and who gave us each."""
        return {(part, granter) for part, _, granter in self._known.get(case_id, ()) if part != CASE}

    @property
    def _today(self) -> date:
        return swedish_day(self._now())

    async def new_epoch(self, case: CaseFile, compartment: str, readers: Iterable[str]) -> ContentKey:
        """A fresh key of a compartment, which all who may read as the case stands have been granted on return."""
        case_id = case.view.case_id
        key = ContentKey.new(case_id, compartment)
        batch = Batch() if compartment == CASE else _to_give((key,), readers)
        batch.keys = [self._keyring.wrapped(key, self._signer.agency)]
        await self._store.write(batch)
        self._note(key, self._signer.agency)
        async with self._giving:
            for reader in readers:
                await self._give((key,), reader, case)
        if compartment == CASE:
            await self._replica.read_anew(case_id)
        else:
            self._personal.add(case_id)
            self._something_due.set()
        return key

    async def settled(self) -> None:
        """Wait until nothing is being given any more that was judged before."""
        async with self._giving:
            pass

    async def _give(self, keys: Keys, recipient: str, case: CaseFile) -> bool:
        """Whether the agency, that may have these keys as the case stands, now has them; False when the directory knows
        nothing to seal them to.
        """
        public = self._replica.directory.sealing_key(recipient)
        if public is None:
            return False
        for key in keys:
            if recipient == self._signer.agency:
                self._note(key, recipient)
            given = grant(key, recipient, public, self._signer)
            await self._log.put(key_subject(given.place, case.narrowed), given.to_bytes())
        return True

    def _take_note(self, committed: Committed) -> None:
        case_id, name = committed.envelope.case_id, committed.envelope.event_name
        if case_id in self._personal or name in _WIDENING or name == PersonalDetailsRecorded.__name__:
            self._changed[case_id] = self._changed.get(case_id, False) or name in _WIDENING
            self._something_due.set()
        ours = committed.envelope.agency == self._signer.agency
        if committed.indebted or (self._owing and (ours or case_id == DIRECTORY_ID)):
            self._something_due.set()

    async def give_what_is_due(self) -> None:
        """Give keys whenever some are due; those for agencies not in the directory wait until they are admitted."""
        while True:
            await self._something_due.wait()
            self._something_due.clear()
            changed, self._changed = self._changed, {}
            try:
                for case_id, widened in list(changed.items()):
                    await self._follow_consent(case_id, widened)
                    del changed[case_id]
                self._owing = False
                dues = await self._store.grants_due()
                await self._replica.settled()  # an event is on the disk, with what is due by it, before it is seen
                for due in dues:
                    if await self._settle(due):
                        await self._store.write(Batch(granted=[due]))
                    else:
                        self._owing = True
            except BrokerAwayError:
                self._changed = changed | self._changed
                self._something_due.set()
                raise

    async def _follow_consent(self, case_id: str, widened: bool) -> None:
        """Destroy what is no longer open to us, give what we made to those it is open to, look for what is now ours."""
        case = await self._replica.case(case_id)
        held, own = self._held(case_id), self._signer.agency
        if not held and not case.view.personal_records:
            return  # as it is with most cases: nothing to destroy, to give or to look for
        open_to_us = personal_details_open_to(case.view, own, self._today)
        closed = {part for part, granter in held if granter != own and part not in open_to_us}
        if closed and not (case.behind and case.view.takes_part(own)):
            await self._forget(case_id, closed)
        if case.behind:
            return  # consent may have changed where we cannot see it
        for data_class in [part for part in DataClass if (part, own) in held]:
            keys = await self._keyring.own(case_id, data_class, own)
            for reader in may_read_personal(case.view, data_class, self._today):
                if widened or any([await self._is_news(key, reader) for key in keys]):
                    await self._store.write(_to_give(keys, (reader,)))
        recorded = {record.data_class for record in case.view.personal_records}
        if (open_to_us & recorded) - {part for part, _ in held}:
            self._look_again.set()

    async def _is_news(self, key: ContentKey, reader: str) -> bool:
        return reader not in await self._store.given(key.case_id, key.compartment, key.kid)

    async def _forget(self, case_id: str, compartments: Iterable[str]) -> None:
        parts = set(compartments)
        await self._store.write(Batch(withdrawn_keys=[(case_id, part, self._signer.agency) for part in parts]))
        self._known[case_id] = {
            key for key in self._known.get(case_id, ()) if key[0] not in parts or key[2] == self._signer.agency
        }

    async def _settle(self, due: GrantDue) -> bool:
        async with self._giving:
            case = await self._replica.case(due.case_id)
            if case.behind:
                return False  # it may have left where we cannot see it
            if due.compartment == CASE:
                keys, readers = case.epochs, may_read_case(case.view)
            elif any(self._signer.agency in erasure.outstanding for erasure in case.view.erasures):
                return False  # these keys are about to be destroyed
            else:
                keys = await self._keyring.own(due.case_id, due.compartment, self._signer.agency)
                readers = may_read_personal(case.view, DataClass(due.compartment), self._today)
            # Whoever has left again, or is named by no consent any more, gets nothing.
            return due.recipient not in readers or await self._give(keys, due.recipient, case)

    async def take_what_is_granted(self) -> None:
        """Follow the grants to us; each key is on our disk before what it opens is read."""
        while True:
            self._look_again.clear()
            async with self._log.follow_grants(500) as follower:
                again = asyncio.create_task(self._look_again.wait())
                taking = asyncio.create_task(self._take_all(follower))
                try:
                    await asyncio.wait([again, taking], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    await end(again)
                    await end(taking)

    async def _take_all(self, follower: Follower) -> None:
        while True:
            await self._take(follower)

    async def _take(self, follower: Follower) -> None:
        taken: list[tuple[ContentKey, str]] = []
        for message in await follower.next():
            key = await self._accepted(message)
            if key is not None:
                taken.append((key, message.subject.split(".")[5]))
        if not taken:
            return
        opened = dict.fromkeys(key.case_id for key, _ in taken if key.compartment == CASE)
        # Wrapped only now, when nothing comes between that and the writing: the vault's key may be replaced meanwhile.
        keys = [self._keyring.wrapped(key, granter) for key, granter in taken]
        await self._store.write(Batch(keys=keys, opened=list(opened)))
        self._personal |= {key.case_id for key, _ in taken if key.compartment != CASE}
        await self._replica.read_all_anew(list(opened))
        for key, granter in taken:
            self._note(key, granter)  # only now: what was cut short is taken once more
            self._changed.setdefault(key.case_id, False)  # a consent may have been withdrawn since it was looked at
        self._something_due.set()
        self.opened.set()

    async def _accepted(self, message: LogMessage) -> ContentKey | None:
        _, case_id, compartment, kid, _, granter, *_ = message.subject.split(".")
        if (compartment, kid, granter) in self._known.get(case_id, ()):
            return None  # we have it, or gave it to ourselves
        try:
            given = Grant.from_bytes(message.data, place_of(message.subject))
            if not await self._is_open_to_us(case_id, compartment):
                return None
            public = self._replica.directory.public_key(given.granter, given.key_id)
            if public is None:
                await self.catch_up()
                public = self._replica.directory.public_key(given.granter, given.key_id)
            if public is None:
                raise GrantError("bad-signature", "no such key is in the directory")
            return accept(given, self._sealing_keys, recipient=self._signer.agency, public_of_granter=public)
        except GrantError as error:
            log.warning("grant not taken", extra={"reason": error.reason})
            return None

    async def _is_open_to_us(self, case_id: str, compartment: str) -> bool:
        """Whether the case is not erased; or, of personal data, whether consent in force opens what is recorded."""
        if compartment == CASE:
            return (await self._replica.case(case_id)).view.status is not CaseStatus.ERASED
        await self.catch_up()
        case = await self._replica.case(case_id)
        recorded = any(record.data_class == compartment for record in case.view.personal_records)
        open_to_us = personal_details_open_to(case.view, self._signer.agency, self._today)
        return recorded and not case.behind and compartment in open_to_us

    async def catch_up(self) -> None:
        """Wait until the replica has taken all that is in the log now."""
        await self._replica.reached((await self._log.state()).last)


def _to_give(keys: Keys, recipients: Iterable[str]) -> Batch:
    """Keys of personal details that are due to these agencies; written down before any is given, since a key that
    somebody may have must not be taken for one that nobody has.
    """
    batch = Batch()
    for recipient in recipients:
        batch.given += [Given(key.case_id, key.compartment, key.kid, recipient) for key in keys]
        batch.grants_due += [GrantDue(key.case_id, key.compartment, recipient) for key in keys[:1]]
    return batch
