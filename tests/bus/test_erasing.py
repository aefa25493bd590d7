"""Erased data is gone at every holder, each holder confirms that in the log, and the chain still holds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.insider import insider
from harness.owing import do, erasing_of, owed
from harness.sharing import AGENCIES, IDENTITY, accept, consent, now, read, reads, refer
from harness.waiting import eventually

from bus.errors import RefusedError
from bus.nats.erasable_streams import KEYS, PERSONAL, since_of
from bus.reconciler.reconciler import LaterError
from bus.sealing.content import ContentKey
from bus.store import Kind, Obligation
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.erasure import ErasureReason, ErasureRequested, holders_of
from contracts.event.case_event import CaseEvent
from contracts.view.case_view import CaseView
from contracts.view.parts.erasure import ErasureScope
from contracts.view.parts.status import CaseStatus


async def shared_case(bus: Bus) -> str:
    """A case of the NGO's that the municipality has accepted and read, with a pending task nowhere."""
    case_id = (await bus.detect("ngo-fyren")).case_id
    await consent(bus, case_id, "municipality-0180", "ngo-fyren")
    await accept(bus, case_id, "municipality-0180", await refer(bus, case_id, "municipality-0180"))
    await bus.nodes["ngo-fyren"].personal.record(case_id, IDENTITY)
    await bus.level()
    await reads(bus, "municipality-0180", case_id)
    await bus.level()
    return case_id


async def view(bus: Bus, agency: str, case_id: str) -> CaseView:
    """What an agency sees of a case."""
    seen = (await bus.nodes[agency].replica.case(case_id)).view
    assert isinstance(seen, CaseView)
    return seen


def withdrawn(consent_id: str) -> CaseEvent:
    """The municipality is no longer to know."""
    return an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=["municipality-0180"])


async def erase(bus: Bus, case_id: str, scope: ErasureScope) -> None:
    """The lead has it erased."""
    wish = an_event(
        ErasureRequested,
        occurred_at=now(),
        scope=scope,
        reason=ErasureReason.PERSON_ASKED,
        holders=holders_of(await view(bus, "ngo-fyren", case_id)),
    )
    await bus.submit("ngo-fyren", wish, case_id)


async def all_confirmed(bus: Bus, agency: str, case_id: str, but: tuple[str, ...] = ()) -> None:
    """Wait until an agency sees that every holder has confirmed, but for some."""

    async def confirmed() -> bool:
        erasures = (await view(bus, agency, case_id)).erasures
        return bool(erasures) and erasures[-1].outstanding == but

    await eventually(confirmed, within=20)


async def left_at_broker(bus: Bus, stream: str, under: str) -> int:
    """How many messages of a deletable stream lie under some subject."""
    async with bus.connected() as administrator:
        info = await administrator.jetstream().stream_info(stream, subjects_filter=under)
        return len(info.state.subjects or {})


class Held:
    """Calls of one of an object's methods that wait, from now on, until they are let go."""

    def __init__(self, owner: object, name: str, *, about: str = "") -> None:
        self._call = getattr(owner, name)
        self._about = about
        self._reached, self._go, self._gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        setattr(owner, name, self)

    async def __call__(self, *arguments: Any) -> Any:
        if any(self._about in str(each) for each in arguments):
            self._reached.set()
            await self._go.wait()
        answer = await self._call(*arguments)
        if self._go.is_set():
            self._gone.set()
        return answer

    async def reached(self) -> None:
        """Wait until somebody waits."""
        async with asyncio.timeout(20):
            await self._reached.wait()

    async def let_go(self) -> None:
        """They go on; wait until one has ended."""
        self._go.set()
        async with asyncio.timeout(20):
            await self._gone.wait()


async def granted(bus: Bus, case_id: str, part: str, recipient: str, since: int) -> bool:
    """Whether something lies at the broker for somebody that was put there after a version."""
    async with bus.connected() as administrator:
        info = await administrator.jetstream().stream_info(
            KEYS, subjects_filter=f"key.{case_id}.{part}.*.{recipient}.>"
        )
    return any(since_of(subject) >= since for subject in info.state.subjects or ())


@pytest.mark.parametrize("slow", ["subjects", "delete"])
async def test_who_comes_back_while_its_grants_are_deleted_reads_on(tmp_path: Path, slow: str) -> None:
    """The coordinator is slow to look what lies there and behind the log, or slow to delete. What is granted anew
    meanwhile stays, even for one that never took what it was granted first.
    """
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        first = await consent(bus, case_id, "municipality-0180", "ngo-fyren")
        await bus.stop_node("municipality-0180")
        await refer(bus, case_id, "municipality-0180")
        await bus.level()
        held = Held(bus.nodes["coordinator"].log, slow)
        await bus.submit("ngo-fyren", withdrawn(first), case_id)
        await held.reached()
        left = (await view(bus, "ngo-fyren", case_id)).version
        lagging = Held(bus.nodes["coordinator"].mechanism, "take") if slow == "subjects" else None
        await consent(bus, case_id, "municipality-0180", "ngo-fyren")
        offer = await refer(bus, case_id, "municipality-0180")
        await eventually(lambda: none_due(bus, "ngo-fyren"))
        await held.let_go()
        if lagging is not None:
            await lagging.let_go()
        await eventually(lambda: granted(bus, case_id, "offer", "municipality-0180", left))
        await bus.start_node("municipality-0180")
        await bus.ready()
        await accept(bus, case_id, "municipality-0180", offer)


