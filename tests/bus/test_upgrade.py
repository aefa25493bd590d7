"""This version opens a store that the first version wrote: nothing is lost, and its obligations are met."""

from __future__ import annotations

import base64
import json
import sqlite3
import tarfile
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import InfrastructureFactory
from harness.bus import Bus
from harness.owing import owed
from harness.postgres import Database
from harness.sharing import IDENTITY, accept, read
from harness.waiting import eventually
from psycopg.conninfo import make_conninfo

from bus.operator.streams import create_streams
from bus.store import DismissalReason, Kind, OutboxStatus, Position, Transaction, open_store
from contracts.chapters.clocks import fallen_due
from contracts.view.parts.status import CaseStatus

MUNICIPALITY, NGO, COORDINATOR = AGENCIES = ("municipality-0180", "ngo-fyren", "coordinator")
DATA = Path(__file__).parent.parent / "data" / "store-0.1.tar.gz"

OLD_TABLES = (
    """CREATE TABLE heads (case_id TEXT PRIMARY KEY, version BIGINT NOT NULL, hash TEXT NOT NULL,
        sequence BIGINT NOT NULL, log_version BIGINT NOT NULL, listed BIGINT NOT NULL)""",
    """CREATE TABLE outbox (position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id TEXT NOT NULL UNIQUE,
        case_id TEXT NOT NULL, draft BYTEA NOT NULL, idempotency_key TEXT UNIQUE, request_digest TEXT,
        status TEXT NOT NULL, version BIGINT, sequence BIGINT, reason TEXT)""",
    """CREATE TABLE quarantine (incarnation BIGINT NOT NULL, sequence BIGINT NOT NULL, case_id TEXT NOT NULL,
        event_id TEXT NOT NULL, agency TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
        PRIMARY KEY (incarnation, sequence))""",
    """CREATE TABLE tasks (task_id TEXT PRIMARY KEY, case_id TEXT NOT NULL, sealed BYTEA NOT NULL,
        done BIGINT NOT NULL)""",
    """CREATE TABLE content_keys (case_id TEXT NOT NULL, compartment TEXT NOT NULL, kid TEXT NOT NULL,
        granter TEXT NOT NULL, blob BYTEA NOT NULL, PRIMARY KEY (case_id, compartment, kid, granter))""",
    "CREATE TABLE opened (case_id TEXT PRIMARY KEY, times BIGINT NOT NULL)",
    """CREATE TABLE grants_due (case_id TEXT NOT NULL, compartment TEXT NOT NULL, recipient TEXT NOT NULL,
        PRIMARY KEY (case_id, compartment, recipient))""",
    "CREATE TABLE dismissals (event_id TEXT PRIMARY KEY, reason TEXT NOT NULL, dismissed_at TEXT NOT NULL)",
    """CREATE TABLE given (case_id TEXT NOT NULL, compartment TEXT NOT NULL, kid TEXT NOT NULL,
        recipient TEXT NOT NULL, PRIMARY KEY (case_id, compartment, kid, recipient))""",
    "CREATE TABLE erased (case_id TEXT NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY (case_id, event_id))",
    """CREATE TABLE positions (stream TEXT PRIMARY KEY, incarnation BIGINT NOT NULL, sequence BIGINT NOT NULL,
        digest TEXT NOT NULL)""",
)
"""The tables of 6d9e33b on PostgreSQL, beside those of eventsourcing."""


