"""Subscribers: an agency's own functions are told its feed, in order, until they have handled it, and stop nobody."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from harness.subscribing import Overseer
from harness.waiting import eventually
from harness.webhooks import sender

from bus.operator.provision import Layout
from bus.subscriber import ForgetOrder, GiveUpError, Subscriber, SubscriberContext
from bus.webhooks.rows import WebhookDelivery
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.outcome import CouldNotReach
from contracts.view.case_view import CaseView
from gateway.auth import DevelopmentIssuer

from .conftest import NOW, Edge, opened

Provisioned = tuple[Layout, DevelopmentIssuer]
KILLS = 200
Told = VictimDetected | ConsentGiven


class Hears:
    """A subscriber that keeps what it is told, and does before that what a test wants."""

    def __init__(self, name: str = "mirror", *, within: float = 30.0, **more: Any) -> None:
        self.subscriber = Subscriber(name, within=within, **more)
        self.tried: list[SubscriberContext] = []
        self.handled: list[tuple[str, int]] = []
        self.overlapped = False
        self._now: list[str] = []
        self.does: Callable[[Told, CaseView, SubscriberContext], Awaitable[Any]] = nothing
        self.subscriber.on(VictimDetected, ConsentGiven)(self._handle)

    async def _handle(self, event: Told, case: CaseView, context: SubscriberContext) -> None:
        self.tried.append(context)
        self.overlapped |= case.case_id in self._now
        self._now.append(case.case_id)
        try:
            answer = await self.does(event, case, context)
        finally:
            self._now.remove(case.case_id)
        if answer is None:
            self.handled.append((case.case_id, context.version))
        return cast(None, answer)  # some tests answer what no handler may

    def of(self, case_id: str) -> list[int]:
        """The versions of a case that were handled, in their order. One that came twice in a row stands once."""
        return [version for version, _ in groupby(version for each, version in self.handled if each == case_id)]


async def nothing(event: Told, case: CaseView, context: SubscriberContext) -> None:
    """The handler has nothing else to do."""


def only_for(version: int, does: Callable[[], Awaitable[Any]]) -> Any:
    """Do this for one version of each case."""

    async def does_it(event: Told, case: CaseView, context: SubscriberContext) -> Any:
        return await does() if context.version == version else None

    return does_it


@asynccontextmanager
async def served(provisioned: Provisioned, folder: Path, *heard: Hears) -> AsyncIterator[tuple[Edge, Overseer]]:
    """The police's service with these subscribers, and its administrator."""
    subscribers = [each.subscriber for each in heard]
    async with opened(provisioned, "police", folder, sender=sender(), subscribers=subscribers) as edge:
        yield edge, Overseer(edge, dict(edge.headers("administrator")))


async def a_case(edge: Edge, more: int = 0, by: str = "police") -> str:
    """A case of the police with this many events after its detection."""
    case_id = (await edge.past.brings(by, VictimDetected.canonical())).case_id
    for _ in range(more):
        await edge.past.brings(by, ConsentGiven.canonical(), case_id)
    return case_id


async def test_a_handler_is_given_the_event_its_case_and_its_place(provisioned: Provisioned, tmp_path: Path) -> None:
    """Typed, in the order of the case; the opening of the case is on record, and an event without a handler passes."""
    mirror, seen = Hears(), []

    async def look(event: Told, case: CaseView, context: SubscriberContext) -> None:
        seen.append((type(event), case.case_id, context.agency, context.provenance.agency, context.again))

    mirror.does = look
    async with served(provisioned, tmp_path, mirror) as (edge, overseer):
        case_id = await a_case(edge, 1)
        await edge.past.brings("police", CouldNotReach.canonical(), case_id)
        await eventually(lambda: overseer.is_done("mirror"))
        assert seen == [
            (VictimDetected, case_id, "police", "police", False),
            (ConsentGiven, case_id, "police", "police", False),
        ]
        assert mirror.of(case_id) == [1, 2]
        state = await overseer.sees("mirror")
        assert mirror.tried[-1].position <= state["position"]
        assert (state["handled"], state["types"]) == (2, ["ConsentGiven", "VictimDetected"])
        assert (state["registered"], state["state"], state["trouble"]) == (True, "active", None)
        openings = (await edge.http.get("/v1/openings", headers=edge.headers("auditor"))).json()["items"]
        assert [(each["case_id"], each["system"]) for each in openings] == [(case_id, True)]
        text = (await edge.http.get("/metrics")).text
        assert 'stafett_subscriber_active{subscriber="mirror"} 1.0' in text and case_id not in text


