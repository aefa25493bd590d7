"""A power cut between any two steps of issuing an event, granting keys or erasing: afterwards each is done, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.owing import owed
from harness.sharing import AGENCIES, IDENTITY, accept, consent, now, read, reads, refer
from harness.waiting import eventually

from bus.envelope.envelope import Envelope
from bus.errors import StoreError
from bus.nats.erasable_streams import KEYS
from bus.node import Node
from bus.replica.checking import Checked
from bus.sealing.vault import Vault
from bus.store import Kind, Obligation, OutboxStatus, Position, Transaction, statements
from bus.submission.submission import Prepare, Submission
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested, holders_of
from contracts.view.parts.erasure import ErasureScope
from contracts.view.parts.status import CaseStatus

pytestmark = pytest.mark.long

PENDING = OutboxStatus.PENDING
NGO, MUNICIPALITY, _, COORDINATOR = AGENCIES


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """Four agencies."""
    async with Bus(tmp_path, *AGENCIES) as running:
        yield running


class Cut:
    """A step that never comes to its end: `reached` when somebody is in it."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def __call__(self, *_: Any, **__: Any) -> Any:
        self.reached.set()
        await asyncio.Event().wait()

    async def here(self) -> None:
        """Wait until it is reached."""
        async with asyncio.timeout(20):
            await self.reached.wait()


async def after_power_cut(bus: Bus, agency: str) -> None:
    """What the node was in is given up where it is, and it starts again over what its disk holds."""
    await bus.stop_node(agency)
    await bus.start_node(agency)
    await bus.ready()


async def shared(bus: Bus) -> str:
    """A case of the NGO's with a record, that the municipality has accepted and read."""
    case_id = (await bus.detect(NGO)).case_id
    await consent(bus, case_id, MUNICIPALITY, NGO)
    await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
    await bus.level()
    await bus.nodes[NGO].personal.record(case_id, IDENTITY)
    await bus.level()
    await reads(bus, MUNICIPALITY, case_id)
    return case_id


async def grants(bus: Bus, case_id: str) -> Counter[tuple[str, str]]:
    """How many grants of each (key, recipient) the broker ever took for a case's facts, deleted ones left out."""
    async with bus.connected() as administrator:
        info = await administrator.jetstream().stream_info(KEYS, subjects_filter=f"key.{case_id}.case.>")
        found: Counter[tuple[str, str]] = Counter()
        for subject, count in (info.state.subjects or {}).items():
            _, _, _, kid, recipient, *_ = subject.split(".")
            found[kid, recipient] += count
        return found


async def events(bus: Bus, case_id: str, name: str) -> list[Envelope]:
    """The events of one type in a case's chain."""
    return [each for each in await bus.envelopes() if each.case_id == case_id and each.event_name == name]


def cut_where(node: Node, cut: Cut, here: Callable[[Transaction], bool]) -> None:
    """Have a node's store never take a transaction that is one of these."""
    write = node.store.write

    async def cut_off(transaction: Transaction, position: Position | None = None) -> None:
        await (cut() if here(transaction) else write(transaction, position))

    node.store.write = cut_off  # type: ignore[method-assign]


def fulfils(kind: Kind, detail: str = "") -> Callable[[Transaction], bool]:
    """Whether a transaction strikes off an obligation of this kind, whose detail begins so."""
    return lambda transaction: any(
        statement is statements.FULFIL and row["kind"] is kind and row["detail"].startswith(detail)
        for statement, rows in transaction.changes
        for row in rows
    )


@pytest.mark.parametrize("put", [False, True])
async def test_between_an_event_and_its_grants(bus: Bus, put: bool) -> None:
    """Before the grants are put, and after that but before the row is struck off: they lie there once."""
    case_id = (await bus.detect(NGO)).case_id
    await bus.readable(case_id)
    await consent(bus, case_id, MUNICIPALITY)
    offer = await refer(bus, case_id, MUNICIPALITY)
    await eventually(lambda: owes_no_grant(bus))
    before = await grants(bus, case_id)
    node, cut = bus.nodes[NGO], Cut()
    if put:
        cut_where(node, cut, fulfils(Kind.GRANT, "case/"))
    else:
        put_at_broker = node.log.put

        async def cut_at_the_core(subject: str, content: bytes) -> None:
            await (cut() if ".case." in subject else put_at_broker(subject, content))

        node.log.put = cut_at_the_core  # type: ignore[method-assign]
    await accept(bus, case_id, MUNICIPALITY, offer, reads=False)
    await cut.here()
    granted = await grants(bus, case_id) - before
    assert (granted.keys() > set()) is put
    assert f"case/{MUNICIPALITY}" in {row.detail for row in await owed(node, Kind.GRANT)}
    await after_power_cut(bus, NGO)
    await bus.agreed_version(case_id)
    await eventually(lambda: owes_no_grant(bus))
    found = await grants(bus, case_id)
    of_ngo, of_municipality = ({kid for kid, each in found if each == agency} for agency in (NGO, MUNICIPALITY))
    assert of_municipality == of_ngo
    assert set(found.values()) == {1}


