"""A node over its days: restarts, a broker that is killed, reactions, a small cache, an event loop that stays free."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from harness.bus import Bus, an_event, full_mandate
from harness.forging import after, sealed
from harness.owing import owed, react_again
from harness.waiting import LoopLag, eventually

from bus.mandate import Mandate, ReactionContext
from bus.store import Kind, OutboxStatus, Position, Transaction, statements
from bus.submission.submission import Receipt
from contracts.chapters.closure import CaseClosed, CaseReopened
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.view.case_view import CaseView

LONGEST_HOLD_UP = 0.25
"""Seconds: what nobody on the event loop may have to wait for."""


async def test_what_waited_before_a_restart_is_delivered_after_it(tmp_path: Path) -> None:
    """Submitted while the broker is away, in order; the node ends; the next one delivers, in that order."""
    async with Bus(tmp_path, "ngo-fyren", "police") as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        bus.broker.stop()
        await eventually(lambda: not bus.nodes["ngo-fyren"].health().ready)
        waiting = [await bus.consent("ngo-fyren", case_id) for _ in range(3)]
        waiting.append(await bus.detect("ngo-fyren", idempotency_key="key", request_digest="digest"))
        assert {receipt.status for receipt in waiting} == {OutboxStatus.PENDING}
        await bus.stop_node("ngo-fyren")
        await bus.start_node("ngo-fyren")
        again = await bus.detect("ngo-fyren", idempotency_key="key", request_digest="digest")
        assert again == waiting[-1], "the key still names the same request"
        assert [row.event_id for row in bus.outbox("ngo-fyren").waiting(OutboxStatus.PENDING)] == [
            receipt.event_id for receipt in waiting
        ]
        await bus.start_broker()
        for receipt in waiting:
            await bus.delivered("ngo-fyren", receipt.event_id)
        history = await bus.nodes["ngo-fyren"].store.envelopes(case_id)
        assert [envelope.event_id for envelope in history][1:] == [receipt.event_id for receipt in waiting[:3]]
        delivered = await bus.detect("ngo-fyren", idempotency_key="key", request_digest="digest")
        assert (delivered.event_id, delivered.status) == (again.event_id, OutboxStatus.DELIVERED)
        await bus.level()
        assert Counter(e.event_id for e in await bus.envelopes()).most_common(1)[0][1] == 1


async def test_an_event_in_the_log_before_the_node_learned_of_it_is_not_sent_again(tmp_path: Path) -> None:
    """The node ends between the append and its answer; after the start the event is found, not doubled."""
    async with Bus(tmp_path, "ngo-fyren") as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        node = bus.nodes["ngo-fyren"]
        append = node.log.append

        async def unanswered(*args: object, **more: object) -> object:
            await append(*args, **more)  # type: ignore[arg-type]
            await asyncio.Event().wait()
            raise AssertionError

        node.log.append = unanswered  # type: ignore[assignment, method-assign]
        node.mechanism.take = _never  # type: ignore[method-assign]
        submission = asyncio.create_task(bus.consent("ngo-fyren", case_id))
        await eventually(lambda: _length_of(bus, 2))
        submission.cancel()
        await asyncio.gather(submission, return_exceptions=True)
        await bus.stop_node("ngo-fyren")
        await bus.start_node("ngo-fyren")
        await bus.ready()
        await eventually(lambda: not bus.outbox("ngo-fyren").waiting(OutboxStatus.PENDING))
        assert len(await bus.log()) == 2
        assert await bus.agreed_version(case_id) == 2


async def _never(checked: object) -> None:
    await asyncio.Event().wait()


async def _length_of(bus: Bus, count: int) -> bool:
    return len(await bus.log()) == count


@pytest.mark.long
async def test_no_event_is_lost_or_doubled_when_the_broker_is_killed_under_load(tmp_path: Path) -> None:
    """Kill -9, three times, while two agencies write: every receipt's event is in the log once, in the end."""
    async with Bus(tmp_path, "ngo-fyren", "police") as bus:
        case_id = await bus.shared_case()
        receipts: list[Receipt] = []
        stop = asyncio.Event()

        async def load(agency: str) -> None:
            while not stop.is_set():
                receipts.append(await bus.consent(agency, case_id))
                receipts.append(await bus.detect(agency))

        writers = [asyncio.create_task(load(agency)) for agency in bus.agencies for _ in range(3)]
        for _ in range(3):
            enough = len(receipts) + 40
            await eventually(lambda enough=enough: len(receipts) >= enough)  # type: ignore[misc]
            bus.broker.kill()
            more = len(receipts) + 5
            await eventually(lambda more=more: len(receipts) >= more)  # type: ignore[misc]
            await bus.start_broker()
            await bus.ready()
        stop.set()
        await asyncio.gather(*writers)
        for agency in bus.agencies:
            await eventually(lambda agency=agency: not bus.outbox(agency).waiting(OutboxStatus.PENDING), 30)  # type: ignore[misc]
            assert bus.outbox(agency).waiting(OutboxStatus.PARKED) == []
        times = Counter(envelope.event_id for envelope in await bus.envelopes())
        assert [receipt for receipt in receipts if times[receipt.event_id] != 1] == []
        assert set(times.values()) == {1}
        await bus.agreed_version(case_id)
        for agency in bus.agencies:
            assert await bus.quarantined(agency) == []
            assert bus.nodes[agency].replica.position.incarnation == 1