async def test_personal_details_opened_again_while_grants_are_deleted_are_read(tmp_path: Path) -> None:
    """The coordinator has judged by the consent that was withdrawn, and deletes when there is another one."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await shared_case(bus)
        held = Held(bus.nodes["coordinator"].log, "delete")
        consent_id = (await view(bus, "ngo-fyren", case_id)).consents[0].id
        await consent(bus, case_id, "municipality-0180", "ngo-fyren", classes=("contact",))  # so that nobody leaves
        await bus.stop_node("municipality-0180")
        await bus.submit("ngo-fyren", withdrawn(consent_id), case_id)
        left = (await view(bus, "ngo-fyren", case_id)).version
        await held.reached()
        await consent(bus, case_id, "municipality-0180", "ngo-fyren")
        await bus.level()
        await eventually(lambda: none_due(bus, "ngo-fyren"))
        await held.let_go()
        await eventually(lambda: granted(bus, case_id, "identity", "municipality-0180", left))
        await bus.start_node("municipality-0180")
        await bus.ready()
        await reads(bus, "municipality-0180", case_id)


async def test_a_grant_under_way_when_details_are_erased_is_deleted_too(tmp_path: Path) -> None:
    """Whoever gives it has not confirmed before it is given; the coordinator, who cannot judge, deletes after that."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        await consent(bus, case_id, "municipality-0180", "ngo-fyren")
        await bus.nodes["ngo-fyren"].personal.record(case_id, IDENTITY)
        held = Held(bus.nodes["ngo-fyren"].log, "put", about=f"key.{case_id}.identity.")
        await accept(bus, case_id, "municipality-0180", await refer(bus, case_id, "municipality-0180"))
        await held.reached()
        await erase(bus, case_id, ErasureScope.PERSONAL_DETAILS)
        await all_confirmed(bus, "ngo-fyren", case_id, but=("ngo-fyren", "coordinator"))
        await held.let_go()
        await all_confirmed(bus, "ngo-fyren", case_id)
        await eventually(lambda: nothing_left(bus, KEYS, f"key.{case_id}.identity.>"))


async def test_a_grant_that_comes_after_the_deletion_is_deleted_too(tmp_path: Path) -> None:
    """The coordinator reads nothing of the case, has confirmed, and deletes once more when the last holder confirms."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await shared_case(bus)
        await bus.stop_node("municipality-0180")
        await erase(bus, case_id, ErasureScope.PERSONAL_DETAILS)
        await all_confirmed(bus, "ngo-fyren", case_id, but=("municipality-0180",))
        assert (await bus.nodes["coordinator"].replica.case(case_id)).unreadable
        key = ContentKey.new(case_id, "identity")
        async with insider(bus, "municipality-0180") as rogue:
            await rogue.grants(key, "ngo-fyren")
        assert not await nothing_left(bus, KEYS, f"key.{case_id}.identity.>")
        await bus.start_node("municipality-0180")
        await bus.ready()
        await all_confirmed(bus, "ngo-fyren", case_id)
        await eventually(lambda: nothing_left(bus, KEYS, f"key.{case_id}.identity.>"))


async def test_what_is_about_to_be_destroyed_is_given_to_nobody(tmp_path: Path) -> None:
    """Asked to erase and not done with it, the NGO hears of a new consent: the old key goes to no reader of that."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await shared_case(bus)
        held = Held(erasing_of(bus.nodes["ngo-fyren"]), "_destroy")
        await erase(bus, case_id, ErasureScope.PERSONAL_DETAILS)
        await held.reached()
        asked = (await view(bus, "ngo-fyren", case_id)).version
        await consent(bus, case_id, "municipality-0180", "ngo-fyren")

        await bus.level()
        with pytest.raises(LaterError):  # what was owed before, and is looked at only now
            await do(bus.nodes["ngo-fyren"], Obligation(Kind.GRANT, case_id, "identity/municipality-0180"))
        assert not await granted(bus, case_id, "identity", "municipality-0180", asked)
        await held.let_go()
        await all_confirmed(bus, "ngo-fyren", case_id)
        await eventually(lambda: nothing_left(bus, KEYS, f"key.{case_id}.identity.>"))
        await eventually(lambda: none_due(bus, "ngo-fyren"))


