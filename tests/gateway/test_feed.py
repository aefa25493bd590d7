"""The feed: everything that an agency may read, in the order in which its service made it readable."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import aclosing, closing, suppress
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from harness.bus import Bus, an_event
from harness.gateways import Gateway, gateways
from harness.late_keys import keys_come_late
from harness.mirroring import Mirror, all_readable, as_told
from harness.postgres import Database, running_postgres
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.replica.replica import Replica
from bus.store import Transaction
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.erasure import ErasureReason, ErasureRequested, holders_of
from contracts.chapters.referral import CaseReferred
from contracts.view.parts.erasure import ErasureScope
from gateway.feed.following import Following
from gateway.http.entity_tags import awaited

from .conftest import Edge

Stores = Mapping[str, Mapping[str, str]]

NGO, MUNICIPALITY, POLICE, COORDINATOR = AGENCIES = ("ngo-fyren", "municipality-0180", "police", "coordinator")
KILLS = 200


@pytest.fixture(scope="module")
def postgres() -> Iterator[Database]:
    """A server for the tests of this file."""
    with running_postgres() as database:
        yield database


@pytest.fixture(params=["sqlite", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """The stores of those whose feed is read."""
    if request.param == "sqlite":
        return {}
    database: Database = request.getfixturevalue("postgres")
    return {agency: database() for agency in (NGO, MUNICIPALITY)}


async def entries(gateway: Gateway, query: str = "limit=500", types: str = "event") -> list[dict[str, Any]]:
    """The entries of one part of the feed: the events of cases, or others."""
    answer = await gateway.get(f"/v1/feed?{query}&types={types}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def settled(bus: Bus) -> None:
    """Wait until every node has met its obligations, and each reads what it may."""

    async def at_rest() -> bool:
        for node in bus.nodes.values():
            if await node.store.work(node.now().timestamp()):
                return False
            for case_id in await node.store.all_cases():
                case = await node.replica.case(case_id)
                if case.waits or awaited(case) or (case.unreadable and case.takes_part(node.settings.agency)):
                    return False
        return True

    await bus.level()
    await eventually(at_rest, 30)


async def assert_whole(mirror: Mirror, gateway: Gateway) -> None:
    """The mirror, once it has read to the end, has what the agency reads; more may come while it reads."""

    async def whole() -> bool:
        while await mirror.poll(gateway.get):
            pass
        return mirror.cases == as_told(await all_readable(gateway.node))

    await eventually(whole)
    assert mirror.cases


async def erase(bus: Bus, case_id: str) -> None:
    """The NGO, which leads, has the case erased."""
    case = await bus.nodes[NGO].replica.case(case_id)
    wish = an_event(
        ErasureRequested,
        occurred_at=now(),
        scope=ErasureScope.CASE,
        reason=ErasureReason.PERSON_ASKED,
        holders=holders_of(case.view),
    )
    await bus.submit(NGO, wish, case_id)


async def lives(bus: Bus, chance: random.Random, number: int) -> None:
    """A case from its detection on: it is shared, assessed, and sometimes its consent ends or it is erased."""
    case_id = (await bus.detect(NGO)).case_id
    given = await consent(bus, case_id, MUNICIPALITY)
    await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
    offer = await refer(bus, case_id, MUNICIPALITY)
    await accept(bus, case_id, MUNICIPALITY, offer)
    for _ in range(chance.randrange(4)):
        await bus.submit(MUNICIPALITY, an_event(NeedsAssessed, occurred_at=now()), case_id)
        await bus.consent(NGO, case_id)
    if number % 4 == 1:
        wish = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=given, recipients=[MUNICIPALITY])
        await bus.submit(NGO, wish, case_id)
    elif number % 4 == 2:
        await erase(bus, case_id)


@pytest.mark.long
async def test_a_mirror_that_is_killed_again_and_again_misses_nothing(tmp_path: Path, stores: Stores) -> None:
    """It is killed 200 times at any point, while keys come late; in the end it has all, and nothing of the gone."""
    chance = random.Random(11)
    async with Bus(tmp_path, *AGENCIES, stores=stores, start=False) as bus, gateways(bus, tmp_path) as at:
        for agency in AGENCIES:
            keys_come_late(at[agency].node, chance)
        mirrors = {agency: Mirror() for agency in (MUNICIPALITY, POLICE, NGO)}

        async def consume(agency: str) -> None:
            while True:
                await mirrors[agency].poll(at[agency].get, wait=1, limit=chance.choice((1, 3, 50)))

        async def be_killed(agency: str) -> None:
            for _ in range(KILLS):
                running = asyncio.create_task(consume(agency))
                await asyncio.sleep(chance.random() * 0.06)
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running

        async def write() -> None:
            for number in range(8):
                await lives(bus, chance, number)

        async with asyncio.TaskGroup() as group:
            for agency in (MUNICIPALITY, NGO):
                group.create_task(be_killed(agency))
            group.create_task(write())
        await settled(bus)
        for agency in (MUNICIPALITY, NGO):
            await assert_whole(mirrors[agency], at[agency])
            assert any(entry["kind"] == "forget" for entry in await entries(at[agency]))
        assert len(mirrors[NGO].cases) > len(mirrors[MUNICIPALITY].cases), "some withdrew their consent"
        assert await entries(at[POLICE]) == []


async def joins(bus: Bus) -> tuple[str, str]:
    """A case that the NGO has assessed, and offered to the municipality; the case and the offer."""
    case_id = (await bus.detect(NGO)).case_id
    await consent(bus, case_id, MUNICIPALITY)
    await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
    return case_id, await refer(bus, case_id, MUNICIPALITY)


async def test_what_becomes_readable_later_is_told_again(tmp_path: Path, stores: Stores) -> None:
    """Whoever is offered a case is told the offer alone; after its acceptance the case comes, from its beginning."""
    async with Bus(tmp_path, *AGENCIES, stores=stores, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id, offer = await joins(bus)
        await settled(bus)
        first = await entries(at[MUNICIPALITY])
        assert [(entry["version"], entry["offered"]) for entry in first] == [(4, True)]
        assert first[0]["data"]["recipient"] == MUNICIPALITY
        await accept(bus, case_id, MUNICIPALITY, offer)
        await settled(bus)
        later = await entries(at[MUNICIPALITY], f"after={first[-1]['position']}")
        told = [entry for entry in later if not entry["offered"] and not entry["again"]]
        assert [entry["version"] for entry in told] == [1, 2, 3, 4, 5]
        assert told[3]["event_id"] == first[0]["event_id"]
        needs = [entry["data"] for entry in later if entry["version"] == 3]
        assert needs[-1]["needs"]
        numbers = [int(entry["position"].partition("-")[2]) for entry in (*first, *later)]
        assert numbers == sorted(set(numbers))


async def test_each_commit_is_told_exactly_once(tmp_path: Path) -> None:
    """Also over a restart, and over a rebuild of the lists."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus:
        async with gateways(bus, tmp_path) as at:
            case_id, _ = await joins(bus)
            await settled(bus)
            before = await entries(at[NGO])
            assert Counter((entry["case_id"], entry["version"]) for entry in before) == {
                (case_id, version): 1 for version in (1, 2, 3, 4)
            }
        async with gateways(bus, tmp_path) as at:
            node = at[NGO].node
            await node.read_models.begin_anew()
            await node._rebuilding.go_on(1.0)
            await settled(bus)
            assert await entries(at[NGO]) == before
            await bus.consent(NGO, case_id)
            later = await entries(at[NGO], f"after={before[-1]['position']}")
            assert [entry["version"] for entry in later] == [5]


