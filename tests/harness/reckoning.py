"""The checks of a bus after faults: every acknowledged event is in every view once, and the logs name the faults.

async with watching(bus) as watch:
    ...
    await nothing_is_lost(bus, receipts)
assert watch.heard("police", LOSS)
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import fields
from time import monotonic
from typing import Any, Final, TypeVar

from nats.errors import Error as NatsError

from bus.errors import BrokerAwayError, StoreError
from bus.node import Node
from bus.store import OutboxStatus
from bus.submission.submission import Receipt
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.referral import CaseReferred
from harness.bus import Bus, an_event
from harness.operating import admits

T = TypeVar("T")

LOSS: Final = re.compile(
    r"\b(lost|loss|lacks?|lacking|missing|misses|holes?|gaps?|incomplete|back in time|rolled back)\b"
)
"""What the condition of a node may say of a log that lost messages."""

_OFTEN: Final = 0.002


def troubles(node: Node) -> list[str]:
    """Every trouble that a node names now, in plain words."""
    condition = node.health()
    return list(_texts(getattr(condition, each.name) for each in fields(condition)))


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (tuple, list, set, frozenset)):
            yield from _texts(value)


class Watch:
    """Every trouble that any node of a bus named since it began, by agency."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.said: defaultdict[str, set[str]] = defaultdict(set)

    async def run(self) -> None:
        """Look again and again, more often than a session lasts."""
        while True:
            for agency, node in tuple(self._bus.nodes.items()):
                self.said[agency].update(troubles(node))
            await asyncio.sleep(_OFTEN)

    def heard(self, agency: str, what: re.Pattern[str]) -> bool:
        """Whether an agency's node ever said such a thing."""
        return any(what.search(text) for text in self.said[agency])


@asynccontextmanager
async def watching(bus: Bus) -> AsyncIterator[Watch]:
    """Note what the nodes say of themselves as long as the block lasts."""
    watch = Watch(bus)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()


async def lost(bus: Bus, receipts: Iterable[Receipt]) -> dict[str, list[str]]:
    """What is wrong with acknowledged events, by agency: not in the history of their case, twice, or set aside."""
    by_case: defaultdict[str, list[str]] = defaultdict(list)
    for receipt in receipts:
        by_case[receipt.case_id].append(receipt.event_id)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for agency, node in tuple(bus.nodes.items()):
        for case_id, expected in by_case.items():
            try:
                history = [held async for held in node.replica.history(case_id)]
            except StoreError as error:
                found[agency].append(f"{case_id}: {error}")
                continue
            times = Counter(held.envelope.event_id for held in history)
            aside = {held.envelope.event_id: held.void for held in history if held.void is not None}
            found[agency] += [
                f"{event_id} is there {times[event_id]} times" for event_id in expected if times[event_id] != 1
            ]
            found[agency] += [f"{event_id}: {aside[event_id]}" for event_id in expected if event_id in aside]
    return {agency: wrong for agency, wrong in found.items() if wrong}


async def nothing_is_lost(bus: Bus, receipts: Iterable[Receipt], within: float = 15.0) -> None:
    """Wait until every node is ready, holds every acknowledged event once, and shows each case alike."""
    receipts, deadline = list(receipts), monotonic() + within
    while True:
        late = monotonic() >= deadline
        unready = {agency: troubles(node) for agency, node in bus.nodes.items() if not node.health().ready}
        wrong = {} if unready and not late else await lost(bus, receipts)  # to read all histories takes long
        if not wrong and not unready:
            break
        assert not late, f"after {within} s: not ready {unready}, {_short(wrong)}"
        await asyncio.sleep(0.05)
    async with bus.connected() as client:
        for case_id in {receipt.case_id for receipt in receipts}:
            await bus.agreed_version(case_id, client)


def _short(wrong: dict[str, list[str]]) -> str:
    return "; ".join(f"{agency}: {len(each)} wrong, such as {each[0]}" for agency, each in wrong.items())


async def answered(call: Coroutine[Any, Any, T], within: float = 10.0) -> T:
    """The answer to a call; AssertionError when there is none in time, even where the call cannot be cancelled."""
    task = asyncio.create_task(call)
    await asyncio.wait([task], timeout=within)
    assert task.done(), f"no answer within {within} s"
    return task.result()


async def some_events(bus: Bus, case_id: str, rounds: int = 6) -> list[Receipt]:
    """Every running agency of the first writes about a case in turn, and opens one of its own; all are acknowledged."""
    receipts, running = [], [agency for agency in bus.agencies if agency in bus.nodes]
    for _ in range(rounds):
        for agency in running:
            for said in (await bus.consent(agency, case_id), await bus.detect(agency)):
                # Kept, and sent later, as long as others put events of the case back into the log.
                receipts.append(await bus.delivered(agency, said.event_id))
    return acknowledged(*receipts)


def acknowledged(*receipts: Receipt) -> list[Receipt]:
    """These receipts, which all must say that the event is in the log."""
    waiting = [(each.status.value, each.reason) for each in receipts if each.status is not OutboxStatus.DELIVERED]
    assert waiting == [], f"not acknowledged: {waiting}"
    return list(receipts)


async def has_joined(bus: Bus, newcomer: str, case_id: str) -> list[Receipt]:
    """An agency is admitted now and starts; then a case is offered to it.

    The operator is told to admit it again where the log had lost some of the directory.
    """
    opener, deadline = bus.agencies[0], monotonic() + 15
    while True:
        try:
            await admits(bus, newcomer)
            break
        except BrokerAwayError as error:
            assert monotonic() < deadline, error
            await asyncio.sleep(0.1)
    await bus.start_node(newcomer)
    await bus.ready(newcomer)
    consented = await answered(bus.submit(opener, an_event(ConsentGiven, recipients=[newcomer]), case_id))
    offered = await answered(bus.submit(opener, an_event(CaseReferred, recipient=newcomer), case_id))
    return acknowledged(consented, offered)


async def starts_over(bus: Bus, agency: str) -> None:
    """An agency has lost its store and starts with none."""
    if agency in bus.nodes:
        await bus.stop_node(agency)
    for file in bus.layout.home(agency).glob("store.db*"):
        file.unlink()
    await bus.start_node(agency)


async def tried(attempt: Awaitable[object]) -> bool:
    """Whether the broker took something; it may also refuse it, or not answer."""
    try:
        await attempt
    except (AssertionError, NatsError, TimeoutError, OSError):
        return False
    return True
