"""Each entry of each webhook is delivered or a dead letter, whatever fails in whatever order; and what is forgotten."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Iterator
from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.gateways import gateways
from harness.postgres import Database, running_postgres
from harness.receiving import OK, Message, Receiver, status
from harness.sharing import consent, now
from harness.waiting import eventually
from harness.webhooks import Administrator, certificates, positions, sender

from bus.operator.provision import Layout
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureReason, ErasureRequested, holders_of
from contracts.view.parts.erasure import ErasureScope
from gateway.auth import DevelopmentIssuer

from .conftest import Edge, opened

Provisioned = tuple[Layout, DevelopmentIssuer]
KILLS = 200
NGO, COORDINATOR = "ngo-fyren", "coordinator"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Database]:
    """A server for the tests of this file."""
    with running_postgres() as database:
        yield database


async def writes(edge: Edge, chance: random.Random, number: int) -> None:
    """Many events of some cases, mixed."""
    cases = [(await edge.past.brings("police", VictimDetected.canonical())).case_id for _ in range(5)]
    for _ in range(number - len(cases)):
        await edge.past.brings("police", ConsentGiven.canonical(), chance.choice(cases))


async def told(edge: Edge) -> set[int]:
    """The numbers of the feed's rows about events of cases, and about what is to be forgotten."""
    told = "SELECT position FROM feed WHERE kind IN ('event', 'again', 'erased', 'left', 'part-lost', 'replaced')"
    return {int(row["position"]) for row in await edge.node.store.query(told)}


def by_case(messages: list[Message]) -> dict[str, list[int]]:
    """The numbers that were sent about each case, in their order."""
    found: dict[str, list[int]] = defaultdict(list)
    for message in messages:
        found[message.case_id] += positions([message])
    return found


async def test_sending_that_is_killed_again_and_again_loses_nothing(provisioned: Provisioned, tmp_path: Path) -> None:
    """It is killed 200 times at any point; what comes twice has the same id, and each case comes in its order."""
    chance = random.Random(7)

    async def answers(message: Message) -> bytes:
        await asyncio.sleep(chance.random() * 0.01)
        return OK

    async with opened(provisioned, "police", tmp_path, sender=sender()) as edge, Receiver(answers) as receiver:
        admin = Administrator(edge, dict(edge.headers("administrator")))
        webhook_id, _ = await admin.creates(receiver.url)

        async def be_killed() -> None:
            killed = 0
            while killed < KILLS:
                await asyncio.sleep(chance.random() * 0.03)
                for _, task in admin.sending._lanes.values():
                    killed += task.cancel()
                admin.sending.wake()

        async with asyncio.TaskGroup() as group:
            group.create_task(be_killed())
            group.create_task(writes(edge, chance, 100))
        await eventually(lambda: admin.is_done(webhook_id))
        assert set(positions(receiver.messages)) == await told(edge)
        assert len(receiver.messages) > 100, "some came twice"
        assert len({message.id for message in receiver.messages}) == 100
        for numbers in by_case(receiver.messages).values():
            assert numbers == sorted(numbers)


@pytest.mark.parametrize("seed", range(4))
async def test_everything_is_delivered_or_a_dead_letter(provisioned: Provisioned, tmp_path: Path, seed: int) -> None:
    """Three webhooks whose receivers fail in any way, by chance, until the last day. No case is sent out of order."""
    chance = random.Random(seed)

    async def sometimes_hangs(content: bytes) -> bytes:
        if not content:
            await asyncio.Event().wait()
        return content

    def fails(message: Message) -> bytes | Awaitable[bytes]:
        if chance.random() < 0.4:
            return OK
        return sometimes_hangs(
            chance.choice((status(500), status(400), status(302, "Location: /"), status(429), b"\x00", b""))
        )

    async with (
        opened(provisioned, "police", tmp_path, sender=sender(within=0.3)) as edge,
        Receiver(fails) as first,
        Receiver(lambda message: status(503) if message.event["subject"] < "8" else OK) as second,
        Receiver(lambda message: status(500)) as third,
    ):
        admin = Administrator(edge, dict(edge.headers("administrator")))
        receivers = {(await admin.creates(each.url))[0]: each for each in (first, second, third)}
        await writes(edge, chance, 25)
        expected = await told(edge)
        for _ in range(400):
            if all([await admin.is_done(webhook_id) for webhook_id in receivers]):
                break
            admin.waits(hours=chance.random() * 8)
            await asyncio.sleep(0.05)
        for webhook_id, receiver in receivers.items():
            letters = await admin.does("GET", f"/{webhook_id}/dead-letters?limit=100")
            dead = {letter["number"] for letter in letters["items"]}
            assert await admin.is_done(webhook_id)
            assert set(positions(receiver.accepted)) | dead == expected
            assert letters["total"] == len(dead)
            for numbers in by_case(receiver.messages).values():
                assert numbers == sorted(numbers)
        assert len(letters["items"]) == 25


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
async def test_nothing_of_an_erased_case_is_sent_any_more_but_that_it_is_erased(
    tmp_path: Path, request: pytest.FixtureRequest, store: str
) -> None:
    """What was pending with its whole content, and dead letters, are dropped; what is to be forgotten is told."""
    stores = {NGO: request.getfixturevalue("postgres")()} if store == "postgres" else {}
    authority, tls = certificates(tmp_path / "tls")
    failing: set[str] = set()

    def answers(message: Message) -> bytes:
        return status(500) if message.event["data"]["kind"] == "event" and message.case_id in failing else OK

    async with (
        Bus(tmp_path / "bus", NGO, COORDINATOR, stores=stores, start=False) as bus,
        gateways(bus, tmp_path, sender=sender(authority=authority)) as at,
        Receiver(answers, tls) as receiver,
    ):
        admin = Administrator(at[NGO], at[NGO].authorised(("administrator",)))
        webhook_id, _ = await admin.creates(receiver.url, content="full", types=["NeedsAssessed"])
        case_id, other = (await bus.detect(NGO)).case_id, (await bus.detect(NGO)).case_id
        failing.add(case_id)
        await consent(bus, case_id, COORDINATOR)
        for each in (case_id, case_id, other):
            await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), each)
        await eventually(lambda: [message.case_id for message in receiver.accepted] == [other])
        assert receiver.accepted[0].event["data"]["data"]["needs"]
        await eventually(lambda: any(message.case_id == case_id for message in receiver.messages))
        case = await bus.nodes[NGO].replica.case(case_id)
        wish = an_event(
            ErasureRequested,
            occurred_at=now(),
            scope=ErasureScope.CASE,
            reason=ErasureReason.PERSON_ASKED,
            holders=holders_of(case.view),
        )
        await bus.submit(NGO, wish, case_id)
        await eventually(lambda: len(receiver.accepted) > 1, 30)
        failing.clear()
        sent = len(receiver.messages)
        admin.waits(days=1)
        await eventually(lambda: admin.is_done(webhook_id))
        forget = [message.event["data"] for message in receiver.accepted[1:]]
        assert forget and {(one["kind"], one["why"], one["case_id"]) for one in forget} == {
            ("forget", "erased", case_id)
        }
        assert all(message.event["data"]["kind"] == "forget" for message in receiver.messages[sent:])
        assert (await admin.sees(webhook_id))["dead_letters"] == 0
