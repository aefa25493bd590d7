"""Personal details over HTTP, with a broker: record, read under consent, account for readings, stop at a withdrawal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.bus import Bus, an_event
from harness.gateways import Gateway, gateways, of_a_system
from harness.sharing import AGENCIES, accept, consent, now, refer
from harness.waiting import eventually

from bus.nats.erasable_streams import PERSONAL
from contracts.chapters.consent import ConsentWithdrawn
from contracts.sweden.chapters.identification import InvestigationClosed, InvestigationOpened
from gateway.live.listener import Listener

from .test_documents import check, escape, schema_at

NGO, MUNICIPALITY = "ngo-fyren", "municipality-0180"
IDENTITY = {"data_class": "identity", "record": {"given_names": "Ioana Canary", "date_of_birth": "1999-01-02"}}
CONTACT = {"data_class": "contact", "record": {"safe_to_call": False, "safe_to_write": True}}
READING = {"data_classes": ["identity"], "purpose": "support"}


@dataclass
class Shared:
    """A case of the NGO's that the municipality has accepted, by a consent that opens identity to both."""

    bus: Bus
    at: dict[str, Gateway]
    case_id: str
    consent_id: str

    async def records(self, body: dict[str, Any], agency: str = NGO, **headers: str) -> httpx.Response:
        """The answer to a record."""
        return await self.at[agency].post(f"/v1/cases/{self.case_id}/personal-details", body, **headers)

    async def reads(self, agency: str, *roles: str, **body: Any) -> httpx.Response:
        """The answer to a reading."""
        path = f"/v1/cases/{self.case_id}/personal-details/readings"
        return await self.at[agency].post(path, READING | body, *roles)

    async def asks(self, agency: str, end: str, *roles: str, **headers: str) -> httpx.Response:
        """The answer to a question about the case."""
        return await self.at[agency].get(f"/v1/cases/{self.case_id}/{end}", *roles, **headers)

    async def shown(self, agency: str) -> dict[str, Any]:
        """The first reading that shows the one record."""
        found: list[dict[str, Any]] = []

        async def is_shown() -> bool:
            answer = await self.reads(agency)
            assert answer.status_code == 201, answer.text
            found[:] = [answer.json()]
            return all(record["content"] for record in found[0]["records"])

        await eventually(is_shown)
        return found[0]

    async def withdraws(self, **what: Any) -> None:
        """The victim withdraws the consent, or part of it."""
        withdrawal = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=self.consent_id, **what)
        await self.bus.submit(NGO, withdrawal, self.case_id)
        await self.bus.level()

    async def kept(self) -> int:
        """How many records lie at the broker."""
        async with self.bus.connected() as administrator:
            return int((await administrator.jetstream().stream_info(PERSONAL)).state.messages)


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Shared]:
    """Four agencies, and the case."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id = (await bus.detect(NGO)).case_id
        consent_id = await consent(bus, case_id, MUNICIPALITY, NGO)
        await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
        await bus.level()
        yield Shared(bus, at, case_id, consent_id)


async def test_a_record_is_made_once_and_corrected_by_who_made_it(shared: Shared) -> None:
    """201 says where and nothing of what; the same key gives the same answer, also when sent twice at once."""
    both = await asyncio.gather(*(shared.records(IDENTITY, Idempotency_Key="k") for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    answer = next(answer for answer in both if answer.status_code == 201)
    made = answer.json()
    assert made.keys() == {"record_id", "event_id", "case_id", "version", "sequence"}
    assert answer.headers["location"] == f"/v1/cases/{shared.case_id}/events/{made['event_id']}"
    again = await shared.records(IDENTITY, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (201, made) and await shared.kept() == 1
    other = {**IDENTITY, "record": {"given_names": "Other"}}
    assert (await shared.records(other, Idempotency_Key="k")).status_code == 422
    assert (await shared.records(IDENTITY, MUNICIPALITY)).status_code == 201
    stranger = await shared.records({**other, "replaces": made["record_id"]}, MUNICIPALITY)
    assert (stranger.status_code, stranger.json()["supplied_by"]) == (409, [NGO])
    corrected = (await shared.records({**other, "replaces": made["record_id"]})).json()
    assert (await shared.records(IDENTITY, Idempotency_Key="k")).json() == made
    listed = (await shared.asks(NGO, "personal-details")).json()["items"]
    assert listed[-1] == {
        "record_id": corrected["record_id"],
        "data_class": "identity",
        "recorded_by": NGO,
        "recorded_at": listed[-1]["recorded_at"],
    }
    assert len(listed) == 2 and made["record_id"] not in str(listed)
    assert await shared.kept() == 3, "what was refused lies nowhere"


async def test_every_answer_is_as_documented(shared: Shared) -> None:
    """Records, readings, refusals, the account and the report, against the service's own document."""
    document = (await shared.at[NGO].http.get("/openapi.json")).json()
    recording, reading = "/v1/cases/{case_id}/personal-details", "/v1/cases/{case_id}/personal-details/readings"
    check(document, recording, await shared.records(IDENTITY))
    check(document, recording, await shared.records(CONTACT))
    check(document, recording, await shared.records({}))
    check(document, reading, await shared.reads(NGO))
    check(document, reading, await shared.reads(NGO, purpose="health-care"))
    check(document, reading, await shared.reads(NGO, data_classes=[]))
    for end in ("personal-details", "readings", "readings/report"):
        check(document, f"/v1/cases/{{case_id}}/{end}", await shared.asks(NGO, end))
    body = document["paths"][recording]["post"]["requestBody"]["content"]["application/json"]
    pointer = f"/paths/{escape(recording)}/post/requestBody/content/application~1json/schema"
    schema_at(document, pointer).validate(body["example"])
    schema_at(document, pointer).validate({**IDENTITY, "replaces": shared.case_id})
    assert not schema_at(document, pointer).is_valid({**IDENTITY, "data_class": "contact"})