async def test_what_the_rules_refuse_by_the_time_it_is_sent_needs_attention(tmp_path: Path) -> None:
    """Two agencies are cut off; one closes the case, the other records a consent: a caseworker decides, not the bus."""
    async with Bus(tmp_path, "police", "ngo-fyren") as bus:
        case_id = await bus.shared_case()
        await bus.stop_node("ngo-fyren")
        bus.broker.stop()
        await bus.start_node("ngo-fyren")
        refused = await bus.consent("ngo-fyren", case_id)
        behind = await bus.consent("ngo-fyren", case_id)
        elsewhere = await bus.detect("ngo-fyren")
        assert {refused.status, behind.status, elsewhere.status} == {OutboxStatus.PENDING}
        await bus.stop_node("ngo-fyren")
        await bus.start_broker()
        await bus.ready("police")
        closed = await bus.submit("police", CaseClosed.canonical(), case_id)
        await bus.start_node("ngo-fyren")
        await bus.delivered("ngo-fyren", elsewhere.event_id)
        outbox = bus.outbox("ngo-fyren")
        await eventually(lambda: len(outbox.waiting(OutboxStatus.PARKED)) == 2)
        receipt = await outbox.receipt(refused.event_id)
        assert receipt is not None
        assert (receipt.status, receipt.reason) == (OutboxStatus.PARKED, "R18")
        assert await bus.agreed_version(case_id) == closed.version
        # It still stands there after a restart, and is not sent by itself.
        await bus.stop_node("ngo-fyren")
        await bus.start_node("ngo-fyren")
        await bus.ready()
        assert len(bus.outbox("ngo-fyren").waiting(OutboxStatus.PARKED)) == 2
        assert await bus.agreed_version(case_id) == closed.version
        # Nor does it hold up what comes later.
        await bus.submit("police", CaseReopened.canonical(), case_id)
        await bus.level()
        assert (await bus.consent("ngo-fyren", case_id)).status is OutboxStatus.DELIVERED


async def test_an_event_that_nobody_believes_is_sent_once(tmp_path: Path) -> None:
    """The agency's key is not the one in the directory: one message is set aside by all, and somebody is told."""
    async with Bus(tmp_path, "police", "ngo-fyren", start=False) as bus:
        await bus.start_node("police")
        key = bus.layout.home("ngo-fyren") / "signing.pem"
        key.write_bytes((bus.layout.home("police") / "signing.pem").read_bytes())
        bus.broker.stop()
        await bus.start_node("ngo-fyren")
        waiting = await bus.detect("ngo-fyren")
        await bus.start_broker()
        await bus.ready()
        outbox = bus.outbox("ngo-fyren")
        await eventually(lambda: len(outbox.waiting(OutboxStatus.PARKED)) == 1)
        at_once = await bus.detect("ngo-fyren")
        for receipt in (waiting, at_once):
            known = await outbox.receipt(receipt.event_id)
            assert known is not None
            assert (known.status, known.reason) == (OutboxStatus.PARKED, "set-aside")
        await bus.level()
        assert len(await bus.log()) == 2
        for agency in bus.agencies:
            assert [reason for _, reason in await bus.quarantined(agency)] == ["unknown-issuer", "unknown-issuer"]