async def test_who_leaves_a_case_is_told_to_forget_it(tmp_path: Path) -> None:
    """And a reader that begins only then is told nothing of what was in it."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id, offer = await joins(bus)
        await accept(bus, case_id, MUNICIPALITY, offer)
        given = (await bus.nodes[NGO].replica.case(case_id)).view.consents[0]
        wish = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=given.id, recipients=[MUNICIPALITY])
        await bus.submit(NGO, wish, case_id)
        await settled(bus)
        await bus.consent(NGO, case_id)
        await settled(bus)
        told = await entries(at[MUNICIPALITY])
        assert {(entry["kind"], entry["why"], entry["case_id"]) for entry in told} == {("forget", "left", case_id)}


async def test_an_erased_case_is_to_be_forgotten(tmp_path: Path) -> None:
    """At every holder; its rows stand, and tell nothing."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id, offer = await joins(bus)
        await accept(bus, case_id, MUNICIPALITY, offer)
        await settled(bus)
        mirrors = {agency: Mirror() for agency in (NGO, MUNICIPALITY)}
        for agency, mirror in mirrors.items():
            await assert_whole(mirror, at[agency])
        await erase(bus, case_id)
        await settled(bus)
        for agency, mirror in mirrors.items():
            while await mirror.poll(at[agency].get):
                pass
            assert mirror.cases == {}
            assert {entry["kind"] for entry in await entries(at[agency])} == {"forget"}


