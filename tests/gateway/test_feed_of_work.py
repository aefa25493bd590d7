"""The feed tells the work too: tasks, events that need a person, what was set aside, and the directory."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.forging import after, sealed
from harness.gateways import Gateway, gateways, of_a_system
from harness.mirroring import Mirror
from harness.postgres import Database, running_postgres
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.store import DismissalReason, Transaction
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.erasure import ErasureReason, ErasureRequested, holders_of
from contracts.view.parts.erasure import ErasureScope
from services import mandate_of

NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")
MANDATES = {agency: mandate_of(agency) for agency in AGENCIES}
KILLS = 100


@pytest.fixture(scope="module")
def postgres() -> Iterator[Database]:
    """A server for the tests of this file."""
    with running_postgres() as database:
        yield database


@pytest.fixture(params=["sqlite", "postgres"])
def stores(request: pytest.FixtureRequest) -> Mapping[str, Mapping[str, str]]:
    """The stores of those whose feed is read."""
    if request.param == "sqlite":
        return {}
    database: Database = request.getfixturevalue("postgres")
    return {agency: database() for agency in (NGO, MUNICIPALITY)}


async def listed(gateway: Gateway, path: str) -> list[Any]:
    """All items of a list."""
    found: list[Any] = (await gateway.get(f"{path}?limit=100")).json()["items"]
    return found


async def at_rest(bus: Bus) -> None:
    """Wait until every node has met its obligations."""

    async def nothing_owed() -> bool:
        return not any([await node.store.work(node.now().timestamp()) for node in bus.nodes.values()])

    await bus.level()
    await eventually(nothing_owed, 30)


async def assert_same_work(mirror: Mirror, gateway: Gateway) -> None:
    """The mirror, once it has read to the end, has the work that the lists show."""
    while await mirror.poll(gateway.get):
        pass
    assert mirror.tasks == {task["task_id"]: task for task in await listed(gateway, "/v1/tasks")}
    refused = await listed(gateway, "/v1/needs-attention")
    assert mirror.attention == {event["event_id"]: event for event in refused}


async def erase(bus: Bus, case_id: str) -> None:
    """The NGO, which leads, has the case erased."""
    case = await bus.nodes[NGO].replica.case(case_id)
    said = {"scope": ErasureScope.CASE, "reason": ErasureReason.PERSON_ASKED, "holders": holders_of(case.view)}
    await bus.submit(NGO, an_event(ErasureRequested, occurred_at=now(), **said), case_id)


async def works(bus: Bus, at: Mapping[str, Gateway], chance: random.Random, number: int) -> None:
    """A case whose offers make tasks; some are done by an event, some by hand, some end with the case."""
    case_id = (await bus.detect(NGO)).case_id
    given = await consent(bus, case_id, MUNICIPALITY)
    await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
    offer = await refer(bus, case_id, MUNICIPALITY)
    await bus.level()
    await bus.readable(case_id)
    await asyncio.sleep(chance.random() * 0.1)
    if number % 4 != 3:
        await accept(bus, case_id, MUNICIPALITY, offer)
    for agency in (NGO, MUNICIPALITY):
        tasks = (await at[agency].get(f"/v1/tasks?case_id={case_id}")).json()["items"]
        if tasks and chance.random() < 0.5:
            await at[agency].post(f"/v1/tasks/{tasks[0]['task_id']}/done", None)
    if number % 4 == 1:
        wish = {"consent_id": given, "recipients": [MUNICIPALITY]}
        await bus.submit(NGO, an_event(ConsentWithdrawn, occurred_at=now(), **wish), case_id)
    elif number % 4 == 2:
        await erase(bus, case_id)


@pytest.mark.long
async def test_a_mirror_of_the_tasks_that_is_killed_again_and_again_has_them_all(
    tmp_path: Path, stores: Mapping[str, Mapping[str, str]]
) -> None:
    """It equals the list of tasks at the end, item by item, however often it was killed."""
    chance = random.Random(11)
    async with (
        Bus(tmp_path, *AGENCIES, mandates=MANDATES, stores=stores, start=False) as bus,
        gateways(bus, tmp_path) as at,
    ):
        mirrors = {agency: Mirror() for agency in (MUNICIPALITY, NGO)}

        async def be_killed(agency: str) -> None:
            async def consume() -> None:
                while True:
                    await mirrors[agency].poll(at[agency].get, wait=1, limit=chance.choice((1, 3, 50)))

            for _ in range(KILLS):
                running = asyncio.create_task(consume())
                await asyncio.sleep(chance.random() * 0.06)
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running

        async def write() -> None:
            for number in range(8):
                await works(bus, at, chance, number)

        async with asyncio.TaskGroup() as group:
            for agency in mirrors:
                group.create_task(be_killed(agency))
            group.create_task(write())
        await at_rest(bus)
        for agency, mirror in mirrors.items():
            await assert_same_work(mirror, at[agency])
            await assert_same_work(Mirror(), at[agency])
        assert mirrors[MUNICIPALITY].tasks and mirrors[NGO].tasks


async def work_told(gateway: Gateway, kind: str) -> list[Any]:
    """The entries of a kind, from the beginning."""
    found: list[Any] = (await gateway.get(f"/v1/feed?limit=500&types={kind}")).json()["items"]
    return found


async def test_a_task_is_told_once_and_its_end_once(tmp_path: Path) -> None:
    """Also when its reaction runs again, and over a rebuild of the lists; a reader that comes later hears the end."""
    async with (
        Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus,
        gateways(bus, tmp_path) as at,
    ):
        node = at[MUNICIPALITY].node
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, MUNICIPALITY)
        await refer(bus, case_id, MUNICIPALITY)
        await at_rest(bus)
        (told,) = await work_told(at[MUNICIPALITY], "task")
        (task,) = await listed(at[MUNICIPALITY], "/v1/tasks")
        assert (told["task"], told["done"], told["task_id"]) == (task, False, task["task_id"])
        assert {event["name"] for event in task["events"]} >= {"ReferralAccepted"} and task["due"]
        again = Transaction()
        again.react_again(case_id, 0)
        await node.store.write(again)
        await node.read_models.begin_anew()
        await node._rebuilding.go_on(1.0)
        await at_rest(bus)
        assert await work_told(at[MUNICIPALITY], "task") == [told]
        for _ in range(2):
            await at[MUNICIPALITY].post(f"/v1/tasks/{task['task_id']}/done", None)
        (end,) = await work_told(at[MUNICIPALITY], "task")
        assert (end["task"], end["done"], end["task_id"]) == (None, True, task["task_id"])


async def test_whoever_waits_hears_of_a_task_at_once(tmp_path: Path) -> None:
    """Not only when the reader looks again by itself."""
    async with (
        Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus,
        gateways(bus, tmp_path) as at,
    ):
        case_id = (await bus.detect(NGO)).case_id
        await at_rest(bus)
        woken = asyncio.Event()
        end = at[NGO].node.feed.listen(woken.set)
        await at[NGO].node.tasks.ask(case_id, "a", "b", en="Do it", sv="Gör det")
        assert woken.is_set()
        end()


async def test_tasks_that_no_key_opens_are_told_when_one_does(
    tmp_path: Path, stores: Mapping[str, Mapping[str, str]]
) -> None:
    """The keys of a case are gone for a while."""
    async with (
        Bus(tmp_path, *AGENCIES, mandates=MANDATES, stores=stores, start=False) as bus,
        gateways(bus, tmp_path) as at,
    ):
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, MUNICIPALITY)
        await refer(bus, case_id, MUNICIPALITY)
        await at_rest(bus)
        node, mirror = at[MUNICIPALITY].node, Mirror()
        whole = await node.store.keys_of([case_id])
        lost = Transaction()
        for compartment in ("case", "offer"):
            lost.destroy_keys(case_id, compartment)
        await node.store.write(lost)
        while await mirror.poll(at[MUNICIPALITY].get):
            pass
        assert mirror.tasks == {}
        found = Transaction()
        found.put_keys(whole)
        await node.store.write(found)
        await node.replica.read_with_keys(case_id)
        await assert_same_work(mirror, at[MUNICIPALITY])
        assert mirror.tasks


async def test_what_needs_a_person_is_told_until_it_does_no_more(tmp_path: Path) -> None:
    """A refused event is told as the list shows it; its end too, when it is dismissed and when its case is erased."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        node, mirror = at[NGO].node, Mirror()
        case_id = (await bus.detect(NGO)).case_id
        bus.broker.stop()
        await eventually(lambda: not node.log.connected.is_set())
        parked = []
        for _ in range(2):
            event_id = (await bus.submit(NGO, ConsentGiven.canonical(), case_id)).event_id
            row = await node.store.submission(event_id)
            assert row is not None
            await node.outbox.park(row, "R1")
            parked.append(event_id)
        await assert_same_work(mirror, at[NGO])
        assert list(mirror.attention) == parked and mirror.attention[parked[0]]["data"]
        await node.outbox.dismiss(parked[0], DismissalReason.OTHER)
        await assert_same_work(mirror, at[NGO])
        assert list(mirror.attention) == parked[1:]
        await bus.start_broker()
        await bus.ready()
        await erase(bus, case_id)
        await at_rest(bus)
        await assert_same_work(mirror, at[NGO])
        assert mirror.attention == {}
        told = [entry for entry in await work_told(at[NGO], "attention") if entry["kind"] == "attention"]
        assert [entry["over"] for entry in told] == [True, True]