def reacting_coordinator(failures: int) -> tuple[Mandate, list[str]]:
    """A coordinator who notes a task for each consultation and answers it at once; the first attempts fail."""
    coordinator = full_mandate("coordinator")
    runs: list[str] = []

    @coordinator.on(ConsultationRequested)
    async def answer(requested: ConsultationRequested, case: CaseView, context: ReactionContext) -> None:
        """Puts the task down, then fails as often as told, then answers."""
        runs.append(case.case_id)
        await context.open_task(case, "answer", context.provenance.event_id, en="Answer.", sv="Svara.")
        if len(runs) <= failures:
            raise ConnectionError("not now")
        await context.issue(case, an_event(AdviceGiven, consultation_id=case.consultations[-1].id))

    return coordinator, runs


async def test_a_reaction_is_tried_until_it_succeeds_and_done_once(tmp_path: Path) -> None:
    """The first run fails after its first step: the second makes neither a second task nor a second answer."""
    coordinator, runs = reacting_coordinator(failures=1)
    async with Bus(tmp_path, "ngo-fyren", "coordinator", mandates={"coordinator": coordinator}) as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)
        await eventually(lambda: _version(bus, "ngo-fyren", case_id, 3))
        assert len(runs) == 2
        assert len(await bus.nodes["coordinator"].store.open_tasks()) == 1
        answers = [envelope for envelope in await bus.envelopes() if envelope.event_name == "AdviceGiven"]
        (answer,) = answers
        consultation = (await bus.nodes["ngo-fyren"].store.envelopes(case_id))[1]
        assert answer.causation_id == consultation.event_id
        assert answer.correlation_id == consultation.correlation_id


async def test_a_reaction_that_runs_again_after_a_restart_does_nothing_new(tmp_path: Path) -> None:
    """The power fails between what a reaction did and the note of it: it runs again, and everything is as it was."""
    coordinator, runs = reacting_coordinator(failures=0)
    async with Bus(tmp_path, "ngo-fyren", "coordinator", mandates={"coordinator": coordinator}) as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        store = bus.nodes["coordinator"].store
        write, cut = store.write, asyncio.Event()

        async def cut_off(transaction: Transaction, position: Position | None = None) -> None:
            if any(statement is statements.PUT_REACTED for statement, _ in transaction.changes):
                cut.set()
                await asyncio.Event().wait()
            await write(transaction, position)

        store.write = cut_off  # type: ignore[method-assign]
        await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)
        await asyncio.wait_for(cut.wait(), 20)
        await bus.level()
        await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)
        assert runs == [case_id]
        await bus.stop_node("coordinator")
        await bus.start_node("coordinator")
        await bus.ready()
        await eventually(lambda: _version(bus, "ngo-fyren", case_id, 5))
        await eventually(lambda: _owes_nothing(bus, "coordinator"))
        assert len(runs) == 3, "the first twice, the second once"
        assert len(await bus.log()) == 5
        assert len(await bus.nodes["coordinator"].store.open_tasks()) == 2


async def test_reactions_that_all_run_again_do_nothing_new(tmp_path: Path) -> None:
    """The store has forgotten how far they had come: every reaction runs again, and everything is as it was."""
    coordinator, runs = reacting_coordinator(failures=0)
    async with Bus(tmp_path, "ngo-fyren", "coordinator", mandates={"coordinator": coordinator}) as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        for _ in range(2):
            await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)
        await eventually(lambda: _version(bus, "ngo-fyren", case_id, 5))
        await eventually(lambda: _owes_nothing(bus, "coordinator"))
        first = len(runs)
        await react_again(bus.nodes["coordinator"], case_id)
        await eventually(lambda: len(runs) == first + 2)
        await eventually(lambda: _owes_nothing(bus, "coordinator"))
        last = (await bus.detect("ngo-fyren")).sequence
        await bus.level()
        assert len(await bus.log()) == 6
        assert last == bus.founded + 6
        assert len(await bus.nodes["coordinator"].store.open_tasks()) == 2


