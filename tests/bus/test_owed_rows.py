"""The rows of an agency's obligations: one for each, found when due, and deleted only if it was met after it arose."""

from __future__ import annotations

from dataclasses import replace

from harness.owing import all_due

from bus.store import Kind, Obligation, OutboxRow, OutboxStatus, Owed, Store, Transaction

CASE, OTHER = "5f3f7a52-9a2e-4d5c-8f1b-0d9f6a3c2b10", "7a52f3f5-2e9a-5c4d-1b8f-f6a3c2b100d9"
GRANT = Obligation(Kind.GRANT, CASE, "case/police", since=5.0)


def owing(*obligations: Obligation) -> Transaction:
    """A transaction that owes these."""
    made = Transaction()
    made.oblige(*obligations)
    return made


async def owed(store: Store, now: float = 1e12) -> list[Obligation]:
    """What is due."""
    return await all_due(store, now)


async def fulfil(store: Store, one: Obligation) -> None:
    """It was done."""
    done = Transaction()
    done.fulfil(one)
    await store.write(done)


async def postpone(store: Store, one: Obligation) -> None:
    """It is to be tried again."""
    later = Transaction()
    later.postpone(one)
    await store.write(later)


async def test_one_thing_is_owed_once(store: Store) -> None:
    """The same again raises its revision; another case, kind or detail is another row."""
    others = (replace(GRANT, case_id=OTHER), replace(GRANT, detail="case/ngo"), Obligation(Kind.CONSENT, CASE))
    await store.write(owing(GRANT, *others))
    await store.write(owing(replace(GRANT, since=9.0)))
    found = {(one.kind, one.case_id, one.detail): one for one in await owed(store)}
    assert len(found) == 4
    assert found[Kind.GRANT, CASE, "case/police"] == replace(GRANT, revision=2, since=9.0)


async def test_what_arose_again_while_it_was_done_is_still_owed(store: Store) -> None:
    """Striking off, and trying again, are about what was owed when the work began."""
    await store.write(owing(GRANT))
    (begun,) = await owed(store)
    await store.write(owing(GRANT))
    await fulfil(store, begun)
    await postpone(store, replace(begun, due_at=99.0, attempts=7, parked=True, trouble="Error"))
    (still,) = await owed(store)
    assert still == replace(GRANT, revision=2)
    await fulfil(store, still)
    assert await owed(store) == []


async def test_what_arises_again_begins_anew(store: Store) -> None:
    """Whatever had failed, also if it was parked: there is something new to do."""
    await store.write(owing(GRANT))
    (begun,) = await owed(store)
    await postpone(store, replace(begun, due_at=99.0, attempts=12, parked=True, trouble="Error"))
    assert await owed(store) == []
    await store.write(owing(GRANT))
    assert await owed(store) == [replace(GRANT, revision=2)]


async def test_the_longest_due_comes_first(store: Store) -> None:
    """What is due later, and what is parked, does not come at all; the next one tells when to look again."""
    dated = [Obligation(Kind.CLOCK, f"{number}", due_at=at) for number, at in enumerate((30.0, 10.0, 20.0, 40.0))]
    parked = replace(GRANT, parked=True, attempts=12, due_at=1.0)
    await store.write(owing(*dated, GRANT))
    await postpone(store, parked)
    assert [one.due_at for one in await owed(store, 30.0)] == [10.0, 20.0, 30.0]
    assert [one.due_at for one in (await store.work_due(30.0, 2)).now] == [10.0, 20.0]
    assert (await store.work_due(30.0, 2)).next_at == 40.0
    assert (await store.work_due(40.0, 2)).next_at is None
    assert await store.parked(10) == [parked]


async def test_a_case_that_owes_much_hides_no_other(store: Store) -> None:
    """Of each kind and case there comes what is longest due, and is not parked; so others have room."""
    many = [replace(GRANT, detail=f"case/{number}", due_at=10.0 - number % 7) for number in range(50)]
    other, parked = replace(GRANT, case_id=OTHER, due_at=9.0), replace(GRANT, attempts=12, parked=True, due_at=1.0)
    await store.write(owing(*many, GRANT, Obligation(Kind.CONSENT, CASE, due_at=8.0), other))
    await postpone(store, parked)
    due = [(one.kind, one.case_id, one.detail) for one in (await store.work_due(20.0, 10)).now]
    first = (Kind.GRANT, CASE, "case/13")
    assert due == [first, (Kind.CONSENT, CASE, ""), (Kind.GRANT, OTHER, GRANT.detail)]
    assert (await store.work_due(3.0, 10)).now == []


