"""Opens the feed's rows about work: tasks, events that need a person, and messages that were set aside.

A row shows the work as it is when the row is read. Work that has ended by then is left out: a later row tells its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from bus.case.case_replica import CaseReplica
from bus.case.drafts import content_of_draft, load
from bus.read_models import feed_of_work
from bus.read_models.feed import FeedKind, FeedRow
from bus.read_models.lists import Refused
from bus.read_models.tasks import opened_task
from bus.replica.feed_entry import FeedEntry
from bus.replica.replica import Replica
from bus.sealing.keyring import NO_KEYS, ROWS, Keyring, Keys
from bus.store import OutboxStatus, QuarantineEntry, SealedTask, Store, Transaction

_SEALED: Final = frozenset({FeedKind.TASK, FeedKind.ATTENTION})
_ENDS: Final = frozenset({FeedKind.TASK_DONE, FeedKind.ATTENTION_OVER})

T = TypeVar("T")


class WorkOfFeed:
    """Opens the rows about work in one agency's feed."""

    def __init__(self, store: Store, replica: Replica, keyring: Keyring) -> None:
        self._store = store
        self._replica = replica
        self._keyring = keyring

    async def keys(self, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Keys]:
        """Return the keys of the cases whose work is in these rows, by case."""
        cases = sorted({row["case_id"] for row in rows if row["kind"] in _SEALED})
        return await self._keyring.of_all(cases, *ROWS) if cases else {}

    async def entry(
        self, position: str, row: FeedRow, stored: Mapping[str, Any], keys: Keys, case: CaseReplica | None
    ) -> FeedEntry | None:
        """Return the entry of a row about work. None: there is nothing to tell, or not now; then it is owed.

        `keys`: those of the case's core, or of an offer of it. `case`: the case, for a quarantined message.
        """
        work: Any = None
        if row.kind is FeedKind.TASK:
            work = await self._task(row, stored, keys)
        elif row.kind is FeedKind.ATTENTION:
            work = await self._refused(row, keys)
        elif row.kind is FeedKind.QUARANTINED:
            work = await self._set_aside(row, case)
        if work is None and row.kind not in _ENDS:
            return None
        return FeedEntry(position, row.case_id, row.version, row.kind, about=row.about, work=work)

    async def _task(self, row: FeedRow, stored: Mapping[str, Any], keys: Keys) -> Any:
        if stored["sealed"] is None or stored["done"]:
            return None
        task = SealedTask(row.about, row.case_id, bytes(stored["sealed"]))
        return await self._opened(row.case_id, keys, lambda keys: opened_task(task, keys, self._replica.agency))

    async def _refused(self, row: FeedRow, keys: Keys) -> Refused | None:
        submitted = await self._store.submission(row.about)
        if submitted is None or submitted.status is not OutboxStatus.PARKED:
            return None
        draft = load(submitted)
        content = await self._opened(
            row.case_id, keys, lambda keys: content_of_draft(keys, draft, self._replica.agency)
        )
        return Refused(submitted, draft, content)

    async def _set_aside(self, row: FeedRow, case: CaseReplica | None) -> QuarantineEntry | None:
        if case is None or not case.takes_part(self._replica.agency):
            return None
        incarnation, _, sequence = row.about.partition(".")
        place = {"incarnation": int(incarnation), "sequence": int(sequence)}
        found = await self._store.query(feed_of_work.SET_ASIDE_AT, **place)
        return QuarantineEntry(**found[0]) if found else None

    async def _opened(self, case_id: str, keys: Keys, opened_with: Callable[[Keys], T | None]) -> T | None:
        """Return the opened work. None: no key of ours opens it; it is told again when the case is read with its keys.

        The keys may have come since they were read, so we look once more, under the lock of those who read cases anew.
        """
        opened = opened_with(keys)
        if opened is not None:
            return opened
        async with self._replica.committing:
            opened = opened_with((await self._keyring.of_all([case_id], *ROWS)).get(case_id, NO_KEYS))
            if opened is None:
                await self._store.write(Transaction.of([(feed_of_work.UNTOLD, [{"case_id": case_id}])]))
        return opened
