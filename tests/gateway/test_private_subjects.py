"""The private subjects: the feed on the agency's own broker, and commands through the same door as HTTP."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from harness.bus import Bus, an_event
from harness.gateways import Gateway, gateways
from harness.late_keys import keys_come_late
from harness.mirroring import Mirror, all_readable
from harness.private import Follower, as_service, as_systems, in_stream, private_server
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from bus.cancellation import cancel_and_wait
from bus.directory.directory import DIRECTORY_ID
from bus.errors import BrokerAwayError
from bus.nats.private_broker import PrivateBroker, PrivateBrokerSettings
from bus.nats.private_subjects import STREAM
from bus.operator.private_broker import SERVICE_KEY
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.erasure import ErasureReason, ErasureRequested, holders_of
from contracts.chapters.referral import CaseReferred
from contracts.view.parts.erasure import ErasureScope
from gateway.private.service import PrivateService
from services import mandate_of
from stafett.embedded.private_broker import PrivateServer

pytestmark = pytest.mark.long

NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")
MANDATES = {agency: mandate_of(agency) for agency in AGENCIES}


async def feed_of(gateway: Gateway) -> list[dict[str, Any]]:
    """All entries of the feed."""
    found: list[dict[str, Any]] = []
    position = ""
    while page := (await gateway.get(f"/v1/feed?limit=500&after={position}")).json():
        found += page["items"]
        position = page["next"]
        if not page["more"]:
            return found
    return found


async def at_rest(bus: Bus) -> None:
    """Wait until every node has met its obligations."""

    async def nothing_owed() -> bool:
        return not any([await node.store.work(node.now().timestamp()) for node in bus.nodes.values()])

    await bus.level()
    await eventually(nothing_owed, 30)


async def shared(bus: Bus) -> str:
    """A case that the municipality has taken on."""
    case_id = (await bus.detect(NGO)).case_id
    await consent(bus, case_id, MUNICIPALITY)
    offer = await refer(bus, case_id, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, offer)
    return case_id


def lasting(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries without those of tasks: a task that is done is not told as raised any more."""
    return [entry for entry in entries if entry["kind"] != "task"]


async def told(bus: Bus, server: PrivateServer, agency: str) -> list[dict[str, Any]]:
    """The entries that an agency's stream has now."""
    async with as_service(bus, server, agency) as client:
        return [orjson.loads(message.data) for message in await in_stream(client)]


async def level(bus: Bus, server: PrivateServer, at: Mapping[str, Gateway], *agencies: str) -> None:
    """Wait until the streams of these agencies tell all of their feeds."""
    await at_rest(bus)

    async def all_told() -> bool:
        for agency in agencies:
            async with as_service(bus, server, agency) as client:
                messages = await in_stream(client)
            last = (await feed_of(at[agency]))[-1]["position"]
            if not messages or (messages[-1].headers or {})["Stafett-Position"] != last:
                return False
        return True

    await eventually(all_told, 30)


def service_of(bus: Bus, server: PrivateServer, gateway: Gateway) -> PrivateService:
    """The part of an agency's service that serves the private broker, on its own."""
    settings = PrivateBrokerSettings((server.url,), bus.layout.home(gateway.agency) / SERVICE_KEY)
    return PrivateService(gateway.node, settings, bus.mandates[gateway.agency].roles, gateway.app)


async def test_the_stream_has_the_entries_of_the_feed(tmp_path: Path) -> None:
    """The same entries in the same order, each once, on the subject of its kind and case."""
    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path) as server:
            async with gateways(bus, tmp_path, private=server) as at:
                case_id = await shared(bus)
                await level(bus, server, at, NGO, MUNICIPALITY)
                for agency in (NGO, MUNICIPALITY):
                    assert lasting(await told(bus, server, agency)) == lasting(await feed_of(at[agency]))
                async with as_service(bus, server, MUNICIPALITY) as client:
                    subjects = {message.subject for message in await in_stream(client)}
                own = f"agency.{MUNICIPALITY}"
                assert {f"{own}.event.CaseReferred.{case_id}", f"{own}.task.raised.{case_id}"} <= subjects
                assert f"{own}.directory.AgencyAdmitted.{DIRECTORY_ID}" in subjects
                assert all(subject.startswith(own) and subject.count(".") == 4 for subject in subjects)


async def as_read(gateway: Gateway) -> dict[str, dict[int, Any]]:
    """What the agency reads, as a mirror has it."""
    return {
        case_id: {
            version: (kind, None if content is None else orjson.loads(content), withheld)
            for version, (kind, content, withheld) in events.items()
        }
        for case_id, events in (await all_readable(gateway.node)).items()
    }


