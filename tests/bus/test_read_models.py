"""The lists equal the result of reading every case, after any events in any order, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from harness.histories import Histories
from harness.owing import owed
from harness.postgres import Database
from harness.scanning import scanned, tasks_tell_the_same, tell_the_same
from harness.waiting import eventually

from bus.case.case_keys import CaseKeys
from bus.case.case_replica import CaseReplica, Chain
from bus.directory.directory import DIRECTORY_ID
from bus.node import Node
from bus.read_models import cases, deadlines
from bus.read_models.cases import DIMENSIONS
from bus.read_models.changes import erased
from bus.read_models.index_key import COMPARTMENT, IndexKey
from bus.recovery import rebuilding
from bus.recovery.rebuilding import Rebuilding
from bus.sealing.content import ContentKey
from bus.sealing.keyring import CASE
from bus.store import Kind, Transaction
from bus.store.list_tables import CONTENT
from contracts.law.deadlines import next_moment
from contracts.view.case_view import CaseView
from contracts.view.parts.legal_status import Permit, PermitKind
from contracts.view.parts.participants import Participation
from contracts.view.parts.status import CaseStatus

NOW = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    """What names an empty store of each kind."""
    if request.param == "sqlite":
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(tmp_path / "store.db")}
    database: Database = request.getfixturevalue("postgres")
    return database()


async def compare(node: Node) -> None:
    """Every list, asked in every way, against every case read anew."""
    agency = node.settings.agency
    await tell_the_same(node.lists, await scanned(node.store, node.keyring, node.directory, agency))
    await tasks_tell_the_same(node.tasks)


async def ask_for_something(histories: Histories) -> None:
    """Tasks about some cases, due then and then or never, some of them done."""
    for number, case_id in enumerate(histories.cases):
        due = (None, "2024-05-02", "2024-05-02T08:00:00Z", "2024-04-01")[number % 4]
        task_id = await histories.node.tasks.ask(case_id, "ask", str(number), en="Ask.", sv="Fråga.", due=due)
        await histories.node.tasks.ask(case_id, "wait", str(number), en="Wait.", sv="Vänta.", due="2024-05-02")
        if number % 3 == 0 and task_id is not None:
            await histories.node.tasks.finish(task_id)
        if number % 5 == 0:
            await histories.node.tasks.over(case_id, "wait", str(number))
            await histories.node.tasks.over(case_id, "late", str(number))
        await histories.node.tasks.ask(case_id, "late", str(number), en="Late.", sv="Sent.", due="2024-04-01")


def rebuilding_of(node: Node) -> Rebuilding:
    """What rebuilds a node's lists."""
    return Rebuilding(node.read_models, store=node.store, replica=node.replica, keyring=node.keyring)


async def rebuilt(node: Node) -> None:
    """Wait until the lists are whole."""
    await eventually(lambda: node.lists.complete, 60)


@pytest.mark.parametrize("agency", ["police", "ngo-fyren", "coordinator"])
async def test_lists_say_what_reading_every_case_says(tmp_path: Path, store: Mapping[str, str], agency: str) -> None:
    """After events of all kinds, with keys that come late, and once all have come."""
    async with Histories.of(tmp_path, agency, seed=len(agency), store=store) as histories:
        for _ in range(3):
            await histories.go_on(80)
            await compare(histories.node)
        await ask_for_something(histories)
        await histories.all_keys_come()
        await compare(histories.node)


async def test_lists_are_the_same_after_a_restart(tmp_path: Path, store: Mapping[str, str]) -> None:
    """What was kept is found again; nothing is rebuilt."""
    async with Histories.of(tmp_path, "coordinator", seed=7, store=store) as histories:
        await histories.go_on(120)
        await ask_for_something(histories)
        kid = histories.node.read_models.index.key.kid
        await histories.restart()
        assert histories.node.read_models.index.key.kid == kid
        await compare(histories.node)
        await histories.go_on(60)
        await compare(histories.node)


