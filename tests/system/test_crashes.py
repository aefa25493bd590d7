"""A service or the broker is killed and started again; callers notice no more than is unavoidable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from harness.running import CONSENT, DETECTION, Callers, kill_service, times_in_log
from harness.waiting import eventually

from stafett.embedded.bus import FIVE

pytestmark = pytest.mark.long


@pytest.fixture
async def mended(callers: Callers) -> AsyncIterator[Callers]:
    """People at the agencies of a bus that is whole again afterwards, whatever the test broke."""
    try:
        yield callers
    finally:
        if callers.bus.broker.process is not None and callers.bus.broker.process.poll() is not None:
            callers.bus.start_broker()
        for agency, service in list(callers.bus.services.items()):
            if not service.is_alive():
                callers.bus.start_service(agency)
        await callers.all_ready()


async def test_the_same_key_gives_the_same_answer_after_a_kill(mended: Callers) -> None:
    """What a service answered under an idempotency key it answers again after kill -9, and issues nothing new."""
    case_id = str((await mended.said("ngo", DETECTION))["case_id"])
    first = await mended.issue("ngo", case_id, CONSENT, key="once")
    assert first.status_code == 201
    kill_service(mended.bus, "ngo")
    mended.bus.start_service("ngo")
    await mended.all_ready()
    again = await mended.issue("ngo", case_id, CONSENT, key="once")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    other = await mended.issue("ngo", case_id, {**CONSENT, "data": {**CONSENT["data"], "form": "oral"}}, key="once")
    assert other.status_code == 422
    assert [event["version"] for event in await mended.history("ngo", case_id)] == [1, 2]


async def test_without_a_broker_reads_go_on_and_writes_wait(mended: Callers) -> None:
    """Reads 200, writes 202, health 503 with the reason; afterwards all is delivered in order and health is 200."""
    case_id = await mended.shared_case()
    before = await mended.agreed_version(case_id, 1)
    mended.bus.broker.kill()

    async def unwell() -> bool:
        return (await mended.get("police", "/health/ready")).status_code == 503

    await eventually(unwell)
    health = await mended.get("police", "/health/ready")
    assert health.headers["content-type"] == "application/problem+json"
    assert health.json()["broker"] == "the broker cannot be reached"
    assert (await mended.get("police", "/health/live")).status_code == 200
    assert await mended.agreed_version(case_id, before) == before

    waiting = []
    for _ in range(10):
        answer = await mended.issue("police", case_id, CONSENT)
        assert answer.status_code == 202, answer.text
        waiting.append(answer.json()["event_id"])
    opened = await mended.post("ngo", "/v1/cases", DETECTION)
    assert opened.status_code == 202
    assert await mended.metric("police", "stafett_outbox", status="pending") == len(waiting)

    mended.bus.start_broker()
    await mended.all_ready()
    await mended.nothing_pending()
    assert await mended.agreed_version(case_id, before + len(waiting)) == before + len(waiting)
    history = await mended.history("coordinator", case_id)
    assert [event["event_id"] for event in history[before:]] == waiting
    counted = await times_in_log(mended.bus)
    assert all(counted[event_id] == 1 for event_id in [*waiting, opened.json()["event_id"]])
    state = (await mended.get("police", f"/v1/submissions/{waiting[0]}")).json()
    assert (state["status"], state["version"]) == ("delivered", before + 1)


async def test_what_waits_survives_a_kill_of_the_service(mended: Callers) -> None:
    """The outbox is on disk: what was answered 202 is delivered by the service's next life."""
    case_id = await mended.shared_case()
    before = await mended.agreed_version(case_id, 1)
    mended.bus.broker.kill()
    answers = [await mended.issue("migration", case_id, CONSENT) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    kill_service(mended.bus, "migration")
    mended.bus.start_broker()
    mended.bus.start_service("migration")
    await mended.all_ready()
    await mended.nothing_pending()
    assert await mended.agreed_version(case_id, before + 3) == before + 3
    ids = [event["event_id"] for event in await mended.history("police", case_id)]
    assert ids[before:] == [answer.json()["event_id"] for answer in answers]


async def test_a_replica_that_was_away_catches_up(mended: Callers) -> None:
    """What the others did meanwhile, a killed service sees as soon as it is ready."""
    case_id = await mended.shared_case()
    kill_service(mended.bus, "municipality")
    said = await asyncio.gather(*(mended.said(agency, CONSENT, case_id) for agency in FIVE if agency != "municipality"))
    mended.bus.start_service("municipality")
    await mended.all_ready()
    view = await mended.view("municipality", case_id)
    assert view is not None
    assert view["version"] == max(answer["version"] for answer in said)