async def test_a_store_that_was_rolled_back_says_where_to_begin_again(tmp_path: Path) -> None:
    """Also when it has grown past the position in the meantime; a store that is new begins at the beginning."""
    store = tmp_path / "agencies" / NGO
    async with Bus(tmp_path, *AGENCIES, start=False) as bus:
        mirror = Mirror()
        async with gateways(bus, tmp_path) as at:
            case_id, _ = await joins(bus)
            await settled(bus)
            kept = (await entries(at[NGO]))[-1]["position"]
        shutil.copytree(store, tmp_path / "copy")
        async with gateways(bus, tmp_path) as at:
            for _ in range(2):
                await bus.consent(NGO, case_id)
            await settled(bus)
            await assert_whole(mirror, at[NGO])
        shutil.rmtree(store)
        shutil.copytree(tmp_path / "copy", store)
        async with gateways(bus, tmp_path) as at:
            await bus.consent(NGO, case_id)
            await settled(bus)
            answer = await at[NGO].get(f"/v1/feed?after={mirror.position}")
            assert (answer.status_code, answer.json()["type"]) == (410, "urn:x-stafett:problem:feed-rolled-back")
            assert answer.headers["content-type"] == "application/problem+json"
            assert mirror.position > kept or answer.json()["begin"] != kept
            await assert_whole(mirror, at[NGO])
        for part in store.glob("store.db*"):
            part.unlink()
        async with gateways(bus, tmp_path) as at:
            await settled(bus)
            answer = await at[NGO].get(f"/v1/feed?after={mirror.position}")
            assert (answer.status_code, answer.json()["begin"]) == (410, "")


async def test_keys_that_were_stored_before_a_crash_are_told_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends after it stored a key and before it read the case with it; then other events come first."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus:
        async with gateways(bus, tmp_path) as at:
            replica: Any = at[MUNICIPALITY].node.replica
            case_id, offer = await joins(bus)
            await settled(bus)

            async def crashed(case_ids: object) -> None:
                raise ConnectionError

            replica._read_anew = crashed
            await accept(bus, case_id, MUNICIPALITY, offer, reads=False)
            await bus.level()
            keys = at[MUNICIPALITY].node.keyring

            async def holds_the_part() -> bool:
                return any(key.compartment == "support" for key in await keys.of(case_id))

            await eventually(holds_the_part)
        came, reading = asyncio.Event(), Replica.read_with_keys

        async def read_later(replica: Replica, case_id: str) -> None:
            await came.wait()
            await reading(replica, case_id)

        monkeypatch.setattr(Replica, "read_with_keys", read_later)
        async with gateways(bus, tmp_path) as at:
            await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)  # it changes no readers
            await bus.level()
            came.set()
            await settled(bus)
            told = await entries(at[MUNICIPALITY])
            assert 3 in [entry["version"] for entry in told]
            await assert_whole(Mirror(), at[MUNICIPALITY])


