"""The broker is away or frozen for long while everybody works."""

from __future__ import annotations

import asyncio
import statistics
import time
from itertools import pairwise
from typing import Any

from harness.loading import Load, shared_cases
from harness.running import Callers, frozen, thawed
from harness.waiting import eventually

from stafett.embedded.bus import FIVE

_AWAY = 30.0
_MOST_LAG = 0.25


async def test_reads_go_on_and_writes_wait_for_half_a_minute(callers: Callers, record_property: Any) -> None:
    """All reads answer 200 all the time, writes 202 and in order; the event loop is never held up."""
    before = await shared_cases(callers, 4)
    await _lag(callers)
    async with Load(callers, list(before), seed=7, pause=0.25) as load:
        await asyncio.sleep(2)
        callers.bus.broker.kill()
        reads, lags = await _read_for(callers, list(before), _AWAY)
        assert not any(await asyncio.gather(*map(callers.ready, FIVE)))
        callers.bus.start_broker()
        began = time.monotonic()
        await callers.all_ready(within=60)
        recovered = time.monotonic() - began
    assert {status for _, status in reads} == {200}
    seconds = sorted(duration for duration, _ in reads)
    record_property("reads", len(reads))
    record_property("read_ms_median_p99_max", [round(1000 * part, 1) for part in _spread(seconds)])
    record_property("lag_ms_max", round(1000 * max(lags), 1))
    record_property("recovered_after_s", round(recovered, 2))
    assert len(load.kept) > 100
    await load.reckon(before)
    await _in_order(callers, load, list(before))
    assert max(lags) < _MOST_LAG, lags


async def test_a_frozen_broker_is_outlived(callers: Callers, record_property: Any) -> None:
    """Connections stay and nothing answers: reads go on, writes are answered in time, and none is lost or doubled."""
    before = await shared_cases(callers, 2)
    broker = callers.bus.broker.process
    assert broker is not None
    async with Load(callers, list(before), seed=8) as load:
        await asyncio.sleep(1)
        frozen(broker.pid)
        try:
            reads, lags = await _read_for(callers, list(before), 16.0)
            assert not any(await asyncio.gather(*map(callers.ready, FIVE))), "nobody noticed in 16 s"
        finally:
            thawed(broker.pid)
        await callers.all_ready(within=60)
    assert {status for _, status in reads} == {200}
    record_property("lag_ms_max", round(1000 * max(lags), 1))
    await load.reckon(before)


async def test_a_frozen_service_holds_nobody_up(callers: Callers) -> None:
    """The others go on; when it thaws it catches up, and what it was asked meanwhile it answers."""
    before = await shared_cases(callers, 2)
    service = callers.bus.services["ngo"].pid
    assert service is not None
    async with Load(callers, list(before), seed=9) as load:
        await asyncio.sleep(0.5)
        frozen(service)
        try:
            await load.records(50)
            await asyncio.sleep(8)
        finally:
            thawed(service)
        await eventually(lambda: _well(callers))
    await load.reckon(before)


async def _well(callers: Callers) -> bool:
    return all(await asyncio.gather(*map(callers.ready, FIVE)))


async def _read_for(callers: Callers, cases: list[str], seconds: float) -> tuple[list[tuple[float, int]], list[float]]:
    """Read cases at all agencies for so long: (seconds, status) of each, and the event loops' worst lags."""
    reads: list[tuple[float, int]] = []
    lags: list[float] = []
    end = time.monotonic() + seconds

    async def read(agency: str) -> None:
        while time.monotonic() < end:
            for case_id in cases:
                began = time.monotonic()
                answer = await callers.get(agency, f"/v1/cases/{case_id}")
                reads.append((time.monotonic() - began, answer.status_code))
            await asyncio.sleep(0.1)

    async def scrape() -> None:
        while time.monotonic() < end:
            await asyncio.sleep(1)
            lags.append(await _lag(callers))

    await asyncio.gather(scrape(), *map(read, FIVE))
    return reads, lags


async def _lag(callers: Callers) -> float:
    found = await asyncio.gather(*(callers.metric(agency, "stafett_event_loop_lag_seconds") for agency in FIVE))
    return max(found)


def _spread(ordered: list[float]) -> tuple[float, float, float]:
    return statistics.median(ordered), ordered[int(len(ordered) * 0.99)], ordered[-1]


async def _in_order(callers: Callers, load: Load, cases: list[str]) -> None:
    """The events that waited at one agency stand in each case in the order in which it took them."""
    for case_id in cases:
        placed = {event["event_id"]: event["version"] for event in await callers.history("police", case_id)}
        for agency in FIVE:
            waited = [event for event, (case, at) in load.kept.items() if (case, at) == (case_id, agency)]
            versions = [placed[event] for event in waited]
            inversions = [pair for pair in pairwise(versions) if pair[0] > pair[1]]
            assert inversions == [], (agency, inversions)
