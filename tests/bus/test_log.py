"""The log decides the order: appends with the expected sequence, whatever the broker answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from harness.bus import FIVE, Bus, an_event
from harness.forging import after, sealed
from harness.waiting import eventually

from bus.envelope.envelope import Envelope
from bus.errors import KeyReuseError, PreconditionError
from bus.nats.log import Appended, Log, LogMessage, NotAppended
from bus.sealing.keyring import CASE
from bus.store import OutboxStatus
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected

WRITERS = 50
ROUNDS = 20


async def test_an_append_names_the_last_sequence_of_its_case(tmp_path: Path) -> None:
    """Each case's events are appended after its own last one, whatever stands between."""
    async with Bus(tmp_path, "ngo-fyren", "police", start=False) as bus:
        log = (await bus.start_node("ngo-fyren")).log
        signer = bus.signer("ngo-fyren")
        await eventually(log.connected.is_set)
        one, other = sealed(signer), sealed(signer)
        first, second, third = (bus.founded + n for n in (1, 2, 3))
        assert await log.append(one, 0) == Appended(first)
        assert await log.append(other, 0) == Appended(second)
        assert await log.append(sealed(signer, **after(one)), first) == Appended(third)
        assert await log.append(sealed(signer, **after(one)), first) is NotAppended.CONFLICT
        assert await log.append(sealed(signer, **after(one)), second) is NotAppended.CONFLICT
        assert await log.append(sealed(signer, **after(other)), 0) is NotAppended.CONFLICT
        assert [message.sequence for message in await bus.log()] == [first, second, third]


@pytest.mark.parametrize(("times", "code", "appended"), [(2, 10167, True), (9, 10167, False), (1, 10077, False)])
async def test_what_the_broker_threw_away_unread_is_sent_again(
    tmp_path: Path, times: int, code: int, appended: bool
) -> None:
    """When too many wait before the stream; some times, and only then: else the event may be in the log."""
    async with Bus(tmp_path, "ngo-fyren", start=False) as bus:
        log, left = (await bus.start_node("ngo-fyren")).log, times
        await eventually(log.connected.is_set)
        request = log.client.request

        async def full(subject: str, *arguments: Any, **more: Any) -> Any:
            nonlocal left
            if subject.startswith("case.") and left > 0:
                left -= 1
                answer = await request("$JS.API.STREAM.INFO.CASES", b"", 2.0)
                answer.data = b'{"error": {"code": 429, "err_code": %d}, "stream": "CASES", "seq": 0}' % code
                return answer
            return await request(subject, *arguments, **more)

        log.client.request = full  # type: ignore[method-assign]
        outcome = await log.append(sealed(bus.signer("ngo-fyren")), 0)
        assert outcome == (Appended(bus.founded + 1) if appended else NotAppended.UNKNOWN)


async def test_a_message_is_read_back_as_it_was_delivered(tmp_path: Path) -> None:
    """A message is the same by whichever way it is read, or a rollback would be seen where there is none."""
    odd = {
        "ce-id": "é",
        "ce-source": "a:  b",
        "ce-empty": "",
        "ce-long": "x" * 2000,
        "ce-quoted": "=?utf-8?q?a?=",
        "ce-commas": "a, b; c",
    }
    async with Bus(tmp_path, "ngo-fyren", start=False) as bus:
        settings = bus.settings("ngo-fyren")
        log = Log("ngo-fyren", settings.servers, str(settings.credentials), settings.transport)
        log.open()
        await eventually(log.connected.is_set)
        async with bus.connected() as administrator:
            jetstream = administrator.jetstream()
            for n, headers in enumerate((odd, None, {"ce-id": "ASCII"})):
                await jetstream.publish(f"case.{uuid4()}.Odd.stranger-{n}", b"\xff\x00data", headers=headers)
            await jetstream.publish(f"case.{uuid4()}.Odd.empty", b"")
        async with log.follow(bus.founded, 10) as follower:
            delivered: list[LogMessage] = []
            while len(delivered) < 4:
                delivered += await follower.next()
        for message in delivered:
            assert await log.message(message.sequence) == message
            assert await log.last_of_case(message.subject.split(".")[1]) == message
        assert await log.message(99) is None
        assert await log.last_of_case(str(uuid4())) is None
        await log.close()


async def test_an_append_that_a_paused_broker_takes_later_is_found(tmp_path: Path) -> None:
    """No answer in time is not a no: the log is read, and the event that landed after all is not sent again."""
    async with Bus(tmp_path, "ngo-fyren") as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        bus.pause()
        submission = asyncio.create_task(bus.consent("ngo-fyren", case_id))
        await asyncio.sleep(2.3)  # longer than an append waits for its answer, shorter than a caller does
        assert not submission.done()
        bus.resume()
        receipt = await submission
        await bus.delivered("ngo-fyren", receipt.event_id)
        assert [envelope.event_id for envelope in await bus.envelopes()][1:] == [receipt.event_id]


async def test_a_caller_is_answered_though_the_broker_is_paused(tmp_path: Path) -> None:
    """The caller gets a pending receipt in time; the event arrives once when the broker goes on."""
    async with Bus(tmp_path, "ngo-fyren", "police") as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        bus.pause()
        began = monotonic()
        receipt = await bus.consent("ngo-fyren", case_id)
        assert receipt.status is OutboxStatus.PENDING
        assert monotonic() - began < 7
        bus.resume()
        await bus.delivered("ngo-fyren", receipt.event_id)
        assert Counter(e.event_id for e in await bus.envelopes())[receipt.event_id] == 1
        assert await bus.agreed_version(case_id) == 2