async def test_what_is_parked_is_done_when_something_else_happens(store: Store) -> None:
    """Such as a key that has come; what failed as often before fails the same."""
    await store.write(owing(GRANT))
    await postpone(store, replace(GRANT, attempts=12, parked=True, due_at=5.0))
    hurried = Transaction()
    hurried.hurry(Kind.GRANT, CASE)
    await store.write(hurried)
    assert await owed(store, 0.0) == [replace(GRANT, attempts=12, revision=2)]


async def test_what_failed_is_hurried_and_what_has_a_date_is_not(store: Store) -> None:
    """With the broker back, what failed is tried at once; a clock rings when it is due, and what is parked waits."""
    clock, parked = Obligation(Kind.CLOCK, CASE, due_at=90.0), Obligation(Kind.REACT, CASE)
    await store.write(owing(GRANT, clock, parked))
    await postpone(store, replace(GRANT, due_at=80.0, attempts=3, trouble="Error"))
    await postpone(store, replace(parked, due_at=70.0, attempts=12, parked=True))
    await store.hurry(20.0)
    assert [one.kind for one in await owed(store, 20.0)] == [Kind.GRANT]
    await store.hurry(20.0, Kind.CLOCK, OTHER)
    assert len(await owed(store, 20.0)) == 1
    await store.hurry(20.0, Kind.CLOCK, CASE)
    assert [one.kind for one in await owed(store, 20.0)] == [Kind.CLOCK, Kind.GRANT]
    await store.unpark(20.0)
    assert [(one.kind, one.attempts) for one in await owed(store, 20.0)] == [
        (Kind.CLOCK, 0),
        (Kind.GRANT, 3),
        (Kind.REACT, 0),
    ]


async def test_what_a_person_should_look_at_is_found(store: Store) -> None:
    """The oldest that fails or is parked, and what has long been due without being tried; not what is just new."""
    await store.write(owing(replace(GRANT, since=2.0), Obligation(Kind.CLOCK, CASE, due_at=50.0, since=50.0)))
    assert (await store.failing(100.0), await store.undone(0.0)) == ([], None)
    assert await store.undone(40.0) == replace(GRANT, since=2.0)
    failed = replace(GRANT, since=2.0, due_at=60.0, attempts=1, trouble="Error")
    await postpone(store, failed)
    assert (await store.failing(2.0), await store.failing(3.0)) == ([], [failed])
    assert (await store.undone(50.0), await store.undone(51.0)) == (
        None,
        Obligation(Kind.CLOCK, CASE, due_at=50.0, since=50.0),
    )
    await postpone(store, replace(failed, parked=True))
    assert await store.failing(3.0) == [replace(failed, parked=True)]


async def test_what_is_owed_is_counted_by_kind(store: Store) -> None:
    """With attempts, how many are parked, and since when the oldest is owed; without what is due later."""
    await store.write(owing(GRANT, replace(GRANT, case_id=OTHER, since=3.0), Obligation(Kind.CLOCK, CASE, due_at=90.0)))
    await postpone(store, replace(GRANT, attempts=12, parked=True))
    assert await store.work(10.0) == [Owed("grant", due=2, parked=1, attempts=12, age=7.0)]


async def test_an_outbox_with_nothing_left_owes_no_delivery(store: Store) -> None:
    """By the last of a case's events, whatever became of it; while one waits the delivery is owed."""
    deliver = Obligation(Kind.DELIVER, CASE)
    rows = [OutboxRow(event_id, CASE, b"draft") for event_id in ("one", "two", "three")]
    keeps = owing(deliver, replace(deliver, case_id=OTHER))
    for each in (*rows, OutboxRow("elsewhere", OTHER, b"draft")):
        keeps.submit(each)
    await store.write(keeps)
    for each, status in ((rows[0], OutboxStatus.DELIVERED), (rows[1], OutboxStatus.PARKED)):
        settles = Transaction()
        settles.settle(replace(each, status=status))
        await store.write(settles)
        assert len(await owed(store)) == 2
    withdraws = Transaction()
    withdraws.withdraw(rows[2])
    await store.write(withdraws)
    assert [one.case_id for one in await owed(store)] == [OTHER]


async def test_an_erased_case_owes_only_its_end(store: Store) -> None:
    """Nothing more is given, rung or reacted to; its erasure, and its chain in the log, are still owed."""
    await store.write(owing(*(Obligation(kind, CASE) for kind in Kind), Obligation(Kind.GRANT, OTHER)))
    erases = Transaction()
    erases.erase(CASE, "wish")
    await store.write(erases)
    assert {(one.kind, one.case_id) for one in await owed(store)} == {
        (Kind.ERASE, CASE),
        (Kind.PUT_BACK, CASE),
        (Kind.REPAIR, CASE),
        (Kind.GRANT, OTHER),
    }
