"""The broker comes back with an old copy of its data: the writers put back the events that it lost."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.running import CONSENT, DETECTION, Callers, kill_service, read_log, times_in_log, verified
from harness.waiting import eventually

from stafett.embedded.bus import FIVE


async def _restored(callers: Callers, change: Callable[[Path], None]) -> None:
    """The broker is killed, its files are changed, and it starts again."""
    broker = callers.bus.broker
    broker.kill()
    await asyncio.to_thread(change, broker.folder / "jetstream")
    callers.bus.start_broker()


async def _back_up(callers: Callers, copy: Path) -> None:
    """Copy the broker's files while it is stopped in good order."""
    broker = callers.bus.broker
    await asyncio.to_thread(broker.stop)
    await asyncio.to_thread(shutil.copytree, broker.folder / "jetstream", copy)
    callers.bus.start_broker()
    await callers.all_ready()


@pytest.mark.parametrize("killed", [None, "ngo"])
async def test_an_old_copy_is_noticed_and_what_it_lacks_is_put_back(
    callers: Callers, tmp_path: Path, killed: str | None
) -> None:
    """Every service sees the rollback; every acknowledged event stands in the log again, once, and none is skipped.

    Also when a service was not running at the time.
    """
    copy = tmp_path / "copy"
    old_case = await callers.shared_case()
    version = await callers.agreed_version(old_case, 1)
    await _back_up(callers, copy)
    late = [await callers.said(agency, CONSENT, old_case) for agency in FIVE * 3]
    new_case = await callers.shared_case()
    after = await callers.agreed_version(new_case, 1)
    alone = await callers.said("ngo", DETECTION)
    await callers.reached(old_case, version + len(late))
    if killed is not None:
        await asyncio.to_thread(kill_service, callers.bus, killed)

    def roll_back(data: Path) -> None:
        shutil.rmtree(data)
        shutil.copytree(copy, data)

    await _restored(callers, roll_back)
    if killed is not None:
        callers.bus.start_service(killed)
    await _level_again(callers)
    assert await callers.agreed_version(old_case, version + len(late)) == version + len(late)
    assert await callers.agreed_version(new_case, after) == after
    counted = await times_in_log(callers.bus)
    assert set(counted.values()) == {1}
    assert counted.keys() >= {answer["event_id"] for answer in [*late, alone]}
    ids = [event["event_id"] for event in await callers.history("coordinator", old_case)]
    assert ids[version:] == [answer["event_id"] for answer in late]
    for agency in FIVE:
        assert await callers.quarantined(agency) == {}
        assert "rolled back" in _log(callers, agency)
    said = await callers.said("migration", CONSENT, new_case)
    assert said["version"] == after + 1
    audits = await asyncio.to_thread(verified, callers.bus.folder, *FIVE)
    assert {status for status, _ in audits.values()} == {0}, audits


async def test_writes_wait_while_the_log_is_put_back(callers: Callers, tmp_path: Path) -> None:
    """A write to a case that the log has lost is never placed beside what was acknowledged before."""
    copy = tmp_path / "copy"
    await _back_up(callers, copy)
    case_id = await callers.shared_case()
    version = await callers.agreed_version(case_id, 1)
    said = [await callers.said(agency, CONSENT, case_id) for agency in FIVE]

    def roll_back(data: Path) -> None:
        shutil.rmtree(data)
        shutil.copytree(copy, data)

    await callers.reached(case_id, version + len(said))
    await _restored(callers, roll_back)
    answers = await asyncio.gather(*(callers.issue(agency, case_id, CONSENT) for agency in FIVE * 4))
    assert {answer.status_code for answer in answers} <= {201, 202}
    await _level_again(callers)
    await callers.nothing_pending()
    last = version + len(said) + len(answers)
    assert await callers.agreed_version(case_id, last) == last
    ids = [event["event_id"] for event in await callers.history("police", case_id)]
    assert ids[version : version + len(said)] == [answer["event_id"] for answer in said]
    assert set(ids[version + len(said) :]) == {answer.json()["event_id"] for answer in answers}
    assert set((await times_in_log(callers.bus)).values()) == {1}


async def _level_again(callers: Callers) -> None:
    """Every service has seen the new incarnation, is well, and the log holds all that the replicas hold."""

    async def noticed() -> bool:
        seen = [await callers.metric(agency, "stafett_replica_incarnation") for agency in FIVE]
        return seen == [2.0] * len(FIVE)

    await callers.all_ready(within=60)
    await eventually(noticed, within=60)

    async def whole() -> bool:
        positions = {await callers.metric(agency, "stafett_replica_position") for agency in FIVE}
        messages = await read_log(callers.bus)
        held = [event for agency in FIVE for event in await _held(callers, agency)]
        return positions == {messages[-1].sequence} and {m.headers["ce-id"] for m in messages} >= set(held)

    await eventually(whole, within=60)


async def _held(callers: Callers, agency: str) -> list[str]:
    cases = (await callers.get(agency, "/v1/cases?limit=100")).json()["items"]
    return [event["event_id"] for case in cases for event in await callers.history(agency, case["case_id"])]


def _log(callers: Callers, agency: str) -> str:
    return (callers.bus.layout.home(agency) / "service.log").read_text()
