"""The broker goes back in time, or loses everything: every acknowledged event comes back, once, in valid chains."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from harness.bus import Bus
from harness.forging import after, sealed
from harness.waiting import eventually

from bus.store import OutboxStatus
from bus.submission.submission import Receipt
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentGiven

pytestmark = pytest.mark.long

AGENCIES = ("police", "ngo-fyren", "coordinator")


async def some_events(bus: Bus, case_id: str, count: int = 3) -> list[Receipt]:
    """Every agency issues events in one case in turn, and opens cases of its own."""
    receipts = []
    for _ in range(count):
        for agency in bus.agencies:
            receipts.append(await bus.consent(agency, case_id))
            receipts.append(await bus.detect(agency))
    assert all(receipt.status is OutboxStatus.DELIVERED for receipt in receipts)
    return receipts


async def assert_whole(bus: Bus, receipts: list[Receipt], *, incarnation: int = 2) -> None:
    """Every acknowledged event is in the log once, in valid chains, and all replicas agree."""
    await bus.ready()
    for agency in bus.nodes:
        for receipt in receipts:
            known = await bus.outbox(agency).receipt(receipt.event_id)
            if known is not None:
                assert known.status is OutboxStatus.DELIVERED
    await _nothing_lacks(bus)
    await bus.level()
    history = await bus.envelopes()
    times = Counter(envelope.event_id for envelope in history)
    assert {receipt.event_id: times[receipt.event_id] for receipt in receipts} == {r.event_id: 1 for r in receipts}
    heads: dict[str, tuple[int, str]] = {}
    for envelope in history:
        version, digest = heads.get(envelope.case_id, (0, "0" * 64))
        assert (envelope.version, envelope.previous) == (version + 1, digest)
        heads[envelope.case_id] = (envelope.version, envelope.hash)
    for case_id, (version, _) in heads.items():
        assert await bus.agreed_version(case_id) == version
    for agency, node in bus.nodes.items():
        assert node.replica.position.incarnation == incarnation, agency
        held = [envelope for case_id in heads for envelope in await node.store.envelopes(case_id)]
        assert Counter(envelope.event_id for envelope in held) == times
        assert await bus.quarantined(agency) == []


async def _nothing_lacks(bus: Bus) -> None:
    async def no_replica_waits() -> bool:
        owed = [await node.store.work(float("inf")) for node in bus.nodes.values()]
        return not any(row.kind == "put-back" for rows in owed for row in rows)

    await eventually(no_replica_waits, 30)


async def test_events_after_an_older_copy_come_back(tmp_path: Path) -> None:
    """The log's files are replaced by an older copy: every node sees it, and what was lost is put back in order."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        before = await some_events(bus, case_id)
        copy = await bus.back_up()
        after = await some_events(bus, case_id)
        await bus.level()
        await bus.roll_back(copy)
        await bus.start_broker()
        await assert_whole(bus, before + after)
        later = await some_events(bus, case_id, 1)
        await assert_whole(bus, before + after + later)


async def test_sequences_that_new_events_took_again_are_noticed(tmp_path: Path) -> None:
    """New events take the lost ones' sequences before the other nodes are back: these see it all the same."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        copy = await bus.back_up()
        lost = await some_events(bus, case_id)
        await bus.level()
        for agency in AGENCIES:
            await bus.stop_node(agency)
        await bus.roll_back(copy)
        await bus.start_broker()
        await bus.start_node("coordinator")
        await bus.ready()
        new = [await bus.detect("coordinator") for _ in range(2 * len(lost))]
        await bus.start_node("police")
        await bus.start_node("ngo-fyren")
        await assert_whole(bus, lost + new)


async def test_a_log_that_lost_everything_is_filled_again(tmp_path: Path) -> None:
    """The folder is gone and the stream created anew: the log is rebuilt from the replicas, byte for byte."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        receipts = await some_events(bus, case_id)
        await bus.level()
        before = {envelope.hash for envelope in await bus.envelopes()}
        await bus.roll_back(None)
        await bus.start_broker()
        await bus.create_streams()
        await assert_whole(bus, receipts)
        assert {envelope.hash for envelope in await bus.envelopes()} == before