async def _owes_nothing(bus: Bus, agency: str) -> bool:
    return await owed(bus.nodes[agency]) == []


async def test_a_reaction_to_what_happened_while_away_runs_after_the_start(tmp_path: Path) -> None:
    """The agency's node is down when it is asked; it answers when it is back."""
    coordinator, runs = reacting_coordinator(failures=0)
    async with Bus(tmp_path, "ngo-fyren", "coordinator", mandates={"coordinator": coordinator}) as bus:
        await bus.stop_node("coordinator")
        case_id = (await bus.detect("ngo-fyren")).case_id
        await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)
        await bus.start_node("coordinator")
        await eventually(lambda: _version(bus, "ngo-fyren", case_id, 3))
        assert len(runs) == 1


async def test_reactions_are_spared_what_is_not_for_them(tmp_path: Path) -> None:
    """Garbage, set-aside content and cases of others cause no reaction, and none is owed."""
    coordinator, runs = reacting_coordinator(failures=0)
    agencies = ("ngo-fyren", "coordinator")
    async with Bus(tmp_path, *agencies, mandates={"coordinator": coordinator}) as bus, bus.connected() as admin:
        ngo = bus.signer("ngo-fyren")
        opening = sealed(ngo, VictimDetected.canonical())
        unreadable = sealed(ngo, ConsultationRequested.canonical(), data=b"{}", **after(opening))
        jetstream = admin.jetstream()
        subject = f"case.{uuid4()}.ConsultationRequested.ngo-fyren"
        await jetstream.publish(subject, b"\xff\x00")
        await jetstream.publish(subject, b"")
        await jetstream.publish(subject, b"{}", headers={"content-type": "application/json", "ce-id": "1"})
        for envelope in (opening, unreadable):
            await jetstream.publish(envelope.subject, envelope.data, headers=dict(envelope.headers))

        await bus.level()
        assert await owed(bus.nodes["coordinator"], Kind.REACT) == []
        assert runs == []
        case_id = (await bus.detect("ngo-fyren")).case_id
        await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)
        await eventually(lambda: runs == [case_id])


async def _version(bus: Bus, agency: str, case_id: str, version: int) -> bool:
    return (await bus.nodes[agency].replica.case(case_id)).chain.version == version


async def test_more_cases_than_the_cache_holds(tmp_path: Path) -> None:
    """With room for two cases, ten are folded again from the store whenever needed, always to the same digests."""
    async with Bus(tmp_path, "ngo-fyren", "police", cached_cases=2) as bus:
        cases = [await bus.shared_case() for _ in range(10)]
        for _ in range(3):
            await asyncio.gather(*(bus.consent("police", case_id) for case_id in cases))
            await asyncio.gather(*(bus.consent("ngo-fyren", case_id) for case_id in cases))
        await bus.level()
        kept = {case_id: await bus.digests(case_id) for case_id in cases}
        assert all(len(set(digests.values())) == 1 for digests in kept.values())
        await bus.stop_node("police")
        await bus.start_node("police")
        assert {case_id: await bus.digests(case_id) for case_id in cases} == kept


@pytest.mark.long
async def test_a_long_case_is_the_same_from_the_store_as_from_the_log(tmp_path: Path) -> None:
    """Three hundred events, folded as they came, from the store, and by a node that joins at the end: one digest."""
    async with Bus(tmp_path, "ngo-fyren", "police", cached_cases=1, start=False) as bus:
        await bus.start_node("ngo-fyren")
        await bus.ready()
        case_id = (await bus.detect("ngo-fyren")).case_id
        for _ in range(300):
            await bus.consent("ngo-fyren", case_id)
        assert (await bus.detect("ngo-fyren")).version == 1  # which puts the long case out of the cache
        await bus.start_node("police")
        await bus.ready()
        assert await bus.agreed_version(case_id) == 301


