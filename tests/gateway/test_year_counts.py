"""Each agency's count of a year over HTTP, and the coordinator's command that adds the counts and then hides."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bus.directory.directory import DIRECTORY_ID
from bus.envelope.signing import Signer
from bus.errors import GrantError
from bus.operator.provision import Layout
from bus.privacy.year_counts import MAX_BYTES, SealedCount, opened_count, sealed_count
from bus.sealing.sealing_keys import SealingKeys
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.directory.events import AgencySuspended, SuspensionReason
from contracts.statistics.national import YearCount
from contracts.statistics.tables import Tally
from contracts.vocabulary.choices import AgeBand
from gateway.auth import DevelopmentIssuer
from stafett.commands.main import main

from .conftest import NOW, Edge, opened
from .test_documents import check

CELLS = "/v1/statistics/cells"
YEAR = f"{CELLS}?year=2024"


async def detections(edge: Edge, agency: str, count: int, **changes: Any) -> list[str]:
    """So many cases that the agency opened in December 2024."""
    event = VictimDetected.canonical().model_copy(update={"occurred_at": NOW, **changes})
    return [(await edge.past.brings(agency, event)).case_id for _ in range(count)]


async def file_of(edge: Edge, folder: Path) -> Path:
    """The agency's count in a file, as a person saves it."""
    answer = await edge.http.get(YEAR, headers=edge.headers())
    assert answer.status_code == 200, answer.text
    check((await edge.http.get("/openapi.json")).json(), CELLS, answer)
    name = f"count-{edge.agency}-2024.json"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    (folder / name).write_bytes(answer.content)
    return folder / name


@pytest.fixture
def layout(provisioned: tuple[Layout, DevelopmentIssuer]) -> Layout:
    """The keys of all agencies."""
    return provisioned[0]


@pytest.fixture
async def ngo(provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path) -> AsyncIterator[Edge]:
    """An NGO's gateway with an empty store of its own."""
    async with opened(provisioned, "ngo-fyren", tmp_path) as edge:
        yield edge