class OldBus(Bus):
    """A bus over the folder of the first slice, whose broker has every message that it had."""

    @property
    def founded(self) -> int:
        """How many events of the directory the log began with."""
        return len(AGENCIES)

    def kept(self, name: str) -> Any:
        """One of the files beside the stores."""
        return json.loads((self.folder / name).read_text())

    async def create_streams(self) -> None:
        """The streams, with all that was in them at the same places."""
        await create_streams([self.broker.url], self.layout.administrator, replicas=1, tls=self.layout.tls)
        async with self.connected() as administrator:
            jetstream = administrator.jetstream()
            for message in self.kept("log.json"):
                data = base64.b64decode(message["data"])
                await jetstream.publish(message["subject"], data, headers=message["headers"] or None)
            for subject, data in (self.kept("grants.json") | self.kept("records.json")).items():
                await jetstream.publish(subject, base64.b64decode(data))
        await super().create_streams()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the first slice left behind."""
    with tarfile.open(DATA) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def on_postgres(folder: Path, agency: str, database: dict[str, str]) -> dict[str, str]:
    """The agency's old store, moved to PostgreSQL as 6d9e33b would have kept it there."""
    path = folder / "agencies" / agency / "store.db"
    host, port, user, name = (database[f"POSTGRES_{part}"] for part in ("HOST", "PORT", "USER", "DBNAME"))
    old = sqlite3.connect(path)
    old.row_factory = sqlite3.Row
    made = {**database, "PERSISTENCE_MODULE": "eventsourcing.postgres", "ORIGINATOR_ID_TYPE": "text"}
    factory = InfrastructureFactory[Any].construct(made)
    factory.process_recorder()
    factory.close()
    with psycopg.connect(make_conninfo(host=host, port=port, user=user, dbname=name)) as new:
        for statement in OLD_TABLES:
            new.execute(statement)
        for table in ("heads", "quarantine", "tasks", "content_keys", "opened", "grants_due", "dismissals", "given"):
            _copy(old, new, table, table)
        for table in ("erased", "positions"):
            _copy(old, new, table, table)
        _copy(old, new, "outbox ORDER BY position", "outbox", without=("position",))
        _copy(old, new, "stored_events ORDER BY rowid", "stored_events", without=("rowid",))
        _copy(old, new, "tracking", "notification_tracking")
    old.close()
    path.unlink()
    return database


def _copy(
    old: sqlite3.Connection, new: psycopg.Connection[Any], source: str, table: str, without: tuple[str, ...] = ()
) -> None:
    for row in old.execute(f"SELECT * FROM {source}").fetchall():
        values = {name: row[name] for name in row.keys() if name not in without}  # noqa: SIM118 - a Row's names
        names, places = ", ".join(values), ", ".join("%s" for _ in values)
        new.execute(f"INSERT INTO {table} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING", list(values.values()))


