"""`stafett demo` plays the sample cases on a bus of its own, and an auditor can check the stores that it leaves."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from harness.running import processes_over, stafett, verified
from harness.scanning import store_tells_the_same

from bus.directory.directory import DIRECTORY_ID
from bus.store.list_tables import CONTENT
from contracts.event.case_event import EVENTS
from stafett.commands import demo
from stafett.commands.main import main
from stafett.embedded.bus import DEFAULT
from stafett.sample_cases.stories import STORIES
from stafett.sample_cases.teller import Told

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Played:
    """What a run of the demo printed, and the folder in which it worked."""

    status: int
    output: str
    temporary: Path

    @property
    def report(self) -> dict[str, Any]:
        """The JSON object that it printed."""
        return dict(json.loads(self.output))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    """The demo once with and once without --keep, beside each other."""
    started: dict[str, tuple[Path, subprocess.Popen[str]]] = {}
    for name, arguments in {"kept": ("--keep",), "gone": ()}.items():
        temporary = tmp_path_factory.mktemp(name)
        environment = os.environ | {"TMPDIR": str(temporary)}
        started[name] = temporary, stafett("demo", "--json", *arguments, env=environment)
    ended = {}
    for name, (temporary, process) in started.items():
        output, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        ended[name] = Played(process.returncode, output, temporary)
    return ended


@pytest.fixture(scope="module")
def folder(runs: dict[str, Played]) -> Path:
    """What the demo left with --keep."""
    return Path(runs["kept"].report["folder"])


@pytest.mark.parametrize("name", ["kept", "gone"])
def test_it_prints_one_json_object_of_the_agreed_shape(runs: dict[str, Played], name: str) -> None:
    """Programs read it: exactly one object, on standard output, with these members."""
    report = runs[name].report
    assert report.keys() - {"folder"} == {"cases", "events", "seconds"}
    for case in report["cases"]:
        assert case.keys() == {"case_id", "name", "version", "events", "views"}
        assert len(case["events"]) == case["version"]
    assert report["events"] == sum(case["version"] for case in report["cases"])
    assert report["seconds"] > 0


def test_it_plays_every_story_and_all_participants_agree(runs: dict[str, Played]) -> None:
    """Every sample case, each with one digest whoever looks."""
    cases = runs["gone"].report["cases"]
    assert len(cases) >= 17
    assert [case["name"] for case in cases] == [story.name for story in STORIES]
    assert len({case["case_id"] for case in cases}) == len(cases)
    assert all(len(set(case["views"].values())) == 1 for case in cases)
    assert max(len(case["views"]) for case in cases) >= 5


def test_the_stories_tell_every_event(runs: dict[str, Played]) -> None:
    """Nothing that the mechanism knows goes without a case that shows it, but what takes real days to come."""
    told = {event for case in runs["gone"].report["cases"] for event in case["events"]}
    assert told == set(EVENTS) - {"ConsultationUnanswered", "AnswerOverdue"}


def test_nothing_is_left_unless_it_is_kept(runs: dict[str, Played], folder: Path) -> None:
    """Neither files nor processes; what is kept has a run file."""
    assert "folder" not in runs["gone"].report
    assert not list(runs["gone"].temporary.glob("stafett-*"))
    assert {"agencies", "broker"} == json.loads((folder / "run.json").read_text()).keys()
    assert processes_over(folder) == []


def test_what_was_kept_can_be_verified(folder: Path) -> None:
    """Every agency's store passes its audit."""
    agencies = [home.name for home in (folder / "agencies").iterdir()]
    assert len(agencies) >= 5
    for agency, (status, output) in verified(folder, *agencies).items():
        assert status == 0, (agency, output)


def test_what_was_kept_can_be_replayed(runs: dict[str, Played], folder: Path) -> None:
    """Folding a case again from its first event gives the digest that its participants saw."""
    case = next(case for case in runs["kept"].report["cases"] if "police" in case["views"])
    process = stafett("replay", "police", "--home", folder, "--case", case["case_id"])
    output, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert f"version {case['version']} (of {case['version']})\ndigest {case['views']['police']}" in output
    places = [output.index(f"({event})\n") for event in dict.fromkeys(case["events"])]
    assert places == sorted(places)


def test_the_lists_of_every_agency_tell_what_its_cases_say(folder: Path) -> None:
    """All of them, as they were kept while the stories were told."""
    agencies = [home.name for home in (folder / "agencies").iterdir()]
    listed = {agency: asyncio.run(store_tells_the_same(folder, agency)) for agency in agencies}
    assert len(listed) == len(DEFAULT) and sum(listed.values()) > 50 and listed["coordinator"] > 5