async def owes_no_grant(bus: Bus) -> bool:
    """Whether the NGO has given every key that it owes."""
    return await owed(bus.nodes[NGO], Kind.GRANT) == []


async def test_between_the_disk_and_the_view(bus: Bus) -> None:
    """What is due by an event that is written down, and not shown yet, is not judged by the view before it."""
    case_id = (await bus.detect(NGO)).case_id
    await bus.readable(case_id)
    await consent(bus, case_id, MUNICIPALITY)
    await bus.readable(case_id)
    await eventually(lambda: owes_no_grant(bus))
    node = bus.nodes[NGO]
    write, give, looked = node.store.write, node.granting.give, asyncio.Event()

    async def written(transaction: Transaction, position: Position | None = None) -> None:
        await write(transaction, position)
        if position is not None and any(statement is statements.OBLIGE for statement, _ in transaction.changes):
            node.reconciler.wake()
            await looked.wait()
            for _ in range(100):
                await asyncio.sleep(0)

    async def begun(obligation: Obligation) -> Transaction | None:
        looked.set()
        return await give(obligation)

    node.store.write = written  # type: ignore[method-assign]
    node.reconciler.handles("keys", {Kind.GRANT: begun})
    offer = await refer(bus, case_id, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, offer)


async def test_between_the_event_and_what_it_obliges_to(bus: Bus) -> None:
    """There is nothing between: the commit that holds the event holds the obligation, or neither is kept."""
    case_id = (await bus.detect(NGO)).case_id
    await bus.readable(case_id)
    await consent(bus, case_id, MUNICIPALITY)
    await eventually(lambda: owes_no_grant(bus))
    node, cut = bus.nodes[NGO], Cut()
    cut_where(node, cut, lambda each: any(statement is statements.PUT_EVENT for statement, _ in each.changes))
    offering = asyncio.create_task(refer(bus, case_id, MUNICIPALITY))
    await cut.here()
    assert await owed(node, Kind.GRANT) == [] and len(await node.store.envelopes(case_id)) == 2
    offering.cancel()
    await after_power_cut(bus, NGO)
    await bus.level()
    await bus.readable(case_id)
    offers = (await bus.nodes[NGO].replica.case(case_id)).view.offers
    assert len(offers) == 1 and len(await events(bus, case_id, "CaseReferred")) == 1
    await accept(bus, case_id, MUNICIPALITY, offers[0].id)
    assert bus.nodes[NGO].outbox.waiting(PENDING) == []


async def test_between_the_disk_and_the_log(bus: Bus) -> None:
    """The caller's event is kept and not yet sent: it is delivered after the cut, once, and its delivery is owed."""
    node, cut = bus.nodes[NGO], Cut()
    node.log.append = cut  # type: ignore[method-assign]
    detecting = asyncio.create_task(bus.detect(NGO))
    await cut.here()
    (row,) = node.outbox.waiting(PENDING)
    assert [each.case_id for each in await owed(node, Kind.DELIVER)] == [row.case_id]
    detecting.cancel()
    await after_power_cut(bus, NGO)
    await bus.delivered(NGO, row.event_id)
    await bus.agreed_version(row.case_id)
    assert await owed(bus.nodes[NGO], Kind.DELIVER) == []
    assert len(await events(bus, row.case_id, "VictimDetected")) == 1


async def test_between_a_key_and_the_first_event_under_it(bus: Bus) -> None:
    """A case that waits in the outbox, and a new epoch of one that somebody left: both go on, and are read."""
    left = await shared(bus)
    first = (await bus.nodes[NGO].replica.case(left)).view.consents[0].id
    gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=first, recipients=[MUNICIPALITY])
    await bus.submit(NGO, gone, left)
    await bus.level()
    node, cut = bus.nodes[NGO], Cut()
    node.log.append = cut  # type: ignore[method-assign]
    again = asyncio.create_task(consent(bus, left, NGO))
    await cut.here()
    cut.reached.clear()
    opening = asyncio.create_task(bus.detect(NGO))
    await cut.here()
    waiting = node.outbox.waiting(PENDING)
    assert len(waiting) == 2
    for task in (again, opening):
        task.cancel()
    await after_power_cut(bus, NGO)
    for row in waiting:
        await bus.delivered(NGO, row.event_id)
        await bus.readable(row.case_id)
        await bus.agreed_version(row.case_id)
    assert (await bus.nodes[MUNICIPALITY].replica.case(left)).unreadable
    assert await read(bus, NGO, left) == [IDENTITY]


