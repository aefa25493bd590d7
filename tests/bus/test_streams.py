"""The streams at the real server: their limits, the behaviour at a limit, and the streams of an older bus."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from harness.attempting import Attempts, attempting
from harness.bus import Bus
from harness.waiting import eventually

from bus.errors import StoreError
from bus.nats.durability import Durability
from bus.nats.erasable_streams import KEYS, PERSONAL
from bus.nats.log import STREAM
from bus.operator.streams import SHARE, create_streams
from stafett.embedded.broker import Broker

_MIB = 1024 * 1024


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus whose nodes do not run."""
    async with Bus(tmp_path, "police", "ngo-fyren", start=False) as running:
        yield running


def subject() -> str:
    """Where the police open a case."""
    return f"case.{uuid4()}.VictimDetected.police"


async def config(bus: Bus, stream: str = STREAM) -> dict[str, Any]:
    """A stream's configuration at the broker."""
    async with bus.connected() as client:
        answer = await Attempts(client, []).asks(f"$JS.API.STREAM.INFO.{stream}")
    return dict(answer["config"])


async def change(bus: Bus, **changes: Any) -> None:
    """What the configuration of the log was on a bus of before."""
    there = await config(bus)
    async with bus.connected() as client:
        answer = await Attempts(client, []).asks(f"$JS.API.STREAM.UPDATE.{STREAM}", **(there | changes))
    assert "error" not in answer, answer


async def bounded(bus: Bus, most_bytes: int | None = None, room: int | None = None) -> None:
    """Provision the streams again."""
    await create_streams(
        [bus.broker.url], bus.layout.administrator, replicas=1, most_bytes=most_bytes, room=room, tls=bus.layout.tls
    )


async def test_the_log_leaves_room_for_keys_and_records(bus: Bus) -> None:
    """It may hold three quarters of what the brokers can; when it is full, the other streams still take what comes."""
    holds = json.loads(bus.broker.ask("jsz?config=true"))["config"]["max_storage"]
    assert (await config(bus))["max_bytes"] == int(holds * SHARE)
    await bounded(bus, most_bytes=_MIB)
    async with attempting(bus, "police") as police:
        answers = [await police.puts(subject(), b"x" * 200_000) for _ in range(8)]
        assert "error" not in answers[0]
        assert answers[-1]["error"]["description"] == "maximum bytes exceeded"
        assert "error" not in await police.puts(f"key.{uuid4()}.case.1.ngo-fyren.police.0", b"grant")
        assert "error" not in await police.puts(f"personal.{uuid4()}.health.1.police", b"record")
        stored = len(await bus.log())
        await bounded(bus, most_bytes=2 * _MIB)
        assert "error" not in await police.puts(subject(), b"x" * 200_000)
        assert len(await bus.log()) == stored + 1, "nothing went to make room"


async def test_a_nearly_full_log_is_seen_before_it_is_full(bus: Bus) -> None:
    """In numbers, and from four fifths on in words that say who acts."""
    await bounded(bus, most_bytes=_MIB)
    watch = Durability((bus.broker.monitor,), bus.layout.tls)
    await watch.at_session()
    assert watch.doubts == () and watch.fullness is not None and watch.fullness < 0.05
    async with attempting(bus, "police") as police:
        for _ in range(9):
            await police.puts(subject(), b"x" * 100_000)
    await watch.again()
    assert watch.fullness is not None and 0.8 < watch.fullness < 1
    said = " ".join(watch.doubts)
    assert said.startswith("the log is 8") and "raises its limit" in said