async def test_a_node_that_comes_later_puts_back_its_events_too(tmp_path: Path) -> None:
    """One agency is away during the rollback; the others go on with other cases, and wait for it in its own."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        copy = await bus.back_up()
        lost = await some_events(bus, case_id)
        await bus.level()
        await bus.stop_node("police")
        await bus.roll_back(copy)
        await bus.start_broker()
        await bus.ready()
        meanwhile = [await bus.detect("ngo-fyren"), await bus.detect("coordinator")]
        assert all(receipt.status is OutboxStatus.DELIVERED for receipt in meanwhile)
        waiting = await bus.consent("ngo-fyren", case_id)
        assert waiting.status is OutboxStatus.PENDING, "the case lacks an event of the police"
        await bus.start_node("police")
        delivered = await bus.delivered("ngo-fyren", waiting.event_id)
        await assert_whole(bus, [*lost, *meanwhile, delivered])


async def test_a_node_that_was_behind_does_not_fork_the_case(tmp_path: Path) -> None:
    """Lost events that one node never saw, which then writes first: all end up with one history that has everything."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        copy = await bus.back_up()
        await bus.stop_node("coordinator")
        lost = [await bus.consent("police", case_id) for _ in range(3)]
        lost += [await bus.consent("ngo-fyren", case_id)]
        await bus.level()
        await bus.stop_node("police")
        await bus.stop_node("ngo-fyren")
        await bus.roll_back(copy)
        await bus.start_broker()
        await bus.start_node("coordinator")
        await bus.ready()
        first = await bus.consent("coordinator", case_id)
        assert first.status is OutboxStatus.DELIVERED
        await bus.start_node("police")
        await bus.start_node("ngo-fyren")
        await _all_in_the_log(bus, [*lost, first])
        assert await bus.agreed_version(case_id) == (first.version or 0) + len(lost)
        for agency, receipt in [("police", r) for r in lost[:3]] + [("ngo-fyren", lost[3])]:
            again = await bus.delivered(agency, receipt.event_id)
            assert (again.version or 0) > (first.version or 0), "the receipt says where the event stands now"
        order = [envelope.event_id for envelope in await bus.nodes["coordinator"].store.envelopes(case_id)]
        assert [event_id for event_id in order if event_id in {r.event_id for r in lost[:3]}] == [
            receipt.event_id for receipt in lost[:3]
        ], "an agency's own events keep their order"
        assert (await bus.consent("police", case_id)).status is OutboxStatus.DELIVERED


