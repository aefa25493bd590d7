"""A program of an agency joins through the run file, with the rights of that agency and no more."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import nats
import pytest
from harness.running import CONSENT, DETECTION, QUESTION, Callers
from harness.waiting import eventually
from nats.aio.client import Client
from nats.errors import Error as NatsError

from stafett.embedded.bus import FIVE

pytestmark = pytest.mark.long


@pytest.fixture
async def program(callers: Callers) -> AsyncIterator[tuple[Client, list[str]]]:
    """A connection with the NGO's credentials as the run file names them, and what the broker complained of."""
    run_file = json.loads(callers.bus.write_run_file().read_text())
    complaints: list[str] = []

    async def complain(error: Exception) -> None:
        complaints.append(str(error))

    client = await nats.connect(
        run_file["broker"]["url"],
        user_credentials=run_file["broker"]["credentials"]["ngo"],
        tls=ssl.create_default_context(cafile=run_file["broker"]["ca"]),
        inbox_prefix="_INBOX_ngo",
        error_cb=complain,
    )
    yield client, complaints
    await client.close()


async def put(client: Client, subject: str, data: bytes, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Publish into the log, past the service; the broker's answer."""
    return dict(json.loads((await client.request(subject, data, timeout=5, headers=headers)).data))


async def test_the_run_file_is_all_that_a_program_needs(callers: Callers) -> None:
    """Its addresses and tokens work as they stand."""
    run_file = json.loads(callers.bus.write_run_file().read_text())
    for agency, entry in run_file["agencies"].items():
        headers = {"Authorization": f"Bearer {entry['tokens']['auditor']}"}
        assert (await callers.http.get(f"{entry['url']}/v1/cases", headers=headers)).status_code == 200, agency
    stranger = await callers.http.get(f"{run_file['agencies']['ngo']['url']}/v1/cases", headers=callers.headers("iom"))
    assert stranger.status_code == 401


async def test_its_own_subjects_are_open_to_it(program: tuple[Client, list[str]], callers: Callers) -> None:
    """It may ask for the stream's state, and publish what is the agency's duty."""
    client, complaints = program
    assert (await client.jetstream().stream_info("CASES")).state.last_seq >= 0
    answer = await put(client, f"case.{uuid4()}.VictimDetected.ngo", b"{}")
    assert answer["stream"] == "CASES"
    assert complaints == []
    await eventually(lambda: _set_aside(callers, int(answer["seq"])))


@pytest.mark.parametrize(
    "subject",
    [
        "case.6277108f-022a-485b-b068-f79939c87872.VictimDetected.police",
        "case.6277108f-022a-485b-b068-f79939c87872.ReflectionPeriodGranted.ngo",
        "$JS.API.STREAM.DELETE.CASES",
        "$JS.API.STREAM.PURGE.CASES",
        "$JS.API.STREAM.UPDATE.CASES",
        "$JS.API.CONSUMER.DELETE.CASES.replica-police",
        "$JS.API.CONSUMER.CREATE.CASES.spy",
    ],
)
async def test_every_other_subject_is_closed(program: tuple[Client, list[str]], subject: str) -> None:
    """Another's name, another's duty, the stream's administration, another's consumers."""
    client, complaints = program
    with pytest.raises(NatsError):
        await client.request(subject, b"{}", timeout=0.5)
    await eventually(lambda: any("permissions violation" in complaint for complaint in complaints))


async def test_it_cannot_listen_to_another_agency(program: tuple[Client, list[str]]) -> None:
    """Neither to the subjects of cases nor to another's inbox."""
    client, complaints = program
    for subject in ("case.>", "_INBOX_police.>", ">"):
        await client.subscribe(subject)
    await client.flush()
    await eventually(lambda: len(complaints) == 3)


async def test_a_bad_message_is_set_aside_by_all_for_the_same_reason(
    program: tuple[Client, list[str]], callers: Callers
) -> None:
    """Put into the log past the service: every agency says why it is not believed, and the case goes on."""
    client, _ = program
    case_id = await callers.shared_case()
    before = await callers.agreed_version(case_id, 1)
    subject = f"case.{case_id}.ConsentGiven.ngo"
    answer = await put(client, subject, b'{"no": "envelope"}', {"ce-id": str(uuid4())})
    sequence = int(answer["seq"])
    await eventually(lambda: _set_aside(callers, sequence))
    reasons = {agency: (await callers.quarantined(agency))[sequence] for agency in FIVE}
    assert set(reasons.values()) == {"malformed-envelope"}, reasons
    after = await callers.said("police", CONSENT, case_id)
    assert after["version"] == before + 1
    assert await callers.agreed_version(case_id, before + 1) == before + 1


async def _set_aside(callers: Callers, sequence: int) -> bool:
    found = await asyncio.gather(*map(callers.quarantined, FIVE))
    return all(sequence in reasons for reasons in found)


async def test_only_participants_see_a_case(callers: Callers) -> None:
    """To an agency that takes no part it does not exist: not the case, not its history, not in the list."""
    opened = await callers.said("police", DETECTION)
    case_id = opened["case_id"]
    await callers.said("police", QUESTION, case_id)

    async def seen_by_the_coordinator() -> bool:
        return await callers.view("coordinator", case_id) is not None

    await eventually(seen_by_the_coordinator)
    for agency in ("migration", "municipality", "ngo"):
        for path in ("", "/events", f"/events/{opened['event_id']}"):
            assert (await callers.get(agency, f"/v1/cases/{case_id}{path}")).status_code == 404
        listed = (await callers.get(agency, "/v1/cases?limit=100")).json()["items"]
        assert case_id not in [case["case_id"] for case in listed]
        answer = await callers.issue(agency, case_id, CONSENT)
        assert answer.status_code == 404, answer.text
        assert (await callers.get(agency, f"/v1/submissions/{opened['event_id']}")).status_code == 404