async def test_what_cannot_be_opened_when_it_is_read_is_told_when_it_can(tmp_path: Path, stores: Stores) -> None:
    """The keys of a case are gone for a while: the feed goes on without it, and tells it when they are back."""
    async with Bus(tmp_path, *AGENCIES, stores=stores, start=False) as bus:
        async with gateways(bus, tmp_path) as at:
            case_id, offer = await joins(bus)
            await accept(bus, case_id, MUNICIPALITY, offer)
            await settled(bus)
            whole = await at[MUNICIPALITY].node.store.keys_of([case_id])
        for lost in ("case", "support"):
            async with gateways(bus, tmp_path) as at:
                await settled(bus)
                node = at[MUNICIPALITY].node
                transaction = Transaction()
                transaction.destroy_keys(case_id, lost)
                await node.store.write(transaction)
                node.replica._cache.clear()
                mirror = Mirror()
                while await mirror.poll(at[MUNICIPALITY].get):
                    pass
                lacking = deepcopy(mirror.cases)
                transaction = Transaction()
                transaction.put_keys(whole)
                await node.store.write(transaction)
                await node.replica.read_anew([case_id])
                await assert_whole(mirror, at[MUNICIPALITY])
                assert mirror.cases != lacking


async def test_a_case_that_is_fetched_anew_is_told_anew(tmp_path: Path, stores: Stores) -> None:
    """The store lost an event in the middle: the repair says from where the case is told again."""
    async with Bus(tmp_path, *AGENCIES, stores=stores, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id, _ = await joins(bus)
        await settled(bus)
        mirror, node = Mirror(), at[NGO].node
        await assert_whole(mirror, at[NGO])
        transaction = Transaction()
        transaction.add("DELETE FROM stored_events WHERE originator_id = :case_id AND originator_version = 2",
                        {"case_id": case_id})  # fmt: skip
        await node.store.write(transaction)
        node.replica._cache.clear()
        assert (await at[NGO].get(f"/v1/feed?after={mirror.position}")).status_code == 200
        assert [entry["version"] for entry in await entries(at[NGO])][:1] != [2]

        async def repaired() -> bool:
            return len(await node.store.query("SELECT 1 FROM feed WHERE kind = 'replaced'")) == 1

        await eventually(repaired)
        await settled(bus)
        await assert_whole(mirror, at[NGO])


async def test_the_feed_of_an_existing_store_begins_with_all_that_it_has(tmp_path: Path) -> None:
    """A store from before the feed has none of its tables; all cases are told when the service first starts."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus:
        async with gateways(bus, tmp_path) as at:
            await joins(bus)
            await joins(bus)
            await settled(bus)
            before = await entries(at[NGO])
        with closing(sqlite3.connect(tmp_path / "agencies" / NGO / "store.db")) as store:
            store.executescript(
                "DROP TABLE feed; DROP TABLE feed_told; UPDATE read_models SET value = '3' WHERE name = 'schema';"
            )
        async with gateways(bus, tmp_path) as at:
            await assert_whole(Mirror(), at[NGO])
            after = await entries(at[NGO])
            assert len(after) == len(before)
            assert {entry["event_id"] for entry in after} == {entry["event_id"] for entry in before}


async def test_a_question_that_waits_is_answered_when_something_comes(tmp_path: Path) -> None:
    """And after its time when nothing does; a filter passes over other events and never over what to forget."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id, _ = await joins(bus)
        await settled(bus)
        page = (await at[NGO].get("/v1/feed?types=NeedsAssessed")).json()
        assert [entry["type"] for entry in page["items"]] == ["se.nrm.NeedsAssessed.v1"]
        loop, since = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        waiting = asyncio.create_task(at[NGO].get(f"/v1/feed?after={page['next']}&wait=30&types=NeedsAssessed"))
        await asyncio.sleep(0.3)
        await bus.consent(NGO, case_id)
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
        told = (await waiting).json()
        assert [entry["version"] for entry in told["items"]] == [6] and loop.time() - since < 10
        empty = (await at[NGO].get(f"/v1/feed?after={told['next']}&wait=1")).json()
        assert empty == {"items": [], "next": told["next"], "more": False}
        await erase(bus, case_id)
        await settled(bus)
        later = await entries(at[NGO], f"after={told['next']}", types="NeedsAssessed")
        assert {entry["why"] for entry in later} == {"erased"}  # when it is asked for, and when it is done


async def test_a_stream_goes_on_where_its_caller_was(tmp_path: Path) -> None:
    """The ids are the feed's positions."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        await joins(bus)
        await settled(bus)
        told = await entries(at[NGO])
        stream = Following(at[NGO].node, told[1]["position"], {}).stream(10)
        async with aclosing(stream) as arriving:
            assert (await anext(arriving)).startswith(b":")
            for entry in told[2:]:
                text = (await anext(arriving)).decode()
                assert f"id: {entry['position']}\n" in text and "event: event\n" in text
                data = text.partition("data: ")[2].partition("\n")[0]
                assert orjson.loads(data) == entry
        answer = await at[NGO].get("/v1/feed/stream", Last_Event_ID="0" * 16 + "-3")
        assert answer.status_code == 410 and answer.json()["begin"] == ""
        answer = await at[NGO].get("/v1/feed/stream", Last_Event_ID="3")
        assert answer.status_code == 400


async def test_pages_have_an_end_and_a_following_part(tmp_path: Path) -> None:
    """As JSON, or as lines whose header names the following part."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        await joins(bus)
        await settled(bus)
        told = await entries(at[NGO], types="")
        first = await at[NGO].get("/v1/feed?limit=4")
        assert first.json()["items"] == told[:4] and first.json()["more"] is True
        path = first.headers["link"].partition(">")[0].removeprefix("<")
        lines = await at[NGO].get(path, accept="application/x-ndjson")
        assert lines.headers["content-type"] == "application/x-ndjson"
        assert [orjson.loads(line) for line in lines.text.splitlines()] == told[4:]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("after=7", "string_pattern_mismatch"),
        ("limit=501", "less_than_equal"),
        ("wait=31", "less_than_equal"),
        ("types=NoSuchEvent", "unknown_event_type"),
        ("types=VictimDetected,", "unknown_event_type"),
        ("since=2024-12-02", "unknown_parameter"),
        ("limit=1&limit=2", "repeated_parameter"),
    ],
)
async def test_a_question_that_does_not_fit_is_refused(edge: Edge, query: str, code: str) -> None:
    """In both languages, as elsewhere."""
    answer = await edge.http.get(f"/v1/feed?{query}", headers=edge.headers())
    assert answer.status_code == (400 if code.endswith("_parameter") else 422)
    (error,) = answer.json()["errors"]
    assert error["code"] == code and error["text"]["sv"]


