"""Openings: which people and systems of this agency opened which case, once for each day, case and person.

They stand in a table of the agency's own store and in no event: an event would tell the other agencies who works on
what, and it would change the version of the case, on which other people decide. An opening is durable before the case
is shown. It is sealed under the key of the case, so an erasure of the case destroys it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import orjson

from bus.case.case_replica import CaseReplica
from bus.directory.directory import DIRECTORY_ID
from bus.privacy.kept_records import COMPARTMENT as KEPT
from bus.read_models.lists import ListPage
from bus.sealing.content import ContentKey
from bus.sealing.keyring import ROWS, Keyring
from bus.sealing.rows import open_row, seal_row
from bus.store import Store, Transaction
from contracts.privacy.openings_account import OpenedCase
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.parts import Part

MOST_TOLD: Final = 5_000
"""The largest number of openings of one case that `of` returns: the newest."""

OWN: Final = "openings"
"""The compartment of the agency's own key, for openings of a case of which it holds no key; it belongs to no case."""

_LABEL: Final = "stafett opening v1"
_REMEMBERED: Final = 50_000

_PUT: Final = """INSERT INTO openings (opening_id, case_id, sealed) SELECT :opening_id, :case_id, :sealed
    WHERE NOT EXISTS (SELECT 1 FROM erased WHERE erased.case_id = :case_id) ON CONFLICT DO NOTHING"""
_ALL: Final = "SELECT opening_id, case_id, sealed FROM openings ORDER BY position DESC LIMIT :limit OFFSET :offset"
_OF: Final = """SELECT opening_id, case_id, sealed FROM openings WHERE case_id = :case_id
    ORDER BY position DESC LIMIT :limit OFFSET :offset"""
_COUNT: Final = "SELECT COUNT(*) AS n FROM openings"
_COUNT_OF: Final = "SELECT COUNT(*) AS n FROM openings WHERE case_id = :case_id"

_Known = tuple[str, str, frozenset[Part]]


class Openings:
    """One agency's account of openings."""

    def __init__(self, agency: AgencyId, *, store: Store, keyring: Keyring) -> None:
        self._agency = agency
        self._store = store
        self._keyring = keyring
        self._day: date | None = None
        self._known: dict[_Known, None] = {}

    async def record(self, person: str, cases: Iterable[CaseReplica], on: date, *, system: bool) -> None:
        """Record that somebody opens these cases; on return it is durable. What is recorded already is not repeated.

        `person`: the pseudonym. `on`: the Swedish day. Of a case that is only offered, they open the preview and the
        words of the offer, and not the core. An erased case shows nothing and leaves no record. Raises StoreError when
        it cannot be recorded; then nothing may be shown.
        """
        if on != self._day:
            self._day = on
            self._known.clear()
        fresh: dict[_Known, CaseReplica] = {}
        for case in cases:
            key = (case.case_id, person, case.parts if case.previewed else case.parts | {Part.CORE})
            if key not in self._known and self._shows_something(case):
                fresh[key] = case
        if not fresh:
            return
        transaction = Transaction()
        own = () if all(case.keys.held for case in fresh.values()) else (await self._own_key(transaction),)
        for (_, _, parts), case in fresh.items():
            keys = case.keys.used or case.keys.held or own
            transaction.add(_PUT, _row(keys, case.case_id, person, on, sorted(parts), system=system))
        await self._store.write(transaction)
        if on == self._day:
            self._known.update(dict.fromkeys(fresh))
            while len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]

    async def record_kept(self, person: str, key: ContentKey, on: date, *, system: bool) -> None:
        """Record that somebody opens what we keep by law of an erased case; on return it is durable.

        `key`: that of the set of kept records, whose id stands for the case. Raises StoreError.
        """
        transaction = Transaction()
        transaction.add(_PUT, _row((key,), key.case_id, person, on, (), system=system))
        await self._store.write(transaction)

    def _shows_something(self, case: CaseReplica) -> bool:
        shown = case.takes_part(self._agency) or bool(case.previewed)
        return shown and case.view.status is not CaseStatus.ERASED

    async def _own_key(self, transaction: Transaction) -> ContentKey:
        """Return the agency's own key; make it, in this transaction, if there is none."""
        held = await self._keyring.of(DIRECTORY_ID, OWN)
        if held:
            return held[0]
        key = ContentKey.new(DIRECTORY_ID, OWN)
        transaction.put_keys([self._keyring.wrapped(key, self._agency)])
        return key

    async def of(self, case_id: str) -> Sequence[OpenedCase]:
        """Return the openings of a case, the newest first, at most `MOST_TOLD`."""
        return (await self.page(case_id, limit=MOST_TOLD, offset=0)).items

    async def page(self, case_id: str | None = None, *, limit: int, offset: int) -> ListPage[OpenedCase]:
        """Return a page of the openings, the newest first: of one case if it is named, also of one that we left.

        Openings that none of our keys opens are left out.
        """
        if case_id is None:
            rows = await self._store.query(_ALL, limit=limit, offset=offset)
            total = await self._store.query(_COUNT)
        else:
            rows = await self._store.query(_OF, case_id=case_id, limit=limit, offset=offset)
            total = await self._store.query(_COUNT_OF, case_id=case_id)
        keys = await self._keyring.of_all(sorted({row["case_id"] for row in rows}), *ROWS, KEPT)
        own = await self._keyring.of(DIRECTORY_ID, OWN)
        found = (_opened(row, (*keys.get(row["case_id"], ()), *own)) for row in rows)
        return ListPage([each for each in found if each is not None], int(total[0]["n"]), complete=True)


def _row(
    keys: Sequence[ContentKey], case_id: str, person: str, on: date, parts: Sequence[Part], *, system: bool
) -> dict[str, Any]:
    """Return a row, sealed under the newest of these keys. The first makes its id, so that an opening has one id in all
    epochs; nobody can guess it without the key.
    """
    opening_id = keys[0].digest(_LABEL, case_id, person, on.isoformat(), *parts).hex()[:32]
    content = {"person": person, "system": system, "on": on.isoformat(), "parts": parts}
    return {
        "opening_id": opening_id,
        "case_id": case_id,
        "sealed": seal_row(keys[-1], content, _place(case_id, opening_id)),
    }


def _opened(row: Mapping[str, Any], keys: Sequence[ContentKey]) -> OpenedCase | None:
    content = open_row(keys, bytes(row["sealed"]), _place(row["case_id"], row["opening_id"]))
    if content is None:
        return None
    return OpenedCase.model_validate_json(orjson.dumps({"case_id": row["case_id"], **content}))


def _place(case_id: str, opening_id: str) -> str:
    return f"openings/{case_id}/{opening_id}"
