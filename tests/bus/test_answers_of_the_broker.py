"""The broker sends its answer to the subject that a client names. No such answer becomes a message in a stream or a
request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from harness.attempting import Attempts, attempting
from harness.bus import Bus
from harness.waiting import eventually

from bus.directory.directory import DIRECTORY_ID
from bus.nats.erasable_streams import KEYS, PERSONAL
from bus.nats.log import STREAM

CASE = "6277108f-022a-485b-b068-f79939c87872"


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus whose nodes do not run."""
    async with Bus(tmp_path, "police", "ngo-fyren", "coordinator", start=False) as running:
        yield running


@pytest.fixture
async def police(bus: Bus) -> AsyncIterator[Attempts]:
    """Somebody with the police's credentials, whose consumer of the log is made."""
    async with attempting(bus, "police") as attempts:
        config = {"name": "replica-police", "durable_name": "replica-police", "ack_policy": "none"}
        await attempts.asks("$JS.API.CONSUMER.CREATE.CASES.replica-police", stream_name=STREAM, config=config)
        yield attempts


ELSEWHERE = (
    f"case.{CASE}.VictimDetected.ngo-fyren",
    f"case.{CASE}.VictimDetected.police",
    f"case.{DIRECTORY_ID}.AgencySuspended.coordinator",
    f"key.{CASE}.case.1.ngo-fyren.coordinator.0",
    f"personal.{CASE}.health.1.ngo-fyren",
    f"$JS.API.STREAM.MSG.DELETE.{KEYS}",
    f"$JS.API.STREAM.PURGE.{PERSONAL}",
    f"$JS.API.STREAM.DELETE.{KEYS}",
    "$JS.API.CONSUMER.DELETE.CASES.replica-ngo-fyren",
)
REQUESTS = (
    ("$JS.API.STREAM.INFO.CASES", b""),
    ("$JS.API.STREAM.MSG.GET.CASES", b'{"seq": 1}'),
    ("$JS.API.STREAM.MSG.GET.CASES", b'{"seq": 1'),
    ("$JS.API.CONSUMER.INFO.CASES.replica-police", b""),
    ("$JS.API.CONSUMER.MSG.NEXT.CASES.replica-police", b'{"batch": 3, "expires": 1000000000}'),
    (f"case.{CASE}.CaseReferred.police", b"{}"),
    (f"key.{CASE}.case.1.ngo-fyren.police.0", b"{}"),
)


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
async def test_no_answer_goes_where_its_asker_may_not(bus: Bus, police: Attempts, elsewhere: str) -> None:
    """Not into the log in another's name or none, not where another's grant is to lie, not to the streams' own
    interface: else whoever may ask anything could write everywhere.
    """
    async with bus.connected() as administrator:
        streams = administrator.jetstream()
        before = await held(bus)
        for subject, data in REQUESTS:
            await police.client.publish(subject, data, reply=elsewhere)
        await police.asks("$JS.API.STREAM.INFO.CASES")  # it has come to the others by now

        async def stored() -> bool:
            return (await streams.stream_info(KEYS)).state.messages > 0

        await eventually(stored)
        await police.asks("$JS.API.STREAM.INFO.CASES")
    expected = {f"case.{CASE}.CaseReferred.police", f"key.{CASE}.case.1.ngo-fyren.police.0"}
    assert await held(bus) == before | expected


async def held(bus: Bus) -> set[str]:
    """The subjects of everything that lies in the streams; the streams must all be there."""
    found: set[str] = set()
    async with bus.connected() as administrator:
        for stream in (STREAM, KEYS, PERSONAL):
            info = await administrator.jetstream().stream_info(stream, subjects_filter=">")
            found |= set(info.state.subjects or {})
    return found


async def test_a_request_that_others_answer_opens_nothing(bus: Bus, police: Attempts) -> None:
    """nats-server can let whoever hears a request answer it, wherever the request says: an agency that asked itself
    could then write anywhere. So nobody may answer but on subjects of its own.
    """
    await police.client.subscribe("need.*.*.*")
    for elsewhere in ELSEWHERE:
        await police.client.publish("need.1.2.police", b"", reply=elsewhere)
    await police.client.flush()
    allowed = {f"case.{CASE}.VictimDetected.police"}
    assert {subject for subject in ELSEWHERE if await police.may_publish(subject)} == allowed
