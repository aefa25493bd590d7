"""Pages by a cursor: whatever comes and goes meanwhile, nothing is told twice and nothing is left out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from bus.read_models import queries
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.directory.events import TrainingHeld

from .conftest import NOW, Edge
from .test_lists import changed, offered, read

Write = Callable[[], Awaitable[object]]


def next_of(answer: Any) -> str | None:
    """The address that `Link` names."""
    link = answer.headers.get("link")
    return None if link is None else link.removeprefix("<").removesuffix('>; rel="next"')


async def walked(edge: Edge, path: str, between: Write | None = None) -> list[Any]:
    """Every item of a list, page by page as `Link` leads; `between`: what is done after each page."""
    items: list[Any] = []
    following: str | None = path
    while following is not None:
        answer = await edge.http.get(following, headers=edge.headers())
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["items"] or following == path
        items += page["items"]
        following = next_of(answer)
        assert (page["next"] is None) == (following is None)
        if between is not None:
            await between()
    return items


async def test_cases_that_change_meanwhile_are_not_told_twice(edge: Edge) -> None:
    """The most recently changed come first, so each change moves a case over those that were told."""
    cases = [(await edge.past.brings("police", changed(VictimDetected))).case_id for _ in range(7)]

    async def opens() -> None:
        await edge.past.brings("police", changed(VictimDetected))

    told = [case["case_id"] for case in await walked(edge, "/v1/cases?limit=2&status=open", opens)]
    assert told == cases[::-1]
    assert len(await walked(edge, "/v1/cases?limit=3")) == len(set(cases)) + 4


async def test_a_filter_goes_on(edge: Edge) -> None:
    """The address of the next part has the question of the first."""
    for number in range(5):
        await edge.past.brings(
            "police", changed(VictimDetected, region="12" if number % 2 else "01", municipality=None)
        )
    since = quote(NOW.isoformat())
    found = await walked(edge, f"/v1/cases?region=01&updated_since={since}&limit=1")
    assert [case["region"] for case in found] == ["01"] * 3


@pytest.mark.parametrize("most_sorted", [500, 0])
async def test_offers_of_one_day_are_told_once(edge: Edge, monkeypatch: pytest.MonkeyPatch, most_sorted: int) -> None:
    """Also where a day has too many to be sorted."""
    monkeypatch.setattr(queries, "MOST_SORTED", most_sorted)
    for _ in range(5):
        await offered(edge, "municipality-0180")
    whole = [offer["offer_id"] for offer in (await read(edge, "/v1/offers?limit=100"))["items"]]

    async def offers() -> None:
        if most_sorted:
            await offered(edge, "municipality-0180")

    told = [offer["offer_id"] for offer in await walked(edge, "/v1/offers?limit=2&direction=sent", offers)]
    assert len(told) == len(set(told)) and set(whole) <= set(told)


async def test_tasks_that_are_done_meanwhile_hide_no_other(edge: Edge) -> None:
    """Each page is read after the tasks of the page before it are done."""
    case_id = (await edge.past.brings("police", changed(VictimDetected))).case_id
    days = ["2024-12-05", "2024-12-05", "2024-12-06", None, "2024-12-07", None, "2024-12-05"]
    asked = [await edge.given_task(case_id, due) for due in days]
    done: list[str] = []

    async def finishes() -> None:
        for task_id in asked[:2]:
            await edge.node.tasks.finish(task_id)
        done.extend(asked[:2])
        del asked[:2]

    for query in ("", f"&case_id={case_id}"):
        everything = await walked(edge, f"/v1/tasks?limit=2{query}")
        assert [task["due"] for task in everything] == sorted(days, key=lambda day: day or "~")
    first = [task["task_id"] for task in everything]
    told = [task["task_id"] for task in await walked(edge, "/v1/tasks?limit=2", finishes)]
    assert len(told) == len(set(told)) and set(first) - set(done) <= set(told) <= set(first)


async def test_tasks_are_found_by_their_day(edge: Edge) -> None:
    """What is due on the day, or before; what has no day is not."""
    case_id = (await edge.past.brings("police", changed(VictimDetected))).case_id
    for due in ("2024-12-05", "2024-12-06T10:00:00Z", "2024-12-07", None):
        await edge.given_task(case_id, due)
    for query in ("", f"&case_id={case_id}"):
        found = await read(edge, f"/v1/tasks?until=2024-12-06{query}")
        assert [task["due"] for task in found["items"]] == ["2024-12-05", "2024-12-06T10:00:00Z"] and found[
            "total"
        ] == 2


async def test_other_lists_lead_on(edge: Edge) -> None:
    """Deadlines, municipalities, agencies, trainings: the whole list, whatever the size of a page."""
    for number in range(3):
        await offered(edge, "municipality-0180")
        held = {"held_on": (NOW - timedelta(days=number % 2)).date(), "topic": f"Course {number}"}
        await edge.past.brings("coordinator", changed(TrainingHeld, **held), "00000000-0000-0000-0000-000000000000")
    for path, size in (
        ("/v1/deadlines", 2),
        ("/v1/municipalities", 100),
        ("/v1/directory", 2),
        ("/v1/directory/trainings", 1),
    ):
        whole: list[Any] = []
        page = 1
        while items := (await read(edge, f"{path}?limit={size}&page={page}"))["items"]:
            whole, page = whole + items, page + 1
        assert len(whole) > 2 and await walked(edge, f"{path}?limit={size}") == whole, path


async def test_a_history_leads_on(edge: Edge) -> None:
    """By the version of its last event."""
    case_id = (await edge.past.brings("police", changed(VictimDetected))).case_id
    for _ in range(4):
        await edge.past.brings("police", ConsentGiven.canonical(), case_id)
    told = await walked(edge, f"/v1/cases/{case_id}/events?limit=2")
    assert [event["version"] for event in told] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "path", ["cases", "offers", "deadlines", "tasks", "quarantine", "dismissals", "needs-attention"]
)
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "bnVsbA",
        "WzFd",
        "WyJ4IiwieCIsIngiLCJ4IiwieCJd",
        "Wy0xLCJ4Il0",
        "WzkwMDcxOTkyNTQ3NDA5OTMsIngiXQ",
        "WyJceDAwIiwiIl0",
    ],
)
async def test_a_cursor_of_another_list_is_refused(edge: Edge, path: str, cursor: str) -> None:
    """Or one that somebody made up; it is never an error of the service."""
    answer = await edge.http.get(f"/v1/{path}?cursor={cursor}", headers=edge.headers())
    if not (path == "needs-attention" and cursor == "WzFd"):
        assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == "cursor"
