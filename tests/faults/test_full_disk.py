"""A service's disk is full: it says so, acknowledges nothing that it cannot keep, and recovers with its disk."""

from __future__ import annotations

import asyncio
import resource

import psutil
from harness.running import CONSENT, DETECTION, Callers, kill_service, verified
from harness.waiting import eventually

from stafett.embedded.bus import FIVE

_UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def _let_files_grow(process: int | None, most: int | None) -> None:
    """Let no file of a process grow past so many bytes, as a full disk would; None: as long as they like."""
    limits = _UNLIMITED if most is None else (most, resource.RLIM_INFINITY)
    psutil.Process(process).rlimit(psutil.RLIMIT_FSIZE, limits)


async def test_a_full_disk_costs_nothing_that_was_acknowledged(callers: Callers) -> None:
    """Writes get 503 as a problem, health says why, the others go on; afterwards nothing that was answered lacks."""
    case_id = await callers.shared_case()
    before = await callers.agreed_version(case_id, 1)
    service = callers.bus.services["ngo"].pid
    said = [await callers.said("ngo", CONSENT, case_id) for _ in range(5)]
    _let_files_grow(service, 1)
    refused = await callers.issue("ngo", case_id, CONSENT, key="full")
    assert refused.status_code == 503, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"].endswith("store-unavailable")
    health = await callers.get("ngo", "/health/ready")
    assert health.status_code == 503
    assert health.json()["store"]
    assert (await callers.get("ngo", f"/v1/cases/{case_id}")).status_code == 200
    assert (await callers.post("ngo", "/v1/cases", DETECTION)).status_code == 503
    others = [await callers.said("police", CONSENT, case_id) for _ in range(5)]
    assert (await callers.get("ngo", f"/v1/cases/{case_id}")).json()["version"] == before + len(said)

    await asyncio.to_thread(kill_service, callers.bus, "ngo")
    callers.bus.start_service("ngo")
    await callers.all_ready()
    again = await callers.issue("ngo", case_id, CONSENT, key="full")
    assert again.status_code == 201
    last = before + len(said) + len(others) + 1
    assert await callers.agreed_version(case_id, last) == last
    ids = [event["event_id"] for event in await callers.history("ngo", case_id)]
    assert ids[before:] == [answer["event_id"] for answer in [*said, *others, again.json()]]
    audits = await asyncio.to_thread(verified, callers.bus.folder, *FIVE)
    assert {status for status, _ in audits.values()} == {0}, audits


async def test_it_recovers_by_itself_when_there_is_room_again(callers: Callers) -> None:
    """No restart is needed, and no write either: health turns green, and what came meanwhile is there."""
    case_id = await callers.shared_case()
    before = await callers.agreed_version(case_id, 1)
    service = callers.bus.services["ngo"].pid
    _let_files_grow(service, 1)
    assert (await callers.issue("ngo", case_id, CONSENT)).status_code == 503
    assert not await callers.ready("ngo")
    _let_files_grow(service, None)
    await eventually(lambda: callers.ready("ngo"))
    await callers.said("police", CONSENT, case_id)
    assert await callers.agreed_version(case_id, before + 1) == before + 1


async def test_a_full_disk_while_others_write_stops_no_one_else(callers: Callers) -> None:
    """What the log brings and the full replica cannot store, it takes when it can; none is skipped."""
    case_id = await callers.shared_case()
    before = await callers.agreed_version(case_id, 1)
    service = callers.bus.services["municipality"].pid
    _let_files_grow(service, 1)
    said = [await callers.said(agency, CONSENT, case_id) for agency in ("police", "ngo", "migration") * 5]
    assert not await callers.ready("municipality")
    _let_files_grow(service, None)
    await callers.all_ready()
    assert await callers.agreed_version(case_id, before + len(said)) == before + len(said)
