"""Lists over HTTP: filters, pages, unknown parameters, and the number of questions to the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bus.cancellation import cancel_and_wait
from contracts.chapters.closure import CaseClosed
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred
from contracts.event.published_event import PublishedEvent
from contracts.view.parts.status import ClosureReason
from contracts.vocabulary.choices import AgeBand

from .conftest import NOW, Edge
from .test_documents import check

LISTS = ("cases", "offers", "tasks", "needs-attention", "deadlines")


def changed(event: type[PublishedEvent], **changes: Any) -> PublishedEvent:
    """The canonical example, said now, with some fields changed."""
    return event.canonical().model_copy(update={"occurred_at": NOW, **changes})


async def read(edge: Edge, path: str) -> Any:
    """What a caseworker reads there, as documented."""
    answer = await edge.http.get(path, headers=edge.headers())
    assert answer.status_code == 200, answer.text
    check((await edge.http.get("/openapi.json")).json(), path.partition("?")[0], answer)
    return answer.json()


async def ids(edge: Edge, query: str) -> set[str]:
    """The cases that a question finds, of which there are as many as it says."""
    found = await read(edge, f"/v1/cases?limit=100&{query}")
    assert found["total"] == len(found["items"]) and found["complete"] is True
    return {case["case_id"] for case in found["items"]}


async def offered(edge: Edge, to: str, by: str = "police") -> str:
    """A case that was offered to somebody, with the consent that it takes."""
    case_id = (await edge.past.brings(by, changed(VictimDetected))).case_id
    until = date(2025, 6, 30)
    await edge.past.brings(by, changed(ConsentGiven, recipients=(to,), valid_until=until), case_id)
    soon = NOW + timedelta(days=2)
    await edge.past.brings(by, changed(CaseReferred, recipient=to, respond_by=soon), case_id)
    return case_id


async def test_cases_are_found_by_what_they_say(edge: Edge) -> None:
    """By each filter, and by several together."""
    here = (await edge.past.brings("police", changed(VictimDetected))).case_id
    place = {"region": "12", "municipality": "1280", "age_band": AgeBand.MINOR}
    there = (await edge.past.brings("police", changed(VictimDetected, **place))).case_id
    closed = (await edge.past.brings("police", changed(VictimDetected))).case_id
    await edge.past.brings("police", changed(CaseClosed, reason=ClosureReason.OTHER, duplicate_of=None), closed)
    theirs = await offered(edge, "police", by="ngo-fyren")
    assert await ids(edge, "status=open") == {here, there, theirs}
    assert await ids(edge, "status=closed") == {closed}
    assert await ids(edge, "role=lead") == {here, there, closed}
    assert await ids(edge, "role=participant") == {theirs}
    assert await ids(edge, "region=12") == await ids(edge, "municipality=1280") == {there}
    assert await ids(edge, "age_band=minor&status=open&role=lead&region=12") == {there}
    assert await ids(edge, "age_band=minor&region=01") == set()
    assert await ids(edge, "identification=presumed") == {here, there, closed, theirs}
    assert await ids(edge, "identification=formal") == set()
    assert await ids(edge, f"updated_since={quote(NOW.isoformat())}") == {here, there, closed, theirs}
    assert await ids(edge, f"updated_since={quote((NOW + timedelta(seconds=1)).isoformat())}") == set()
    assert {case["updated_at"] for case in (await read(edge, "/v1/cases"))["items"]} == {"2024-12-02T12:00:00Z"}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("cases?status=openn", "status"),
        ("cases?region=1", "region"),
        ("cases?municipality=x", "municipality"),
        ("cases?role=owner", "role"),
        ("cases?updated_since=2024-01-01", "updated_since"),
        ("deadlines?kind=x", "kind"),
        ("deadlines?until=2024-1-1", "until"),
        ("tasks?limit=501", "limit"),
        ("needs-attention?page=0", "page"),
    ],
)
async def test_a_value_that_is_none_is_refused(edge: Edge, query: str, parameter: str) -> None:
    """422 names the parameter."""
    answer = await edge.http.get(f"/v1/{query}", headers=edge.headers())
    assert answer.status_code == 422 and answer.json()["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize("name", LISTS)
async def test_a_parameter_that_is_not_known_is_refused(edge: Edge, name: str) -> None:
    """Else a misspelled filter would answer with everything. Those that there are, are told."""
    answer = await edge.http.get(f"/v1/{name}?KANARIEFAGEL=1", headers=edge.headers())
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["code"] == "unknown_parameter" and "limit" in error["detail"] and "limit" in answer.json()["known"]
    twice = await edge.http.get(f"/v1/{name}?limit=1&limit=2", headers=edge.headers())
    assert twice.status_code == 400 and twice.json()["errors"][0]["code"] == "repeated_parameter"


@pytest.mark.parametrize("name", ["cases", "deadlines"])
async def test_the_integrators_page_names_every_filter(edge: Edge, name: str) -> None:
    """Of the lists over all cases, as the description has them."""
    page = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
    (line,) = (line for line in page.splitlines() if f"`GET /v1/{name}`" in line or f"`GET /v1/{name}?" in line)
    described = (await edge.http.get("/openapi.json")).json()["paths"][f"/v1/{name}"]["get"]["parameters"]
    filters = {one["name"] for one in described if one["in"] == "query"} - {"limit", "page", "cursor"}
    assert filters and {each for each in filters if f"{each}=" not in line} == set()


async def test_what_runs_out_is_listed_over_all_cases(edge: Edge) -> None:
    """The first first, by kind and until a day; with what each case says of itself."""
    cases = [await offered(edge, "municipality-0180") for _ in range(3)]
    await edge.past.brings("municipality-0180", changed(VictimDetected))
    found = await read(edge, "/v1/deadlines?limit=4")
    assert (found["total"], len(found["items"])) == (6, 4)
    assert [item["kind"] for item in found["items"]] == ["offer"] * 3 + ["consent"]
    assert {item["case_id"] for item in found["items"][:3]} == set(cases)
    rest = await read(edge, "/v1/deadlines?limit=4&page=2")
    assert [item["kind"] for item in rest["items"]] == ["consent"] * 2
    assert (await read(edge, "/v1/deadlines?kind=consent"))["total"] == 3
    assert (await read(edge, "/v1/deadlines?until=2024-12-04"))["total"] == 3
    assert (await read(edge, "/v1/deadlines?until=2024-12-03"))["total"] == 0
    own = (await edge.http.get(f"/v1/cases/{cases[0]}/deadlines", headers=edge.headers())).json()["items"]
    everything = found["items"] + rest["items"]
    assert [{**one, "case_id": cases[0]} for one in own] == [one for one in everything if one["case_id"] == cases[0]]


async def test_tasks_come_in_pages(edge: Edge) -> None:
    """The soonest due first, those without a date last; of one case, too."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    due = ["2024-12-05", None, "2024-12-03T10:00:00Z", "2024-12-03", "2024-12-05"]
    asked = {await edge.given_task(case_id, each): each for each in due}
    pages = [await read(edge, f"/v1/tasks?limit=2&page={page}") for page in (1, 2, 3, 4)]
    assert [page["total"] for page in pages] == [5] * 4 and pages[3]["items"] == []
    listed = [task["task_id"] for page in pages for task in page["items"]]
    assert [asked[task] for task in listed] == sorted(due, key=lambda each: each or "~")
    of_case = await read(edge, f"/v1/tasks?case_id={case_id}&limit=2&page=2")
    assert ([task["task_id"] for task in of_case["items"]], of_case["total"]) == (listed[2:4], 5)


