"""An agency that floods the brokers is kept out for a while, and then comes back; the others go on working."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness.attempting import attempting
from harness.bus import Bus
from harness.flooding import Junk, flooding
from harness.waiting import eventually
from nats.errors import Error as NatsError

from bus.cancellation import cancel_and_wait
from bus.operator.allowance import Allowance
from bus.operator.guard import Guard

pytestmark = pytest.mark.long

FLOODING = "ngo-fyren"
TOO_MANY = "10167"
JUNK = Junk(f"case.#-0000-4000-8000-000000000000.VictimDetected.{FLOODING}")
ALLOWANCE = Allowance(messages=500, messages_at_once=2000, connections=10)


class Watch:
    """A guard that runs, what it has told, and a clock that can be put forward."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.later = timedelta()

    def now(self) -> datetime:
        """The operator's clock."""
        return datetime.now(UTC) + self.later


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus of three, one of whom floods; their nodes do not run."""
    async with Bus(tmp_path, "police", FLOODING, "coordinator", start=False) as running:
        yield running


@asynccontextmanager
async def watching(bus: Bus, allowance: Allowance = ALLOWANCE) -> AsyncIterator[Watch]:
    """The operator's guard, as long as the block lasts."""
    watch = Watch()
    admission = bus.layout.admission(watch.now())
    guard = Guard(
        admission, (bus.broker.url,), bus.layout.tls, now=watch.now, told=watch.told.append, allowance=allowance
    )
    running = asyncio.create_task(guard.run())
    try:
        yield watch
    finally:
        await cancel_and_wait(running)


async def test_a_flood_is_ended_and_the_others_go_on(bus: Bus) -> None:
    """Within a second or two, though the insider connects again and again; nobody else's connection even ends."""
    credentials = bus.layout.home(FLOODING) / "broker.creds"
    async with watching(bus) as watch, attempting(bus, "police") as police:
        with flooding(bus.broker.url, credentials, bus.layout.tls, JUNK) as flood:
            await eventually(lambda: len(watch.told) == 1)
            assert watch.told[0].startswith(f"{FLOODING} sends ") and "kept out until" in watch.told[0]
            await eventually(lambda: flood.ended > 3)
            reached = flood.sent

            async def has_room() -> bool:
                return "error" not in await police.puts("case.0.VictimDetected.police", b"{}", within=30)

            await eventually(has_room, 60)  # a slow disk has much to write of what came before the end
            for number in range(100):
                assert "error" not in await police.puts(f"case.{number}.VictimDetected.police", b"{}")
            assert flood.sent == reached
        assert len(watch.told) == 1 and police.client.is_connected
    assert reached < 500_000, "of what it could have sent in the time"


async def test_while_a_flood_goes_on_others_are_answered(bus: Bus) -> None:
    """Also where nobody guards: with a place in the log, or with the word that there are too many just now."""
    credentials = bus.layout.home(FLOODING) / "broker.creds"
    answers: Counter[str] = Counter()
    async with attempting(bus, "police") as police:
        with flooding(bus.broker.url, credentials, bus.layout.tls, JUNK) as flood:
            await eventually(lambda: flood.sent > 20_000)
            for number in range(20):
                # On a slow disk, the broker first writes what came before.
                answer = await police.puts(f"case.{number}.VictimDetected.police", b"{}", within=30)
                answers[str(answer.get("error", {}).get("err_code", "stored"))] += 1
    assert answers.keys() <= {"stored", TOO_MANY} and answers["stored"], answers


async def test_who_was_kept_out_comes_back_by_itself(bus: Bus) -> None:
    """When its time is over, with the credentials it has; a second time it stays out for longer."""
    credentials = bus.layout.home(FLOODING) / "broker.creds"
    async with watching(bus) as watch:
        for minutes in (1, 2):
            with flooding(bus.broker.url, credentials, bus.layout.tls, JUNK):
                await eventually(lambda: watch.told[-1:] != [] and watch.told[-1].startswith(f"{FLOODING} sends"))

            async def is_let_in() -> bool:
                with suppress(NatsError):
                    async with bus.connected(credentials, allow_reconnect=False):
                        return True
                return False

            async def is_kept_out() -> bool:
                return not await is_let_in()

            await eventually(is_kept_out)
            watch.later += timedelta(minutes=minutes, seconds=-20)
            assert not await is_let_in()
            watch.later += timedelta(seconds=25)
            await eventually(is_let_in)
            await eventually(lambda: watch.told[-1] == f"{FLOODING} may connect again")
    assert [line.split()[1] for line in watch.told] == ["sends", "may"] * 2


async def test_too_many_connections_are_a_flood_too(bus: Bus) -> None:
    """Each costs the brokers memory, and a handshake."""
    credentials = bus.layout.home(FLOODING) / "broker.creds"
    async with watching(bus) as watch:
        clients = [bus.connected(credentials, allow_reconnect=False) for _ in range(ALLOWANCE.connections + 1)]
        try:
            for client in clients:
                await client.__aenter__()
            await eventually(lambda: any("connections" in line for line in watch.told))
        finally:
            for client in clients:
                await client.__aexit__(None, None, None)


async def test_what_a_service_needs_is_far_below_its_allowance(bus: Bus) -> None:
    """Opening and sharing cases as fast as it can, under the allowance that an operator gives by default."""
    await asyncio.gather(*map(bus.start_node, bus.agencies))
    await bus.ready()
    async with watching(bus, Allowance()) as watch:
        for _ in range(3):
            await bus.shared_case()
        await asyncio.gather(*(bus.detect("police") for _ in range(200)))
        await bus.level()
        assert watch.told == []


async def test_a_guard_that_loses_its_broker_goes_on_when_it_is_back(bus: Bus) -> None:
    """And keeps out whoever floods then."""
    credentials = bus.layout.home(FLOODING) / "broker.creds"
    async with watching(bus) as watch:
        await asyncio.to_thread(bus.broker.stop)
        await bus.start_broker()
        with flooding(bus.broker.url, credentials, bus.layout.tls, JUNK):
            await eventually(lambda: len(watch.told) == 1, within=30)
