"""Callers that go on issuing events whatever happens to the bus, and the check afterwards."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx

from harness.running import CONSENT, Callers, read_log, verified
from harness.waiting import eventually
from stafett.embedded.bus import FIVE

_PATIENCE = 60.0


@dataclass
class Load:
    """Writers at all five agencies, on a few shared cases, for as long as the block lasts.

    A writer asks again under the same idempotency key until it has an answer, as any good client does.
    """

    callers: Callers
    cases: list[str]
    seed: int
    writers: int = 10
    pause: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    recorded: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The events that were answered with 201: case and version."""
    kept: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The events that were answered with 202: case and agency."""

    async def __aenter__(self) -> Self:
        self._ending = asyncio.Event()
        self._tasks = [asyncio.create_task(self._write(number)) for number in range(self.writers)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        if error is not None:
            for task in self._tasks:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=error is not None)

    async def _write(self, number: int) -> None:
        chance = random.Random(self.seed * 1000 + number)
        agency = FIVE[number % len(FIVE)]
        while not self._ending.is_set():
            await self._issue(agency, chance.choice(self.cases))
            with suppress(TimeoutError):
                async with asyncio.timeout(self.pause):
                    await self._ending.wait()

    async def _issue(self, agency: str, case_id: str) -> None:
        key = str(uuid4())
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = await self.callers.issue(agency, case_id, CONSENT, key)
            except httpx.TransportError as error:
                self.statuses[type(error).__name__] += 1
                await asyncio.sleep(0.05)
                continue
            self.statuses[str(answer.status_code)] += 1
            if answer.status_code in (201, 202):
                return self._note(agency, case_id, answer)
            if answer.status_code not in (409, 503):  # in flight still, or the store is not well: ask again
                raise AssertionError(answer.text)
            await asyncio.sleep(0.05)
        raise AssertionError(f"{agency} gave no answer in {_PATIENCE} s: {self.statuses}")

    def _note(self, agency: str, case_id: str, answer: httpx.Response) -> None:
        content = answer.json()
        if answer.status_code == 201:
            self.recorded[content["event_id"]] = case_id, content["version"]
        else:
            self.kept[content["event_id"]] = case_id, agency

    async def records(self, more: int, within: float = 30.0) -> None:
        """Wait until so many more events were answered with 201."""
        wanted = len(self.recorded) + more
        await eventually(lambda: len(self.recorded) >= wanted, within)

    async def reckon(self, before: dict[str, int], *, audited: bool = True) -> None:
        """Everything answered with 201 is in the log and in all replicas exactly once; everything answered with 202
        too, or stands before a caseworker; and nothing else is. `before`: the version of each case when it began.
        """
        await self.callers.all_ready(within=60)
        await self.callers.nothing_pending(within=60)
        attention = {agency: await self._needing_attention(agency) for agency in FIVE}
        given_up = {event for event, (_, agency) in self.kept.items() if event in attention[agency]}
        answered = self.recorded.keys() | (self.kept.keys() - given_up)
        in_log = Counter(message.headers["ce-id"] for message in await read_log(self.callers.bus))
        assert {event: in_log[event] for event in answered if in_log[event] != 1} == {}
        assert [event for event in given_up if in_log[event]] == []
        for case_id, first in before.items():
            expected = {event for event, (case, _) in {**self.recorded, **self.kept}.items() if case == case_id}
            last = first + len(expected - given_up)
            assert await self.callers.agreed_version(case_id, last) == last
            for agency in FIVE:
                history = await self.callers.history(agency, case_id)
                placed = {event["event_id"]: event["version"] for event in history}
                assert len(placed) == len(history) == last
                assert placed.keys() >= expected - given_up
                for event in expected & self.recorded.keys():
                    assert placed[event] == self.recorded[event][1]
        if audited:
            audits = await asyncio.to_thread(verified, self.callers.bus.folder, *FIVE)
            assert {agency: said for agency, (status, said) in audits.items() if status} == {}

    async def _needing_attention(self, agency: str) -> set[str]:
        items = (await self.callers.get(agency, "/v1/needs-attention?limit=500")).json()["items"]
        return {item["event_id"] for item in items}


async def shared_cases(callers: Callers, count: int) -> dict[str, int]:
    """New cases that all five take part in, with their versions."""
    cases = [await callers.shared_case() for _ in range(count)]
    return {case: await callers.agreed_version(case, 1) for case in cases}