async def test_between_a_record_and_its_event(bus: Bus) -> None:
    """The record lies at the broker; what says so waits, and is delivered once."""
    case_id = await shared(bus)
    node, cut = bus.nodes[NGO], Cut()
    node.log.append = cut  # type: ignore[method-assign]
    recording = asyncio.create_task(node.personal.record(case_id, IDENTITY))
    await cut.here()
    (row,) = node.outbox.waiting(PENDING)
    recording.cancel()
    await after_power_cut(bus, NGO)
    await bus.delivered(NGO, row.event_id)
    await bus.level()

    async def both() -> bool:
        return await read(bus, MUNICIPALITY, case_id) == [IDENTITY, IDENTITY]

    await eventually(both)
    assert len(await events(bus, case_id, "PersonalDetailsRecorded")) == 2


async def test_between_a_granted_key_and_what_it_opens(bus: Bus) -> None:
    """The key is on the disk, and the service ends before it has read what that opens: it reads it after the start."""
    case_id = (await bus.detect(NGO)).case_id
    await consent(bus, case_id, MUNICIPALITY)
    replica, cut = bus.nodes[MUNICIPALITY].replica, Cut()
    replica._read_anew = cut  # type: ignore[method-assign]
    await refer(bus, case_id, MUNICIPALITY)
    await cut.here()
    assert await bus.nodes[MUNICIPALITY].keyring.of(case_id) != ()
    assert await owed(bus.nodes[MUNICIPALITY], Kind.REACT) != []
    await after_power_cut(bus, MUNICIPALITY)
    await bus.readable(case_id)
    await bus.agreed_version(case_id)


async def test_between_two_cases_that_granted_keys_open(bus: Bus) -> None:
    """The session ends there: with the next one both are read."""
    cases = [(await bus.detect(NGO)).case_id for _ in range(2)]
    for case_id in cases:
        await consent(bus, case_id, MUNICIPALITY)
    replica, cut = bus.nodes[MUNICIPALITY].replica, Cut()
    take_keys = replica.take_keys
    replica.take_keys = cut  # type: ignore[method-assign]
    for case_id in cases:
        await refer(bus, case_id, MUNICIPALITY)
    await cut.here()
    replica.take_keys = take_keys  # type: ignore[method-assign]
    await asyncio.to_thread(bus.broker.kill)
    await eventually(lambda: not bus.nodes[MUNICIPALITY].level)
    await bus.start_broker()
    await bus.ready()
    for case_id in cases:
        await bus.readable(case_id)


async def erase(bus: Bus, case_id: str, scope: ErasureScope = ErasureScope.CASE) -> tuple[str, ...]:
    """The lead has it erased; the holders."""
    holders = holders_of((await bus.nodes[NGO].replica.case(case_id)).view)
    wish = an_event(ErasureRequested, occurred_at=now(), scope=scope, reason="other", holders=holders)
    await bus.submit(NGO, wish, case_id)
    return holders


async def erased_once(bus: Bus, case_id: str, holders: tuple[str, ...]) -> None:
    """Wait until each holder has confirmed; each has once, and holds nothing."""

    async def all_say_so() -> bool:
        views = [(await bus.nodes[each].replica.case(case_id)).view for each in holders]
        return all(view.erasures and not view.erasures[-1].outstanding for view in views)

    await eventually(all_say_so)
    await bus.level()
    confirmed = [each.agency for each in await events(bus, case_id, ErasureConfirmed.__name__)]
    assert sorted(confirmed) == sorted(holders)
    for agency in holders:
        assert await bus.nodes[agency].keyring.of(case_id) == ()
        assert (await bus.nodes[agency].replica.case(case_id)).view.status is CaseStatus.ERASED


@pytest.mark.parametrize("agency", [NGO, MUNICIPALITY, COORDINATOR])
async def test_between_destroying_and_confirming(bus: Bus, agency: str) -> None:
    """Who has destroyed its keys before it could say so knows after the cut that it had judged; others wait for it."""
    case_id, other = await shared(bus), await shared(bus)
    mechanism, cut = bus.nodes[agency].mechanism, Cut()
    submit = mechanism.submit

    async def cut_off(submission: Submission, prepare: Prepare | None = None) -> Any:
        return await (cut() if isinstance(submission.event, ErasureConfirmed) else submit(submission, prepare))

    mechanism.submit = cut_off  # type: ignore[method-assign]
    holders = await erase(bus, case_id)
    await cut.here()
    assert await bus.nodes[agency].keyring.of(case_id) == ()
    await after_power_cut(bus, agency)
    await erased_once(bus, case_id, holders)
    assert await read(bus, MUNICIPALITY, other) == [IDENTITY]


