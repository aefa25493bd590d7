"""The reconciler meets every obligation: in order, one at a time, with retries until it succeeds, each on its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from harness.owing import all_due
from harness.waiting import eventually

from bus import backoff
from bus.cancellation import cancel_and_wait
from bus.errors import BrokerAwayError, StoreError
from bus.reconciler import reconciler
from bus.reconciler.reconciler import AT_ONCE, InVainError, LaterError, Reconciler
from bus.store import Due, Kind, Obligation, OutboxRow, Position, SealedTask, Store, Transaction, statements

A, B, C = "case-a", "case-b", "case-c"
GRANT = Obligation(Kind.GRANT, A)


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


class Desk:
    """Does what is owed as the test says, and notes what it was asked for."""

    def __init__(self) -> None:
        self.begun: list[Obligation] = []
        self.ended: list[Obligation] = []
        self.now: set[tuple[Kind, str]] = set()
        self.most = 0
        self.does: Callable[[Obligation], Awaitable[Transaction | None]] = self.nothing

    async def nothing(self, owed: Obligation) -> Transaction | None:
        """Succeeds at once."""
        return None

    async def __call__(self, owed: Obligation) -> Transaction | None:
        self.begun.append(owed)
        self.now.add((owed.kind, owed.case_id))
        self.most = max(self.most, len(self.now))
        try:
            return await self.does(owed)
        finally:
            self.now.discard((owed.kind, owed.case_id))
            self.ended.append(owed)


class Held:
    """A handler that waits until it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, owed: Obligation) -> None:
        await self.go.wait()


@pytest.fixture
def clock() -> Clock:
    """One that stands still until it is moved."""
    return Clock()


@pytest.fixture
def desk() -> Desk:
    """One that succeeds."""
    return Desk()


@asynccontextmanager
async def running(store: Store, clock: Clock, desk: Desk) -> AsyncIterator[Reconciler]:
    """A reconciler at work, with a lane of grants and consents, and one of reactions."""
    made = Reconciler(store, clock.now)
    made.handles("keys", {Kind.GRANT: desk, Kind.CONSENT: desk})
    made.handles("react", {Kind.REACT: desk})
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        await cancel_and_wait(task)


async def owe(store: Store, *obligations: Obligation) -> None:
    """These are owed."""
    transaction = Transaction()
    transaction.oblige(*obligations)
    await store.write(transaction)


async def owed(store: Store) -> list[Obligation]:
    """All that is owed and not parked, whenever it is due."""
    return await all_due(store)


async def only_owed(store: Store, *case_ids: str) -> None:
    """Wait until something is owed about these cases alone, whoever was done first."""

    async def holds() -> bool:
        return sorted(one.case_id for one in await owed(store)) == sorted(case_ids)

    await eventually(holds)


async def all_done(store: Store) -> None:
    """Wait until nothing is owed."""
    await only_owed(store)


async def test_what_is_owed_is_done_and_struck_off(store: Store, clock: Clock, desk: Desk) -> None:
    """Before it starts and after; nothing is done twice."""
    await owe(store, GRANT)
    async with running(store, clock, desk) as made:
        await all_done(store)
        await owe(store, replace(GRANT, case_id=B))
        made.wake()
        await all_done(store)
    assert [one.case_id for one in desk.begun] == [A, B]


async def test_the_longest_due_is_begun_first(store: Store, clock: Clock, desk: Desk) -> None:
    """Whatever was written first; what is not due yet is left until it is."""
    at = clock.seconds
    dues = {A: at - 10, B: at - 30, C: at - 20, "case-d": at + 5}
    await owe(store, *(replace(GRANT, case_id=case_id, due_at=due) for case_id, due in dues.items()))
    async with running(store, clock, desk) as made:
        await eventually(lambda: len(desk.ended) == 3)
        assert [one.case_id for one in desk.begun] == [B, C, A]
        made.wake()
        await only_owed(store, "case-d")
        clock.seconds += 5
        made.wake()
        await all_done(store)
    assert [one.case_id for one in desk.begun][-1] == "case-d"