async def test_what_is_recorded_after_an_erasure_outlasts_the_last_confirmation(tmp_path: Path) -> None:
    """One holder is away; the case goes on meanwhile, with details recorded anew, which it reads when it is back."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await shared_case(bus)
        await bus.stop_node("municipality-0180")
        await erase(bus, case_id, ErasureScope.PERSONAL_DETAILS)
        await all_confirmed(bus, "ngo-fyren", case_id, but=("municipality-0180",))
        await bus.nodes["ngo-fyren"].personal.record(case_id, IDENTITY)
        async with insider(bus, "municipality-0180") as rogue:
            asked = (await view(bus, "ngo-fyren", case_id)).erasures[-1].id
            await rogue.writes(case_id, ErasureRequested.canonical(), event_id=asked)  # as if all were to go once more
        await bus.start_node("municipality-0180")
        await bus.ready()
        await all_confirmed(bus, "ngo-fyren", case_id)
        await reads(bus, "municipality-0180", case_id)
        await do(bus.nodes["coordinator"], Obligation(Kind.ERASE, case_id))  # what it does by itself, and once more
        assert await granted(bus, case_id, "identity", "municipality-0180", 1)


async def none_due(bus: Bus, agency: str) -> bool:
    """Whether an agency owes no keys."""
    return await owed(bus.nodes[agency], Kind.GRANT, Kind.CONSENT) == []


async def nothing_left(bus: Bus, stream: str, under: str) -> bool:
    """Whether nothing lies under some subject."""
    return await left_at_broker(bus, stream, under) == 0


async def test_an_erased_case_is_gone_everywhere_and_says_so(tmp_path: Path) -> None:
    """Keys, grants, records and what waits are gone; each holder confirms; everybody sees the same; the chain holds."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id, other = await shared_case(bus), await shared_case(bus)
        await erase(bus, case_id, ErasureScope.CASE)
        for agency in ("ngo-fyren", "municipality-0180", "coordinator"):
            await all_confirmed(bus, agency, case_id)
        await bus.level()
        digests = await bus.digests(case_id)
        assert set(digests) == {"ngo-fyren", "municipality-0180", "coordinator"}
        assert len(set(digests.values())) == 1
        erased = await view(bus, "municipality-0180", case_id)
        assert (erased.status, erased.exploitation_forms) == (CaseStatus.ERASED, ())
        for agency in AGENCIES:
            keyring = bus.nodes[agency].keyring
            assert await keyring.of(case_id) == () and await keyring.of(case_id, "identity") == ()
        for stream, under in ((KEYS, f"key.{case_id}.>"), (PERSONAL, f"personal.{case_id}.>")):
            assert await left_at_broker(bus, stream, under) == 0
        with pytest.raises(RefusedError, match="R22"):
            await bus.submit("ngo-fyren", ConsultationRequested.canonical(), case_id)
        assert await read(bus, "municipality-0180", other) == [IDENTITY]


async def test_erased_personal_details_leave_the_case(tmp_path: Path) -> None:
    """The records and their keys go, also at one that has left the case and reads nothing of it; the case goes on."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await shared_case(bus)
        first = (await view(bus, "ngo-fyren", case_id)).consents[0].id
        await bus.submit("ngo-fyren", withdrawn(first), case_id)
        await bus.consent("ngo-fyren", case_id)  # in an epoch that the municipality does not have
        await erase(bus, case_id, ErasureScope.PERSONAL_DETAILS)
        await all_confirmed(bus, "ngo-fyren", case_id)
        await bus.level()
        assert (await bus.nodes["municipality-0180"].replica.case(case_id)).unreadable
        assert (await view(bus, "ngo-fyren", case_id)).personal_records == ()
        for agency in AGENCIES:
            assert await bus.nodes[agency].keyring.of(case_id, "identity") == ()
        assert await left_at_broker(bus, PERSONAL, f"personal.{case_id}.>") == 0
        await eventually(lambda: nothing_left(bus, KEYS, f"key.{case_id}.identity.>"))
        assert await left_at_broker(bus, KEYS, f"key.{case_id}.case.>") > 0
        assert (await bus.consent("ngo-fyren", case_id)).version is not None


async def test_a_holder_that_was_away_erases_when_it_is_back(tmp_path: Path) -> None:
    """Until then everybody sees that it has not confirmed."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await shared_case(bus)
        await bus.stop_node("municipality-0180")
        await erase(bus, case_id, ErasureScope.CASE)

        async def only_one_is_left() -> bool:
            erasures = (await view(bus, "ngo-fyren", case_id)).erasures
            return bool(erasures) and erasures[-1].outstanding == ("municipality-0180",)

        await eventually(only_one_is_left, within=20)
        await bus.start_node("municipality-0180")
        await all_confirmed(bus, "ngo-fyren", case_id)
        assert await bus.nodes["municipality-0180"].keyring.of(case_id) == ()


async def test_who_does_not_lead_erases_nothing(tmp_path: Path) -> None:
    """Refused at the writer; and written straight to the log, set aside by all who hold anything."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = await shared_case(bus)
        holders = holders_of(await view(bus, "ngo-fyren", case_id))
        wish = an_event(ErasureRequested, occurred_at=now(), scope="case", reason="other", holders=holders)
        with pytest.raises(RefusedError, match="R22"):
            await bus.submit("municipality-0180", wish, case_id)
        assert await read(bus, "municipality-0180", case_id) == [IDENTITY]
