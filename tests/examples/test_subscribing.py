"""The page about subscribing: its subscriber runs as it says, without a bus and on one; and what erasure leaves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from contracts.chapters.erasure import ErasureReason, ErasureRequested, holders_of
from contracts.view.parts.erasure import ErasureScope
from stafett import testing
from stafett.events import ConsentGiven, VictimDetected
from stafett.injected import now
from stafett.mandate import AgencyKind, Mandate
from stafett.subscribing import ForgetOrder, GiveUpError, Subscriber, SubscriberContext
from stafett.testing import CaseView

PAGE = Path(__file__).parents[2] / "docs" / "subscribing.md"


def of_the_page() -> dict[str, Any]:
    """The names that the page's Python defines."""
    names: dict[str, Any] = {"__name__": "page"}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE):
        exec(compile(block, PAGE, "exec"), names)
    return names


async def test_the_pages_subscriber_is_tested_without_a_bus() -> None:
    """As the page tests it; a region that it does not know is given up."""
    page = of_the_page()
    await page["test_a_detection_asks_for_a_contact"]()
    assert list(page["files"].values()) == [{1: "detected"}]


async def test_a_second_run_that_does_something_else_is_found() -> None:
    """Code that issues only the first time would be wrong on a bus."""
    police, ran = Mandate(kind=AgencyKind.POLICE), []

    @police.on(VictimDetected)
    async def once(detected: VictimDetected, case: CaseView, context: Any) -> None:
        ran.append(case)
        if len(ran) == 1:
            await context.issue(case, ConsentGiven.canonical())

    try:
        await testing.reactions(police, "police", testing.issued(VictimDetected, by="police"))
    except AssertionError as error:
        assert "second run" in str(error)
    else:
        raise AssertionError("it was not found")


@pytest.mark.long
async def test_the_pages_subscriber_on_a_bus_and_what_erasure_leaves() -> None:
    """Its task is raised, what it issues is in the case once; a dead letter of an erased case is dropped."""
    page = of_the_page()
    wrong, told, tried = Subscriber("wrong"), list[ForgetOrder](), list[SubscriberContext]()

    @wrong.on(VictimDetected)
    async def issues_and_fails(detected: VictimDetected, case: CaseView, context: SubscriberContext) -> None:
        await context.issue(case, ConsentGiven.canonical())
        tried.append(context)
        if len(tried) > 1:
            raise GiveUpError("not-ours")
        raise ValueError

    @wrong.on_forget
    async def forget(what: ForgetOrder) -> None:
        told.append(what)

    async with testing.bus("police", "ngo-fyren", "coordinator", subscribers={"police": [page["desk"], wrong]}) as bus:
        case_id = (await bus.issue("police", VictimDetected.canonical())).case_id
        administrator = bus.authorised("police", "administrator")

        async def state(name: str) -> Any:
            answer = await bus.http["police"].get(f"/v1/subscribers/{name}", headers=administrator)
            return answer.json()

        async def is_asked() -> bool:
            return len(await bus.nodes["police"].tasks.open(case_id)) == 1

        async def has_given_up() -> bool:
            return bool((await state("wrong"))["dead_letters"] == 1)

        await bus.until(is_asked)
        await bus.until(has_given_up)
        case = await bus.case("police", case_id)
        issued = [held.envelope.event_name async for held in bus.nodes["police"].replica.history(case_id)]
        assert issued.count("ConsentGiven") == 1
        said: Any = {"scope": ErasureScope.CASE, "reason": ErasureReason.PERSON_ASKED, "holders": holders_of(case)}
        await bus.issue(
            "police", testing.issued(ErasureRequested, by="police", occurred_at=now(), **said).event, case_id
        )
        await bus.until(lambda: bool(told) and case_id not in page["files"])
        assert {(what.case_id, what.why) for what in told} == {(case_id, "erased")}

        async def is_over() -> bool:
            left = await state("wrong")
            return bool(left["pending"] == left["dead_letters"] == left["behind"] == 0)

        await bus.until(is_over)