async def test_one_lane_does_one_thing_of_a_case_at_a_time(store: Store, clock: Clock, desk: Desk) -> None:
    """Kinds of one lane wait for each other; another lane, and another case, do not wait for them."""
    desk.does = held = Held()
    consent, react = Obligation(Kind.CONSENT, A, due_at=1.0), Obligation(Kind.REACT, A, due_at=3.0)
    await owe(store, GRANT, consent, replace(GRANT, detail="x", due_at=2.0), react, replace(GRANT, case_id=B, due_at=4))
    async with running(store, clock, desk):
        await eventually(lambda: len(desk.now) == 3)
        assert desk.now == {(Kind.GRANT, A), (Kind.REACT, A), (Kind.GRANT, B)}
        held.go.set()
        await all_done(store)
    of_the_lane = [(one.kind, one.detail) for one in desk.begun if one.case_id == A and one.kind is not Kind.REACT]
    assert of_the_lane == [(Kind.GRANT, ""), (Kind.CONSENT, ""), (Kind.GRANT, "x")]
    assert desk.most == 3


async def test_only_so_much_is_done_at_once(store: Store, clock: Clock, desk: Desk) -> None:
    """However much is owed: the rest waits, and is done too."""
    desk.does = held = Held()
    await owe(store, *(replace(GRANT, case_id=f"case-{n:03}") for n in range(3 * AT_ONCE)))
    async with running(store, clock, desk) as made:
        await eventually(lambda: len(desk.now) == AT_ONCE)
        made.wake()
        assert len(await owed(store)) == 3 * AT_ONCE
        held.go.set()
        await all_done(store)
    assert desk.most == AT_ONCE
    assert len(desk.begun) == 3 * AT_ONCE


async def test_cases_that_owe_much_hold_up_no_other(store: Store, clock: Clock, desk: Desk) -> None:
    """Though all that they owe is due for longer, and hangs: one thing of each is being done, the rest waits for it."""
    hangs = Held()

    async def hangs_but_for_one(one: Obligation) -> None:
        if one.case_id != C:
            await hangs(one)

    desk.does = hangs_but_for_one
    busy = [replace(GRANT, case_id=f"busy-{n}") for n in range(AT_ONCE - 1)]
    await owe(store, *(replace(one, detail=f"{n}") for one in busy for n in range(20)))
    await owe(store, replace(GRANT, case_id=C, due_at=1.0))
    async with running(store, clock, desk):
        await eventually(lambda: [one.case_id for one in desk.ended] == [C])