@pytest.mark.parametrize("agency", ["police", "coordinator"])
async def test_a_store_without_lists_is_taken_up(
    tmp_path: Path, store: Mapping[str, str], agency: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those are that were written before there were any: rebuilt in the background, while events arrive."""
    begins, run = asyncio.Event(), Rebuilding.running

    async def running(self: Rebuilding, *, share: float = 0.5) -> None:
        await begins.wait()
        await run(self, share=share)

    monkeypatch.setattr(Rebuilding, "running", running)
    async with Histories.of(tmp_path, agency, seed=3, store=store) as histories:
        await histories.go_on(150)
        await ask_for_something(histories)
        await histories.node.store.write(
            Transaction.of([(f"DROP TABLE {table}", [{}]) for table in (*CONTENT, "read_models")])
        )
        await histories.node.keyring.destroy(DIRECTORY_ID, [COMPARTMENT])
        await histories.restart()
        assert not histories.node.lists.complete
        assert "being rebuilt" in (histories.node.health().lists or "")
        listed = await histories.node.lists.cases({}, None, limit=100, offset=0)
        assert listed.complete and len(listed.items) == listed.total > 5, "the cases are listed from the first moment"
        await histories.go_on(20)
        begins.set()
        await histories.go_on(60)
        await rebuilt(histories.node)
        assert histories.node.health().lists is None
        await histories.all_keys_come()
        await compare(histories.node)


async def test_a_rebuilding_that_is_cut_short_goes_on(
    tmp_path: Path, store: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From where it was, with the same index key; what had been rebuilt before is not read again."""
    monkeypatch.setattr(rebuilding, "_CASES_AT_ONCE", 2)
    async with Histories.of(tmp_path, "coordinator", seed=5, store=store) as histories:
        await histories.go_on(150)
        await ask_for_something(histories)
        node = histories.node
        await node.read_models.begin_anew()
        kid = node.read_models.index.key.kid
        work = asyncio.create_task(rebuilding_of(node).go_on(share=0.2))
        await eventually(lambda: (node.read_models.rebuilt_through or "") > "cases/8")
        work.cancel()
        reached = node.read_models.rebuilt_through
        await histories.restart()
        assert histories.node.read_models.index.key.kid == kid
        assert (histories.node.read_models.rebuilt_through or "") >= (reached or "")
        await rebuilt(histories.node)
        await compare(histories.node)


async def test_another_schema_is_rebuilt_under_another_key(
    tmp_path: Path, store: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tokens of before are of no use any more, nor is their key kept."""
    async with Histories.of(tmp_path, "police", seed=5, store=store) as histories:
        await histories.go_on(100)
        before = histories.node.read_models.index.key
        monkeypatch.setattr("bus.read_models.read_models.SCHEMA", "another")
        await histories.restart()
        await rebuilt(histories.node)
        assert histories.node.read_models.index.key.kid != before.kid
        kept = await histories.node.keyring.of(DIRECTORY_ID, COMPARTMENT)
        assert [key.kid for key in kept] == [histories.node.read_models.index.key.kid]
        await compare(histories.node)


async def test_another_schema_sets_every_clock(
    tmp_path: Path, store: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release of before kept its clocks elsewhere, or knew less that runs out: what began then runs out."""
    async with Histories.of(tmp_path, "coordinator", seed=5, store=store, turn=timedelta()) as histories:
        await histories.go_on(100)
        await histories.all_keys_come()
        await histories.node.store.write(Transaction.of([("DELETE FROM work WHERE kind = 'clock'", [{}])]))
        monkeypatch.setattr("bus.read_models.read_models.SCHEMA", "another")
        await histories.restart()
        await rebuilt(histories.node)
        views = [(await histories.node.replica.case(case_id)).view for case_id in histories.cases]
        moments = {view.case_id: next_moment(view) for view in views if isinstance(view, CaseView)}
        expected = {case_id: moment.timestamp() for case_id, moment in moments.items() if moment is not None}
        set_clocks = {row.case_id: row.due_at for row in await owed(histories.node, Kind.CLOCK)}
        assert set_clocks.keys() == expected.keys()
        ahead = {case_id: at for case_id, at in expected.items() if at > histories.now.timestamp()}
        assert ahead and ahead.items() <= set_clocks.items(), "one that has rung already rings again later"


async def test_a_case_that_cannot_be_read_keeps_no_other_from_being_listed(
    tmp_path: Path, store: Mapping[str, str]
) -> None:
    """A damaged event: all other cases get their summaries."""
    async with Histories.of(tmp_path, "police", seed=5, store=store) as histories:
        await histories.go_on(100)
        node = histories.node
        first, *others = [case.case_id for case in (await node.lists.cases({}, None, limit=100, offset=0)).items]
        spoil = "UPDATE stored_events SET state = :state WHERE originator_id = :case_id AND originator_version = 1"
        await node.store.write(Transaction.of([(spoil, [{"state": b"{", "case_id": first}])]))
        await node.read_models.begin_anew()
        await rebuilding_of(node).go_on(share=1.0)
        assert node.lists.complete
        rows = {
            row["case_id"]: row["sealed"] for row in await node.store.query("SELECT case_id, sealed FROM case_list")
        }
        assert rows.keys() == {first, *others}
        assert rows[first] is None and all(rows[other] is not None for other in others)


def test_a_date_that_nobody_can_count_from_stops_no_list() -> None:
    """The case is listed without what runs out in it, and the replica goes on."""
    endless = Permit(id=str(uuid4()), kind=PermitKind.WORK, starts_on=date.min, ends_on=date.max)
    view = CaseView.unopened(str(uuid4())).joined("police", participation=Participation.OPENED, since=NOW)
    view = view.changed(status=CaseStatus.OPEN, permits=(endless,))
    key = ContentKey.new(view.case_id, CASE)
    keys = CaseKeys((key,), (key,), key)
    case = CaseReplica(view.case_id, view, view, chain=Chain(version=1), keys=keys)
    assert deadlines.put("police", IndexKey.new(), case)
    assert cases.put("police", IndexKey.new(), case, NOW, 1)


async def test_erasing_takes_everything_that_a_case_said_from_the_lists(
    tmp_path: Path, store: Mapping[str, str]
) -> None:
    """Also where the erasure could not be judged, and the case still looks open: no row, no token, no count of it."""
    async with Histories.of(tmp_path, "police", seed=5, store=store) as histories:
        await histories.go_on(150)
        await ask_for_something(histories)
        node = histories.node
        scan = await scanned(node.store, node.keyring, node.directory, "police")
        case_id = next(case_id for case_id, _ in scan.offers() if case_id in {each for each, _ in scan.deadlines()})
        await node.store.write(Transaction.of(erased(case_id)))
        left = {"case_list": 1, "offer_list": 0, "deadline_list": 0, "task_list": 0}
        for table, n in left.items():
            rows = await node.store.query(f"SELECT * FROM {table} WHERE case_id = :case_id", case_id=case_id)
            assert len(rows) == n, table
            assert all(not row.get("sealed") and not any(row[name] for name in DIMENSIONS) for row in rows)
        assert case_id not in {one.case_id for one in (await node.lists.offers(None, None, limit=99, offset=0)).items}
        assert (await node.lists.offers(None, None, limit=99, offset=0)).total < len(scan.offers())
        everything = await node.lists.cases({}, None, limit=99, offset=0)
        assert case_id in {one.case_id for one in everything.items}, "it is read, as long as it can be"
        assert everything.total == len(scan.listed)
        assert (await node.lists.cases({"status": "open"}, None, limit=99, offset=0)).total < len(scan.listed)


async def test_what_keys_no_longer_open_no_list_tells(tmp_path: Path, store: Mapping[str, str]) -> None:
    """Without a case's keys its rows say nothing; without the index key nobody knows what a token stands for."""
    async with Histories.of(tmp_path, "police", seed=5, store=store) as histories:
        await histories.go_on(150)
        await ask_for_something(histories)
        node = histories.node
        scan = await scanned(node.store, node.keyring, node.directory, "police")
        assert len(scan.listed) > 3 and scan.offers() and scan.deadlines()
        for case_id in histories.cases:
            await node.keyring.destroy(case_id, [CASE])
        for items in (
            await node.lists.offers(None, None, limit=100, offset=0),
            await node.lists.deadlines(None, None, limit=100, offset=0),
            await node.tasks.page(limit=100, offset=0),
        ):
            assert items.total > 0 and items.items == []
        stored = [row for table in CONTENT for row in await node.store.query(f"SELECT * FROM {table}")]
        content = b"".join(
            bytes(value) for row in stored for value in row.values() if isinstance(value, (bytes, memoryview))
        )
        texts = " ".join(str(value) for row in stored for value in row.values() if isinstance(value, str))
        for said in ("open", "lead", "0180", "support", "municipality-0180", "consent", "2024-05"):
            assert said.encode() not in content and said not in texts, said


async def test_a_row_opens_only_where_it_was_put(tmp_path: Path, store: Mapping[str, str]) -> None:
    """Who can write to the store cannot make one case's summary another's."""
    async with Histories.of(tmp_path, "police", seed=5, store=store) as histories:
        await histories.go_on(150)
        node = histories.node
        whole = await node.lists.deadlines(None, None, limit=100, offset=0)
        assert len(whole.items) == whole.total > 3
        rows = await node.store.query(
            "SELECT case_id, subject, number, sealed FROM deadline_list ORDER BY due, case_id, subject"
        )
        moved = """UPDATE deadline_list SET sealed = :sealed
            WHERE case_id = :case_id AND subject = :subject AND number = :number"""
        changes = [
            {**row, "sealed": bytes(other["sealed"])} for row, other in zip(rows, [*rows[1:], rows[0]], strict=True)
        ]
        await node.store.write(Transaction.of([(moved, changes)]))
        assert (await node.lists.deadlines(None, None, limit=100, offset=0)).items == []