@pytest.mark.parametrize("agency", [NGO, MUNICIPALITY, COORDINATOR])
async def test_between_the_confirmation_in_the_log_and_its_commit(bus: Bus, agency: str) -> None:
    """The next process destroys once more, which does no harm, and sees in the log that it has confirmed already."""
    case_id = await shared(bus)
    node, cut = bus.nodes[agency], Cut()
    commit = node.mechanism._commit

    async def cut_off(checked: Sequence[Checked], damaged: str = "") -> None:
        taken = [outcome[0] for _, outcome in checked if isinstance(outcome, tuple)]
        if any((each.event_name, each.agency) == (ErasureConfirmed.__name__, agency) for each in taken):
            await cut()
        await commit(checked, damaged)

    node.mechanism._commit = cut_off  # type: ignore[method-assign]
    holders = await erase(bus, case_id)
    await cut.here()
    bus.broker.kill()
    await bus.stop_node(agency)
    node = await bus.start_node(agency)

    async def tried() -> bool:  # before it can see what is in the log
        return any(row.attempts for row in await owed(node, Kind.ERASE)) or bool(node.outbox.waiting(PENDING))

    await eventually(tried)
    await bus.start_broker()
    await bus.ready()
    await erased_once(bus, case_id, holders)
    await eventually(lambda: not node.outbox.waiting(PENDING))
    assert node.outbox.waiting(OutboxStatus.PARKED) == [], "no person has to look at a second confirmation"


async def test_while_the_broker_is_lost_in_the_middle(bus: Bus) -> None:
    """The session ends, not the service: the keys go all the same, and the confirmation follows with the next one."""
    case_id = await shared(bus)
    node = bus.nodes[MUNICIPALITY]
    replace, reached, go = node.keyring.replace_vault_key, asyncio.Event(), asyncio.Event()

    async def slowly() -> int:
        reached.set()
        await go.wait()
        return await replace()

    node.keyring.replace_vault_key = slowly  # type: ignore[method-assign]
    holders = await erase(bus, case_id)
    async with asyncio.timeout(20):
        await reached.wait()
    await asyncio.to_thread(bus.broker.kill)
    await eventually(lambda: not node.level)
    go.set()

    async def waits() -> bool:
        still = [row.case_id for row in await owed(node, Kind.ERASE)]
        return still == [case_id] and await node.keyring.of(case_id) == ()

    await eventually(waits)
    await bus.start_broker()
    await bus.ready()
    await erased_once(bus, case_id, holders)


@pytest.mark.parametrize("left", ["vault.key.next", "vault.key.former"])
async def test_in_the_middle_of_replacing_the_vault_key(bus: Bus, left: str) -> None:
    """What lies beside the key is destroyed at the start, before anything else is."""
    case_id, path = await shared(bus), bus.layout.home(MUNICIPALITY) / left
    await bus.stop_node(MUNICIPALITY)
    path.write_bytes(path.with_name("vault.key").read_bytes())
    await bus.start_node(MUNICIPALITY)
    assert not path.exists()
    await bus.ready()
    assert await read(bus, MUNICIPALITY, case_id) == [IDENTITY]


@pytest.mark.parametrize("step", ["keys_after", "keeping_only"])
async def test_while_the_vault_key_is_replaced(bus: Bus, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the new key on the disk and nothing wrapped under it, or everything and the old one still there: all that
    was readable is, one key is left at the end, and the erasure is confirmed once.
    """
    case_id, other = await shared(bus), await shared(bus)
    node, cut = bus.nodes[MUNICIPALITY], asyncio.Event()
    vault = bus.layout.home(MUNICIPALITY) / "vault.key"
    before = Vault.load(vault).ids
    loop = asyncio.get_running_loop()

    def fail(*_: Any) -> Any:
        loop.call_soon_threadsafe(cut.set)
        raise StoreError("cut off")

    keeping_only = Vault.keeping_only
    if step == "keeping_only":  # all holders erase, and each replaces its own key
        monkeypatch.setattr(
            Vault, step, lambda one, *needed: fail() if one._path == vault else keeping_only(one, *needed)
        )
    else:
        monkeypatch.setattr(node.store, step, fail)
    holders = await erase(bus, case_id)
    async with asyncio.timeout(20):
        await cut.wait()
    assert set(before) < set(Vault.load(vault).ids)
    monkeypatch.undo()
    await after_power_cut(bus, MUNICIPALITY)
    assert await read(bus, MUNICIPALITY, other) == [IDENTITY]
    await erased_once(bus, case_id, holders)
    assert len(Vault.load(vault).ids) == 1 and Vault.load(vault).ids != before
    await after_power_cut(bus, MUNICIPALITY)
    assert await read(bus, MUNICIPALITY, other) == [IDENTITY]