async def test_it_begins_at_any_point_of_the_history(provisioned: Provisioned, tmp_path: Path) -> None:
    """At the beginning, now, after a position, or at a moment; each has a position of its own."""
    first = Hears("first", after="")
    async with served(provisioned, tmp_path, first) as (edge, overseer):
        case_id = await a_case(edge, 3)
        await eventually(lambda: overseer.is_done("first"))
    second = first.tried[1].position
    at_a_moment = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
    others = {
        "beginning": Hears("beginning", after=""),
        "now": Hears("now"),
        "position": Hears("position", after=second),
        "moment": Hears("moment", after=at_a_moment[0]),
        "later": Hears("later", after=at_a_moment[1]),
        "unknown": Hears("unknown", after="00112233445566aa-9"),
    }
    async with served(provisioned, tmp_path, *others.values()) as (edge, overseer):
        for name in others:
            await eventually(lambda name=name: overseer.is_done(name))  # type: ignore[misc]
        assert {name: each.of(case_id) for name, each in others.items()} == {
            "beginning": [1, 2, 3, 4],
            "now": [],
            "position": [3, 4],
            "moment": [1, 2, 3, 4],
            "later": [],
            "unknown": [1, 2, 3, 4],
        }
        assert not (await overseer.sees("first"))["registered"]


async def test_it_goes_on_where_it_was_after_a_restart(provisioned: Provisioned, tmp_path: Path) -> None:
    """What came meanwhile is told, whatever the code says about where to begin; a new type comes from then on."""
    mirror = Hears()
    async with served(provisioned, tmp_path, mirror) as (edge, overseer):
        case_id = await a_case(edge)
        await eventually(lambda: overseer.is_done("mirror"))
        past = edge.past
    async with served(provisioned, tmp_path) as (edge, overseer):
        edge.past.heads, edge.past.sequence = past.heads, past.sequence
        await edge.past.brings("police", ConsentGiven.canonical(), case_id)
        past = edge.past
        assert (await overseer.sees("mirror"))["registered"] is False
    again = Hears(after="")
    async with served(provisioned, tmp_path, again) as (edge, overseer):
        await eventually(lambda: overseer.is_done("mirror"))
    assert (mirror.of(case_id), again.of(case_id)) == ([1], [2])


class PersonalError(Exception):
    """An exception whose text tells of a person."""


async def test_what_fails_is_tried_again_and_then_a_dead_letter(
    provisioned: Provisioned, tmp_path: Path, logged: StringIO
) -> None:
    """The case waits behind it, others do not. The reason is the exception's class; its text stands nowhere."""
    mirror, failing = Hears(), [True]

    async def raises() -> None:
        if failing[0]:
            raise PersonalError("Alma Exempelsson, 19900101-0000")

    mirror.does = only_for(2, raises)
    async with served(provisioned, tmp_path, mirror) as (edge, overseer):
        case_id = await a_case(edge, 2)
        await eventually(lambda: overseer.has_failed("mirror", 1))
        other = await a_case(edge)
        await eventually(lambda: mirror.of(other) == [1])
        assert mirror.of(case_id) == [1]
        overseer.waits(hours=1)
        await eventually(lambda: overseer.has_failed("mirror", 2))
        owed = await overseer.owed("mirror")
        assert [(one["event"], one["dead"], one["attempts"] > 1, one["trouble"]) for one in owed] == [
            ("ConsentGiven", False, True, "PersonalError"),
            ("ConsentGiven", False, False, None),
        ]
        overseer.waits(days=4)
        await eventually(lambda: mirror.of(case_id) == [1, 3])
        await eventually(lambda: overseer.is_done("mirror"))
        (letter,) = await overseer.owed("mirror")
        assert (letter["dead"], letter["trouble"], letter["next_attempt_at"]) == (True, "PersonalError", None)
        await edge.app.state.sending._look()
        assert "subscriber mirror: 1 dead letters" in [each for part in edge.app.context.beside for each in part()]
        failing[0] = False
        replayed = await overseer.does("POST", "/mirror/replay", {"number": letter["number"]})
        assert replayed == {"name": "mirror", "after": None, "entries": 1}
        await eventually(lambda: mirror.of(case_id) == [1, 3, 2])
        await eventually(lambda: overseer.is_done("mirror"))
        assert await overseer.owed("mirror") == []
        kept = "\n".join(str(dict(row)) for row in await edge.node.store.query("SELECT * FROM webhook_deliveries"))
        assert "Alma" not in logged.getvalue() + kept + str(await overseer.sees("mirror"))


