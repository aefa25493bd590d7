"""A store that the first version wrote, before there were lists: `stafett rebuild` opens it, and everything is there.

The frozen store is of invented agencies and cases, written by 6d9e33b and never since.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness.scanning import lists_of, store_tells_the_same

from bus.replay.account import Replay
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.choices import DeadlineKind
from stafett.commands.main import main
from stafett.service.locking import lock_folder

FROZEN = Path(__file__).parent / "frozen" / "store-6d9e33b.tar.xz"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder as it was left."""
    with tarfile.open(FROZEN) as archive:
        archive.extractall(tmp_path, filter="data")
    with sqlite3.connect(tmp_path / "agencies" / "coordinator" / "store.db") as store:
        names = {name for (name,) in store.execute("SELECT name FROM sqlite_master")}
    assert "stored_events" in names and "case_list" not in names
    return tmp_path


@pytest.mark.parametrize(("agency", "listed"), [("coordinator", 3), ("municipality-0180", 4)])
def test_an_old_store_is_taken_up(home: Path, capsys: pytest.CaptureFixture[str], agency: str, listed: int) -> None:
    """Every list tells what its cases say; done again, it tells the same."""
    for _ in range(2):
        assert main(["rebuild", agency, "--home", str(home)]) == 0
        assert f"{listed + (agency == 'coordinator')} cases listed anew" in capsys.readouterr().out
        assert asyncio.run(store_tells_the_same(home, agency)) == listed


def test_what_the_old_store_held_is_found(home: Path) -> None:
    """The erased case as erased, two tasks with a date before the one without, the offer that awaits an answer."""
    assert main(["rebuild", "coordinator", "--home", str(home)]) == 0

    async def look() -> None:
        async with lists_of(home, "coordinator") as (lists, tasks):
            erased = await lists.cases({"status": CaseStatus.ERASED}, None, limit=10, offset=0)
            assert erased.total == 1 and erased.items[0].region is None
            assert [task.due for task in await tasks.open()] == ["2026-12-24", "2026-12-24", None]
        async with lists_of(home, "municipality-0180") as (lists, _):
            assert not lists.complete, "of this store nobody has rebuilt anything"

    asyncio.run(look())


def test_what_ran_then_has_a_clock_now(home: Path) -> None:
    """Each case in which something runs, and questions too, for which nobody kept time then."""
    assert main(["rebuild", "coordinator", "--home", str(home)]) == 0

    async def look() -> None:
        async with lists_of(home, "coordinator") as (lists, _):
            running = await lists.deadlines(None, None, limit=100, offset=0)
            with sqlite3.connect(home / "agencies" / "coordinator" / "store.db") as store:
                clocks = {case_id for (case_id,) in store.execute("SELECT case_id FROM work WHERE kind = 'clock'")}
            assert clocks == {each.case_id for each in running.items}
            assert DeadlineKind.CONSULTATION in {each.deadline.kind for each in running.items}

    asyncio.run(look())


def test_nothing_is_rebuilt_under_a_running_service(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its service holds the folder: exit status 2, and it says so. Of a home that is not there, too."""
    claimed = lock_folder(home / "agencies" / "coordinator")
    assert claimed is not None
    assert main(["rebuild", "coordinator", "--home", str(home)]) == 2
    assert "stop it first" in capsys.readouterr().err
    assert main(["rebuild", "police", "--home", str(home)]) == 2


def test_a_case_of_then_is_replayed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each event as it was written and as it is read today. When it came was not kept, and that is said."""
    assert main(["replay", "municipality-0180", f"--home={home}", "--json"]) == 0
    cases = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(cases) == 4
    older = 0
    for case in cases:
        wish = [f"--case={case['case']}", f"--at={datetime.now(UTC).isoformat()}", "--json"]
        assert main(["replay", "municipality-0180", f"--home={home}", *wish]) == 0
        told = Replay.model_validate_json(capsys.readouterr().out)
        assert (told.digest, told.at.by, told.at.unknown) == (case["digest"], "received", True)
        assert {(step.received_at, step.opened_at) for step in told.steps} == {(None, None)}
        assert told.reading.mismatches == ()
        for step in told.steps:
            if step.written is not None:
                older += 1
                assert step.data is not None and step.type_read is not None and step.type_read > step.type
    assert older > 3
