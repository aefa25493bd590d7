"""Tasks have keys, and an agency whose mandate gets a new reaction goes on at the event that it had reached."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from harness.bus import Bus, full_mandate
from harness.insider import insider
from harness.owing import react_again
from harness.waiting import eventually

from bus.mandate import Mandate, ReactionContext
from bus.sealing.content import KEY_BYTES, ContentKey
from bus.sealing.keyring import CASE
from bus.store import Transaction
from contracts.chapters.consultation import AdviceGiven, ConsultationRequested
from contracts.chapters.detection import VictimDetected
from contracts.view.case_view import CaseView

AGENCIES = ("ngo-fyren", "coordinator")


def _asking(*, first: type[ConsultationRequested | VictimDetected]) -> tuple[Mandate, list[str]]:
    """An NGO that notes what it reacts to, from the first of these events on."""
    ngo, seen = full_mandate("ngo-fyren"), []

    @ngo.on(*(VictimDetected, ConsultationRequested)[0 if first is VictimDetected else 1 :])
    async def note(event: object, case: CaseView, context: ReactionContext) -> None:
        """Noted, and where it comes from."""
        seen.append(f"{type(event).__name__} by {context.provenance.agency} after {context.before.version}")

    return ngo, seen


async def test_a_mandate_that_grows_keeps_its_place(tmp_path: Path) -> None:
    """What the new reaction is to is met from then on; what was reacted to before is not met again."""
    ngo, seen = _asking(first=ConsultationRequested)
    async with Bus(tmp_path, *AGENCIES, mandates={"ngo-fyren": ngo}) as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)
        await eventually(lambda: seen == ["ConsultationRequested by ngo-fyren after 1"])
        await bus.stop_node("ngo-fyren")
        bus.mandates["ngo-fyren"], grown = _asking(first=VictimDetected)
        await bus.start_node("ngo-fyren")
        await bus.ready()
        other = (await bus.detect("ngo-fyren")).case_id
        await bus.submit("ngo-fyren", ConsultationRequested.canonical(), other)
        await eventually(
            lambda: grown == ["VictimDetected by ngo-fyren after 0", "ConsultationRequested by ngo-fyren after 1"]
        )
        assert len(seen) == 1


async def test_what_was_done_before_it_was_asked_stays_done(tmp_path: Path) -> None:
    """A reaction that runs again comes after later ones: the task that it raises then is over already."""
    coordinator = full_mandate("coordinator")
    runs: list[str] = []

    @coordinator.on(ConsultationRequested)
    async def ask(requested: ConsultationRequested, case: CaseView, context: ReactionContext) -> None:
        """It asks for something only when the answer has been seen."""
        if "answered" in runs:
            await context.open_task(case, "answer", context.provenance.event_id, en="Answer.", sv="Svara.")
            await context.open_task(case, "think", context.provenance.event_id, en="Think.", sv="Tänk.")
        runs.append("asked")

    @coordinator.on(AdviceGiven)
    async def answered(given: AdviceGiven, case: CaseView, context: ReactionContext) -> None:
        """Done, whether or not it was asked."""
        await context.close_task(case, "answer", given.consultation_id)
        runs.append("answered")

    async with Bus(tmp_path, *AGENCIES, mandates={"coordinator": coordinator}) as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        asked = (await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)).event_id
        await bus.level()
        await bus.readable(case_id)
        advice = AdviceGiven.canonical().model_copy(update={"consultation_id": asked})
        await bus.submit("coordinator", advice, case_id)
        node = bus.nodes["coordinator"]
        await eventually(lambda: runs == ["asked", "answered"])
        assert await node.tasks.open() == []
        await react_again(node, case_id)

        async def thinks() -> bool:
            return [task.text_en for task in await node.tasks.open()] == ["Think."]

        await eventually(thinks)
        await eventually(lambda: runs == ["asked", "answered"] * 2)
        assert await thinks()


async def test_a_reaction_that_fails_lets_no_later_one_of_its_case_pass(tmp_path: Path) -> None:
    """They run in the order of the case; another case does not wait for it."""
    coordinator = full_mandate("coordinator")
    runs: list[tuple[str, int]] = []
    mended = asyncio.Event()

    @coordinator.on(ConsultationRequested)
    async def note(requested: ConsultationRequested, case: CaseView, context: ReactionContext) -> None:
        """In the first case the first one fails until that is mended."""
        runs.append((case.case_id, len(case.consultations)))
        if (case.case_id, len(case.consultations)) == (first, 1) and not mended.is_set():
            raise ConnectionError("not now")

    async with Bus(tmp_path, *AGENCIES, mandates={"coordinator": coordinator}) as bus:
        first, other = [(await bus.detect("ngo-fyren")).case_id for _ in range(2)]
        for case_id in (first, first, other):
            await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)
        await eventually(lambda: (other, 1) in runs and runs.count((first, 1)) > 1)
        assert (first, 2) not in runs
        mended.set()
        await eventually(lambda: (first, 2) in runs)


async def test_what_was_unreadable_when_it_came_is_reacted_to_once_it_opens(tmp_path: Path) -> None:
    """Several events under a key that comes late: no reaction to any of them is left out."""
    coordinator = full_mandate("coordinator")
    runs: list[int] = []

    @coordinator.on(ConsultationRequested)
    async def note(requested: ConsultationRequested, case: CaseView, context: ReactionContext) -> None:
        """The number of the consultation."""
        runs.append(len(case.consultations))

    async with Bus(tmp_path, *AGENCIES, mandates={"coordinator": coordinator}) as bus, insider(bus, "ngo-fyren") as ngo:
        case_id = (await bus.detect("ngo-fyren")).case_id
        await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)
        await eventually(lambda: runs == [1])
        late, node = ContentKey.new(case_id, CASE), bus.nodes["coordinator"]
        for _ in range(3):
            await ngo.writes(case_id, ConsultationRequested.canonical(), late)
        await bus.level()
        assert (await node.replica.case(case_id)).unreadable and runs == [1]
        read_anew, read = node.replica._read_anew, asyncio.Event()

        async def slowly(cases: Iterable[str]) -> None:
            """The key is on the disk; before the case is read by it, the reactions that it brings may run."""
            node.reconciler.wake()
            for _ in range(50):
                await node.store.position()
            await read_anew(cases)
            read.set()

        node.replica._read_anew = slowly  # type: ignore[method-assign, assignment]
        for agency in AGENCIES:
            await ngo.grants(late, agency)
        await asyncio.wait_for(read.wait(), 20)
        await bus.readable(case_id)
        await eventually(lambda: runs == [1, 2, 3, 4])


async def test_only_the_cases_keys_tell_what_there_is_to_do(tmp_path: Path) -> None:
    """The store shows neither text nor due date, and the id does not give away what is asked; without keys: nothing."""
    async with Bus(tmp_path, "ngo-fyren") as bus:
        node = bus.nodes["ngo-fyren"]

        async def nothing(*_: object) -> None:
            """So that the key that is destroyed does not come back with our own grant of it."""

        node.log.put = nothing  # type: ignore[method-assign, assignment]
        case_id = (await bus.detect("ngo-fyren")).case_id
        asked = {"en": "Call the shelter.", "sv": "Ring boendet.", "due": "2024-03-08"}
        task_id = await node.tasks.ask(case_id, "call", "event", **asked)
        await node.tasks.ask(case_id, "wait", "event", en="Wait.", sv="Vänta.")
        first, _ = await node.tasks.open()
        assert (first.task_id, first.due) == (task_id, "2024-03-08")
        (row,) = [row for row in await node.store.open_tasks(case_id) if row.task_id == task_id]
        assert not any(text.encode() in row.sealed for text in asked.values()) and len(row.sealed) > 512
        assert task_id != str(uuid5(NAMESPACE_URL, f"{case_id}/call/event"))
        epoch = await bus.key("ngo-fyren", case_id)
        forged = ContentKey(case_id, CASE, epoch.kid, bytes(KEY_BYTES))
        transaction = Transaction()
        transaction.put_keys([node.keyring.wrapped(forged, "another")])
        await node.store.write(transaction)
        assert len(await node.tasks.open(case_id)) == 2, "a key under the same name does no harm"
        await node.keyring.destroy(case_id, [CASE])
        assert await node.tasks.open() == []
        await node.replica.read_anew([case_id])
        assert await node.tasks.ask(case_id, "late", "event", **asked) is None