async def test_statistics_wait_until_the_lists_are_whole(coordinator: Edge) -> None:
    """Half a count is worse than none: 503, and when to ask again. Other lists say that they are not complete."""
    await coordinator.past.brings("coordinator", changed(VictimDetected))
    await coordinator.node.read_models.begin_anew()
    answer = await coordinator.http.get("/v1/statistics?from=2024-01&to=2024-12", headers=coordinator.headers())
    assert answer.status_code == 503 and answer.headers["retry-after"] == "60"
    check((await coordinator.http.get("/openapi.json")).json(), "/v1/statistics", answer)
    assert (await read(coordinator, "/v1/cases"))["complete"] is True
    assert (await read(coordinator, "/v1/cases?status=open"))["complete"] is False
    assert (await read(coordinator, "/v1/offers"))["complete"] is False


@dataclass
class Opened:
    """What an answer takes: how often the store is asked, and the cases that are read."""

    questions: int = 0
    cases: list[str] = field(default_factory=list)


async def opened_for(edge: Edge, ask: Callable[[], Awaitable[Any]], monkeypatch: pytest.MonkeyPatch) -> Opened:
    """What is opened for an answer, whatever the node reads for itself meanwhile; no case is at hand."""
    found, writer, replica = Opened(), edge.node.store._writer, edge.node.replica
    answering: ContextVar[bool] = ContextVar("answering", default=False)  # passed on to whatever the answer begins
    read_store, load_case = writer.read, replica._load

    async def reads(call: Any) -> Any:
        found.questions += answering.get()
        return await read_store(call)

    async def loads(case_id: str) -> Any:
        if answering.get():
            found.cases.append(case_id)
        return await load_case(case_id)

    async def answers() -> None:
        answering.set(True)
        await ask()

    with monkeypatch.context() as watched:
        watched.setattr(replica, "capacity", 0)  # what the node reads must not be at hand for the answer
        watched.setattr(writer, "read", reads)
        watched.setattr(replica, "_load", loads)
        replica._cache.clear()
        await asyncio.create_task(answers())
    return found