@pytest.mark.parametrize("agency", ["coordinator", "ngo"])
def test_lists_that_were_rebuilt_tell_the_same(folder: Path, tmp_path: Path, agency: str) -> None:
    """By `stafett rebuild`, from nothing, under another index key."""
    copied = shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("jetstream"))
    with sqlite3.connect(copied / "agencies" / agency / "store.db") as store:
        before = store.execute("SELECT value FROM read_models WHERE name = 'index'").fetchone()
        for table in CONTENT:
            store.execute(f"DELETE FROM {table}")
    output, said = stafett("rebuild", agency, "--home", copied).communicate(timeout=60)
    assert "cases listed anew" in output, said
    with sqlite3.connect(copied / "agencies" / agency / "store.db") as store:
        assert store.execute("SELECT value FROM read_models WHERE name = 'index'").fetchone() != before
    assert asyncio.run(store_tells_the_same(copied, agency)) > 3


def test_one_flipped_bit_is_found(folder: Path, tmp_path: Path) -> None:
    """Wherever it is in a stored envelope, and also when somebody makes the checksum fit: the audit fails, names the
    case and goes on with the others.
    """
    copied = shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("jetstream"))
    places = {"the event's id": 5, "the signature": 150, "the data": -40, "anywhere, without the checksum": 150}
    with sqlite3.connect(copied / "agencies" / "police" / "store.db") as store:
        of_cases = "originator_version = 1 AND originator_id <> ?"  # a wrong directory would spoil everything
        firsts = f"SELECT originator_id, state FROM stored_events WHERE {of_cases}"
        cases = store.execute(firsts, (DIRECTORY_ID,)).fetchall()
        for (case, state), (name, place) in zip(cases, places.items(), strict=False):
            spoilt = bytearray(state)
            spoilt[place] ^= 1
            if "checksum" not in name:
                spoilt[-4:] = crc32(spoilt[:-4]).to_bytes(4, "big")
            changed = "UPDATE stored_events SET state = ? WHERE originator_id = ? AND originator_version = 1"
            store.execute(changed, (bytes(spoilt), case))
    status, output = verified(copied, "police")["police"]
    assert status == 1
    named = {line.split()[0] for line in output.splitlines() if " version " in line}
    assert named == {case for case, _ in cases[: len(places)]}, output
    assert not output.startswith("0 events checked")


def test_lost_events_are_found(folder: Path, tmp_path: Path) -> None:
    """A case's last event can go without breaking the chain; the audit fails all the same."""
    copied = shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("jetstream"))
    with sqlite3.connect(copied / "agencies" / "police" / "store.db") as store:
        case, version = store.execute("SELECT originator_id, MAX(originator_version) FROM stored_events").fetchone()
        store.execute("DELETE FROM stored_events WHERE originator_id = ? AND originator_version = ?", (case, version))
    status, output = verified(copied, "police")["police"]
    assert status == 1
    assert case in output


def test_what_commands_print_can_be_read_by_a_program(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON: who is on the bus, each case and its events, the victims of a year, and how many are wrong."""

    def printed(*arguments: str) -> list[Any]:
        assert main([*arguments, f"--home={folder}", "--json"]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    ((*members,),) = printed("directory")
    assert {"police", "ngo"} <= {member["agency"] for member in members}
    cases = printed("replay", "ngo")
    (past,) = printed("replay", "ngo", f"--case={cases[0]['case']}")
    assert past["digest"] == cases[0]["digest"] and past["format"] == "stafett.replay.v1"
    assert [step["version"] for step in past["steps"]] == list(range(1, cases[0]["version"] + 1))
    years = [printed("statistics", str(year)) for year in (2025, 2026)]
    assert all({"presumed", "formal"} == {row["word"] for row in year if row["table"] == "status"} for year in years)
    assert all(row["victims"] is None or row["victims"] not in range(1, 5) for year in years for row in year)
    (counts,) = printed("verify", "ngo")
    assert counts["checked"] > 0 == counts["wrong"]


def test_whoever_reads_only_the_first_line_sees_no_traceback(folder: Path) -> None:
    """As `head` does: the command ends without a word."""
    process = stafett("replay", "ngo", "--home", folder)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == ""
    assert process.wait(60) in (0, 141)


def test_it_fails_when_two_views_differ(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A digest that stands alone makes the exit status 1, and the table says so."""
    torn = Told("a-case", "torn", 1, ["VictimDetected"], {"police": "a" * 64, "ngo": "b" * 64})
    whole = Told("a-case", "whole", 1, ["VictimDetected"], {"police": "a" * 64, "ngo": "a" * 64})
    assert (whole.agreed, torn.agreed) == (True, False)
    monkeypatch.setattr(demo, "Embedded", _NoBus)
    for told, status in (([whole], 0), ([whole, torn], 1)):
        monkeypatch.setattr(demo, "tell_all", lambda run_file, present, progress, told=told: told)
        assert demo.demo(as_json=False, keep=False) == status
        assert ("THEY DIFFER" in capsys.readouterr().out) == bool(status)


class _NoBus:
    """Stands where a bus would, for a demo whose stories are already told."""

    def __init__(self, folder: Path, *, keeps_time: bool) -> None:
        self.folder = folder

    def __enter__(self) -> _NoBus:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to end."""

    def run_file(self) -> dict[str, Any]:
        """Of no use to stories already told."""
        return {}

    def write_run_file(self) -> None:
        """Nobody reads it."""