async def test_a_broker_that_is_full_refuses_and_loses_nothing(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its disk holds: it answers that it is full, and goes on when it is given more."""
    monkeypatch.setattr(Broker, "room", lambda _: _MIB)
    bus.broker.stop()
    await bus.start_broker()
    async with attempting(bus, "police") as police:
        answers = [await police.puts(subject(), b"x" * 200_000) for _ in range(8)]
        assert answers[-1]["error"]["description"] == "insufficient resources"
        stored = len(await bus.log())
        assert stored == sum("error" not in answer for answer in answers)
        monkeypatch.setattr(Broker, "room", lambda _: 8 * _MIB)
        bus.broker.stop()
        await bus.start_broker()
        await eventually(lambda: police.client.is_connected)
        assert len(await bus.log()) == stored
        assert "error" not in await police.puts(subject(), b"x" * 200_000)


async def test_no_batch_is_begun(bus: Bus) -> None:
    """Fifty that nobody finishes would lie in the broker's memory; the log takes single messages alone."""
    async with attempting(bus, "police") as police:
        for commit in ({}, {"Nats-Batch-Commit": "1"}):
            headers = {"Nats-Batch-Id": "unfinished", "Nats-Batch-Sequence": "1", **commit}
            answer = await police.puts(subject(), b"x" * 200_000, headers)
            assert "error" in answer, answer
    assert await bus.log() == []


async def test_no_message_suppresses_another(bus: Bus) -> None:
    """A broker remembers the ids that writers give their messages a tenth of a second long; ours give none."""
    for stream in (STREAM, KEYS, PERSONAL):
        assert (await config(bus, stream))["duplicate_window"] == 100_000_000
    await bus.start_node("police")
    await bus.ready()
    await bus.detect("police")
    (message,) = await bus.log()
    async with bus.connected() as client:
        got = await client.jetstream().get_msg(STREAM, message.sequence)
    assert got.headers is not None and "Nats-Msg-Id" not in got.headers


async def test_the_streams_of_an_older_bus_are_brought_up(bus: Bus) -> None:
    """What lies in them stays; a limit that an operator has set stays, too."""
    before = await config(bus)
    async with attempting(bus, "police") as police:
        await police.puts(subject(), b"x")
    await change(bus, allow_atomic=True, duplicate_window=120_000_000_000, max_bytes=-1)
    await bounded(bus)
    assert (await config(bus))["max_bytes"] == -1
    await bounded(bus, room=40 * _MIB)
    assert await config(bus) == before | {"max_bytes": 30 * _MIB}
    await bounded(bus, most_bytes=20 * _MIB)
    await bounded(bus, room=80 * _MIB)
    assert (await config(bus))["max_bytes"] == 20 * _MIB
    assert len(await bus.log()) == 1


async def test_the_clocks_of_an_older_bus_are_gone(bus: Bus) -> None:
    """Their stream held an alarm for each case; nothing needs it, and nobody may write to it."""
    async with bus.connected() as client:
        everything = Attempts(client, [])
        made = {"name": "CLOCKS", "subjects": ["clock.set.*", "clock.due.*"], "retention": "workqueue"}
        assert "error" not in await everything.asks("$JS.API.STREAM.CREATE.CLOCKS", **made)
        await client.jetstream().publish(f"clock.due.{uuid4()}", b"")
        await bounded(bus)
        names = (await everything.asks("$JS.API.STREAM.NAMES"))["streams"]
        assert sorted(names) == [STREAM, KEYS, PERSONAL]
    async with attempting(bus, "police") as police:
        assert not await police.may_publish(f"clock.set.{uuid4()}")


async def test_more_than_the_brokers_can_hold_is_refused(bus: Bus) -> None:
    """The operator is told what to give."""
    with pytest.raises(StoreError, match=r"no room for the stream CASES .* give a lower --log-limit"):
        await bounded(bus, most_bytes=2**50)


async def test_a_log_that_acknowledges_before_it_writes_is_refused(bus: Bus) -> None:
    """By provisioning; and a service sends nothing to it. Nobody can turn that on for a log that was made here."""
    async with bus.connected() as client:
        everything = Attempts(client, [])
        refused = await everything.asks(f"$JS.API.STREAM.UPDATE.{STREAM}", **await config(bus), persist_mode="async")
        assert "can not change persist mode" in refused["error"]["description"]
        made = {key: value for key, value in (await config(bus)).items() if key not in ("metadata",)}
        assert "error" not in await everything.asks(f"$JS.API.STREAM.DELETE.{STREAM}")
        assert "error" not in await everything.asks(f"$JS.API.STREAM.CREATE.{STREAM}", **made, persist_mode="async")
    with pytest.raises(StoreError, match="acknowledges before it writes"):
        await bounded(bus)
    with pytest.raises(Exception, match="persist_mode: async"):
        await Durability((bus.broker.monitor,), bus.layout.tls).at_session()
