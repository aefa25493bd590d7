"""A thief of the brokers' streams and of all files, without the keys, can read nothing of a case."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from harness.bus import Bus
from harness.dumping import CLEAR, files, found, messages, sayings
from harness.running import QUESTION, Callers, connected
from harness.sharing import AGENCIES, CONTACT, IDENTITY, accept, consent, reads, refer
from nats.aio.client import Client
from nats.js.api import RawStreamMsg

from bus.envelope.envelope import SECTIONS_TYPE, parse
from bus.nats.erasable_streams import KEYS, PERSONAL, place_of
from bus.nats.log import STREAM
from bus.sealing.content import BLOCK, kid_of
from bus.sealing.grants import Grant
from contracts.directory.events import DIRECTORY_EVENTS
from contracts.event.case_event import EVENTS
from contracts.vocabulary.agencies import kind_named_by
from contracts.vocabulary.parts import COMPARTMENTS, Part
from stafett.embedded.bus import FIVE, Embedded
from stafett.sample_cases.playing import doors
from stafett.sample_cases.stories import STORIES
from stafett.sample_cases.teller import Teller

pytestmark = pytest.mark.long

TOLD = ("declined-then-accepted", "expired-offer", "ngo-only")
WAITING = "She sleeps at her cousin's until the boat leaves."
_NONCE_AND_TAG = (12, 16)
_NAMES = {*EVENTS, *DIRECTORY_EVENTS, *COMPARTMENTS}


def _tell(bus: Embedded, present: datetime) -> list[str]:
    """The stories as caseworkers would; their cases."""
    cases = []
    for story in STORIES:
        if story.name in TOLD:
            with Teller(story.name, doors(bus.run_file()), story.told_at(present), present) as teller:
                story.tell(teller)
                cases.append(teller.told().case_id)
    return cases


def _without_names(said: Iterable[bytes]) -> set[bytes]:
    """Without agencies, events and compartments, which are names on the bus and stand in subjects or in grants."""
    return {one for one in said if (word := one.strip(b'":').decode()) not in _NAMES and kind_named_by(word) is None}


async def _all_that_was_said(callers: Callers, cases: list[str]) -> Iterator[bytes]:
    """Every event's data as its participants read it, and every task with its texts and due date."""
    said: list[Any] = []
    for agency in callers.bus.agencies:
        for case_id in cases:
            if (await callers.view(agency, case_id)) is not None:
                said += [event["data"] for event in await callers.history(agency, case_id)]
        for task in (await callers.get(agency, "/v1/tasks")).json()["items"]:
            said += [task["text"]["en"], task["text"]["sv"], task["due"]]
    return sayings(said)


def _is_opaque(sealed: bytes) -> bool:
    """A JWE whose header tells a key id, a writer and an id, and whose content is padded."""
    kid_of(sealed)  # the header has these names and no other
    _, encrypted_key, nonce, content, tag = sealed.split(b".")
    sizes = [len(part) * 3 // 4 for part in (nonce, tag)]
    return not encrypted_key and sizes == list(_NONCE_AND_TAG) and len(content) * 3 // 4 % BLOCK == 0


def _look_at_case(message: RawStreamMsg) -> bool:
    """An event is sealed, unless its class travels in clear; whether it is sealed."""
    envelope = parse({n: v for n, v in (message.headers or {}).items() if n.startswith("ce-")}, message.data or b"")
    if envelope.sealed:
        assert envelope.headers["ce-datacontenttype"] == SECTIONS_TYPE
        assert all(_is_opaque(section) for section in envelope.sections if section is not None)
        return True
    assert orjson.loads(envelope.data).keys() <= CLEAR, envelope.event_name
    return False


async def _look_at_streams(client: Client) -> tuple[int, int, int]:
    """Everything in the streams has the form of what tells nothing; how many sealed events, grants and records."""
    sealed = [_look_at_case(message) for message in await messages(client, STREAM)].count(True)
    given = await messages(client, KEYS)
    grants = [Grant.from_bytes(message.data or b"", place_of(message.subject or "")) for message in given]
    records = [_is_opaque(message.data or b"") for message in await messages(client, PERSONAL)]
    assert all(records)
    return sealed, len(grants), len(records)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Embedded]:
    """A bus of its own: others' tests put readable things on theirs."""
    with Embedded(tmp_path, FIVE, keeps_time=True) as running:
        yield running