async def assert_whole(bus: Bus, server: PrivateServer, gateway: Gateway, follower: Follower) -> None:
    """The follower, once it has taken all, has what the agency reads and the tasks that are open."""

    async def is_whole() -> bool:
        tasks = (await gateway.get("/v1/tasks?limit=500")).json()["items"]
        open_tasks = {task["task_id"]: task for task in tasks}
        return follower.mirror.cases == await as_read(gateway) and follower.mirror.tasks == open_tasks

    async with as_systems(bus, server, gateway.agency) as client:
        running = asyncio.create_task(follower.run(client))
        try:
            await eventually(is_whole, 30)
        finally:
            await cancel_and_wait(running)


async def lives(bus: Bus, chance: random.Random, number: int) -> None:
    """A case that is shared; sometimes its consent ends or it is erased."""
    case_id = await shared(bus)
    for _ in range(chance.randrange(3)):
        await bus.submit(MUNICIPALITY, an_event(NeedsAssessed, occurred_at=now()), case_id)
    if number % 4 == 1:
        given = (await bus.nodes[NGO].replica.case(case_id)).view.consents[0].id
        wish = {"consent_id": given, "recipients": [MUNICIPALITY]}
        await bus.submit(NGO, an_event(ConsentWithdrawn, occurred_at=now(), **wish), case_id)
    elif number % 4 == 2:
        await erase(bus, case_id)


async def erase(bus: Bus, case_id: str) -> None:
    """The NGO, which leads, has the case erased."""
    case = await bus.nodes[NGO].replica.case(case_id)
    said = {"scope": ErasureScope.CASE, "reason": ErasureReason.PERSON_ASKED, "holders": holders_of(case.view)}
    await bus.submit(NGO, an_event(ErasureRequested, occurred_at=now(), **said), case_id)


async def test_a_follower_and_the_broker_that_are_killed_again_and_again_miss_nothing(tmp_path: Path) -> None:
    """The follower is killed 100 times, the private broker 5 times, the publisher 60 times, while keys come late."""
    chance = random.Random(11)
    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path) as server:
            async with gateways(bus, tmp_path) as at:
                for agency in AGENCIES:
                    keys_come_late(at[agency].node, chance)
                follower = Follower(MUNICIPALITY, Mirror())

                async def be_killed() -> None:
                    for _ in range(100):
                        with suppress(NatsError, OSError, TimeoutError):
                            async with as_systems(bus, server, MUNICIPALITY, allow_reconnect=False) as client:
                                running = asyncio.create_task(follower.run(client))
                                await asyncio.sleep(chance.random() * 0.1)
                                await cancel_and_wait(running)

                async def publisher_is_killed() -> None:
                    for _ in range(60):
                        async with service_of(bus, server, at[MUNICIPALITY]).running():
                            await asyncio.sleep(chance.random() * 0.15)

                async def broker_is_killed() -> None:
                    for _ in range(5):
                        await asyncio.sleep(0.5 + chance.random())
                        server.kill()
                        server.start()
                        await asyncio.to_thread(server.wait_until_healthy)

                async def write() -> None:
                    for number in range(8):
                        await lives(bus, chance, number)

                async with asyncio.TaskGroup() as group:
                    for task in (be_killed, publisher_is_killed, broker_is_killed, write):
                        group.create_task(task())
                await at_rest(bus)
                async with service_of(bus, server, at[MUNICIPALITY]).running():
                    await assert_whole(bus, server, at[MUNICIPALITY], follower)
                    await assert_whole(bus, server, at[MUNICIPALITY], Follower(MUNICIPALITY, Mirror(), "another"))
                positions = [entry["position"] for entry in await told(bus, server, MUNICIPALITY)]
                assert len(positions) == len(set(positions)), "each entry is told once"


CANARY = "the sea gull waits at the third pier"


def on_disk(server: PrivateServer, content: bytes) -> bool:
    """Whether the private broker's files hold this."""
    store = server.folder / "jetstream"
    return any(content in path.read_bytes() for path in store.rglob("*") if path.is_file())