async def test_what_ends_while_the_rows_are_read_is_not_done_twice(
    store: Store, clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows that were read still have it."""
    desk.does = held = Held()
    read, ended = store.work_due, asyncio.Event()
    monkeypatch.setattr(reconciler, "_LOOK_EVERY", 0.05)

    async def reads_slowly(now: float, limit: int) -> Due:
        rows = await read(now, limit)
        if rows.now and desk.now:
            held.go.set()
            await all_done(store)
            await eventually(lambda: not made._busy)
            ended.set()
        return rows

    monkeypatch.setattr(store, "work_due", reads_slowly)
    await owe(store, GRANT)
    async with running(store, clock, desk) as made:
        await ended.wait()
        await owe(store, replace(GRANT, case_id=B))
        made.wake()
        await all_done(store)
    assert [one.case_id for one in desk.begun] == [A, B]


async def test_what_hangs_holds_up_no_other_case(store: Store, clock: Clock, desk: Desk) -> None:
    """Nor what fails."""
    hangs = Held()

    async def hangs_or_fails(one: Obligation) -> None:
        if one.case_id == A:
            await hangs(one)
        if one.case_id == B:
            raise ValueError

    desk.does = hangs_or_fails
    await owe(store, *(replace(GRANT, case_id=case_id, due_at=at) for at, case_id in enumerate((A, B, C))))
    async with running(store, clock, desk):
        await only_owed(store, A, B)
        assert [one.case_id for one in desk.ended] == [B, C]


async def test_what_fails_is_tried_again_later_each_time(store: Store, clock: Clock, desk: Desk) -> None:
    """At the moment that the policy says, not before it; the row says how often, and by what, and not a word more."""

    async def fails(one: Obligation) -> None:
        raise ConnectionError("with something about a person")

    desk.does = fails
    await owe(store, GRANT)
    async with running(store, clock, desk) as made:
        for attempts in range(1, 6):
            await eventually(lambda attempts=attempts: _has_failed(store, attempts))  # type: ignore[misc]
            (row,) = await owed(store)
            assert (row.trouble, row.parked) == ("ConnectionError", False)
            late = row.due_at - clock.seconds
            assert backoff.delay(attempts, lambda: 0.0) <= late <= backoff.delay(attempts, lambda: 1.0)
            clock.seconds = row.due_at - 0.01
            made.wake()
            assert len(desk.begun) == attempts
            clock.seconds = row.due_at + 0.01
            made.wake()
        desk.does = desk.nothing
        clock.seconds += backoff.LONGEST
        made.wake()
        await all_done(store)


async def _has_failed(store: Store, attempts: int) -> bool:
    return [one.attempts for one in (await store.work_due(1e12, 10)).now] == [attempts]


async def test_what_fails_too_often_is_parked_alone(store: Store, clock: Clock, desk: Desk) -> None:
    """A person has to look; nothing else is held up, and a start of the service tries it once more."""

    async def fails(one: Obligation) -> None:
        if one.case_id == A:
            raise ValueError

    desk.does = fails
    await owe(store, GRANT)
    async with running(store, clock, desk) as made:

        async def parked() -> bool:
            clock.seconds += 2 * backoff.LONGEST
            made.wake()
            return [one.attempts for one in await store.parked(10)] == [backoff.BOUND]

        await eventually(parked)
        assert len(desk.begun) == backoff.BOUND
        await owe(store, replace(GRANT, case_id=B))
        clock.seconds += 1e6
        made.wake()
        await eventually(lambda: any(one.case_id == B for one in desk.ended))
        assert len(desk.begun) == backoff.BOUND + 1
        assert await store.failing(1e12) == await store.parked(10)
    desk.does = desk.nothing
    await store.unpark(clock.seconds)
    async with running(store, clock, desk):
        await all_done(store)


async def test_what_is_tried_in_vain_is_parked_at_once(store: Store, clock: Clock, desk: Desk) -> None:
    """Until something else happens there is no use in trying."""

    async def in_vain(one: Obligation) -> None:
        raise InVainError

    desk.does = in_vain
    await owe(store, GRANT)
    async with running(store, clock, desk):

        async def parked() -> bool:
            return [one.attempts for one in await store.parked(10)] == [1]

        await eventually(parked)
    assert len(desk.begun) == 1


@pytest.mark.parametrize("away", [BrokerAwayError, StoreError])
async def test_what_waits_for_the_broker_or_the_disk_is_never_parked(
    store: Store, clock: Clock, desk: Desk, away: type[Exception]
) -> None:
    """Nobody can do anything about the obligation: it goes on by itself, however long that takes."""

    async def fails(one: Obligation) -> None:
        raise away("not now")

    desk.does = fails
    await owe(store, GRANT)
    async with running(store, clock, desk) as made:

        async def often() -> bool:
            clock.seconds += 2 * backoff.LONGEST
            made.wake()
            return len(desk.begun) > 2 * backoff.BOUND

        await eventually(often)
        desk.does = desk.nothing
        clock.seconds += 2 * backoff.LONGEST
        made.wake()
        await all_done(store)
        assert await store.parked(10) == []


async def test_a_session_that_begins_tries_at_once_what_failed(store: Store, clock: Clock, desk: Desk) -> None:
    """However late it was to be tried; what has a date of its own keeps it."""
    await owe(store, GRANT, replace(GRANT, case_id=B, due_at=clock.seconds + 500))
    failed = Transaction()
    failed.postpone(replace(GRANT, attempts=8, due_at=clock.seconds + 50, trouble="BrokerAwayError"))
    await store.write(failed)
    async with running(store, clock, desk):
        await only_owed(store, B)
        assert len(desk.ended) == 1


async def test_what_arises_again_while_it_is_done_is_done_again(store: Store, clock: Clock, desk: Desk) -> None:
    """The run that was under way may have looked before the new cause came."""
    desk.does = held = Held()
    await owe(store, GRANT)
    async with running(store, clock, desk) as made:
        await eventually(lambda: len(desk.now) == 1)
        await owe(store, GRANT)
        made.wake()
        assert len(desk.begun) == 1, "not beside itself"
        held.go.set()
        await all_done(store)
    assert [one.revision for one in desk.begun] == [1, 2]


async def test_what_arises_again_while_it_fails_is_tried_at_once(store: Store, clock: Clock, desk: Desk) -> None:
    """The new cause may have taken away what it failed for."""
    go = asyncio.Event()

    async def fails_once(one: Obligation) -> None:
        if one.revision == 1:
            await go.wait()
            raise ValueError

    desk.does = fails_once
    await owe(store, GRANT)
    async with running(store, clock, desk):
        await eventually(lambda: len(desk.now) == 1)
        await owe(store, GRANT)
        go.set()
        await all_done(store)
    assert [one.attempts for one in desk.begun] == [0, 0]


async def test_what_a_handler_gives_back_is_committed_with_the_striking_off(
    store: Store, clock: Clock, desk: Desk
) -> None:
    """Both or neither: where it cannot be kept, the obligation still stands."""

    async def gives(one: Obligation) -> Transaction:
        given = Transaction()
        given.put_tasks([SealedTask(f"task-{one.case_id}", one.case_id, b"sealed")])
        given.submit(OutboxRow("event", one.case_id, b"draft", idempotency_key="key"))
        return given

    desk.does = gives
    await owe(store, GRANT)
    async with running(store, clock, desk) as made:
        await all_done(store)
        await owe(store, replace(GRANT, case_id=B))
        made.wake()
        await eventually(lambda: _has_failed(store, 1))
    assert [task.task_id for task in await store.open_tasks()] == [f"task-{A}"]


async def test_nothing_of_a_handler_is_kept_without_the_striking_off(
    store: Store, clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store fails when the row is to be struck off: what the handler gave back is not kept either."""
    write = store.write

    async def gives(one: Obligation) -> Transaction:
        given = Transaction()
        given.put_tasks([SealedTask("task", A, b"sealed")])
        return given

    async def no_striking_off(transaction: Transaction, *more: Position) -> None:
        if any(statement is statements.FULFIL for statement, _ in transaction.changes):
            raise StoreError("not now")
        await write(transaction, *more)

    desk.does = gives
    monkeypatch.setattr(store, "write", no_striking_off)
    await owe(store, GRANT)
    async with running(store, clock, desk):
        await eventually(lambda: _has_failed(store, 1))
        assert await store.open_tasks() == []


async def test_what_a_handler_owes_itself_again_stands(store: Store, clock: Clock, desk: Desk) -> None:
    """As a clock sets itself anew: the row has the new date, and is not struck off with the old one."""

    async def rings(one: Obligation) -> Transaction:
        again = Transaction()
        again.oblige(replace(GRANT, due_at=clock.seconds + 60, since=clock.seconds + 60))
        return again

    desk.does = rings
    await owe(store, GRANT)
    async with running(store, clock, desk):

        async def set_anew() -> bool:
            return [one.due_at for one in await owed(store)] == [clock.seconds + 60]

        await eventually(set_anew)
    assert len(desk.begun) == 1


async def test_what_cannot_be_done_yet_is_no_failure(store: Store, clock: Clock, desk: Desk) -> None:
    """It is tried when the handler said, as often as need be; what failed before is forgotten by then."""

    async def later(one: Obligation) -> None:
        raise LaterError(30)

    desk.does = later
    await owe(store, GRANT)
    failed = Transaction()
    failed.postpone(replace(GRANT, attempts=3, due_at=clock.seconds, trouble="ValueError"))
    await store.write(failed)
    async with running(store, clock, desk) as made:
        for times in range(1, 2 * backoff.BOUND):
            await eventually(lambda times=times: len(desk.ended) == times)  # type: ignore[misc]

            async def postponed() -> bool:
                return [one.due_at for one in await owed(store)] == [clock.seconds + 30]

            await eventually(postponed)
            (row,) = await owed(store)
            assert (row.attempts, row.parked, row.trouble) == (0, False, "")
            clock.seconds += 30
            made.wake()
        assert await store.failing(1e12) == []


async def test_a_kind_that_the_service_does_not_do_is_left(store: Store, clock: Clock, desk: Desk) -> None:
    """It holds up nothing, is not tried over and over, and is still there for a service that does it."""
    await owe(store, Obligation(Kind.CLOCK, A), replace(GRANT, due_at=5.0))
    async with running(store, clock, desk) as made:

        async def done_but_one() -> bool:
            return [one.kind for one in await owed(store)] == [Kind.CLOCK]

        await eventually(done_but_one)
        made.wake()

        async def left() -> bool:
            rows = await owed(store)
            return [row.kind for row in rows] == [Kind.CLOCK] and rows[0].due_at > clock.seconds

        await eventually(left)
        (row,) = await owed(store)
        assert (row.attempts, row.parked) == (0, False)
        assert row.due_at >= clock.seconds + timedelta(hours=12).total_seconds()


async def test_what_was_cut_short_is_done_by_the_next(store: Store, clock: Clock, desk: Desk) -> None:
    """Wherever the handler was: the row stands until it has come to its end."""
    desk.does = Held()
    await owe(store, GRANT, Obligation(Kind.REACT, B))
    async with running(store, clock, desk):
        await eventually(lambda: len(desk.now) == 2)
    assert len(await owed(store)) == 2 and desk.now == set()
    desk.does = desk.nothing
    async with running(store, clock, desk):
        await all_done(store)
    assert [one.attempts for one in desk.begun] == [0] * 4


async def test_the_same_reconciler_goes_on_after_the_store_failed(
    store: Store, clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was doing when it was ended is not taken to be still going on."""
    made = Reconciler(store, clock.now)
    made.handles("keys", {Kind.GRANT: desk})
    desk.does = Held()
    await owe(store, GRANT)

    async def fails(*_: object) -> None:
        raise StoreError("not now")

    monkeypatch.setattr(reconciler, "_LOOK_EVERY", 0.05)
    run = asyncio.create_task(made.run())
    await eventually(lambda: len(desk.now) == 1)
    with monkeypatch.context() as broken:
        broken.setattr(store, "work_due", fails)
        with pytest.raises(StoreError):
            await run
    desk.does = desk.nothing
    run = asyncio.create_task(made.run())
    await all_done(store)
    await cancel_and_wait(run)


async def test_what_is_hurried_while_it_is_done_is_done_again(store: Store, clock: Clock, desk: Desk) -> None:
    """It looked before that happened, and put itself off for long: it looks again now."""

    async def waits_for_others(one: Obligation) -> None:
        if len(desk.begun) == 1:
            hurried = Transaction()
            hurried.hurry(Kind.GRANT, A)
            await store.write(hurried)
            raise LaterError(1e6)

    desk.does = waits_for_others
    await owe(store, GRANT)
    async with running(store, clock, desk):
        await all_done(store)
    assert len(desk.begun) == 2


async def test_all_of_a_kind_are_done_without_a_wait(
    store: Store, clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One case owes something to many: each follows the one before."""
    monkeypatch.setattr(reconciler, "_LOOK_EVERY", 1e6)
    await owe(store, *(replace(GRANT, detail=f"{n}") for n in range(20)))
    async with running(store, clock, desk):
        await all_done(store)
    assert len(desk.begun) == 20


async def test_a_lost_wake_up_costs_a_moment(
    store: Store, clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody tells it that something is owed, and it is done all the same."""
    monkeypatch.setattr(reconciler, "_LOOK_EVERY", 0.05)
    async with running(store, clock, desk):
        await owe(store, GRANT)
        await all_done(store)


async def test_a_row_that_cannot_be_put_off_is_not_tried_without_a_break(
    store: Store, clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store takes nothing: the lane is held for a while, and the row stands as it was."""
    monkeypatch.setattr(backoff, "FIRST", 0.5)

    async def fails(one: Obligation) -> None:
        raise ValueError

    async def full(transaction: Transaction, *more: object) -> None:
        raise StoreError("no room")

    desk.does = fails
    async with running(store, clock, desk) as made:
        await owe(store, GRANT)
        with monkeypatch.context() as broken:
            broken.setattr(store, "write", full)
            made.wake()
            await eventually(lambda: len(desk.ended) == 1)
            for _ in range(100):
                made.wake()
                await store.position()
            assert len(desk.begun) == 1
        desk.does = desk.nothing
        await all_done(store)