async def blocks() -> None:
    """Hold the thread."""
    assert RELEASED.wait(60)


async def ignores_its_end() -> None:
    """Go on when it is cancelled."""
    while not RELEASED.is_set():
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            continue


async def leaves() -> None:
    """End the process, as far as it can."""
    raise SystemExit(3)


async def cancels_itself() -> None:
    """Say that it was cancelled."""
    raise asyncio.CancelledError


async def stops_the_loop() -> None:
    """Stop what runs it, and wait."""
    asyncio.get_running_loop().stop()
    raise RuntimeError


async def answers() -> object:
    """Answer something, such as a coroutine that nobody awaits."""
    return object()


async def raises_a_strange_class() -> None:
    """Raise an exception whose class is named after a person."""
    raise type("Alma Exempelsson", (Exception,), {})()


RELEASED = threading.Event()


@pytest.mark.parametrize(
    ("does", "trouble"),
    [
        (asyncio.Event().wait, "timeout"),
        (blocks, "timeout"),
        (ignores_its_end, "timeout"),
        (leaves, "SystemExit"),
        (cancels_itself, "CancelledError"),
        (stops_the_loop, "RuntimeError"),
        (answers, "not-none"),
        (raises_a_strange_class, "error"),
    ],
)
async def test_a_bad_handler_holds_up_nobody(
    provisioned: Provisioned, tmp_path: Path, does: Callable[[], Awaitable[Any]], trouble: str
) -> None:
    """Not the service, not another subscriber; and once it is mended, its own case goes on in order."""
    RELEASED.clear()
    bad, good = Hears("bad", within=0.2), Hears("good")
    bad.does = only_for(1, does)
    async with served(provisioned, tmp_path, bad, good) as (edge, overseer):
        case_id = await a_case(edge, 1)
        await eventually(lambda: good.of(case_id) == [1, 2], 30)
        assert (await edge.http.get("/v1/cases", headers=edge.headers())).status_code == 200
        await eventually(lambda: overseer.fails_by("bad", trouble), 30)
        if trouble == "timeout":
            await eventually(lambda: overseer.has_failed("bad", 2), 30)
        assert bad.of(case_id) == []
        bad.does = nothing
        RELEASED.set()
        overseer.waits(hours=1)
        await eventually(lambda: bad.of(case_id)[-2:] == [1, 2], 30)
        assert {each.position for each in bad.tried[:-1]} == {bad.tried[0].position}, "the next one waited"
        assert not bad.overlapped


async def test_the_other_cases_of_a_slow_handler_go_on(provisioned: Provisioned, tmp_path: Path) -> None:
    """Three cases hang; a fourth is handled meanwhile, and the three are when they can be."""
    mirror, released, hanging = Hears(), threading.Event(), set[str]()

    async def hangs(event: Told, case: CaseView, context: SubscriberContext) -> None:
        if case.case_id in hanging:
            await asyncio.to_thread(released.wait, 60)

    mirror.does = hangs
    async with served(provisioned, tmp_path, mirror) as (edge, overseer):
        await overseer.does("PATCH", "/mirror", {"state": "paused"})
        hanging |= {await a_case(edge, 1) for _ in range(3)}
        other = await a_case(edge, 20)
        await overseer.does("PATCH", "/mirror", {"state": "active"})
        await eventually(lambda: mirror.of(other) == [*range(1, 22)], 30)
        assert {case_id for case_id, _ in mirror.handled} == {other}
        released.set()
        await eventually(lambda: overseer.is_done("mirror"), 30)
        assert all(mirror.of(case_id) == [1, 2] for case_id in hanging)


async def test_tasks_that_a_handler_leaves_behind_are_ended(provisioned: Provisioned, tmp_path: Path) -> None:
    """Each call leaves some; they do not grow without bound, and the handler goes on."""
    mirror, kept = Hears(), set[asyncio.Task[Any]]()

    async def leaks(event: Told, case: CaseView, context: SubscriberContext) -> None:
        kept.update(asyncio.create_task(asyncio.sleep(3600)) for _ in range(40))

    mirror.does = leaks
    async with served(provisioned, tmp_path, mirror) as (edge, overseer):
        await a_case(edge, 9)
        await eventually(lambda: overseer.is_done("mirror"), 30)
        await eventually(lambda: sum(not task.done() for task in kept) <= 100)
        assert len(mirror.handled) == 10
    await eventually(lambda: all(task.done() for task in kept))


