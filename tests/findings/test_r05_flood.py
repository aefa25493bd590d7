"""R5: an agency that floods a case slows that case down. Others go on writing; their stores and logs stay small."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from uuid import uuid4

import pytest
from harness.bus import Bus
from harness.reckoning import acknowledged, answered, nothing_is_lost
from harness.tampering import size_of

from bus.cancellation import cancel_and_wait
from bus.envelope.envelope import Envelope
from bus.nats.log import Appended, NotAppended
from bus.store import OutboxStatus

POLICE, NGO, COORDINATOR, OUTSIDER = AGENCIES = ("police", "ngo-fyren", "coordinator", "tax")
JUNK = 3000


@asynccontextmanager
async def flooding(bus: Bus, case_id: str, per_second: int) -> AsyncIterator[list[int]]:
    """An outsider sends worthless messages about a case, at this rate, as long as the block lasts; how many so far."""
    sent = [0]
    credentials, inbox = bus.layout.home(OUTSIDER) / "broker.creds", f"_INBOX_{OUTSIDER}".encode()

    async def flood() -> None:
        async with bus.connected(credentials, inbox_prefix=inbox) as client:
            began = monotonic()
            while True:
                while sent[0] < (monotonic() - began) * per_second:
                    await client.publish(f"case.{case_id}.ConsentGiven.{OUTSIDER}", b"{}")
                    sent[0] += 1
                await client.flush()
                await asyncio.sleep(0.01)

    task = asyncio.create_task(flood())
    try:
        yield sent
    finally:
        await cancel_and_wait(task)  # waiting for an answer of the broker can lose a cancellation


@pytest.mark.long
async def test_others_write_on_while_an_outsider_floods_one_case(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At three hundred messages a second every write to another case is answered at once, and the flooded one goes on.

    Each service's log tells of the flood now and then, not of each message.
    """
    caplog.set_level(logging.INFO)
    async with Bus(tmp_path, *AGENCIES) as bus:
        flooded, other = (await bus.detect(NGO)).case_id, await bus.shared_case()
        receipts = []
        async with flooding(bus, flooded, 300) as sent:
            caplog.clear()
            began = monotonic()
            while monotonic() - began < 3:
                for agency in (POLICE, NGO, COORDINATOR):
                    asked = monotonic()
                    receipts += acknowledged(await answered(bus.consent(agency, other), within=2))
                    assert monotonic() - asked < 1
            assert sent[0] > 500
            told = [record for record in caplog.records if "set aside" in record.getMessage()]
            assert len(told) < 100, f"{len(told)} lines about {sent[0]} messages"
        receipts += acknowledged(await answered(bus.consent(NGO, flooded)))
        await nothing_is_lost(bus, receipts)


@pytest.mark.parametrize("contended", [False, True])
async def test_a_case_is_written_to_while_it_is_flooded(tmp_path: Path, contended: bool) -> None:
    """However fast: before each append there comes a worthless message, and once an event of another agency."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await bus.shared_case()
        log, others = bus.nodes[NGO].log, [True] * contended
        append, receipts = log.append, []
        credentials, inbox = bus.layout.home(OUTSIDER) / "broker.creds", f"_INBOX_{OUTSIDER}".encode()
        async with bus.connected(credentials, inbox_prefix=inbox) as client:

            async def comes_late(envelope: Envelope, expected: int, *, own: bool = False) -> Appended | NotAppended:
                await client.request(f"case.{case_id}.ConsentGiven.{OUTSIDER}", b"{}", timeout=2)
                if own and others:
                    others.pop()
                    receipts.append(await bus.consent(POLICE, case_id))
                return await append(envelope, expected, own=own)

            log.append = comes_late  # type: ignore[method-assign]
            receipts.append(await bus.consent(NGO, case_id))
        assert [each.status for each in receipts] == [OutboxStatus.DELIVERED] * (1 + contended) and not others
        await nothing_is_lost(bus, receipts)
        await bus.agreed_version(case_id)


@pytest.mark.long
@pytest.mark.parametrize("spread", [False, True])
async def test_a_flood_leaves_little_behind(tmp_path: Path, spread: bool) -> None:
    """Three thousand worthless messages, about one case or each about another: less than 200 bytes of store each."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        await bus.shared_case()
        await bus.stop_node(POLICE)
        before = size_of(bus, POLICE)
        await bus.start_node(POLICE)
        await bus.ready()
        credentials, inbox = bus.layout.home(OUTSIDER) / "broker.creds", f"_INBOX_{OUTSIDER}".encode()
        one = str(uuid4())
        async with bus.connected(credentials, inbox_prefix=inbox) as client:
            for _ in range(JUNK):
                token = str(uuid4()) if spread else one
                await client.publish(f"case.{token}.ConsentGiven.{OUTSIDER}", b"{}")
            await client.flush()
        await bus.level()
        await bus.stop_node(POLICE)
        grown = (size_of(bus, POLICE) - before) / JUNK
        assert grown < 200, f"{grown:.0f} bytes for each message"