async def test_what_was_set_aside_about_an_own_case_is_told(tmp_path: Path) -> None:
    """Nobody hears of it who takes no part in the case."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id = (await bus.detect(NGO)).case_id
        await bus.level()
        head = (await at[NGO].node.store.envelopes(case_id))[-1]
        stale = sealed(bus.signer(NGO), ConsentGiven.canonical(), **after(head) | {"version": 1})
        async with bus.connected() as administrator:
            await administrator.jetstream().publish(stale.subject, stale.data, headers=dict(stale.headers))
        await bus.level()
        mirrors = {agency: Mirror() for agency in (NGO, POLICE)}
        for agency, mirror in mirrors.items():
            while await mirror.poll(at[agency].get):
                pass
        (shown,) = await listed(at[NGO], "/v1/quarantine")
        assert mirrors[NGO].set_aside == [shown] and shown["case_id"] == case_id
        assert mirrors[POLICE].set_aside == [] and await listed(at[POLICE], "/v1/quarantine")


async def test_the_directory_is_told_to_all(tmp_path: Path) -> None:
    """All its events, in their order, from the first; also to a store from before the feed told them."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus:
        async with gateways(bus, tmp_path) as at:
            await bus.level()
            for gateway in at.values():
                told = await work_told(gateway, "directory")
                assert [entry["version"] for entry in told] == list(range(1, bus.founded + 1))
                assert {entry["data"]["agency"] for entry in told} == set(AGENCIES)
                assert await work_told(gateway, "AgencyAdmitted") == told
                assert await work_told(gateway, "AgencySuspended,VictimDetected") == []
        with closing(sqlite3.connect(tmp_path / "agencies" / NGO / "store.db")) as store:
            store.executescript(
                """DELETE FROM feed; DELETE FROM feed_told;
                UPDATE read_models SET value = '4' WHERE name = 'schema';"""
            )
        async with gateways(bus, tmp_path) as at:
            assert len(await work_told(at[NGO], "directory")) == bus.founded