async def test_the_loser_of_a_race_decides_again_on_the_new_case(tmp_path: Path) -> None:
    """Two agencies write at once on what both have read; both events land, each on the other's or before it."""
    async with Bus(tmp_path, "ngo-fyren", "police") as bus:
        case_id = await bus.shared_case()
        before = await bus.agreed_version(case_id)
        receipts = await asyncio.gather(bus.consent("ngo-fyren", case_id), bus.consent("police", case_id))
        assert sorted(receipt.version or 0 for receipt in receipts) == [before + 1, before + 2]
        assert await bus.agreed_version(case_id) == before + 2


@pytest.mark.long
async def test_fifty_writers_on_one_case_make_one_chain(tmp_path: Path) -> None:
    """A thousand events by five agencies at once: every one in the log once, versions without a gap, views alike."""
    async with Bus(tmp_path, *FIVE) as bus:
        case_id = await bus.shared_case()
        before = await bus.agreed_version(case_id)

        async def writer(agency: str) -> list[str]:
            return [await _delivered_event(bus, agency, case_id) for _ in range(ROUNDS)]

        written = await asyncio.gather(*(writer(FIVE[n % len(FIVE)]) for n in range(WRITERS)))
        event_ids = [event_id for each in written for event_id in each]
        assert len(event_ids) == len(set(event_ids)) == WRITERS * ROUNDS

        history = [envelope for envelope in await bus.envelopes() if envelope.case_id == case_id]
        assert [envelope.version for envelope in history] == list(range(1, before + WRITERS * ROUNDS + 1))
        assert Counter(envelope.event_id for envelope in history[before:]) == Counter(event_ids)
        _assert_chained(history)
        assert await bus.agreed_version(case_id) == len(history)
        for agency in FIVE:
            assert await bus.nodes[agency].store.envelopes(case_id) == history
            assert await bus.quarantined(agency) == []


async def _delivered_event(bus: Bus, agency: str, case_id: str) -> str:
    if agency == "coordinator":
        receipt = await bus.consent(agency, case_id)
    else:
        receipt = await bus.submit(agency, ConsultationRequested.canonical(), case_id)
    if receipt.status is not OutboxStatus.DELIVERED:
        await bus.delivered(agency, receipt.event_id, within=30)
    return receipt.event_id


def _assert_chained(history: list[Envelope]) -> None:
    for before, envelope in pairwise(history):
        assert envelope.previous == before.hash


async def test_a_caller_that_decided_on_an_old_view_is_told(tmp_path: Path) -> None:
    """With `if_match` an event is issued on the view that was read or not at all."""
    async with Bus(tmp_path, "ngo-fyren") as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        read = (await bus.nodes["ngo-fyren"].replica.case(case_id)).view.digest
        await bus.consent("ngo-fyren", case_id, if_match=read)
        with pytest.raises(PreconditionError):
            await bus.consent("ngo-fyren", case_id, if_match=read)
        assert await bus.agreed_version(case_id) == 2
        assert bus.outbox("ngo-fyren").waiting(OutboxStatus.PENDING) == []


async def test_a_key_names_one_request(tmp_path: Path) -> None:
    """The same request under its key gets the same receipt; another request under it is refused."""
    async with Bus(tmp_path, "ngo-fyren") as bus:
        first = await bus.detect("ngo-fyren", idempotency_key="key", request_digest="a")
        again = await bus.detect("ngo-fyren", idempotency_key="key", request_digest="a")
        assert (again.event_id, again.version, again.sequence) == (first.event_id, first.version, first.sequence)
        with pytest.raises(KeyReuseError):
            await bus.detect("ngo-fyren", idempotency_key="key", request_digest="b")
        assert len(await bus.log()) == 1
        node = bus.nodes["ngo-fyren"]
        row = await node.store.submission(first.event_id)
        assert row is not None and row.request_digest != "a", "what was asked could be guessed from a plain digest"
        await node.keyring.destroy(first.case_id, [CASE])
        again = await bus.detect("ngo-fyren", idempotency_key="key", request_digest="b")
        assert again.event_id == first.event_id, "once the case's keys are gone nobody can tell"


@pytest.mark.long
async def test_events_of_many_cases_flow_at_once(tmp_path: Path) -> None:
    """Cases do not wait for each other, and every replica ends up with all of them."""
    async with Bus(tmp_path, "ngo-fyren", "police") as bus:
        events = [an_event(VictimDetected, note=f"number {n}") for n in range(100)]
        by = [("ngo-fyren", "police")[n % 2] for n in range(len(events))]
        receipts = await asyncio.gather(*map(bus.submit, by, events))
        # A caller whose turn is late is told that its event waits.
        await asyncio.gather(*(bus.delivered(who, receipt.event_id) for who, receipt in zip(by, receipts, strict=True)))
        await bus.level()
        for node in bus.nodes.values():
            assert await node.store.count("cases") == 100
        for receipt in receipts:
            assert await bus.agreed_version(receipt.case_id) == 1
