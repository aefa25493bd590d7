"""One of three brokers has a damaged block and comes to lead: nats-server #7549. The others cannot correct it.

The damaged node calls itself current, keeps its hole, and serves it as the stream's leader.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import orjson
import pytest
from harness.damaging import Damage, StoppedLog, small_blocks
from harness.running import CONSENT, Callers, connected, kill_service, leader_of
from harness.waiting import eventually

from bus.nats.log import STREAM
from stafett.embedded.broker import Broker
from stafett.embedded.bus import FIVE, Embedded

pytestmark = pytest.mark.faults


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Embedded]:
    """Five services on three brokers."""
    with Embedded(tmp_path / "bus", FIVE, brokers=3) as running:
        yield running


@pytest.fixture
async def callers(bus: Embedded) -> AsyncIterator[Callers]:
    """People at its agencies, on brokers that begin a new block after a dozen events."""

    async def restart() -> None:
        for broker in bus.brokers:
            await asyncio.to_thread(broker.stop)
            await _is_back(bus, broker)

    client = await connected(bus)
    await small_blocks(client, restart)
    await client.close()
    async with Callers(bus) as people:
        await people.all_ready(within=60)
        yield people


async def _is_back(bus: Embedded, broker: Broker) -> None:
    """Start a broker and wait until it calls itself level with the others."""
    bus.start_broker(broker)

    def well() -> bool:
        try:
            broker.ask("healthz")
        except OSError:
            return False
        return True

    await eventually(well, 60)


async def _a_damaged_one_leads(bus: Embedded, damage: Callable[[StoppedLog], Damage]) -> Damage:
    """A broker that follows is stopped in good order, loses something, starts, and is made the leader."""
    leader = await leader_of(bus)
    broker = next(each for each in bus.brokers if each is not leader)
    await asyncio.to_thread(broker.stop)
    done = damage(StoppedLog(broker.folder / "jetstream"))
    await _is_back(bus, broker)
    wish = orjson.dumps({"placement": {"preferred": broker.name}})

    async def leads() -> bool:
        client = await connected(bus)
        try:
            await client.request(f"$JS.API.STREAM.LEADER.STEPDOWN.{STREAM}", wish, timeout=5)
        finally:
            await client.close()
        await asyncio.sleep(0.5)  # an election, which must not be asked for again meanwhile
        return (await leader_of(bus)).name == broker.name

    await eventually(leads, 30)
    return done


async def _starts_over(callers: Callers, agency: str) -> None:
    """A service has lost its store."""
    for file in callers.bus.layout.home(agency).glob("store.db*"):
        file.unlink()
    callers.bus.start_service(agency)


async def _all_agree(callers: Callers, case_id: str, events: list[str]) -> None:
    """All five show the same version, and each event once."""
    await callers.agreed_version(case_id, len(events))
    for agency in FIVE:
        history = await callers.history(agency, case_id)
        assert [event["event_id"] for event in history] == events, agency
        assert [event["set_aside"] for event in history] == [None] * len(events), agency


def _rest_of_a_block(log: StoppedLog) -> Damage:
    return log.loses_the_rest_of_a_block(log.sequences_of(log.blocks[-2])[3])


def _one(log: StoppedLog) -> Damage:
    return log.loses_one(log.sequences_of(log.blocks[-2])[3])


def _tail(log: StoppedLog) -> Damage:
    return log.loses_its_tail(log.last - 3)


@pytest.mark.parametrize("damage", [_rest_of_a_block, _one, _tail])
async def test_a_damaged_minority_comes_to_lead(callers: Callers, damage: Callable[[StoppedLog], Damage]) -> None:
    """Who missed what the leader lost, and who starts over, has it from the others; all write on, on the same views."""
    case_id = await callers.shared_case()
    before = [event["event_id"] for event in await callers.history("police", case_id)]
    await callers.agreed_version(case_id, len(before))
    for agency in ("ngo", "municipality"):
        await asyncio.to_thread(kill_service, callers.bus, agency)
    said = [await callers.said(agency, CONSENT, case_id) for agency in ("police", "migration", "coordinator") * 10]
    events = before + [answer["event_id"] for answer in said]
    lost = await _a_damaged_one_leads(callers.bus, damage)
    assert set(lost.lost) & {answer["sequence"] for answer in said}
    callers.bus.start_service("ngo")
    await _starts_over(callers, "municipality")
    await callers.all_ready(within=30)
    await _all_agree(callers, case_id, events)
    events += [(await callers.said(agency, CONSENT, case_id))["event_id"] for agency in FIVE]
    await _all_agree(callers, case_id, events)