async def test_a_case_that_is_erased_is_erased_from_the_stream(tmp_path: Path) -> None:
    """Its events, tasks and all that stood in them are overwritten on the disk; one message says to forget it."""
    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path) as server:
            async with gateways(bus, tmp_path, private=server) as at:
                case_id, other = await shared(bus), await shared(bus)
                said = an_event(NeedsAssessed, occurred_at=now(), note=CANARY)
                await bus.submit(MUNICIPALITY, said, case_id)
                await level(bus, server, at, NGO, MUNICIPALITY)
                assert on_disk(server, CANARY.encode())
                await erase(bus, case_id)
                await level(bus, server, at, NGO, MUNICIPALITY)
                await eventually(lambda: not on_disk(server, CANARY.encode()))
                for agency in (NGO, MUNICIPALITY):
                    async with as_service(bus, server, agency) as client:
                        left = [message.subject for message in await in_stream(client)]
                    assert {each for each in left if case_id in each} == {f"agency.{agency}.forget.erased.{case_id}"}
                    assert any(other in each for each in left)
                    await assert_whole(bus, server, at[agency], Follower(agency, Mirror()))


async def test_who_leaves_a_case_keeps_none_of_its_events_in_the_stream(tmp_path: Path) -> None:
    """And none of what stood in them on the disk; its tasks have ends of their own."""
    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path, MUNICIPALITY) as server:
            async with gateways(bus, tmp_path) as at, service_of(bus, server, at[MUNICIPALITY]).running():
                case_id = await shared(bus)
                await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now(), note=CANARY), case_id)
                await level(bus, server, at, MUNICIPALITY)
                assert on_disk(server, CANARY.encode())
                given = (await bus.nodes[NGO].replica.case(case_id)).view.consents[0].id
                wish = {"consent_id": given, "recipients": [MUNICIPALITY]}
                await bus.submit(NGO, an_event(ConsentWithdrawn, occurred_at=now(), **wish), case_id)
                await level(bus, server, at, MUNICIPALITY)
                await eventually(lambda: not on_disk(server, CANARY.encode()))
                kinds = {entry["kind"] for entry in await told(bus, server, MUNICIPALITY) if entry.get("case_id")}
                assert "forget" in kinds and "event" not in kinds
                await assert_whole(bus, server, at[MUNICIPALITY], Follower(MUNICIPALITY, Mirror()))


@pytest.mark.parametrize("failing", [0, 2])
async def test_the_details_of_a_part_that_is_lost_are_erased_from_the_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """The events stand there without them, so that a follower that begins later has them too.

    Also when the broker goes away in between, `failing` times.
    """
    deleting, left = PrivateBroker.delete, [failing]

    async def delete(broker: PrivateBroker, sequence: int) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise BrokerAwayError("gone")
        await deleting(broker, sequence)

    monkeypatch.setattr(PrivateBroker, "delete", delete)
    async with Bus(tmp_path, *AGENCIES, start=False) as bus:
        with private_server(bus, tmp_path, MUNICIPALITY) as server:
            async with gateways(bus, tmp_path) as at, service_of(bus, server, at[MUNICIPALITY]).running():
                case_id = (await bus.detect(NGO)).case_id
                until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
                both = {"purposes": ["support", "legal-status"]}
                agreed = an_event(
                    ConsentGiven, occurred_at=now(), recipients=[MUNICIPALITY], valid_until=until[:10], **both
                )
                given = await bus.submit(NGO, agreed, case_id)
                await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now(), note=CANARY), case_id)
                offer = an_event(CaseReferred, occurred_at=now(), recipient=MUNICIPALITY, respond_by=until, **both)
                await accept(bus, case_id, MUNICIPALITY, (await bus.submit(NGO, offer, case_id)).event_id)
                await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now(), note=CANARY), case_id)  # told whole
                await level(bus, server, at, MUNICIPALITY)
                follower = Follower(MUNICIPALITY, Mirror())
                await assert_whole(bus, server, at[MUNICIPALITY], follower)
                assert on_disk(server, CANARY.encode())
                less = {"consent_id": given.event_id, "recipients": [], "purposes": ["support"]}
                await bus.submit(NGO, an_event(ConsentWithdrawn, occurred_at=now(), **less), case_id)
                await level(bus, server, at, MUNICIPALITY)
                await eventually(lambda: not on_disk(server, CANARY.encode()))
                await assert_whole(bus, server, at[MUNICIPALITY], follower)
                later = Follower(MUNICIPALITY, Mirror(), "later")
                await assert_whole(bus, server, at[MUNICIPALITY], later)
                assert later.mirror.cases[case_id][3][2] == "support"