async def test_a_dump_of_streams_and_files_tells_nothing_of_a_case(bus: Embedded) -> None:
    """Stories are told, an event waits in an outbox, tasks are open: no field, word, text or due date is found."""
    async with Callers(bus) as callers:
        cases = await asyncio.to_thread(_tell, bus, datetime.now(UTC).replace(microsecond=0))
        said = _without_names(await _all_that_was_said(callers, cases))
        client = await connected(bus)
        try:
            sealed, grants, _ = await _look_at_streams(client)
            dumped = [m for stream in (STREAM, KEYS) for m in await messages(client, stream)]
        finally:
            await client.close()
        await asyncio.to_thread(bus.broker.stop)
        own = (await callers.get("ngo", "/v1/cases")).json()["items"][0]["case_id"]
        waiting = await callers.issue("ngo", own, {**QUESTION, "data": {**QUESTION["data"], "question": WAITING}})
        assert waiting.status_code == 202
    said |= set(sayings(WAITING))
    kept = files(bus.folder)
    assert sealed > 15 and grants > 10 and len(said) > 100
    assert {Path(name).name for name in kept} >= {"store.db", "vault.key", "signing.pem", "service.log", "nats.log"}
    kept |= {f"{m.subject} {m.seq}": (m.data or b"") + str(m.headers).encode() for m in dumped}
    said -= {f'"{part}"'.encode() for part in Part}  # the grants tell which parts a case has
    assert found(said, kept) == []
    assert found([b'"kind":', b"se.nrm.ConsentGiven.v3"], kept), "what is in clear is found"


async def test_a_dump_tells_nothing_of_personal_details(tmp_path: Path) -> None:
    """Name, telephone number and birthday lie at the broker and are read by another agency: nowhere are they found."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        case_id = (await bus.detect("ngo-fyren")).case_id
        await consent(bus, case_id, "municipality-0180", "ngo-fyren", classes=("identity", "contact"))
        await accept(bus, case_id, "municipality-0180", await refer(bus, case_id, "municipality-0180"))
        for record in (IDENTITY, CONTACT):
            await bus.nodes["ngo-fyren"].personal.record(case_id, record)
        await bus.level()
        await reads(bus, "municipality-0180", case_id)
        async with bus.connected() as client:
            sealed, grants, records = await _look_at_streams(client)
            lying = {m.subject or "": m.data or b"" for m in await messages(client, PERSONAL)}
    assert sealed >= 6 and grants >= 4 and records == 2
    said = {b"Ioana", b"+40700000001", b"1999-01-02", *sayings([IDENTITY.model_dump(), CONTACT.model_dump()])}
    assert found(said, lying) == []
    assert found(said, files(tmp_path)) == []


def test_the_search_finds_what_is_there() -> None:
    """A name, a word, a text and a moment, plain, as hexadecimal digits, and in base64 wherever it begins."""
    text = "Wants no contact."
    said = set(sayings({"aim": text, "age_band": "adult", "starts_at": "2024-03-01T10:00:00Z", "occurred_at": 7}))
    for shift in range(3):
        assert found(said, {"x": base64.b64encode(b"abc"[:shift] + text.encode() + b"!!!")})
    for content in (
        text.encode(),
        text.encode().hex().encode(),
        b'{"aim":1}',
        b'["adult"]',
        b"2024-03-01T10:00:00+00:00",
    ):
        assert found(said, {"x": b"\x00" + content + b"\x00"}), content
    assert found(said, {"x": b'{"occurred_at":7}'}) == []