async def test_a_token_hears_of_what_its_scopes_allow(tmp_path: Path) -> None:
    """`cases:read` alone tells no work; a kind that is asked for and not allowed is refused with its scope."""
    async with (
        Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus,
        gateways(bus, tmp_path, NGO, MUNICIPALITY, COORDINATOR) as at,
    ):
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, MUNICIPALITY)
        await refer(bus, case_id, MUNICIPALITY)
        await at_rest(bus)

        async def asked(query: str, *scopes: str) -> Any:
            token = of_a_system(at[MUNICIPALITY].issuer, MUNICIPALITY, datetime.now(UTC), *scopes)
            return await at[MUNICIPALITY].http.get(f"/v1/feed?{query}", headers={"Authorization": f"Bearer {token}"})

        everything = {"event", "directory", "task"}
        for scopes, kinds in {
            ("cases:read",): {"event"},
            ("cases:read", "work:read"): {"event", "task"},
            ("cases:read", "work:read", "directory:read"): everything,
        }.items():
            assert {entry["kind"] for entry in (await asked("", *scopes)).json()["items"]} == kinds
        answer = await asked("types=task", "cases:read")
        assert answer.status_code == 403 and answer.json()["scope"] == "work:read"
        answer = await asked("types=AgencyAdmitted", "cases:read", "work:read")
        assert answer.status_code == 403 and answer.json()["scope"] == "directory:read"