async def test_who_no_longer_reads_a_part_is_told_to_forget_its_details(tmp_path: Path) -> None:
    """The person withdraws the purpose of support alone: the core stays, the details of what was needed go."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id = (await bus.detect(NGO)).case_id
        until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        both = {"purposes": ["support", "legal-status"]}
        agreed = an_event(ConsentGiven, occurred_at=now(), recipients=[MUNICIPALITY], valid_until=until[:10], **both)
        given = await bus.submit(NGO, agreed, case_id)
        await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
        offer = an_event(CaseReferred, occurred_at=now(), recipient=MUNICIPALITY, respond_by=until, **both)
        await accept(bus, case_id, MUNICIPALITY, (await bus.submit(NGO, offer, case_id)).event_id)
        await settled(bus)
        mirror = Mirror()
        await assert_whole(mirror, at[MUNICIPALITY])
        less = {"consent_id": given.event_id, "recipients": [], "purposes": ["support"]}
        await bus.submit(NGO, an_event(ConsentWithdrawn, occurred_at=now(), **less), case_id)
        await settled(bus)
        later = await entries(at[MUNICIPALITY], f"after={mirror.position}")
        lost = {(entry["why"], entry["part"]) for entry in later if entry["kind"] == "forget"}
        assert lost >= {("part-lost", "support")} and {why for why, _ in lost} == {"part-lost"}
        await assert_whole(mirror, at[MUNICIPALITY])
        assert mirror.cases[case_id][3][2] == "support" and "needs" not in mirror.cases[case_id][3][1]
