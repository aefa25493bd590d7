"""Kept records: the agency's own records of some kinds, which an act obliges it to keep when their case is erased.

They are copied out of the case before its keys are destroyed, and sealed under a key of their own for each
ground. All other content of the case is gone. When the last day has passed, or a records officer releases them, the key
is destroyed and the vault's key is replaced, as in every other erasure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson

from bus.case.case_replica import CaseReplica
from bus.read_models.lists import ListPage
from bus.replica.replica import FoldedEvent, Replica
from bus.sealing.content import ContentKey
from bus.sealing.keyring import Keyring
from bus.sealing.rows import open_row, seal_row
from bus.store import Kind, Obligation, Store, Transaction
from bus.store.rows import values
from contracts.calendar.days import swedish_day
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.law.keeping import DutyToKeep
from contracts.law.running_out import start_of
from contracts.view.parts.erasure import Erasure, KeepingGround
from contracts.vocabulary.agencies import AgencyId

COMPARTMENT: Final = "kept"
"""The compartment of the key of a set of kept records."""

_COLUMNS: Final = "event_id, case_id, set_id, ground, name, until, sealed"
_PUT: Final = """INSERT INTO kept_records (event_id, case_id, set_id, ground, name, until, sealed)
    VALUES (:event_id, :case_id, :set_id, :ground, :name, :until, :sealed) ON CONFLICT DO NOTHING"""
_OF_CASE: Final = f"SELECT {_COLUMNS} FROM kept_records WHERE case_id = :case_id ORDER BY position"  # noqa: S608 - constant columns
_ONE: Final = f"SELECT {_COLUMNS} FROM kept_records WHERE event_id = :event_id"  # noqa: S608 - constant columns
_PAGE: Final = f"SELECT {_COLUMNS} FROM kept_records ORDER BY position DESC LIMIT :limit OFFSET :offset"  # noqa: S608 - constant columns
_COUNT: Final = "SELECT COUNT(*) AS n FROM kept_records"
_DROP: Final = "DELETE FROM kept_records WHERE set_id = :set_id"
_DROP_OPENINGS: Final = "DELETE FROM openings WHERE case_id = :set_id"


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A record of our own that we keep after its case was erased; only the key of its set opens it.

    Attributes:
        event_id: The id of the event that it was.
        case_id: The case.
        set_id: The set: all that we keep of the case on this ground. Its key is in the table of keys under this id.
        ground: The code of the law.
        name: The name of the event.
        until: The last Swedish day on which we keep it, as text.
        sealed: Its content.
    """

    event_id: str
    case_id: str
    set_id: str
    ground: str
    name: str
    until: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A record of our own that we keep after its case was erased.

    Attributes:
        event_id: The id of the event that it was.
        case_id: The case.
        set_id: The set of all that we keep of the case on this ground.
        name: The name of the event.
        ground: The duty on which we keep it.
        until: The last Swedish day on which we keep it.
        key: The key of its set; None if we hold none that opens it.
        content: `type`, `recorded_at` and `data` of the event; None if no key opens it.
    """

    event_id: str
    case_id: str
    set_id: str
    name: str
    ground: KeepingGround
    until: date
    key: ContentKey | None = None
    content: Mapping[str, Any] | None = None


class KeptRecords:
    """One agency's kept records."""

    def __init__(
        self,
        agency: AgencyId,
        duties: Sequence[DutyToKeep],
        *,
        store: Store,
        replica: Replica,
        keyring: Keyring,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._agency = agency
        self._duties = duties
        self._store = store
        self._replica = replica
        self._keyring = keyring
        self._now = now
        self._new_id = new_id

    async def keep(self, case: CaseReplica) -> None:
        """Copy what the law has us keep out of a case that is to be erased; on return it is durable.

        It does nothing where nothing is to be kept, or where it was done before. Raises DamagedCaseError or StoreError.
        """
        if not self._duties or await self._rows(case.case_id):
            return
        own = [held async for held in self._replica.history(case.case_id) if self._is_ours(held)]
        transaction = Transaction()
        for duty in self._duties:
            self._copy([held for held in own if self._duty(held) is duty], duty, transaction)
        if transaction.changes:
            await self._store.write(transaction)

    def _is_ours(self, held: FoldedEvent) -> bool:
        return held.envelope.agency == self._agency and held.content is not None and held.void is None

    def _duty(self, held: FoldedEvent) -> DutyToKeep | None:
        """Return the duty that names the event; of several, the first."""
        return next((duty for duty in self._duties if held.envelope.event_name in duty.names), None)

    def _copy(self, own: Sequence[FoldedEvent], duty: DutyToKeep, transaction: Transaction) -> None:
        """Add a set with a key of its own: copies of these events, and when to release it, after its last day."""
        if not own:
            return
        key = ContentKey.new(self._new_id(), COMPARTMENT)
        until = duty.last_day(swedish_day(self._now()))
        transaction.put_keys([self._keyring.wrapped(key, self._agency)])
        transaction.add(_PUT, *(values(_copied(held, key, duty, until)) for held in own))
        at = start_of(until + timedelta(days=1)).timestamp()
        transaction.oblige(Obligation(Kind.RELEASE, key.case_id, due_at=at, since=at))

    async def objections(self, erasure: Erasure, case_id: str) -> list[ErasureObjected]:
        """Return the objections that we owe to an erasure, one for each ground on which we keep something."""
        made = {each.ground for each in erasure.objections if each.agency == self._agency}
        grounds: dict[str, list[SealedRecord]] = {}
        for row in await self._rows(case_id):
            grounds.setdefault(row.ground, []).append(row)
        return [
            ErasureObjected(
                occurred_at=self._now(),
                request_id=erasure.id,
                ground=KeepingGround(ground),
                keeps=tuple(dict.fromkeys(row.name for row in rows)),
                until=max(date.fromisoformat(row.until) for row in rows),
            )
            for ground, rows in grounds.items()
            if ground not in made
        ]

    async def page(self, *, limit: int, offset: int) -> ListPage[KeptRecord]:
        """Return a page of the kept records, the newest first, without their content."""
        rows = [_sealed(row) for row in await self._store.query(_PAGE, limit=limit, offset=offset)]
        total = int((await self._store.query(_COUNT))[0]["n"])
        return ListPage([_record(row) for row in rows], total, complete=True)

    async def one(self, event_id: str) -> KeptRecord | None:
        """Return a kept record with its content, or None."""
        found = await self._store.query(_ONE, event_id=event_id)
        if not found:
            return None
        row = _sealed(found[0])
        keys = await self._keyring.of(row.set_id, COMPARTMENT)
        for key in keys:
            content = open_row((key,), row.sealed, _place(row.set_id, row.event_id))
            if content is not None:
                return _record(row, key, content)
        return _record(row)

    async def release(self, set_id: str) -> None:
        """Destroy a set of kept records with its key, and what is known of who opened them."""
        transaction = Transaction()
        transaction.add(_DROP, {"set_id": set_id})
        transaction.add(_DROP_OPENINGS, {"set_id": set_id})
        transaction.destroy_keys(set_id, COMPARTMENT)
        await self._store.write(transaction)
        await self._keyring.replace_vault_key()

    async def release_now(self, case_id: str, ground: KeepingGround | None = None) -> bool:
        """Release all that we keep of a case (`ground`: on this ground). Return False if we keep no such thing."""
        sets = {row.set_id for row in await self._rows(case_id) if ground in (None, row.ground)}
        for set_id in sorted(sets):
            await self.release(set_id)
        return bool(sets)

    async def release_due(self, owed: Obligation) -> Transaction | None:
        """RELEASE: destroy a set of kept records, whose last day has passed."""
        await self.release(owed.case_id)
        return None

    async def _rows(self, case_id: str) -> list[SealedRecord]:
        return [_sealed(row) for row in await self._store.query(_OF_CASE, case_id=case_id)]


def _copied(held: FoldedEvent, key: ContentKey, duty: DutyToKeep, until: date) -> SealedRecord:
    envelope = held.envelope
    content = {
        "type": envelope.type,
        "recorded_at": envelope.recorded_at.isoformat(),
        "data": orjson.loads(held.content or b"null"),
    }
    return SealedRecord(
        event_id=envelope.event_id,
        case_id=envelope.case_id,
        set_id=key.case_id,
        ground=duty.ground,
        name=envelope.event_name,
        until=until.isoformat(),
        sealed=seal_row(key, content, _place(key.case_id, envelope.event_id)),
    )


def _sealed(row: Mapping[str, Any]) -> SealedRecord:
    return SealedRecord(**{**row, "sealed": bytes(row["sealed"])})


def _record(row: SealedRecord, key: ContentKey | None = None, content: Mapping[str, Any] | None = None) -> KeptRecord:
    return KeptRecord(
        row.event_id,
        row.case_id,
        row.set_id,
        row.name,
        KeepingGround(row.ground),
        date.fromisoformat(row.until),
        key,
        content,
    )


def _place(set_id: str, event_id: str) -> str:
    return f"kept/{set_id}/{event_id}"