async def test_a_class_that_no_consent_covers_is_refused(shared: Shared) -> None:
    """409 names the rule, what is missing and who supplies it, in both languages."""
    for answer in (await shared.records(CONTACT), await shared.reads(NGO, data_classes=["identity", "contact"])):
        problem = answer.json()
        assert (answer.status_code, problem["rule"]) == (409, "R11")
        assert "contact" in problem["missing"]["en"] and "contact" in problem["missing"]["sv"]
        assert problem["supplied_by"] == ["the victim, through the agency in dialogue with the victim"]
    assert await shared.kept() == 0


async def test_a_reading_shows_what_was_recorded_and_is_itself_recorded(shared: Shared) -> None:
    """With the caller's role and the agency's pseudonym of them; each call anew, whatever key it carries."""
    record_id = (await shared.records(IDENTITY)).json()["record_id"]
    await shared.bus.level()
    read = await shared.shown(MUNICIPALITY)
    (record,) = read["records"]
    assert (record["record_id"], record["data_class"], record["recorded_by"]) == (record_id, "identity", NGO)
    assert {k: v for k, v in record["content"].items() if v} == IDENTITY["record"]
    assert (read["role"], record["why"]) == ("caseworker", None)
    await shared.bus.level()
    before = (await shared.asks(NGO, "readings?limit=100")).json()["total"]
    answers = [await shared.reads(NGO, "investigation-leader", "caseworker", role=None)]
    board = [await shared.reads(MUNICIPALITY, "caseworker", "social-welfare-board", role="social-welfare-board")]
    url, key = f"/v1/cases/{shared.case_id}/personal-details/readings", {"Idempotency_Key": "k"}
    answers += board + [await shared.at[NGO].post(url, READING, **key) for _ in range(2)]
    for answer in answers:
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    system = of_a_system(shared.at[NGO].issuer, NGO, datetime.now(UTC), "personal-details:read")
    by_system = await shared.at[NGO].http.post(url, json=READING, headers={"Authorization": f"Bearer {system}"})
    assert (by_system.status_code, by_system.json()["role"]) == (201, "service")
    await shared.bus.level()
    account = (await shared.asks(NGO, "readings?limit=100", "auditor")).json()
    assert account["total"] == before + 5
    last = account["items"][-5:]
    assert [reading["reading"] for reading in last[:4]] == [answer.json()["reading"] for answer in answers]
    assert [reading["role"] for reading in last] == [
        *("caseworker", "social-welfare-board", "caseworker", "caseworker", "service")
    ]
    persons = {agency: {r["person"] for r in account["items"] if r["agency"] == agency} for agency in AGENCIES[:2]}
    assert len(persons[MUNICIPALITY]) == 1 and len(persons[NGO]) == 2, "a caseworker and a system"
    assert "somebody" not in str(account) and {r["consent_id"] for r in last} == {shared.consent_id}
    second = await shared.asks(MUNICIPALITY, "readings?limit=2&page=2")
    assert second.json()["items"] == account["items"][2:4]


async def test_a_record_that_cannot_be_opened_is_said_to_be_so(shared: Shared) -> None:
    """Absent, altered; never silently left out."""
    await shared.records(IDENTITY)
    await shared.bus.level()
    await shared.shown(MUNICIPALITY)
    async with shared.bus.connected() as administrator:
        jetstream = administrator.jetstream()
        message = await jetstream.get_last_msg(PERSONAL, "personal.>")
        assert message.seq is not None and message.subject is not None
        await jetstream.delete_msg(PERSONAL, message.seq)
        for why, lies_there in (("absent", None), ("altered", b"something else")):
            if lies_there is not None:
                await jetstream.publish(message.subject, lies_there)
            (record,) = (await shared.reads(MUNICIPALITY)).json()["records"]
            assert (record["content"], record["why"]) == (None, why)


