"""Texts that people send to a service are nowhere in clear; after an erasure no remaining key opens them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from harness.canary import every_secret, files_below, hits, sealed_contents
from harness.opening import opens
from harness.planting import RECORDS, WORDS
from harness.running import CONSENT, DETECTION, Callers, an_event, connected, read_log, stafett
from harness.waiting import eventually

from bus.nats.erasable_streams import KEYS, PERSONAL
from contracts.chapters.consultation import ConsultationRequested
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.vocabulary.choices import DataClass
from stafett.embedded.bus import FIVE

pytestmark = pytest.mark.long

OPENER, RECIPIENT = "ngo", "municipality"


def now(**later: float) -> str:
    """The present, or later."""
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


async def planted(callers: Callers) -> str:
    """A case with all the words in it, that the recipient has accepted and read."""
    case_id = str((await callers.said(OPENER, DETECTION))["case_id"])
    consent = CONSENT["data"] | {
        "occurred_at": now(),
        "recipients": [OPENER, RECIPIENT],
        "data_classes": list(DataClass),
        "valid_until": now(days=30)[:10],
    }
    await callers.said(OPENER, CONSENT | {"data": consent}, case_id)
    offer = an_event(
        CaseReferred,
        occurred_at=now(),
        recipient=RECIPIENT,
        purposes=["support"],
        respond_by=now(days=2),
        note=WORDS["note"],
    )
    offer_id = (await callers.said(OPENER, offer, case_id))["event_id"]
    question = an_event(ConsultationRequested, occurred_at=now(), question=WORDS["question"])
    await callers.said(OPENER, question, case_id)

    async def accepted() -> bool:
        yes = an_event(ReferralAccepted, occurred_at=now(), offer_id=offer_id, note=WORDS["aim"])
        return (await callers.issue(RECIPIENT, case_id, yes)).status_code == 201

    await eventually(accepted)
    for record in RECORDS:
        body = {"data_class": record.data_class, "record": record.model_dump(mode="json", exclude_none=True)}
        answer = await callers.post(
            OPENER, f"/v1/cases/{case_id}/personal-details", body, key=f"{case_id[:8]}-{record.data_class}"
        )
        assert answer.status_code == 201, answer.text

    async def read() -> bool:
        wish = {"data_classes": list(DataClass), "purpose": "support"}
        answer = await callers.post(RECIPIENT, f"/v1/cases/{case_id}/personal-details/readings", wish)
        return answer.status_code == 201 and all(word in answer.text for word in list(WORDS.values())[:9])

    await eventually(read)
    return case_id


async def mistaken(callers: Callers, case_id: str) -> list[httpx.Response]:
    """The answers to requests that say too much in the wrong place."""
    answers = []
    details = f"/v1/cases/{case_id}/personal-details"
    for word in WORDS.values():
        for body in (
            {"data_class": "identity", "record": {"given_names": 7, word: word}},
            {"data_class": word, "record": {"given_names": word}},
            {"data_class": "identity", "record": {"given_names": word, "identity_number": f"{word}0"}},
            {"data_class": "contact", "record": {"phone": word, "safe_to_call": word}, "replaces": word},
            {word: word},
        ):
            answers.append(await callers.post(OPENER, details, body))
        answers.append(await callers.post(RECIPIENT, f"{details}/readings", {"data_classes": [word], "purpose": word}))
    assert {answer.status_code for answer in answers} <= {400, 403, 404, 422}
    return answers


async def erase(callers: Callers, case_id: str) -> None:
    """A records officer of the lead agency has it erased, and all confirm."""
    url = f"{callers.bus.url(OPENER)}/v1/cases/{case_id}/erasures"
    headers = callers.headers(OPENER, "records-officer")
    wish = {"scope": "case", "reason": "person-asked"}
    assert (await callers.http.post(url, json=wish, headers=headers)).status_code == 201

    async def confirmed() -> bool:
        items = (await callers.http.get(url, headers=headers)).json()["items"]
        return bool(items) and not items[-1]["outstanding"]

    await eventually(confirmed)


async def places(callers: Callers, answers: list[httpx.Response]) -> dict[str, bytes]:
    """Every file of the bus, what the services tell everybody, and what they answered to mistakes."""
    found = await asyncio.to_thread(files_below, callers.bus.folder)
    for agency in FIVE:
        for path in (
            "/metrics",
            "/health/ready",
            "/v1/quarantine",
            "/openapi.json",
            "/asyncapi.json",
            "/v1/statistics",
        ):
            found[f"{path} of {agency}"] = (await callers.get(agency, path)).content
    found["answers"] = b"\n".join(answer.content + str(answer.headers).encode() for answer in answers)
    told = stafett("replay", OPENER, "--home", callers.bus.folder)
    found["replay"] = "".join(await asyncio.to_thread(told.communicate, timeout=60)).encode()
    assert b"digest" in found["replay"]
    return found


async def subjects(callers: Callers, stream: str) -> dict[str, bytes]:
    """What lies in a stream from which things are deleted."""
    client = await connected(callers.bus)
    try:
        jetstream = client.jetstream()
        lying = (await jetstream.stream_info(stream, subjects_filter=">")).state.subjects or {}
        return {subject: (await jetstream.get_last_msg(stream, subject)).data or b"" for subject in lying}
    finally:
        await client.close()


async def test_what_was_written_is_found_nowhere_and_what_was_erased_opens_nowhere(callers: Callers) -> None:
    """Two cases with the same words: neither is found in clear; one is erased, and only the other still opens."""
    case_id, other = await planted(callers), await planted(callers)
    answers = await mistaken(callers, case_id)
    contexts = {"/".join(subject.split(".")[1:4]) for subject in await subjects(callers, KEYS)}
    before = await places(callers, answers)
    assert hits(WORDS.values(), before) == []
    records = await subjects(callers, PERSONAL)
    log = [message for message in await read_log(callers.bus) if message.data.startswith(b"eyJ")]

    def of(case: str) -> set[bytes]:
        events = {part for message in log if f".{case}." in message.subject for part in message.data.split(b"\n")}
        return events | {data for subject, data in records.items() if f".{case}." in subject}

    homes = [callers.bus.layout.home(agency) for agency in FIVE]
    held = await asyncio.to_thread(every_secret, before, homes, contexts)
    assert all(any(opens(secret, sealed) for secret in held) for sealed in of(case_id) | of(other))

    await erase(callers, case_id)
    after = await places(callers, answers)
    assert hits(WORDS.values(), after) == []
    left = await asyncio.to_thread(every_secret, after, homes, contexts)
    candidates = of(case_id) | of(other) | sealed_contents(after)
    opened = {sealed for sealed in candidates if any(opens(secret, sealed) for secret in left)}
    assert of(other) <= opened, "what is not erased does open, so the search finds what there is"
    assert not of(case_id) & opened
    await _goes_on(callers, other)


async def _goes_on(callers: Callers, case_id: str) -> Any:
    return await callers.said(RECIPIENT, an_event(ConsultationRequested, occurred_at=now()), case_id)
