"""The national coordinator's statistics over HTTP: the callers that may ask, the counts, and the hidden numbers."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.vocabulary.choices import AgeBand, ExploitationForm

from .conftest import NOW, Edge
from .test_documents import check

YEAR = "/v1/statistics?from=2024-01&to=2024-12"


async def read(edge: Edge, path: str = YEAR) -> Any:
    """The statistics as a caseworker reads them."""
    answer = await edge.http.get(path, headers=edge.headers())
    assert answer.status_code == 200, answer.text
    check((await edge.http.get("/openapi.json")).json(), "/v1/statistics", answer)
    return answer.json()


def shown(cells: Any) -> dict[str, int]:
    """The cells that tell a number."""
    return {cell["name"]: cell["count"] for cell in cells if cell["count"] is not None}


async def detections(edge: Edge, agency: str, count: int, **changes: Any) -> list[str]:
    """So many cases that the agency opened in December 2024."""
    event = VictimDetected.canonical().model_copy(update={"occurred_at": NOW, **changes})
    return [(await edge.past.brings(agency, event)).case_id for _ in range(count)]


async def test_each_case_is_counted_once_in_its_population(coordinator: Edge) -> None:
    """Those that the coordinator takes part in with form and region; the others by their envelopes alone."""
    await detections(coordinator, "coordinator", 12)
    await detections(coordinator, "coordinator", 6, municipality=None, region="12")
    theirs = await detections(coordinator, "police", 7)
    for case_id in theirs:
        await coordinator.past.brings("police", InvestigationOpened.canonical(), case_id)
    found = await read(coordinator)
    assert (found["readable"]["total"], found["others"]["total"], found["fewest"]) == (18, 7, 5)
    assert shown(found["readable"]["by_region"]) == {"01": 12}
    assert found["others"]["by_form"] is None and found["others"]["by_region"] is None
    assert {cell["name"] for cell in found["readable"]["by_region"]} >= {"01", "12", "25", "unknown"}
    assert [cell["name"] for cell in found["readable"]["by_month"]] == [f"2024-{month:02}" for month in range(1, 13)]
    elsewhere = await read(coordinator, "/v1/statistics?from=2024-01&to=2024-11")
    assert (elsewhere["readable"]["total"], elsewhere["others"]["total"]) == (None, None)


async def test_few_are_not_told(coordinator: Edge) -> None:
    """Four cases: not one number, and no list that shows which cells are empty."""
    await detections(coordinator, "coordinator", 4)
    await detections(coordinator, "police", 3)
    found = await read(coordinator)
    for population in (found["readable"], found["others"]):
        assert population["total"] is None
        assert not any(shown(population[table] or []) for table in ("by_form", "by_region", "by_month", "by_chapter"))


async def test_what_had_no_effect_is_not_counted(coordinator: Edge) -> None:
    """Data that nobody can read leave the chapter where it was; a chain that no detection begins is no case."""
    for case_id in await detections(coordinator, "police", 20):
        await coordinator.past.brings("police", InvestigationOpened.canonical(), case_id, b'{"surname": 1}')
    await coordinator.past.brings("police", ConsentGiven.canonical())  # opens no case
    for case_id in await detections(coordinator, "police", 9):
        await coordinator.past.brings("police", InvestigationOpened.canonical(), case_id)
    found = await read(coordinator)
    assert found["others"]["total"] == 29
    assert shown(found["others"]["by_chapter"]) == {"detection": 20}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=2024-01", "to"),
        ("to=2024-01", "from"),
        ("from=2024-01-01&to=2024-12-31", "from"),
        ("from=2024-13&to=2024-12", "from"),
        ("from=2024-01&to=0000-12", "to"),
        ("from=2024-02&to=2024-01", "to"),
        ("from=2014-01&to=2024-01", "to"),
    ],
)
async def test_a_period_is_whole_months(coordinator: Edge, query: str, parameter: str) -> None:
    """In order, at most ten years: 422 names the parameter."""
    answer = await coordinator.http.get(f"/v1/statistics?{query}", headers=coordinator.headers())
    assert answer.status_code == 422
    assert parameter in {error["parameter"] for error in answer.json()["errors"]}


async def test_statistics_are_for_caseworkers_and_auditors_of_the_coordinator(coordinator: Edge) -> None:
    """Nobody else there, and nobody without a token."""
    for role, status in (("caseworker", 200), ("auditor", 200), ("regional-coordinator", 403), ("clock", 403)):
        assert (await coordinator.http.get(YEAR, headers=coordinator.headers(role))).status_code == status
    assert (await coordinator.http.get(YEAR)).status_code == 401


async def test_no_other_agency_has_statistics(edge: Edge) -> None:
    """404, and nothing of it in the document."""
    assert (await edge.http.get(YEAR, headers=edge.headers())).status_code == 404
    assert "/v1/statistics" not in (await edge.http.get("/openapi.json")).json()["paths"]


VICTIMS = "/v1/statistics/victims?year=2024"


async def test_the_year_is_reported_in_the_words_of_the_standards(coordinator: Edge) -> None:
    """As JSON, and as the same rows in CSV for who asks for that."""
    await detections(coordinator, "coordinator", 12)
    sexual = {"exploitation_forms": (ExploitationForm.SEXUAL,), "age_band": AgeBand.MINOR}
    await detections(coordinator, "coordinator", 7, **sexual)
    await detections(coordinator, "police", 9)
    answer = await coordinator.http.get(VICTIMS, headers=coordinator.headers())
    check((await coordinator.http.get("/openapi.json")).json(), "/v1/statistics/victims", answer)
    found = answer.json()
    assert (found["year"], found["total"], found["fewest"], found["standard"]) == (2024, 19, 5, "HTCDS 2.0")
    numbers = {(row["table"], row["word"]): row["victims"] for row in found["rows"]}
    assert numbers["form", "labour"] == 12 and numbers["form", "sexual"] is None
    assert numbers["age", "adult"] == 12 and numbers["age", "minor"] is None
    table = await coordinator.http.get(VICTIMS, headers={**coordinator.headers(), "Accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(table.text)))
    assert [line["victims"] for line in lines] == [str(row["victims"] or "") for row in found["rows"]]


async def test_the_report_is_for_those_who_read_statistics(coordinator: Edge, edge: Edge) -> None:
    """A year is a number; another role and another agency get nothing."""
    for role, status in (("caseworker", 200), ("auditor", 200), ("regional-coordinator", 403)):
        assert (await coordinator.http.get(VICTIMS, headers=coordinator.headers(role))).status_code == status
    for year in ("", "1999", "2101", "next"):
        path = f"/v1/statistics/victims?year={year}"
        assert (await coordinator.http.get(path, headers=coordinator.headers())).status_code == 422
    assert (await edge.http.get(VICTIMS, headers=edge.headers())).status_code == 404
