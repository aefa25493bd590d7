"""Grants to us: this agency takes the keys that were granted to it, and re-reads the cases that they open.

Grants are in a stream of their own at the broker, addressed to their recipient. A grant of a key that we may not hold
now is left there; we look at it again when that may have changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Final

from bus.cancellation import cancel_all
from bus.errors import BusError, DamagedCaseError, GrantError
from bus.nats.erasable_streams import Closing, place_of
from bus.nats.log import Follower, Log, LogMessage
from bus.privacy.key_granting import KeyGranting
from bus.privacy.refused_grants import RefusedGrant, RefusedGrants
from bus.reconciler.reconciler import InVainError
from bus.replica.replica import Replica
from bus.sealing.content import ContentKey
from bus.sealing.grants import Grant, accept
from bus.sealing.keyring import Keyring
from bus.sealing.sealing_keys import SealingKeys
from bus.store import Kind, Obligation, Store, Transaction
from contracts.calendar.days import swedish_day
from contracts.law.personal_details import personal_details_open_to
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import COMPARTMENTS

_BATCH: Final = 500
_QUIET_FOR: Final = 3.0
_KEYS_OF_ONE_GRANTER: Final = 1000  # in one case; an epoch begins only when somebody leaves or is suspended

log = logging.getLogger(__name__)


class KeyTaking:
    """Follows the grants to one agency."""

    def __init__(
        self,
        agency: AgencyId,
        sealing_keys: SealingKeys,
        *,
        log: Log,
        store: Store,
        replica: Replica,
        keyring: Keyring,
        granting: KeyGranting,
        now: Callable[[], datetime],
    ) -> None:
        self._agency = agency
        self._sealing_keys = sealing_keys
        self._log = log
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self._granting = granting
        self._now = now
        self._look_again = asyncio.Event()
        self._looking: set[asyncio.Future[None]] = set()
        self.moving = False
        """True while grants are being followed."""
        self.refused = RefusedGrants()
        """The grants that could not be taken, and whose keys came by no other grant."""

    async def run(self) -> None:
        """Follow the grants until cancelled. Each call of `look` makes it begin again from the first grant."""
        try:
            while True:
                self._look_again.clear()
                async with self._log.follow_grants(_BATCH) as follower:
                    self.moving = True
                    self.refused.begin_again()
                    looking, self._looking = self._looking, set()  # only now: if `follow_grants` fails, they still wait
                    try:
                        await self._take_until_asked(follower, looking)
                    finally:
                        self._looking |= {each for each in looking if not each.done()}
        finally:
            self.moving = False

    async def look(self, owed: Obligation) -> None:
        """LOOK: read all grants to us again, because we may now hold a key that we left before.

        With a case: reads and lists it with the keys that we hold; raises InVainError if we still cannot read it. If we
        have left it, nobody grants us its key. A grant that comes later makes the obligation due again.
        """
        if owed.case_id:
            await self._replica.read_with_keys(owed.case_id)
        if await self._reads(owed.case_id):
            return
        read: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._looking.add(read)
        self._look_again.set()
        await read
        if owed.case_id and not await self._reads(owed.case_id):
            raise InVainError

    async def _reads(self, case_id: str) -> bool:
        if not case_id:
            return False
        case = await self._replica.case(case_id)
        return not (case.unreadable or case.waits) or bool(case.previewed and not case.awaits_its_keys)

    async def _take_until_asked(self, follower: Follower, looking: Iterable[asyncio.Future[None]]) -> None:
        """Take the waiting grants, wake the callers of `look`, then take new grants until the next call of `look`."""
        unread = follower.waiting
        asked = asyncio.create_task(self._look_again.wait())
        coming = asyncio.create_task(follower.next())
        try:
            while True:
                if unread <= 0:
                    for each in looking:
                        if not each.done():
                            each.set_result(None)
                    await asyncio.wait([asked, coming], return_when=asyncio.FIRST_COMPLETED)
                    if asked.done():
                        return
                await asyncio.wait([coming], timeout=_QUIET_FOR)
                if not coming.done():
                    unread = 0  # some of them were deleted in the meantime
                    continue
                messages = coming.result()
                coming = asyncio.create_task(follower.next())
                await self._take(messages)
                unread -= len(messages)
        finally:
            await cancel_all(asked, coming)

    async def _take(self, messages: list[LogMessage]) -> None:
        """Verify these grants, store their keys, and re-read the cases that they open.

        At the national coordinator, owe the deletions that are asked for among them.
        """
        closings = [message.subject for message in messages if Closing.of(message.subject) is not None]
        if closings:
            messages = [message for message in messages if Closing.of(message.subject) is None]
            await self._owe_deletions(closings)
        cases = list(dict.fromkeys(message.subject.split(".")[1] for message in messages))
        held = await self._keyring.held(cases)
        taken: list[tuple[ContentKey, str]] = []
        refused: list[RefusedGrant] = []
        number = Counter((case_id, granter) for case_id, _, _, granter in held)
        for message in messages:
            _, case_id, _, _, _, granter, *_ = message.subject.split(".")
            key = None
            if number[case_id, granter] < _KEYS_OF_ONE_GRANTER:
                key = await self._accepted(message, held, refused)
            if key is not None:
                number[case_id, granter] += 1
                taken.append((key, granter))
        for grant in refused:
            self.refused.note(grant)
        self.refused.settle(name[:3] for name in held)
        self.refused.settle((key.case_id, key.compartment, key.kid) for key, _ in taken)
        if not taken:
            return
        of_parts = [key for key, _ in taken if key.compartment in COMPARTMENTS]
        begun = await self._store.known(list({key.case_id for key, _ in taken}))
        await self._replica.take_keys(of_parts, lambda opened: self._taking(taken, begun, opened))

    async def _owe_deletions(self, closings: list[str]) -> None:
        """Owe what these requests ask for. Each lies at the broker until it is met, so an interruption loses none."""
        transaction, at = Transaction(), self._now().timestamp()
        transaction.oblige(*(Obligation(Kind.DELETE, each.split(".")[1], each, since=at) for each in closings))
        await self._store.write(transaction)

    def _taking(
        self, taken: list[tuple[ContentKey, str]], begun: Collection[str], opened: Collection[str]
    ) -> Transaction:
        """Return the transaction that stores these keys, with the obligations from them.

        `begun`: the cases of which we have an event. Of the others, the first event brings the obligations. `opened`:
        the cases of which they may open something. A key of a part that opens nothing yet brings no obligation.

        The keys are wrapped here, immediately before the commit, because the vault's key may be replaced at any moment.
        """
        transaction, at = Transaction(), self._now().timestamp()
        transaction.put_keys((self._keyring.wrapped(key, granter) for key, granter in taken), self._now())
        bring = (key.case_id for key, _ in taken if key.case_id in opened or key.compartment not in COMPARTMENTS)
        for case_id in dict.fromkeys(case_id for case_id in bring if case_id in begun):
            # The consent may have been withdrawn since we checked it, and the reactions must run on the readable case.
            transaction.oblige(Obligation(Kind.CONSENT, case_id, since=at), Obligation(Kind.REACT, case_id, since=at))
            # Where the session or the process ends before the case was read with them, it is read then.
            transaction.oblige(Obligation(Kind.LOOK, case_id, since=at))
        return transaction

    async def _accepted(
        self, message: LogMessage, held: set[tuple[str, str, str, str]], refused: list[RefusedGrant]
    ) -> ContentKey | None:
        """Return the key that a grant brings, or None. If the grant is no use, it is added to `refused`."""
        _, case_id, compartment, kid, _, granter, *_ = message.subject.split(".")
        if (case_id, compartment, kid, granter) in held:
            return None
        try:
            given = Grant.from_bytes(message.data, place_of(message.subject))
            if not await self._is_open_to_us(case_id, compartment):
                return None
            public = self._replica.directory.public_key(given.granter, given.key_id)
            if public is None:
                await self._granting.require_level()
                public = self._replica.directory.public_key(given.granter, given.key_id)
            if public is None:
                raise GrantError("bad-signature", "no such key is in the directory")
            return accept(given, self._sealing_keys, recipient=self._agency, public_of_granter=public)
        except GrantError as error:
            log.warning("grant not taken", extra={"reason": error.reason})
            refused.append(RefusedGrant(case_id, compartment, kid, granter, error.reason))
        except DamagedCaseError:
            log.warning("grant not taken", extra={"reason": "damaged"})  # its repair looks for grants again
        except BusError:
            raise
        except Exception as error:  # one faulty grant must not block the others
            log.error("grant not taken", extra={"error": type(error).__name__})
        return None

    async def _is_open_to_us(self, case_id: str, compartment: str) -> bool:
        """Return whether we may hold keys of this compartment now.

        For the case itself: it is not erased. For personal data: there are records, and a consent opens them to us.
        """
        if compartment in COMPARTMENTS:
            return (await self._replica.case(case_id)).view.status is not CaseStatus.ERASED
        await self._granting.require_level()
        case = await self._replica.case(case_id)
        recorded = any(record.data_class == compartment for record in case.view.personal_records)
        open_to_us = personal_details_open_to(case.view, self._agency, swedish_day(self._now()))
        return recorded and not case.unreadable and compartment in open_to_us
