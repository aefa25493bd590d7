"""The production topology as plain processes: three brokers as a cluster, PostgreSQL, five services."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness.postgres import Database, running_postgres
from harness.running import QUESTION, Callers, leader_of, read_log, times_in_log
from harness.waiting import eventually

from bus.nats.log import STREAM
from stafett.embedded.broker import Broker
from stafett.embedded.bus import FIVE, Embedded
from stafett.sample_cases.playing import doors
from stafett.sample_cases.stories.shelter_to_reimbursement import BEGINS, tell
from stafett.sample_cases.teller import Teller, Told

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A PostgreSQL server."""
    with running_postgres() as new_database:
        yield new_database


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, database: Database) -> Iterator[Embedded]:
    """Five services, each with a database of its own, on a cluster that keeps three copies of the log."""
    password = tmp_path_factory.mktemp("passwords") / "password"
    stores = {agency: _as_in_compose(database(), password) for agency in FIVE}
    with Embedded(tmp_path_factory.mktemp("grown"), FIVE, store=stores, brokers=3, keeps_time=True) as bus:
        yield bus


def _as_in_compose(store: dict[str, str], password: Path) -> dict[str, str]:
    """The variables that compose.yaml gives a service: the password is in a file."""
    password.write_text(store.pop("POSTGRES_PASSWORD"))
    return {**store, "STAFETT_POSTGRES_PASSWORD_FILE": str(password)}


def last_sequence(broker: Broker) -> int:
    """The last sequence of the log in one broker's own copy; 0 while it does not answer."""
    try:
        accounts = json.loads(broker.ask("jsz?streams=true")).get("account_details") or []
    except OSError:
        return 0
    streams = [stream for account in accounts for stream in account.get("stream_detail") or []]
    return next((int(stream["state"]["last_seq"]) for stream in streams if stream["name"] == STREAM), 0)


async def test_a_story_goes_on_when_the_leading_broker_is_killed(grown: Embedded) -> None:
    """The leader dies in the middle; the story ends, all views agree, and the dead node catches up when it is back."""
    killed: list[Broker] = []

    def tell_it() -> None:
        def kill_on_the_way(line: str) -> None:
            if teller.steps == 8:
                leader = asyncio.run(leader_of(grown))
                leader.kill()
                killed.append(leader)

        present = datetime.now(UTC)
        with Teller("grown-up", doors(grown.run_file()), present - BEGINS, present, kill_on_the_way) as teller:
            tell(teller)
            told.append(teller.told())

    told: list[Told] = []
    await asyncio.to_thread(tell_it)
    assert killed
    assert told[0].agreed
    assert set(told[0].views) == set(FIVE)
    assert (await leader_of(grown)) is not killed[0]

    async with Callers(grown) as callers:
        await callers.all_ready()
        await callers.nothing_pending()
        await callers.said("police", QUESTION, told[0].case_id)
        grown.start_broker(killed[0])
        last = (await read_log(grown))[-1].sequence
        await eventually(lambda: all(last_sequence(broker) == last for broker in grown.brokers), within=30)
        history = await callers.history("ngo", told[0].case_id)
        assert [event["type"].split(".")[2] for event in history] == [*told[0].events, "ConsultationRequested"]
        assert set((await times_in_log(grown)).values()) == {1}


def test_the_stores_are_postgresql(grown: Embedded) -> None:
    """No service fell back to a file."""
    assert [path for agency in FIVE for path in grown.layout.home(agency).glob("*.db")] == []
