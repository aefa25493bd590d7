"""The client before real services on a real bus: nothing is doubled by lost answers, and nothing is missed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from harness.bus import Bus, an_event
from harness.gateways import Gateway, gateways
from harness.mirroring import Mirror, all_readable, as_told
from harness.sharing import CONTACT, accept, consent, now, refer
from harness.waiting import eventually

from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.referral import CaseReferred
from contracts.vocabulary.choices import DataClass, Purpose
from services import mandate_of
from stafett import client, events
from stafett.client import AsyncClient, Patience

NGO, MUNICIPALITY = AGENCIES = ("ngo-fyren", "municipality-0180")
MANDATES = {agency: mandate_of(agency) for agency in AGENCIES}
DETECTION = {**events.VictimDetected.example, "occurred_at": None}
QUICK = Patience(attempts=30, least=0.01, most=5.0)


class Lossy(httpx.ASGITransport):
    """A way to a service on which, by chance, a request or its answer is lost."""

    def __init__(self, gateway: Gateway, chance: random.Random, share: float = 0.6) -> None:
        super().__init__(gateway.app)
        self._chance = chance
        self._share = share
        self.lost = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; or it is lost on the way there or back."""
        if self._chance.random() < self._share / 2:
            self.lost += 1
            raise httpx.ConnectError("lost on its way there")
        answer = await super().handle_async_request(request)
        if self._chance.random() < self._share / 2:
            self.lost += 1
            raise httpx.ReadError("lost on its way back")
        return answer


def speaking(gateway: Gateway, transport: httpx.AsyncBaseTransport | None = None, *roles: str) -> AsyncClient:
    """A client of a gateway, with the token of a caseworker where no role is named."""
    token = gateway.authorised(roles)["Authorization"].removeprefix("Bearer ")
    return AsyncClient("http://gateway", token, transport=transport or httpx.ASGITransport(gateway.app), patience=QUICK)


@asynccontextmanager
async def services(folder: Path) -> AsyncIterator[tuple[Bus, dict[str, Gateway]]]:
    """Two agencies on a bus, and their services."""
    async with Bus(folder, *AGENCIES, mandates=MANDATES, start=False) as bus, gateways(bus, folder) as at:
        yield bus, at