@pytest.fixture(params=["sqlite", "postgres"])
async def bus(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[OldBus]:
    """The NGO and the coordinator go on with their old stores; the municipality begins with an empty one."""
    stores = {}
    if request.param == "postgres":
        database: Database = request.getfixturevalue("postgres")
        stores = {agency: on_postgres(folder, agency, database()) for agency in (NGO, COORDINATOR)}
    async with OldBus(folder, *AGENCIES, stores=stores) as running:
        yield running


async def test_everything_is_read_as_before(bus: OldBus) -> None:
    """Every case has the same chain, at the old stores and at the empty one; who reads it sees the same; the log is
    followed from where it was, with nothing set aside that was not before.
    """
    await bus.level()
    expected = bus.kept("expected.json")
    for agency in (NGO, COORDINATOR):
        node = bus.nodes[agency]
        assert set(await node.store.all_cases()) >= set(expected[agency])
        for case_id, was in expected[agency].items():
            envelope = (await node.store.envelopes(case_id))[was["version"] - 1]
            assert envelope.hash == was["hash"], "the chain goes on where it was"
        assert [reason for _, reason in await bus.quarantined(agency)] == ["malformed-envelope"]
        assert await node.replica.is_whole()
    for case_id, was in expected[NGO].items():
        await bus.agreed_version(case_id)
        case = await bus.nodes[NGO].replica.case(case_id)
        assert not (was["readable"] and case.unreadable)
    assert (await bus.nodes[NGO].replica.case(expected["erased"])).view.status is CaseStatus.ERASED
    assert (await bus.nodes[MUNICIPALITY].replica.case(expected["left"])).unreadable
    assert await read(bus, NGO, expected["shared"]) == [IDENTITY]
    assert await read(bus, MUNICIPALITY, expected["shared"]) == [IDENTITY]


async def test_what_waited_is_delivered_once_and_in_order(bus: OldBus) -> None:
    """Also what opens a case; its idempotency key still names it, and what needs attention is as it was."""
    expected, outbox = bus.kept("expected.json"), bus.outbox(NGO)
    for event_id in expected["pending"]:
        await bus.delivered(NGO, event_id)
    again = await bus.detect(NGO, idempotency_key="a-key", request_digest="a-digest")
    assert (again.event_id, again.case_id) == (expected["pending"][1], expected["opening"])
    assert [row.event_id for row in outbox.waiting(OutboxStatus.PARKED)] == expected["attention"]
    (dismissal,) = await bus.nodes[NGO].store.dismissed(10, 0)
    assert (dismissal.event_id, dismissal.reason) == (expected["dismissed"][0], DismissalReason.ISSUED_ANEW)
    times = [envelope.event_id for envelope in await bus.envelopes()]
    assert [times.count(event_id) for event_id in expected["pending"]] == [1, 1]
    assert [task.text_en for task in await bus.nodes[NGO].tasks.open()] == ["Call back."]


async def test_what_was_owed_is_done(bus: OldBus) -> None:
    """The grant that was never given is given, so its recipient reads the case and takes it on. Nothing is left, but
    that the municipality, with its empty store, looks for the key of the case that it has left.
    """
    expected = bus.kept("expected.json")
    case_id = expected["owed"]
    await bus.level()
    await bus.readable(case_id)
    (offer,) = (await bus.nodes[MUNICIPALITY].replica.case(case_id)).view.offers
    await accept(bus, case_id, MUNICIPALITY, offer.id)

    async def one_is_left() -> bool:
        rows = {agency: await owed(node, *(set(Kind) - {Kind.CLOCK})) for agency, node in bus.nodes.items()}
        left = [(agency, row.kind, row.case_id) for agency, found in rows.items() for row in found]
        return left == [(MUNICIPALITY, Kind.LOOK, expected["left"])]

    await eventually(one_is_left)
    await bus.agreed_version(case_id)


async def test_what_ran_in_the_old_store_runs_out(folder: Path) -> None:
    """Its clocks were kept at the broker, and are gone: offers and consents of before end all the same."""
    async with OldBus(folder, *AGENCIES, keeping_time=AGENCIES, turn=timedelta(seconds=1)) as bus:
        await bus.level()
        node = bus.nodes[COORDINATOR]

        async def nothing_is_overdue() -> bool:
            views = [(await node.replica.case(case_id)).view for case_id in await node.store.all_cases()]
            read = [view for view in views if view.takes_part(COORDINATOR) and view.status is not CaseStatus.ERASED]
            return len(read) > 2 and not any(fallen_due(view, datetime.now(UTC)) for view in read)

        await eventually(nothing_is_overdue)


async def test_the_store_is_made_over_once(folder: Path) -> None:
    """What it says before the log is read: the log is to be read again, and what was owed is owed as rows."""
    path = folder / "agencies" / NGO / "store.db"
    with sqlite3.connect(path) as old:
        grants = old.execute("SELECT 'grant', case_id, compartment || '/' || recipient FROM grants_due").fetchall()
        opened = old.execute("SELECT 'react', case_id, '' FROM opened").fetchall()
        pending = old.execute("SELECT 'deliver', case_id, '' FROM outbox WHERE status = 'pending'").fetchall()
        cases = old.execute("SELECT COUNT(*) FROM heads WHERE version > 0 AND case_id NOT LIKE '00000000-%'").fetchone()
        place = old.execute("SELECT incarnation, sequence, digest FROM positions WHERE stream = 'CASES'").fetchone()
    assert grants and opened and len(pending) == 2
    for _ in range(2):
        store = open_store({"SQLITE_DBNAME": str(path)})
        try:
            position = await store.position()
            assert position.recovering
            assert (position.incarnation, position.sequence, position.digest) == place
            rows = [(row.kind, row.case_id, row.detail) for row in (await store.work_due(1e12, 100)).now]
            assert sorted(rows) == sorted({*grants, *opened, *pending})
            assert await store.count("cases") == cases[0]
        finally:
            await store.close()


async def test_a_store_that_kept_its_sequence_twice_keeps_it_once(tmp_path: Path) -> None:
    """A version between wrote it beside eventsourcing's tracking; it goes on from there."""
    environment = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "store.db")}
    store = open_store(environment)
    await store.write(Transaction(), Position(2, 5, "digest", "0", False))
    await store.close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as old:
        old.execute("ALTER TABLE positions ADD COLUMN sequence BIGINT NOT NULL DEFAULT 5")
        old.commit()
    store = open_store(environment)
    assert await store.position() == Position(2, 5, "digest", "0", False)
    await store.write(Transaction(), Position(2, 6, "next", "0", False))
    assert (await store.position()).sequence == 6
    await store.close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as now:
        assert "sequence" not in {each[1] for each in now.execute("PRAGMA table_info(positions)")}