@pytest.mark.parametrize(
    "path",
    [
        *(f"/v1/{name}" for name in LISTS),
        "/v1/cases?status=open&role=lead",
        "/v1/offers?state=open&direction=sent",
        "/v1/deadlines?until=2025-01-01",
        "/v1/statistics?from=2024-01&to=2024-12",
    ],
)
async def test_no_list_reads_every_case(coordinator: Edge, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its size, a list asks the store a few times, and no case is read for it."""
    cases: list[str] = []
    for number in range(25):
        cases.append(await offered(coordinator, "police", by="coordinator"))
        await coordinator.given_task(cases[-1], "2024-12-05" if number % 2 else None)
    began = asyncio.Event()

    async def at_work() -> None:
        """The node reads cases for itself while it answers, as it does when it reacts to them."""
        while True:
            for case_id in cases:
                await coordinator.node.replica.case(case_id)
                began.set()

    async def ask() -> None:
        await began.wait()
        await read(coordinator, path)

    working = asyncio.create_task(at_work())
    try:
        opened = await opened_for(coordinator, ask, monkeypatch)
    finally:
        await cancel_and_wait(working)
    assert opened.questions < 12 and opened.cases == []  # of 25 cases


async def test_a_case_that_is_read_for_an_answer_is_seen(coordinator: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a list that reads every case would pass unseen."""
    case_id = await offered(coordinator, "police", by="coordinator")

    async def ask() -> None:
        assert (await coordinator.http.get(f"/v1/cases/{case_id}", headers=coordinator.headers())).status_code == 200

    opened = await opened_for(coordinator, ask, monkeypatch)
    assert opened.questions > 0 and set(opened.cases) == {case_id}


@pytest.mark.parametrize("name", ["tasks", "needs-attention"])
async def test_an_empty_case_is_no_case(edge: Edge, name: str) -> None:
    """It was taken for no question once, and answered with everything."""
    case_id = (await edge.past.brings("police", changed(VictimDetected))).case_id
    await edge.given_task(case_id, None)
    assert (await read(edge, f"/v1/{name}?case_id="))["items"] == []