async def test_a_case_from_its_detection_to_its_acceptance(tmp_path: Path) -> None:
    """Everything that an agency does, typed, while half of all requests or answers are lost; nothing is doubled."""
    async with services(tmp_path) as (bus, at):
        way = Lossy(at[NGO], random.Random(5))
        async with speaking(at[NGO], way) as ngo, speaking(at[MUNICIPALITY]) as municipality:
            cases = []
            for _ in range(5):
                opened = await ngo.do(client.until_known(client.open_case(("VictimDetected", DETECTION))))
                cases.append(opened.case_id)
            case_id = cases[0]
            listed = [case async for case in ngo.each(client.every(client.list_cases(limit=2)))]
            assert sorted(case.case_id for case in listed) == sorted(cases) and way.lost > 5

            given = an_event(
                ConsentGiven,
                occurred_at=now(),
                recipients=[MUNICIPALITY, NGO],
                data_classes=["contact"],
                purposes=["support"],
                valid_until=(datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
            )
            consented = await ngo.do(
                client.issue(case_id, given, if_match=(await ngo.do(client.read_case(case_id))).etag)
            )
            with pytest.raises(client.InvalidRequestError, match="/data/needs"):
                await ngo.do(client.issue(case_id, ("NeedsAssessed", {"risk": "high"})))
            with pytest.raises(client.CaseChangedError):
                await ngo.do(client.issue(case_id, given, if_match='"old"'))
            await ngo.do(client.until_known(client.issue(case_id, an_event(NeedsAssessed, occurred_at=now()))))
            assert consented.etag is not None
            until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
            offer = an_event(
                CaseReferred, occurred_at=now(), recipient=MUNICIPALITY, purposes=["support"], respond_by=until
            )
            asked = await ngo.do(client.until_known(client.issue(case_id, offer)))
            await ngo.do(client.record_personal_details(case_id, CONTACT))
            await bus.level()
            await bus.readable(case_id)

            (received,) = (await municipality.do(client.list_offers(direction="received"))).items
            assert (received.offer_id, received.state) == (asked.event_id, "open")

            async def is_asked_to_answer() -> bool:
                tasks = [one async for one in municipality.each(client.every(client.list_tasks(case_id=case_id)))]
                return "ReferralAccepted" in {event.name for task in tasks for event in task.events}

            await eventually(is_asked_to_answer)
            actions = await municipality.do(client.list_actions(case_id))
            assert {one.type for one in actions.items if one.possible} >= {"ReferralAccepted", "ReferralDeclined"}
            accepting = client.accept_offer(case_id, received.offer_id, services=["safe-accommodation"])
            assert (await municipality.do(client.dry_run(accepting))).would == "be-accepted"
            await municipality.do(client.until_known(accepting))
            with pytest.raises(client.RuleRefusedError) as refused:
                await municipality.do(client.accept_offer(case_id, received.offer_id))
            assert refused.value.rule and refused.value.missing.sv and refused.value.source

            await bus.level()
            await bus.readable(case_id)
            read = await municipality.do(client.read_case(case_id))
            told = [event async for event in municipality.each(client.history(case_id))]
            assert [event.version for event in told] == list(range(1, read.version + 1))
            assert isinstance(told[0].event, events.VictimDetected) and read.lead == NGO

            async def is_shown() -> bool:
                reading = client.read_personal_details(
                    case_id, data_classes=[DataClass.CONTACT], purpose=Purpose.SUPPORT
                )
                records = (await municipality.do(reading)).records
                return [one.record for one in records] == [CONTACT]

            await eventually(is_shown)
            await bus.level()
            assert (await ngo.do(client.list_readings(case_id))).total >= 1


async def test_a_mirror_that_is_killed_at_any_point_misses_nothing(tmp_path: Path) -> None:
    """Its position is in a file; it is killed forty times while answers are lost, and reads small parts."""
    chance = random.Random(7)
    async with services(tmp_path) as (bus, at):
        mirror, kept = Mirror(), client.PositionFile(tmp_path / "position")
        way = Lossy(at[MUNICIPALITY], chance)

        async def consume() -> None:
            async with speaking(at[MUNICIPALITY], way) as municipality:
                following = client.follow(kept, limit=chance.choice((1, 2, 3)), wait=1)
                async with aclosing(municipality.each(following)) as parts:
                    async for part in parts:
                        for entry in part.entries:
                            mirror.apply(entry.model_dump() | {"kind": _KINDS[type(entry).__name__]})

        async def be_killed() -> None:
            for _ in range(40):
                running = asyncio.create_task(consume())
                await asyncio.wait([running], timeout=chance.random() * 0.06)
                running.cancel()
                await asyncio.wait([running])
                assert running.cancelled(), running.exception()

        async def write() -> None:
            for _ in range(3):
                case_id = (await bus.detect(NGO)).case_id
                await consent(bus, case_id, MUNICIPALITY)
                await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
                await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))

        async with asyncio.TaskGroup() as group:
            group.create_task(be_killed())
            group.create_task(write())
        await bus.level()
        running = asyncio.create_task(consume())

        async def is_whole() -> bool:
            readable = await all_readable(at[MUNICIPALITY].node)
            return len(readable) == 3 and mirror.cases == as_told(readable)

        await eventually(is_whole, 40)
        running.cancel()
        await asyncio.wait([running])
        assert way.lost and kept.load()


async def test_a_feed_of_another_store_says_to_begin_anew(tmp_path: Path) -> None:
    """The error has the position at which to go on; here none, so that everything is to be dropped."""
    async with services(tmp_path) as (bus, at), speaking(at[NGO]) as ngo:
        await bus.detect(NGO)
        with pytest.raises(client.FeedWentBackError) as raised:
            await anext(ngo.each(client.follow("0" * 16 + "-3")))
        assert raised.value.begin == "" and raised.value.text.sv
        part = await anext(ngo.each(client.follow(raised.value.begin, types=["VictimDetected"])))
        assert part.position


async def test_an_event_that_waits_for_the_broker_becomes_known(tmp_path: Path) -> None:
    """202 at first; the same value, done again, is the same event."""
    async with services(tmp_path) as (bus, at), speaking(at[NGO]) as ngo:
        opened = await ngo.do(client.until_known(client.open_case(("VictimDetected", DETECTION))))
        bus.broker.stop()
        issuing = client.until_known(client.issue(opened.case_id, an_event(NeedsAssessed, occurred_at=now())), within=0)
        with pytest.raises(client.NotYetKnownError) as waiting:
            await ngo.do(issuing)
        await bus.start_broker()
        recorded = await ngo.do(client.until_known(issuing.issuing))
        assert recorded.event_id == waiting.value.event_id and recorded.version == 2


_KINDS = {
    "EventTold": "event",
    "Forgotten": "forget",
    "DirectoryTold": "directory",
    "TaskTold": "task",
    "AttentionTold": "attention",
    "QuarantineTold": "quarantined",
}