async def test_a_lost_event_that_no_longer_holds_needs_attention(tmp_path: Path) -> None:
    """The log lost an event, and what was written in its place forbids it: its agency is told, nothing is forced in."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        copy = await bus.back_up()
        await bus.stop_node("police")
        lost = await bus.consent("ngo-fyren", case_id)
        await bus.level()
        await bus.stop_node("ngo-fyren")
        await bus.stop_node("coordinator")
        await bus.roll_back(copy)
        await bus.start_broker()
        await bus.start_node("police")
        await bus.ready()
        closed = await bus.submit("police", CaseClosed.canonical(), case_id)
        await bus.start_node("ngo-fyren")
        await bus.start_node("coordinator")
        outbox = bus.outbox("ngo-fyren")
        await eventually(lambda: len(outbox.waiting(OutboxStatus.PARKED)) == 1)
        (attention,) = outbox.waiting(OutboxStatus.PARKED)
        assert (attention.event_id, attention.reason) == (lost.event_id, "R18")
        await bus.ready()
        assert await bus.agreed_version(case_id) == closed.version


async def test_reading_the_log_again_sets_the_same_aside_for_the_same_reasons(tmp_path: Path) -> None:
    """While a replica holds more of a case than the log it judges by what the log gives, as a new replica would."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        police, consent = bus.signer("police"), ConsentGiven.canonical()
        history = await bus.nodes["police"].store.envelopes(case_id)
        head = history[-1]
        wrong = [
            sealed(police, consent, **(after(head) | {"previous": "1" * 64})),
            sealed(police, consent, **(after(head) | {"version": head.version + 2})),
            sealed(police, consent, **after(history[0])),
            head,
        ]
        async with bus.connected() as administrator:
            for envelope in wrong:
                await administrator.jetstream().publish(envelope.subject, envelope.data, headers=dict(envelope.headers))
        before = await bus.consent("police", case_id)
        await bus.level()
        reasons = [reason for _, reason in await bus.quarantined("police")]
        assert reasons == ["broken-chain", "gap", "stale-version", "stale-version"]
        copy = await bus.back_up()
        lost = [await bus.consent("police", case_id) for _ in range(3)]
        await bus.level()
        await bus.roll_back(copy)
        await bus.start_broker()
        await _all_in_the_log(bus, [before, *lost])
        await bus.ready()
        await bus.agreed_version(case_id)
        for node in bus.nodes.values():
            found = await node.store.quarantined(100, 0)
            again = sorted((item.sequence, item.reason) for item in found if item.incarnation == 2)
            assert [reason for _, reason in again] == reasons


async def test_an_event_that_skips_what_the_log_lost_follows_it_for_all(tmp_path: Path) -> None:
    """A valid successor of a lost event, written around the bus: who holds that takes it at once, its agency puts
    it back behind the lost one, and who begins with an empty store ends with the same chain.
    """
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        copy = await bus.back_up()
        lost = await bus.consent("ngo-fyren", case_id)
        await bus.level()
        head = (await bus.nodes["police"].store.envelopes(case_id))[-1]
        assert head.event_id == lost.event_id
        await bus.stop_node("ngo-fyren")
        await bus.roll_back(copy)
        await bus.start_broker()
        await bus.ready()
        key = await bus.key("police", case_id)
        hasty = sealed(bus.signer("police"), ConsentGiven.canonical(), key=key, **after(head))
        async with bus.connected() as administrator:
            await administrator.jetstream().publish(hasty.subject, hasty.data, headers=dict(hasty.headers))
        await bus.level()
        await bus.start_node("ngo-fyren")
        await _all_in_the_log(bus, [lost])
        await bus.ready()
        await _nothing_lacks(bus)
        await bus.stop_node("coordinator")
        for path in bus.layout.home("coordinator").glob("store.db*"):
            path.unlink()
        await bus.start_node("coordinator")
        await bus.ready()
        assert await bus.agreed_version(case_id) == hasty.version
        for node in bus.nodes.values():
            chain = await node.store.envelopes(case_id)
            assert [envelope.event_id for envelope in chain[-2:]] == [lost.event_id, hasty.event_id]
        assert [reason for _, reason in await bus.quarantined("coordinator")] == ["gap"]
        later = await bus.consent("ngo-fyren", case_id)
        assert await bus.agreed_version(case_id) == later.version


async def _all_in_the_log(bus: Bus, receipts: list[Receipt]) -> None:
    async def all_there() -> bool:
        times = Counter(envelope.event_id for envelope in await bus.envelopes())
        return all(times[receipt.event_id] == 1 for receipt in receipts)

    await eventually(all_there)


async def test_a_long_case_is_put_back_quickly(tmp_path: Path) -> None:
    """A hundred and fifty lost events of one case are back within seconds."""
    async with Bus(tmp_path, "police", "ngo-fyren") as bus:
        case_id = await bus.shared_case()
        copy = await bus.back_up()
        receipts = [await bus.consent("police", case_id) for _ in range(150)]
        await bus.level()
        await bus.roll_back(copy)
        await bus.start_broker()
        await assert_whole(bus, receipts)