@pytest.fixture
def at_coordinator(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands find the coordinator's store."""
    monkeypatch.setenv("STAFETT_HOME", str(layout.home("coordinator")))
    monkeypatch.setenv("STAFETT_ROOT", str(layout.root))
    monkeypatch.setenv("PERSISTENCE_MODULE", "eventsourcing.sqlite")
    monkeypatch.setenv("SQLITE_DBNAME", str(tmp_path / "coordinator.db"))


async def reported(*files: Path) -> int:
    """Run the command; its status."""
    return await asyncio.to_thread(main, ["statistics", "2024", "--json", "--add", *map(str, files)])


def numbers(printed: str) -> Mapping[tuple[str, str], int | None]:
    """The numbers of a report, by table and word."""
    rows = map(json.loads, printed.splitlines())
    return {(row["table"], row["word"]): row["victims"] for row in rows}


async def test_the_coordinator_adds_counts_before_it_hides(
    coordinator: Edge,
    edge: Edge,
    ngo: Edge,
    tmp_path: Path,
    at_coordinator: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Three of the police and three of an NGO are six; a case that others opened is counted by those alone."""
    for one in (edge, ngo):
        await detections(one, one.agency, 3, age_band=AgeBand.MINOR)
        await detections(one, one.agency, 4, age_band=AgeBand.UNKNOWN)
        await detections(one, "municipality-0180", 5, age_band=AgeBand.MINOR)  # the agency takes no part in them
    await detections(coordinator, "coordinator", 9)
    for case_id in await detections(coordinator, "police", 7):  # it only advises
        await coordinator.past.brings("police", ConsultationRequested.canonical(), case_id)
    files = [await file_of(one, tmp_path) for one in (edge, ngo)]
    assert await reported(*files) == 0
    printed = capsys.readouterr()
    found = numbers(printed.out)
    assert (found["age", "adult"], found["age", "minor"], found["age", "unknown"]) == (9, 6, 8)
    told = printed.err.splitlines()
    assert told[:2] == ["counted: police, as of 2024-12-02", "counted: ngo-fyren, as of 2024-12-02"]
    assert {"missing: municipality-0180", "missing: migration"} == set(told[2:])
    assert await reported(files[0]) == 0
    printed = capsys.readouterr()
    assert (numbers(printed.out)["age", "minor"], numbers(printed.out)["age", "unknown"]) == (None, None)
    assert "missing: ngo-fyren" in printed.err


async def test_what_cannot_be_believed_is_not_added(
    coordinator: Edge, edge: Edge, tmp_path: Path, at_coordinator: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """A count twice, of another year, of the coordinator itself, an altered one, an endless one, and none at all."""
    good, own = await file_of(edge, tmp_path), await file_of(coordinator, tmp_path)
    altered, endless, other = tmp_path / "altered", tmp_path / "endless", tmp_path / "other"
    altered.write_text(good.read_text().replace('"year":2024', '"year":2025'))
    endless.write_bytes(b" " * (MAX_BYTES + 1))
    other.write_bytes((await edge.http.get(f"{CELLS}?year=2023", headers=edge.headers())).content)
    for files, why in (
        ((good, good), "police would be counted twice"),
        ((own,), "coordinator would be counted twice"),
        ((other,), "it counts 2023, not 2024"),
        ((altered,), "bad-signature"),
        ((endless,), f"malformed: more than {MAX_BYTES} bytes"),
        ((tmp_path / "nothing",), "cannot be read"),
    ):
        assert await reported(*files) != 0, why
        printed = capsys.readouterr()
        assert why in printed.err and not printed.out


def a_count(agency: str = "police", tables: Any = None) -> YearCount:
    """An agency's count of no cases."""
    count = YearCount.of(agency, 2024, Tally(date(2024, 1, 1), date(2024, 12, 31), ()), NOW)
    return count if tables is None else count.model_copy(update={"tables": tables})


async def test_a_count_is_its_agencys_and_opens_at_the_coordinator_alone(edge: Edge, layout: Layout) -> None:
    """Not in another's name, not with another's key, not with other numbers than a count can have."""

    def reason(sealed: SealedCount, reader: str = "coordinator") -> str:
        with pytest.raises(GrantError) as refused:
            opened_count(sealed, edge.node.directory, SealingKeys.load(layout.home(reader) / "sealing.key"))
        return str(refused.value)

    def signer(agency: str) -> Signer:
        return Signer.load(agency, layout.home(agency) / "signing.pem")

    def sealed(count: YearCount, by: str = "police") -> SealedCount:
        return sealed_count(count, edge.node.directory, signer(by))

    keys = SealingKeys.load(layout.home("coordinator") / "sealing.key")
    good = sealed(a_count())
    assert opened_count(SealedCount.from_bytes(good.model_dump_json().encode()), edge.node.directory, keys) == a_count()
    assert reason(good, "police").startswith("cannot-open")
    assert reason(sealed(a_count("ngo-fyren"))).startswith("bad-signature"), "the police in the NGO's name"
    assert reason(good.model_copy(update={"signature": bytes(64)})).startswith("bad-signature")
    assert reason(sealed(a_count(tables=((1,), (0,))))).startswith("malformed")
    resold = good.model_copy(update={"agency": "ngo-fyren", "key_id": signer("ngo-fyren").key_id})
    resold = resold.model_copy(update={"signature": signer("ngo-fyren").sign(resold.signed_bytes())})
    assert reason(resold).startswith("cannot-open"), "sealed for the police's name"
    assert len({len(sealed(one).sealed) for one in (a_count(), a_count(tables=((9_999_999,) * 60,) * 7))}) == 1
    suspended = AgencySuspended(occurred_at=NOW, suspended_from=NOW, agency="police", reason=SuspensionReason.KEY_LOST)
    await edge.past.brings("root", suspended, DIRECTORY_ID)
    assert reason(good).startswith("bad-signature"), "a suspended agency is not believed"


async def test_a_count_is_for_those_who_read_statistics(edge: Edge) -> None:
    """Caseworkers and auditors of the agency; a year is a number."""
    for role, status in (("caseworker", 200), ("auditor", 200), ("clock", 403)):
        assert (await edge.http.get(YEAR, headers=edge.headers(role))).status_code == status
    assert (await edge.http.get(YEAR)).status_code == 401
    for year in ("", "1999", "2101", "next"):
        assert (await edge.http.get(f"{CELLS}?year={year}", headers=edge.headers())).status_code == 422


async def test_a_count_waits_until_the_lists_are_whole(edge: Edge) -> None:
    """Half a count is worse than none."""
    await detections(edge, "police", 1)
    await edge.node.read_models.begin_anew()
    answer = await edge.http.get(YEAR, headers=edge.headers())
    assert answer.status_code == 503 and answer.headers["retry-after"] == "60"
