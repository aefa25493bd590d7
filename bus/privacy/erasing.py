"""Erasure: this agency's service destroys its data of an erased case, and confirms that in the log.

It destroys the keys, so that no copy of the sealed content can be opened anywhere. It also replaces the vault's key, so
that no old copy of the keys in a database can be opened. The national coordinator's service also deletes the grants and
records at the broker. An agency cannot judge a request if it has left the case or never took part; then it waits until
the agency that opened the case has confirmed the request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime

from bus.case.case_replica import CaseReplica
from bus.case.clear_erasures import believed
from bus.errors import RefusedError
from bus.mechanism import Mechanism
from bus.nats.erasable_streams import KEYS, since_of, subjects_of
from bus.nats.log import Log
from bus.privacy.key_granting import KeyGranting
from bus.read_models.changes import erased
from bus.reconciler.reconciler import LaterError
from bus.replica.replica import Replica
from bus.sealing.keyring import Keyring
from bus.store import Obligation, Store, Transaction
from bus.submission.outbox import Outbox
from bus.submission.submission import Submission
from contracts.chapters.erasure import ErasureConfirmed
from contracts.privacy.readers import may_read, may_read_personal
from contracts.view.case_view import CaseView
from contracts.view.parts.erasure import Erasure, ErasureScope
from contracts.vocabulary.agencies import COORDINATOR, AgencyId
from contracts.vocabulary.choices import DataClass
from contracts.vocabulary.parts import COMPARTMENTS, OFFERS, Part

_UNREADABLE = 30.0

log = logging.getLogger(__name__)


class Erasing:
    """Carries out the erasures that concern one agency."""

    def __init__(
        self,
        agency: AgencyId,
        *,
        log: Log,
        store: Store,
        replica: Replica,
        keyring: Keyring,
        granting: KeyGranting,
        outbox: Outbox,
        mechanism: Mechanism,
        now: Callable[[], datetime],
    ) -> None:
        self._agency = agency
        self._log = log
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self._granting = granting
        self._outbox = outbox
        self._mechanism = mechanism
        self._now = now

    async def carry_out(self, owed: Obligation) -> Transaction | None:
        """ERASE: carry out each erasure of the case that names us as a holder, and confirm it in the log."""
        await self._replica.settled()
        case = await self._replica.case(owed.case_id)
        if not isinstance(case.view, CaseView):
            return None
        for erasure in self._erasures(case):
            if self._agency not in erasure.holders:
                continue
            confirmed = self._agency in erasure.confirmed_by
            if self._agency == COORDINATOR:
                # Once more after each holder's confirmation: until then the holder could still grant its keys.
                await self._delete_at_broker(owed.case_id, erasure, again=confirmed)
            if not confirmed:
                await self._destroy(owed.case_id, erasure)
                await self._confirm(owed.case_id, erasure)
        return None

    def _erasures(self, case: CaseReplica) -> tuple[Erasure, ...]:
        return believed(case, self._agency, self._replica.directory) if case.unreadable else case.view.erasures

    async def _delete_at_broker(self, case_id: str, erasure: Erasure, *, again: bool) -> None:
        if erasure.scope is ErasureScope.CASE:
            for stream, under in subjects_of(case_id):
                for subject in await self._log.subjects(stream, under):
                    await self._log.delete(stream, subject)
            return
        # If only personal details are erased, the case goes on: records and grants made after the request must stay.
        asked = await self._asked_at(case_id, erasure.id)
        for stream, under in subjects_of(case_id):
            for subject in await self._log.subjects(stream, under):
                is_grant = stream == KEYS
                before = subject.split(".")[2] not in COMPARTMENTS and since_of(subject) < asked
                if before if is_grant else not again:
                    await self._log.delete(stream, subject)

    async def _asked_at(self, case_id: str, erasure_id: str) -> int:
        """Return the version of the first event with this id. A later event with the same id is ignored."""
        chain = await self._store.envelopes(case_id)
        return next(envelope.version for envelope in chain if envelope.event_id == erasure_id)

    async def _destroy(self, case_id: str, erasure: Erasure) -> None:
        if erasure.scope is ErasureScope.CASE:
            await self._outbox.forget_case(case_id)
            transaction = Transaction()
            transaction.erase(case_id, erasure.id)
            transaction.extend(erased(case_id))
            await self._store.write(transaction)
            await self._keyring.replace_vault_key()
        else:
            await self._keyring.destroy(case_id, DataClass)
        await self._replica.read_anew([case_id])
        await self._replica.list_anew([case_id], ())

    async def _confirm(self, case_id: str, erasure: Erasure) -> None:
        # A confirmation from before a crash may be in the log already, and its row was forgotten with the case.
        await self._granting.require_level()
        now = self._erasures(await self._replica.case(case_id))
        if not any(each.id == erasure.id and self._agency not in each.confirmed_by for each in now):
            return
        confirmation = ErasureConfirmed(occurred_at=self._now(), request_id=erasure.id)
        key = f"erasure/{erasure.id}"
        try:
            await self._mechanism.submit(Submission(confirmation, case_id=case_id, idempotency_key=key))
        except RefusedError as error:
            log.warning("confirmation refused", extra={"rule": error.refusal.rule.id})

    async def withdraw_grants(self, owed: Obligation) -> Transaction | None:
        """WITHDRAW: delete each grant of the case at the broker whose recipient may no longer read.

        Raises LaterError while we cannot read the case.
        """
        subjects = await self._log.subjects(KEYS, f"key.{owed.case_id}.>")
        # Read the log after the grants, so that we know why each grant was made: an agency may have come back.
        await self._granting.require_level()
        case = await self._replica.case(owed.case_id)
        if case.unreadable:
            raise LaterError(_UNREADABLE)
        # Ignore expiry dates here: an expired consent ends once the clock's event about it is in the log.
        readers = {part.compartment: may_read(case.state, part) for part in Part}
        offered = frozenset(each.agency for each in case.state.participants if each.is_offered)
        readers |= dict.fromkeys(OFFERS.values(), offered)
        readers |= {str(part): may_read_personal(case.view, part, date.min) for part in DataClass}
        for subject in subjects:
            _, _, part, _, recipient, *_ = subject.split(".")
            if recipient not in readers.get(part, ()):
                await self._log.delete(KEYS, subject)
        return None
