"""No agency can keep itself or another agency in or out of the directory by writing there as fast as it can."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from harness.attempting import attempting
from harness.bus import Bus, full_mandate
from harness.flooding import Junk, flooding
from harness.operating import admits, new_id, now, rotates, suspends
from harness.waiting import eventually
from nats.errors import Error as NatsError

from bus.directory.directory import DIRECTORY_ID
from bus.envelope.envelope import parse
from bus.errors import BrokerAwayError, EnvelopeError
from bus.nats.following import Follower
from bus.operator import root_publisher, suspending
from bus.operator.root_publisher import as_administrator, publish
from bus.operator.user_registry import revoke
from contracts.directory.events import DirectoryEvent
from contracts.vocabulary.agencies import COORDINATOR

NGO = "ngo-fyren"
CHAIN = f"case.{DIRECTORY_ID}"
NOISE = Junk(f"{CHAIN}.CapacityAnnounced.{NGO}", b"{}")


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus of three whose nodes do not run."""
    async with Bus(tmp_path, "police", NGO, COORDINATOR, start=False) as running:
        yield running


async def said(bus: Bus) -> list[tuple[str, str]]:
    """The directory's events in the log, each with the agency that it is about."""
    found = []
    for message in await bus.whole_log():
        with suppress(EnvelopeError):
            envelope = parse(message.headers, message.data)
            if envelope.case_id == DIRECTORY_ID:
                found.append((envelope.event_name, envelope.data.decode()))
    return found


async def is_let_in(bus: Bus, agency: str) -> bool:
    """Whether the broker takes the agency's credentials."""
    with suppress(NatsError, OSError):
        async with bus.connected(bus.layout.home(agency) / "broker.creds", allow_reconnect=False):
            return True
    return False


async def test_who_has_no_word_in_the_directory_writes_nothing_there(bus: Bus) -> None:
    """Not even in the name of an event that it may issue in a case; who has one, that one alone, and in no case."""
    for agency, may in (("police", set[str]()), (NGO, {"CapacityAnnounced"}), (COORDINATOR, None)):
        mandate = full_mandate(agency)
        words = {event.__name__ for event in mandate.directory_roles}
        assert may is None or words == may
        async with attempting(bus, agency) as attempts:
            passed = {duty for duty in mandate.duties if await attempts.may_publish(f"{CHAIN}.{duty}.{agency}")}
            assert passed == words
            assert not await attempts.may_publish(f"{CHAIN}.Anything.{agency}")
            in_a_case = [word for word in words if await attempts.may_publish(f"case.{new_id()}.{word}.{agency}")]
            assert in_a_case == []


@pytest.mark.long
async def test_an_agency_that_floods_the_directory_is_suspended(bus: Bus) -> None:
    """With its one word there, as fast as the wire takes it: it is cut off first, and then the log has it."""
    credentials = bus.layout.home(NGO) / "broker.creds"
    with flooding(
        bus.broker.url, credentials, bus.layout.tls, Junk(f"{CHAIN}.CapacityAnnounced.{NGO}", b"{}")
    ) as flood:
        await eventually(lambda: flood.sent > 20_000)
        done = await suspends(bus, NGO)
        assert (done.at_once, done.brokers) == (True, 1)
        assert not await is_let_in(bus, NGO)
    async with as_administrator([bus.broker.url], bus.layout) as log:
        directory = (await publish(log, bus.layout, lambda _: [], now=now, new_id=new_id)).directory
    entry = directory.entry(NGO)
    assert entry is not None and entry.suspended


@pytest.mark.long
async def test_while_somebody_floods_the_operator_is_told_who(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can be admitted then, and nobody be given keys; cut off, the agency is in nobody's way."""
    publishing = {**(root_publisher.publish.__kwdefaults__ or {}), "patience": 1.0}
    monkeypatch.setattr(root_publisher.publish, "__kwdefaults__", publishing)
    credentials = bus.layout.home(NGO) / "broker.creds"
    with flooding(
        bus.broker.url, credentials, bus.layout.tls, Junk(f"{CHAIN}.CapacityAnnounced.{NGO}", b"{}")
    ) as flood:
        await eventually(lambda: flood.sent > 20_000)
        with pytest.raises(BrokerAwayError, match=f"{NGO} wrote [0-9]+ messages there meanwhile; `stafett revoke`"):
            await rotates(bus, "police", signing=True)
        await revoke([bus.broker.url], bus.layout.admission(now()), NGO, tls=bus.layout.tls, now=now())
        assert not await rotates(bus, "police", signing=True), "what was begun is finished"
        await admits(bus, "region-01")
    assert [name for name, _ in await said(bus)] == ["AgencyAdmitted"] * 3 + ["AgencyKeyRotated", "AgencyAdmitted"]


@pytest.mark.long
async def test_a_directory_full_of_noise_is_read_in_one_go(bus: Bus) -> None:
    """A log of before has noise of any name there: tens of thousands of messages cost seconds, once."""
    async with bus.connected() as administrator:
        for number in range(20_000):
            name = "VictimDetected" if number % 2 else "TrainingHeld"
            send = administrator.publish if number % 1000 else administrator.jetstream().publish
            await send(f"{CHAIN}.{name}.police", b"{}", headers={"Status": "100"})  # no more than the broker queues
        await administrator.jetstream().publish(f"{CHAIN}.TrainingHeld.police", b"{}")
    async with as_administrator([bus.broker.url], bus.layout) as log:
        state = await log.state()
        asked = log.client.stats["out_msgs"]

        def wanted(_: object) -> list[DirectoryEvent]:
            return []

        chain = await publish(log, bus.layout, wanted, now=now, new_id=new_id)
        assert (chain.version, chain.sequence) == (bus.founded, state.last)
        assert log.client.stats["out_msgs"] - asked < 200
    await admits(bus, "tax")
    assert (await said(bus))[-1][0] == "AgencyAdmitted"


async def test_a_broker_that_counts_too_many_holds_up_nobody(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts some messages twice that come while a consumer is made; the operator does not wait for them."""
    begin = Follower.begin

    async def counts_too_many(follower: Follower) -> None:
        await begin(follower)
        follower.waiting += 7

    monkeypatch.setattr(Follower, "begin", counts_too_many)
    async with bus.connected() as administrator:
        await administrator.jetstream().publish(f"{CHAIN}.Anything.police", b"{}")  # the last one is not read
    await admits(bus, "tax")
    assert (await said(bus))[-1][0] == "AgencyAdmitted"


@pytest.mark.parametrize("trouble", ["the log", "the brokers"])
async def test_what_is_done_and_what_is_not_is_said(bus: Bus, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    """Whichever of the two does not answer: the other is told all the same, and the next run does what is left."""

    async def away(*_: object, **__: object) -> int:
        raise BrokerAwayError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(suspending, "publish" if trouble == "the log" else "revoke", away)
        with pytest.raises(BrokerAwayError) as failed:
            await suspends(bus, NGO)
    if trouble == "the log":
        assert str(failed.value) == f"{NGO} is cut off, 1 brokers confirmed; the log has not: no answer"
        assert not await is_let_in(bus, NGO)
    else:
        assert str(failed.value) == f"the log has {NGO}'s suspension; it is not cut off yet: no answer"
        assert (await said(bus))[-1][0] == "AgencySuspended"
    await suspends(bus, NGO)
    assert not await is_let_in(bus, NGO)
    assert [name for name, _ in await said(bus)].count("AgencySuspended") == 1
