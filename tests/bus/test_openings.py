"""The account of openings in a real store of each kind: once for each day, case, person and set of parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from bus.case.case_keys import CaseKeys
from bus.case.case_replica import CaseReplica
from bus.privacy import openings
from bus.privacy.openings import Openings
from bus.sealing.content import ContentKey
from bus.sealing.keyring import CASE, Keyring
from bus.sealing.vault import Vault
from bus.store import Store, Transaction
from contracts.view.case_view import CaseView
from contracts.view.parts.participants import Participation
from contracts.vocabulary.parts import OFFERS, Part

NGO = "ngo-fyren"
DAY, NEXT = date(2026, 12, 2), date(2026, 12, 3)
SOMEBODY, ANOTHER = "3f9c2a7be01d4c55", "0123456789abcdef"
READERS = {NGO: frozenset({Part.CORE, Part.SUPPORT})}


@pytest.fixture
def keyring(store: Store, tmp_path: Path) -> Keyring:
    """The agency's keys."""
    return Keyring(store, Vault.create(tmp_path / "vault.key"))


async def a_case(store: Store, keyring: Keyring, *, held: int = 1) -> CaseReplica:
    """A case in which the NGO takes part; `held`: how many keys of it the NGO has."""
    case_id = str(uuid4())
    keys = tuple(ContentKey.new(case_id, CASE) for _ in range(held))
    transaction = Transaction()
    transaction.put_keys(keyring.wrapped(key, NGO) for key in keys)
    if keys:
        await store.write(transaction)
    since = datetime(2026, 12, 1, tzinfo=UTC)
    view = CaseView.unopened(case_id).joined(NGO, participation=Participation.OPENED, since=since)
    case = replace(CaseReplica.unopened(case_id, reader=NGO), state=view, view=view, readers=READERS)
    return replace(case, keys=CaseKeys(held=keys, used=keys, current=keys[-1] if keys else None))


async def found(account: Openings, case: CaseReplica | None = None) -> list[tuple[date, str, frozenset[Part]]]:
    """What is on record, the newest first."""
    page = await account.page(None if case is None else case.case_id, limit=100, offset=0)
    assert page.total == len(page.items)
    return [(each.on, each.person, frozenset(each.parts)) for each in page.items]


async def test_one_row_for_each_day_person_and_set_of_parts(store: Store, keyring: Keyring) -> None:
    """Also by another process of the agency, and in another epoch of the case's keys."""
    case, both = await a_case(store, keyring), frozenset({Part.CORE, Part.SUPPORT})
    account = Openings(NGO, store=store, keyring=keyring)
    for each in (account, account, Openings(NGO, store=store, keyring=keyring)):
        await each.record(SOMEBODY, [case], DAY, system=False)
    assert await found(account) == [(DAY, SOMEBODY, both)]
    newer = ContentKey.new(case.case_id, CASE)
    rekeyed = replace(case, keys=CaseKeys(held=(*case.keys.held, newer), used=(*case.keys.used, newer), current=newer))
    await Openings(NGO, store=store, keyring=keyring).record(SOMEBODY, [rekeyed], DAY, system=False)
    assert len(await found(account)) == 1
    await account.record(ANOTHER, [case], DAY, system=True)
    await account.record(SOMEBODY, [case], NEXT, system=False)
    less = replace(case, readers={NGO: frozenset({Part.CORE})})
    await account.record(SOMEBODY, [less], NEXT, system=False)
    assert await found(account, case) == [
        (NEXT, SOMEBODY, frozenset({Part.CORE})),
        (NEXT, SOMEBODY, both),
        (DAY, ANOTHER, both),
        (DAY, SOMEBODY, both),
    ]


async def test_whoever_looks_at_a_preview_is_on_record_without_the_core(store: Store, keyring: Keyring) -> None:
    """Sealed under the key of the offer; the first look after the acceptance is another one."""
    case = await a_case(store, keyring)
    key = case.keys.held[0].offshoot(OFFERS[Part.CORE], str(uuid4()))
    transaction = Transaction()
    transaction.put_keys([keyring.wrapped(key, NGO)])
    await store.write(transaction)
    view, words = CaseView.unopened(case.case_id), {NGO: frozenset({Part.DIALOGUE})}
    keys = CaseKeys(held=(key,), used=(key,), current=key)
    offered = replace(case, state=view, view=view, readers=words, previewed=(3,), keys=keys)
    account = Openings(NGO, store=store, keyring=keyring)
    for each in (offered, offered, case):
        await account.record(SOMEBODY, [each], DAY, system=False)
    assert await found(account, case) == [
        (DAY, SOMEBODY, frozenset({Part.CORE, Part.SUPPORT})),
        (DAY, SOMEBODY, frozenset({Part.DIALOGUE})),
    ]


async def test_a_row_shows_nothing_without_the_keys_of_the_case(store: Store, keyring: Keyring) -> None:
    """Neither who nor when; and with the case's keys the account goes."""
    case = await a_case(store, keyring)
    account = Openings(NGO, store=store, keyring=keyring)
    await account.record(SOMEBODY, [case], DAY, system=False)
    (row,) = await store.query("SELECT * FROM openings")
    assert all(word not in repr(dict(row)) for word in (SOMEBODY, DAY.isoformat(), "support"))
    transaction = Transaction()
    transaction.destroy_keys(case.case_id, CASE)
    await store.write(transaction)
    page = await account.page(limit=100, offset=0)
    assert (page.items, page.total) == ([], 1)


async def test_nothing_is_written_about_a_case_that_was_erased_meanwhile(store: Store, keyring: Keyring) -> None:
    """The reader still had the case in hand."""
    case, other = await a_case(store, keyring), await a_case(store, keyring)
    account = Openings(NGO, store=store, keyring=keyring)
    await account.record(SOMEBODY, [case], DAY, system=False)
    transaction = Transaction()
    transaction.erase(case.case_id, str(uuid4()))
    await store.write(transaction)
    await account.record(ANOTHER, [case, other], DAY, system=False)
    assert [(row["case_id"]) for row in await store.query("SELECT case_id FROM openings")] == [other.case_id]


async def test_a_case_of_which_no_key_has_come_is_recorded_too(store: Store, keyring: Keyring) -> None:
    """Under a key of the agency's own, which stays the same."""
    cases = [await a_case(store, keyring, held=0) for _ in range(3)]
    account = Openings(NGO, store=store, keyring=keyring)
    await account.record(SOMEBODY, cases[:1], DAY, system=False)
    await account.record(SOMEBODY, cases, DAY, system=False)
    assert len(await found(account)) == 3
    keys = await store.query("SELECT kid FROM content_keys WHERE compartment = :own", own=openings.OWN)
    assert len(keys) == 1


async def test_what_is_remembered_is_bounded(store: Store, keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was forgotten is written once more, and the store has it already."""
    monkeypatch.setattr(openings, "_REMEMBERED", 2)
    cases = [await a_case(store, keyring) for _ in range(4)]
    account = Openings(NGO, store=store, keyring=keyring)
    for _ in range(2):
        for case in cases:
            await account.record(SOMEBODY, [case], DAY, system=False)
    assert len(account._known) == 2 and len(await found(account)) == 4
