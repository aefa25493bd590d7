"""What is erased is gone at every holder, each says so in the log, and the chain still holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.sharing import AGENCIES, IDENTITY, accept, consent, now, read, reads, refer
from harness.waiting import eventually

from bus.broker.deletable import KEYS, PERSONAL
from bus.errors import RefusedError
from contracts.consent import ConsentWithdrawn
from contracts.consultation import ConsultationRequested
from contracts.erasure import ErasureReason, ErasureRequested, holders_of
from contracts.record_states import ErasureScope
from contracts.states import CaseStatus
from contracts.view import CaseView


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
    return (await bus.nodes[agency].replica.case(case_id)).view


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


async def all_confirmed(bus: Bus, agency: str, case_id: str) -> None:
    """Wait until an agency sees that every holder has confirmed."""

    async def confirmed() -> bool:
        erasures = (await view(bus, agency, case_id)).erasures
        return bool(erasures) and not erasures[-1].outstanding

    await eventually(confirmed, within=20)


async def left_at_broker(bus: Bus, stream: str, under: str) -> int:
    """How many messages of a deletable stream lie under some subject."""
    async with bus.connected() as administrator:
        info = await administrator.jetstream().stream_info(stream, subjects_filter=under)
        return len(info.state.subjects or {})


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
        gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=first, recipients=["municipality-0180"])
        await bus.submit("ngo-fyren", gone, case_id)
        await bus.consent("ngo-fyren", case_id)  # in an epoch that the municipality does not have
        await erase(bus, case_id, ErasureScope.PERSONAL_DETAILS)
        await all_confirmed(bus, "ngo-fyren", case_id)
        await bus.level()
        assert (await bus.nodes["municipality-0180"].replica.case(case_id)).behind
        assert (await view(bus, "ngo-fyren", case_id)).personal_records == ()
        for agency in AGENCIES:
            assert await bus.nodes[agency].keyring.of(case_id, "identity") == ()
        assert await left_at_broker(bus, PERSONAL, f"personal.{case_id}.>") == 0
        assert await left_at_broker(bus, KEYS, f"key.{case_id}.identity.>") == 0
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