async def test_a_handler_that_gives_up_is_not_asked_again(provisioned: Provisioned, tmp_path: Path) -> None:
    """The entry is a dead letter at once, with its code; a code that could be a text is refused."""
    mirror = Hears()

    async def gives_up() -> None:
        raise GiveUpError("unknown-unit")

    mirror.does = only_for(1, gives_up)
    async with served(provisioned, tmp_path, mirror) as (edge, overseer):
        case_id = await a_case(edge, 1)
        await eventually(lambda: mirror.of(case_id) == [2])
        await eventually(lambda: overseer.is_done("mirror"))
        (letter,) = await overseer.owed("mirror")
        assert (letter["dead"], letter["attempts"], letter["trouble"]) == (True, 1, "unknown-unit")
        mirror.does = nothing
        await overseer.does("POST", "/mirror/replay", {"after": ""})
        await eventually(lambda: mirror.of(case_id) == [2, 1, 2])
        await eventually(lambda: overseer.is_done("mirror"))
        assert await overseer.owed("mirror") == []
        for code in ("Alma Exempelsson", "", "x" * 41):
            with pytest.raises(ValueError, match="code"):
                GiveUpError(code)


async def test_replay_goes_back_and_skip_lets_one_be(provisioned: Provisioned, tmp_path: Path) -> None:
    """Each case comes in its order again, also while one is being handled; what is unknown or gone is refused."""
    mirror, failing = Hears(), [False]

    async def raises() -> None:
        if failing[0]:
            raise LookupError

    mirror.does = only_for(2, raises)
    async with served(provisioned, tmp_path, mirror) as (edge, overseer):
        case_id = await a_case(edge, 3)
        await eventually(lambda: overseer.is_done("mirror"))
        back = mirror.tried[0].position
        failing[0] = True
        assert (await overseer.does("POST", "/mirror/replay", {"after": back}))["after"] == back
        await eventually(lambda: overseer.has_failed("mirror", 1))
        assert mirror.of(case_id) == [1, 2, 3, 4]
        number = (await overseer.owed("mirror"))[0]["number"]
        assert await overseer.does("POST", "/mirror/skip", {"number": number}) == {"name": "mirror", "number": number}
        await eventually(lambda: overseer.is_done("mirror"))
        assert mirror.of(case_id) == [1, 2, 3, 4, 3, 4]
        failing[0] = False
        await overseer.does("POST", "/mirror/replay", {"after": ""})
        await eventually(lambda: mirror.of(case_id)[6:] == [1, 2, 3, 4])
        for path, body, refused in (
            ("/mirror/skip", {"number": number}, 404),
            ("/mirror/replay", {"number": number}, 404),
            ("/mirror/replay", {"after": "00112233445566aa-3"}, 410),
            ("/mirror/replay", {"after": "x"}, 422),
            ("/mirror/replay", {"after": "", "number": 1}, 422),
            ("/other/replay", {}, 404),
            ("/No%20name/replay", {}, 422),
        ):
            assert (await overseer.asks("POST", path, body)).status_code == refused, (path, body)


async def test_nobody_skips_what_is_to_be_forgotten(provisioned: Provisioned, tmp_path: Path) -> None:
    """Otherwise its code would keep what the agency must not have."""
    async with served(provisioned, tmp_path, Hears()) as (edge, overseer):
        await overseer.does("PATCH", "/mirror", {"state": "paused"})
        row = await edge.node.webhooks.find("subscriber:mirror")
        assert row is not None
        owed = WebhookDelivery(row.webhook_id, 7, "00112233445566aa-7", str(uuid4()), "erased", forgets=True)
        await edge.node.webhooks.owe(row, [owed], row.position)
        assert (await overseer.asks("POST", "/mirror/skip", {"number": 7})).status_code == 404
        assert [one["event"] for one in await overseer.owed("mirror")] == ["erased"]


async def test_replays_at_any_moment_leave_every_case_in_order(provisioned: Provisioned, tmp_path: Path) -> None:
    """Whatever is on its way then, the last telling of each case is whole and in its order."""
    chance, mirror = random.Random(5), Hears()

    async def takes_its_time(event: Told, case: CaseView, context: SubscriberContext) -> None:
        await asyncio.sleep(chance.random() * 0.01)

    mirror.does = takes_its_time
    async with served(provisioned, tmp_path, mirror) as (edge, overseer):
        cases = [await a_case(edge, 4) for _ in range(3)]
        for _ in range(20):
            await asyncio.sleep(chance.random() * 0.05)
            await overseer.does("POST", "/mirror/replay", {"after": ""})
        await eventually(lambda: overseer.is_done("mirror"), 30)
        assert [mirror.of(case_id)[-5:] for case_id in cases] == [[1, 2, 3, 4, 5]] * 3