@pytest.mark.long
async def test_the_loop_is_free_while_the_broker_is_away(tmp_path: Path) -> None:
    """Nobody on the event loop waits for a broker that is killed, paused or not there."""
    coordinator, _ = reacting_coordinator(failures=0)
    async with Bus(tmp_path, "ngo-fyren", "coordinator", mandates={"coordinator": coordinator}) as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id

        async def away_and_back() -> None:
            bus.broker.kill()
            await eventually(lambda: not any(node.health().ready for node in bus.nodes.values()))
            receipts = [await bus.consent("ngo-fyren", case_id) for _ in range(20)]
            await asyncio.sleep(1)  # several attempts to connect
            await bus.start_broker()
            for receipt in receipts:
                await bus.delivered("ngo-fyren", receipt.event_id)
            bus.pause()
            pending = await bus.consent("ngo-fyren", case_id)
            bus.resume()
            await bus.delivered("ngo-fyren", pending.event_id)

        assert await least_hold_up(away_and_back) < LONGEST_HOLD_UP


async def write_a_backlog(bus: Bus) -> None:
    """Write five thousand events straight to the log, a thousand of them about one case."""
    ngo = bus.signer("ngo-fyren")
    envelopes = [sealed(ngo)]
    for _ in range(999):
        envelopes.append(sealed(ngo, ConsentGiven.canonical(), **after(envelopes[-1])))
    envelopes += [sealed(ngo) for _ in range(4000)]
    async with bus.connected() as administrator:
        for envelope in envelopes:
            await administrator.publish(envelope.subject, envelope.data, headers=dict(envelope.headers))

        async def all_there() -> bool:
            return (await administrator.jetstream().stream_info("CASES")).state.last_seq == bus.founded + len(envelopes)

        await eventually(all_there)


async def least_hold_up(attempt: Callable[[], Awaitable[None]]) -> float:
    """The longest hold-up in the quietest of up to three attempts: a machine busy with other things spoils some."""
    worst = []
    for _ in range(3):
        gc.collect()
        gc.freeze()  # as `stafett serve` does: what pytest holds is not the node's to go through
        try:
            async with LoopLag() as lag:
                await attempt()
        finally:
            gc.unfreeze()
        worst.append(lag.worst)
        if lag.worst < LONGEST_HOLD_UP:
            break
    return min(worst)


@pytest.mark.long
async def test_the_loop_is_free_while_a_backlog_is_taken(tmp_path: Path) -> None:
    """Five thousand events, one case of a thousand among them: read, checked and committed beside everything else."""
    async with Bus(tmp_path, "ngo-fyren", "police", start=False, sync="2m") as bus:
        await write_a_backlog(bus)
        await asyncio.to_thread(bus.broker.stop)
        bus.broker.sync = "always"
        await bus.start_broker()

        async def take_all() -> None:
            if "police" in bus.nodes:
                await bus.stop_node("police")
                (bus.layout.home("police") / "store.db").unlink()
            await bus.start_node("police")
            await bus.ready(within=30)
            await bus.level()

        assert await least_hold_up(take_all) < LONGEST_HOLD_UP
        node = bus.nodes["police"]
        assert node.replica.position.sequence == bus.founded + 5000
        assert await node.store.count("cases") == 4001
        assert await bus.quarantined("police") == []


async def test_a_delivery_that_is_cut_short_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service ends while it delivers what its caller left to it: the row stands, and the next start delivers."""
    monkeypatch.setattr("bus.mechanism.CALLER_WAITS", 0.2)
    async with Bus(tmp_path, "police") as bus:
        node, begun = bus.nodes["police"], 0

        async def hangs(*_: object, **more: object) -> None:
            nonlocal begun
            begun += 1
            await asyncio.Event().wait()

        node.log.append = hangs  # type: ignore[method-assign, assignment]
        pending = await bus.detect("police")
        assert pending.status is OutboxStatus.PENDING
        await eventually(lambda: begun == 2)
        assert [row.case_id for row in await owed(node, Kind.DELIVER)] == [pending.case_id]
        await bus.stop_node("police")
        node = await bus.start_node("police")
        await bus.delivered("police", pending.event_id)
        assert await owed(node, Kind.DELIVER) == []
        assert len(await bus.log()) == 1