async def test_a_stream_that_was_lost_or_rolled_back_is_filled_again(tmp_path: Path) -> None:
    """From the feed: nobody has to do anything."""
    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path, NGO) as server:
            store, copy = server.folder / "jetstream", tmp_path / "copy"
            async with gateways(bus, tmp_path) as at, service_of(bus, server, at[NGO]).running():
                await shared(bus)
                await level(bus, server, at, NGO)
                server.stop()
                shutil.copytree(store, copy)
                server.start()
                await asyncio.to_thread(server.wait_until_healthy)
                await shared(bus)
                await level(bus, server, at, NGO)
                for earlier in (copy, None):
                    server.kill()
                    shutil.rmtree(store)
                    if earlier is not None:
                        shutil.copytree(earlier, store)
                    server.start()
                    await asyncio.to_thread(server.wait_until_healthy)
                    await eventually(lambda: stream_exists(bus, server, NGO), 20)
                    await level(bus, server, at, NGO)
                    assert lasting(await told(bus, server, NGO)) == lasting(await feed_of(at[NGO]))


async def stream_exists(bus: Bus, server: PrivateServer, agency: str) -> bool:
    """Whether the broker has the stream (again)."""
    async with as_service(bus, server, agency) as client:
        try:
            await client.jetstream().stream_info(STREAM)
        except NotFoundError:
            return False
        return True


async def test_the_stream_follows_a_store_that_was_rolled_back(tmp_path: Path) -> None:
    """What the feed no longer has is deleted and told anew; after a new store, all is to be forgotten first."""
    store = tmp_path / "agencies" / NGO
    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path, NGO) as server:
            follower = Follower(NGO, Mirror())
            async with gateways(bus, tmp_path) as at, service_of(bus, server, at[NGO]).running():
                await shared(bus)
                await level(bus, server, at, NGO)
                await assert_whole(bus, server, at[NGO], follower)
            shutil.copytree(store, tmp_path / "copy")
            async with gateways(bus, tmp_path) as at, service_of(bus, server, at[NGO]).running():
                await shared(bus)
                await level(bus, server, at, NGO)
            shutil.rmtree(store)
            shutil.copytree(tmp_path / "copy", store)
            for new in (False, True):
                if new:
                    for part in store.glob("store.db*"):
                        part.unlink()
                async with gateways(bus, tmp_path) as at, service_of(bus, server, at[NGO]).running():
                    await shared(bus)
                    await level(bus, server, at, NGO)
                    entries = await told(bus, server, NGO)
                    assert (entries[0].get("why") == "everything") is new
                    assert lasting(entries[1:] if new else entries) == lasting(await feed_of(at[NGO]))
                    await assert_whole(bus, server, at[NGO], follower)


async def test_a_broker_that_is_away_holds_nobody_up(tmp_path: Path) -> None:
    """The service is ready and says so; events go on, and are told when the broker is back."""
    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path, NGO) as server:
            async with gateways(bus, tmp_path, NGO, private=server) as at, gateways(bus, tmp_path, MUNICIPALITY):
                await bus.detect(NGO)
                await level(bus, server, at, NGO)
                assert (await at[NGO].get("/health/ready")).json()["degraded"] == []
                server.kill()
                for _ in range(20):
                    await bus.detect(NGO)

                async def says_so() -> bool:
                    answer = await at[NGO].get("/health/ready")
                    assert answer.status_code == 200
                    return any("private subjects" in trouble for trouble in answer.json()["degraded"])

                await eventually(says_so)
                server.start()
                await asyncio.to_thread(server.wait_until_healthy)
                await level(bus, server, at, NGO)
                assert lasting(await told(bus, server, NGO)) == lasting(await feed_of(at[NGO]))

                async def is_well() -> bool:
                    answer = await at[NGO].get("/health/ready")
                    return not answer.json()["degraded"]

                await eventually(is_well)


async def test_a_message_of_somebody_else_does_not_stay_at_the_end_of_the_stream(tmp_path: Path) -> None:
    """Only the key of the service could put it there; the service deletes it, and goes on where it was."""
    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path, NGO) as server:
            async with gateways(bus, tmp_path) as at, service_of(bus, server, at[NGO]).running():
                await shared(bus)
                await level(bus, server, at, NGO)
                async with as_service(bus, server, NGO) as client:
                    for position in ("", "0123456789abcdef-9", "nonsense"):
                        foreign = f"agency.{NGO}.event.Foreign.{DIRECTORY_ID}"
                        await client.jetstream().publish(foreign, b"{}", headers={"Stafett-Position": position})
                await shared(bus)
                await level(bus, server, at, NGO)
                assert lasting(await told(bus, server, NGO)) == lasting(await feed_of(at[NGO]))
