"""Both clients over real connections: a stream that is cut goes on, and a busy service is waited for."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

from harness.bus import an_event
from harness.served import AGENCY, Stopwatch, present, served

from contracts.chapters.assistance import NeedsAssessed
from gateway.middleware.limits import Limits
from stafett import client, events
from stafett.client import AsyncClient, Patience, SyncClient
from stafett.feed import EventTold

EVEN = Patience(least=0.01, jitter=lambda: 1.0)


async def test_a_stream_that_is_cut_goes_on(tmp_path: Path) -> None:
    """Each event is told once, in order, although the service hangs up after each."""
    async with served(tmp_path) as service:
        case_id = (await service.bus.detect(AGENCY)).case_id
        for _ in range(3):
            await service.bus.submit(AGENCY, an_event(NeedsAssessed, occurred_at=present().isoformat()), case_id)
        told = []

        async def at_once(seconds: float) -> None:
            service.stopwatch.sleep(seconds)
            await asyncio.sleep(0)

        async with (
            asyncio.timeout(30),
            AsyncClient(service.url, service.token, patience=EVEN, sleep=at_once) as ngo,
            aclosing(ngo.each(client.stream(types=["event"]))) as parts,
        ):
            async for part in parts:
                assert isinstance(part.entries[0], EventTold)
                told.append(part.entries[0].version)
                if len(told) == 4:
                    break
                service.hangs_up()
        assert told == [1, 2, 3, 4]


async def test_a_service_that_is_asked_too_often_is_waited_for(tmp_path: Path) -> None:
    """The client that waits asks no more often than the service allows."""
    async with served(tmp_path, Limits(per_caller=10, per_address=10)) as service:

        def asks() -> int:
            with SyncClient(service.url, service.token, patience=EVEN, sleep=service.stopwatch.sleep) as ngo:
                for number in range(25):
                    ngo.do(client.open_case(("VictimDetected", dict(events.VictimDetected.example)), key=f"k-{number}"))
                return len(list(ngo.each(client.every(client.list_cases(limit=10)))))

        assert await asyncio.to_thread(asks) == 25
        assert service.stopwatch.slept and all(1 <= seconds < 3 for seconds in service.stopwatch.slept)


async def test_a_service_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    """After some attempts; nothing was sent, which the error says."""
    stopwatch = Stopwatch()

    def asks() -> client.NoAnswerError | None:
        with SyncClient("http://127.0.0.1:1", "token", patience=EVEN, sleep=stopwatch.sleep) as ngo:
            try:
                ngo.do(client.read_hotline())
            except client.NoAnswerError as error:
                return error
        return None

    error = await asyncio.to_thread(asks)
    assert error is not None and not error.sent and len(stopwatch.slept) == EVEN.attempts - 1