async def test_a_withdrawal_stops_reading_and_recording(shared: Shared) -> None:
    """At once: who stays in the case is refused by R11, who leaves it finds no case."""
    await shared.records(IDENTITY)
    await shared.bus.level()
    await shared.shown(MUNICIPALITY)
    await shared.withdraws(recipients=[MUNICIPALITY])
    assert (await shared.reads(MUNICIPALITY)).status_code == 404
    assert (await shared.reads(NGO)).status_code == 201
    await shared.withdraws(recipients=[NGO])
    for answer in (await shared.reads(NGO), await shared.records(IDENTITY)):
        assert (answer.status_code, answer.json()["rule"]) == (409, "R11")


async def test_nothing_is_shown_once_the_broker_is_away(shared: Shared) -> None:
    """A withdrawal could not be known: 503, also for who has read before, and recording waits for nobody."""
    await shared.records(IDENTITY)
    await shared.bus.level()
    await shared.shown(MUNICIPALITY)
    shared.bus.broker.kill()
    await eventually(lambda: not shared.at[MUNICIPALITY].node.level)
    for answer in (await shared.reads(MUNICIPALITY), await shared.records(IDENTITY, MUNICIPALITY)):
        assert answer.status_code == 503 and answer.json()["type"].endswith("broker-away")
        assert "Canary" not in answer.text
    assert (await shared.asks(MUNICIPALITY, "personal-details")).json()["items"]


async def test_the_victim_is_told_in_their_language_but_not_of_an_open_investigation(shared: Shared) -> None:
    """What an agency that leads one has read is counted until it ends."""
    await shared.records(IDENTITY)
    await shared.bus.level()
    await shared.shown(MUNICIPALITY)
    assert (await shared.reads(NGO)).status_code == 201
    report = (await shared.asks(NGO, "readings/report")).json()
    assert report["held_back"] == 0 and {row["agency"] for row in report["rows"]} == {NGO, MUNICIPALITY}
    assert report["rows"][-1]["says"]["sv"].endswith(f"läste {NGO} vem du är, för stöd.")

    async def as_text(language: str) -> str:
        answer = await shared.asks(NGO, "readings/report", Accept="text/plain", Accept_Language=language)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["content-language"] == language[:2] and "Accept-Language" in answer.headers["vary"]
        return answer.text

    english, swedish = await as_text("en-GB"), await as_text("sv")
    assert english.startswith("Who has read your personal details\n\nOn ") and english.endswith("\n")
    assert swedish.startswith("Vem som har läst dina personuppgifter\n\nDen ")
    assert all(row["says"]["sv"] in swedish.splitlines() for row in report["rows"])
    investigation_id = await _investigate(shared)
    told = (await shared.asks(NGO, "readings/report")).json()
    assert told["held_back"] == 1 and {row["agency"] for row in told["rows"]} == {NGO, MUNICIPALITY}
    assert "told only when it has ended: 1." in await as_text("en")
    closed = an_event(InvestigationClosed, occurred_at=now(), investigation_id=investigation_id)
    await shared.bus.submit("police", closed, shared.case_id)
    await shared.bus.level()
    told = (await shared.asks(NGO, "readings/report")).json()
    assert told["held_back"] == 0 and "police" in {row["agency"] for row in told["rows"]}


async def _investigate(shared: Shared) -> str:
    """The police, with a consent of their own, read once and lead an investigation; its id."""
    await consent(shared.bus, shared.case_id, "police")
    await accept(shared.bus, shared.case_id, "police", await refer(shared.bus, shared.case_id, "police"))
    await shared.bus.level()

    async def reads() -> bool:
        return (await shared.reads("police")).status_code == 201

    await eventually(reads)
    opened = await shared.bus.submit("police", an_event(InvestigationOpened, occurred_at=now()), shared.case_id)
    await shared.bus.level()
    return opened.event_id


async def test_listeners_hear_that_something_was_recorded_and_read(shared: Shared) -> None:
    """Which case, which version, which event: nothing of the record."""
    listener = Listener(NGO, shared.at[NGO].node.replica)
    heard = b""
    async with asyncio.timeout(20):
        stream = listener.stream(20)
        await anext(stream)
        await shared.records(IDENTITY)
        await shared.reads(NGO)
        while b"PersonalDetailsRead" not in heard:
            heard += await anext(stream)
        await stream.aclose()
    assert b'"type":"PersonalDetailsRecorded"' in heard and b"Canary" not in heard and b"somebody" not in heard
