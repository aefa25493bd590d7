"""Erasing: what this agency holds of an erased case is destroyed, and its service confirms that in the log.

The keys go, and with them all that is sealed under them, wherever copies lie; the vault's key is replaced, so that no
remnant in a database opens. The national coordinator's service also deletes grants and records from the broker. Who
cannot judge a request, having left the case or never taken part, waits until the agency that opened it has confirmed.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import date, timedelta
from typing import Final

from bus.broker.deletable import KEYS, since_of, subjects_of
from bus.case_file import CaseFile, erasure_in, provenance, vouched_for
from bus.confidential.parts import Parts
from bus.envelope import Envelope
from bus.errors import BrokerAwayError, StoreError, SubmissionError
from bus.outbox import Submission
from bus.replica import Committed
from bus.sealing.keyring import CASE
from bus.store import Batch
from contracts.access import NARROWING, may_read_case, may_read_personal
from contracts.agencies import COORDINATOR
from contracts.case import decide, ruleset_in_force
from contracts.erasure import ErasureConfirmed, ErasureRequested
from contracts.record_states import Erasure, ErasureScope
from contracts.vocabulary import DataClass

_AGAIN_AFTER: Final = timedelta(seconds=5)

log = logging.getLogger(__name__)


class Erasing:
    """Carries out the erasures that concern one agency, as soon as they are in its replica."""

    def __init__(self, parts: Parts) -> None:
        self._agency = parts.agency
        self._log = parts.log
        self._store = parts.store
        self._replica = parts.replica
        self._outbox = parts.outbox
        self._keyring = parts.keyring
        self._granting = parts.granting
        self._now = parts.now
        self._concerned: set[str] = set()
        self._narrowed: set[str] = set()
        self._something = asyncio.Event()
        parts.replica.listen(self._take_note)

    def _take_note(self, committed: Committed) -> None:
        name, case_id = committed.envelope.event_name, committed.envelope.case_id
        if name in (ErasureRequested.__name__, ErasureConfirmed.__name__):
            self._concerned.add(case_id)
            self._something.set()
        elif self._agency == COORDINATOR and name in NARROWING:
            self._narrowed.add(case_id)
            self._something.set()

    async def start(self) -> None:
        """Take up what was not finished at the last stop."""
        self._concerned |= set(await self._store.cases_with_erasures())
        self._something.set()

    async def running(self) -> None:
        """Erase whenever something is to be erased; what fails is tried again."""
        self._something.set()
        while True:
            await self._something.wait()
            self._something.clear()
            concerned, self._concerned = self._concerned, set()
            narrowed, self._narrowed = self._narrowed, set()
            try:
                for case_id in tuple(concerned):
                    await self._carry_out(case_id)
                    concerned.discard(case_id)
                for case_id in tuple(narrowed):
                    await self._delete_closed_grants(case_id)
                    narrowed.discard(case_id)
            except (BrokerAwayError, StoreError) as error:
                log.warning("erasure not finished", extra={"error": type(error).__name__})
                await asyncio.sleep(_AGAIN_AFTER.total_seconds())
                self._something.set()
            finally:
                # Also when the session ends in the middle: the next one takes it up.
                self._concerned |= concerned
                self._narrowed |= narrowed

    async def _carry_out(self, case_id: str) -> None:
        for erasure in await self._requested(case_id):
            if self._agency not in erasure.holders:
                continue
            confirmed = self._agency in erasure.confirmed_by
            if self._agency == COORDINATOR:
                # After each holder's confirmation once more: until then it could still grant what it held.
                await self._delete_at_broker(case_id, erasure, again=confirmed)
            if not confirmed:
                await self._destroy(case_id, erasure)
                await self._confirm(case_id, erasure)

    async def _requested(self, case_id: str) -> tuple[Erasure, ...]:
        """The erasures of a case, as the rules let them through; who cannot read it hears of them in clear."""
        case = await self._replica.case(case_id)
        return await self._overheard(case) if case.behind else case.view.erasures

    async def _overheard(self, case: CaseFile) -> tuple[Erasure, ...]:
        """What may be believed of them. Who opened the case is whom all others believe, so it judges by what it read
        last.
        """
        heard: list[Envelope] = []
        found: dict[str, Erasure] = {}
        for envelope in await self._store.envelopes(case.view.case_id):
            event = erasure_in(envelope)
            if event is None:
                continue
            heard.append(envelope)
            if isinstance(event, ErasureRequested) and self._allows(case, envelope, event):
                found.setdefault(envelope.event_id, _erasure(envelope, event))
            place = vouched_for(heard, case.opener)
            wish = None if place is None else erasure_in(heard[place])
            if place is not None and isinstance(wish, ErasureRequested):
                found.setdefault(heard[place].event_id, _erasure(heard[place], wish))
        mine = (erasure_in(envelope) for envelope in heard if envelope.agency == self._agency)
        confirmed = {event.request_id for event in mine if isinstance(event, ErasureConfirmed)}
        return tuple(erasure for erasure in found.values() if erasure.id not in confirmed)

    def _allows(self, case: CaseFile, envelope: Envelope, event: ErasureRequested) -> bool:
        if case.opener != self._agency or not case.view.version < envelope.version or not case.view.version:
            return False
        by = provenance(envelope, self._replica.directory)
        return decide(case.view, event, by, ruleset_in_force(event.occurred_on)) is None

    async def _delete_at_broker(self, case_id: str, erasure: Erasure, *, again: bool) -> None:
        whole = erasure.scope is ErasureScope.CASE
        # Where only personal details are erased, the case goes on: what is recorded and granted anew stays.
        asked = 0 if whole else await self._asked_at(case_id, erasure.id)
        for stream, under in subjects_of(case_id):
            for subject in await self._log.subjects(stream, under):
                granted_before = subject.split(".")[2] != CASE and since_of(subject) < asked
                if whole or (granted_before if stream == KEYS else not again):
                    await self._log.delete(stream, subject)

    async def _asked_at(self, case_id: str, erasure_id: str) -> int:
        """The version of a request, the first of its id: who writes another one under it moves nothing."""
        chain = await self._store.envelopes(case_id)
        return next(envelope.version for envelope in chain if envelope.event_id == erasure_id)

    async def _destroy(self, case_id: str, erasure: Erasure) -> None:
        if erasure.scope is ErasureScope.CASE:
            await self._outbox.forget_case(case_id)
            await self._store.write(Batch(erased=[(case_id, erasure.id)]))
            await self._keyring.replace_vault_key()
        else:
            await self._keyring.destroy(case_id, DataClass)
        await self._granting.start()  # it knows no longer what is gone,
        await self._granting.settled()  # and gives it to nobody any more
        await self._replica.read_anew(case_id)

    async def _confirm(self, case_id: str, erasure: Erasure) -> None:
        confirmation = ErasureConfirmed(occurred_at=self._now(), request_id=erasure.id)
        key = f"erasure/{erasure.id}"
        try:
            await self._outbox.submit(Submission(confirmation, case_id=case_id, idempotency_key=key))
        except SubmissionError as error:
            log.warning("confirmation not taken", extra={"error": type(error).__name__})

    async def _delete_closed_grants(self, case_id: str) -> None:
        """Delete the grants to whom the case, or a class of personal data, is no longer open."""
        subjects = await self._log.subjects(KEYS, f"key.{case_id}.>")
        # Judged only now, with all that was in the log when any of them was put: who was closed out may have come back.
        await self._granting.catch_up()
        case = await self._replica.case(case_id)
        if case.behind:
            return
        # By events alone, on no day: what ends by the calendar is deleted when the clock has said so.
        readers = {CASE: may_read_case(case.view)}
        readers |= {str(part): may_read_personal(case.view, part, date.min) for part in DataClass}
        for subject in subjects:
            _, _, part, _, recipient, *_ = subject.split(".")
            if recipient not in readers.get(part, ()):
                await self._log.delete(KEYS, subject)


def _erasure(envelope: Envelope, wish: ErasureRequested) -> Erasure:
    return Erasure(
        id=envelope.event_id,
        scope=wish.scope,
        requested_by=envelope.agency,
        requested_at=wish.occurred_at,
        holders=wish.holders,
    )