@pytest.mark.long
async def test_a_kill_between_handling_and_position_repeats_no_effect(provisioned: Provisioned, tmp_path: Path) -> None:
    """It is killed 200 times at any point. Handlers run more than once; what they issue is issued once."""
    chance, mirror = random.Random(3), Hears()

    async def issues(event: Told, case: CaseView, context: SubscriberContext) -> None:
        await asyncio.sleep(chance.random() * 0.005)
        if isinstance(event, VictimDetected):
            await context.issue(case, ConsentGiven.canonical())
            await context.open_task(case, "call back", context.provenance.event_id, en="Call.", sv="Ring.")
        await asyncio.sleep(chance.random() * 0.005)

    mirror.does = issues
    async with served(provisioned, tmp_path, mirror) as (edge, overseer):
        lanes = edge.app.state.sending._lanes

        async def be_killed() -> None:
            killed = 0
            while killed < KILLS:
                await asyncio.sleep(chance.random() * 0.02)
                for _, task in tuple(lanes.values()):
                    killed += task.cancel()
                edge.app.state.sending.wake()

        async with asyncio.TaskGroup() as group:
            group.create_task(be_killed())
            cases = [await a_case(edge, 3) for _ in range(10)]
        await eventually(lambda: overseer.is_done("mirror"), 30)
        assert len(mirror.tried) > len(set(mirror.handled)) == 40, "some ran more than once"
        for case_id in cases:
            versions = mirror.of(case_id)
            assert versions == sorted(versions)
            assert len(await edge.node.tasks.open(case_id)) == 1
        drafts = await edge.node.store.query("SELECT case_id FROM outbox")
        assert sorted(row["case_id"] for row in drafts) == sorted(cases)


async def test_only_administrators_manage_subscribers(provisioned: Provisioned, tmp_path: Path) -> None:
    """An auditor sees them. A position is deleted only when its code is gone."""
    async with served(provisioned, tmp_path, Hears()) as (edge, overseer):
        for role, reads in (("caseworker", 403), ("auditor", 200), ("administrator", 200)):
            headers = edge.headers(role)
            for path in ("", "/mirror", "/mirror/owed"):
                assert (await edge.http.get(f"/v1/subscribers{path}", headers=headers)).status_code == reads
            if role != "administrator":
                for method, path in (
                    ("PATCH", ""),
                    ("DELETE", ""),
                    ("POST", "/replay"),
                    ("POST", "/skip"),
                ):
                    answer = await edge.http.request(method, f"/v1/subscribers/mirror{path}", json={}, headers=headers)
                    assert answer.status_code == 403, (role, method, path)
        assert (await overseer.asks("DELETE", "/mirror")).json()["type"] == "urn:x-stafett:problem:subscriber-in-use"
        webhooks = await edge.http.get("/v1/webhooks", headers=overseer.headers)
        assert webhooks.json()["items"] == []
    async with served(provisioned, tmp_path) as (edge, overseer):
        assert await overseer.does("DELETE", "/mirror") == {"name": "mirror", "deleted": True}
        assert (await overseer.does("GET"))["items"] == []


def test_what_cannot_work_is_refused_when_it_is_written(provisioned: Provisioned, tmp_path: Path) -> None:
    """A name, a beginning, a handler that is no coroutine function, a second one for an event, none, too many."""
    for wrong in (
        {"name": "My mirror"},
        {"name": "m", "after": datetime(2024, 1, 1)},  # noqa: DTZ001 - that is what is refused
        {"name": "m", "within": 0},
    ):
        with pytest.raises(ValueError, match=r"name|zone|seconds"):
            Subscriber(**wrong)
    mirror = Hears().subscriber
    with pytest.raises(TypeError):
        mirror.on(ConsentGiven)(lambda event, case, context: nothing(event, case, context))
    with pytest.raises(ValueError, match="already"):
        mirror.on(ConsentGiven)(nothing)

    @mirror.on_forget
    async def forget(what: ForgetOrder) -> None:
        """Have nothing to forget."""

    with pytest.raises(ValueError, match="already"):
        mirror.on_forget(forget)
