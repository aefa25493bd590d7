"""An agency in TypeScript, written from `docs/join-the-bus.md`, among agencies in Python on a real bus."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.sharing import consent, now, refer
from harness.typescript import VECTORS, Program, program, vectors_run
from harness.waiting import eventually

from bus.decider import State
from bus.operator.provision import admit_program
from contracts.chapters.assistance import SupportProvided
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.erasure import ErasureRequested, holders_of
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.event.case_event import CaseEvent
from contracts.privacy.offer_preview import as_previewed
from contracts.view.case_view import CaseView
from contracts.view.parts.referral import OfferState

pytestmark = pytest.mark.long

TYPESCRIPT, MUNICIPALITY, COORDINATOR = AGENCIES = ("ngo-fyren", "municipality-0180", "coordinator")


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus on which the NGO has no service in Python."""
    started = Bus(tmp_path, *AGENCIES, start=False)
    async with started:
        for agency in (MUNICIPALITY, COORDINATOR):
            await started.start_node(agency)
        await started.ready()
        yield started


@pytest.fixture
async def ngo(bus: Bus) -> AsyncIterator[Program]:
    """The NGO's program."""
    async with program(bus, TYPESCRIPT) as running:
        yield running


async def offered(bus: Bus) -> tuple[str, str]:
    """A case of the municipality that is offered to the NGO: the ids of case and offer."""
    detected = an_event(VictimDetected, occurred_at=now(), note="An invented remark for those who help.")
    case_id = (await bus.submit(MUNICIPALITY, detected)).case_id
    await consent(bus, case_id, TYPESCRIPT, by=MUNICIPALITY)
    return case_id, await refer(bus, case_id, TYPESCRIPT, by=MUNICIPALITY)


def said(event: CaseEvent) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The two sections of an event, as a program in another language writes them."""
    whole = event.model_dump(mode="json")
    details = {name: whole.pop(name) for name in list(whole) if name in event.details}
    return whole, {name: value for name, value in details.items() if value is not None} or None


def as_the_case_says(told: State, case: State) -> bool:
    """True if the preview of an offer, which was accepted since, is the one that follows from the case."""
    assert isinstance(told, CaseView) and isinstance(case, CaseView)
    (offer,) = case.offers
    before = offer.model_copy(update={"state": OfferState.OPEN, "accepted_on": None, "promised": ()})
    same = {"version": told.version, "participants": told.participants}
    return as_previewed(case, before).changed(**same) == told


def help_tonight() -> CaseEvent:
    """Help in an emergency, which needs no plan."""
    today = datetime.now(UTC).date().isoformat()
    return an_event(SupportProvided, occurred_at=now(), plan_id=None, emergency=True, starts_on=today, ends_on=today)


async def read(ngo: Program, case_id: str, version: int) -> list[dict[str, Any]]:
    """The events of a case as the program reads them, once it reads everything up to a version."""
    found: list[dict[str, Any]] = []

    async def reads_it() -> bool:
        nonlocal found
        found = (await ngo.ask("history", case=case_id))["events"]
        return len(found) >= version and all(event.get("core") for event in found)

    await eventually(reads_it, within=30)
    return found


async def previewed(ngo: Program, case_id: str, version: int = 3) -> dict[str, Any]:
    """The event of a case with which its preview came to the program, once it did."""
    found: dict[str, Any] = {}

    async def reads_it() -> bool:
        nonlocal found
        events = (await ngo.ask("history", case=case_id))["events"]
        found = events[version - 1] if len(events) >= version else {}
        return bool(found.get("preview")) and bool(found.get("details"))

    await eventually(reads_it, within=30)
    return found


def test_it_takes_and_refuses_every_vector() -> None:
    """Its own steps, in another language and with other libraries, come to the same results to the byte."""
    done = vectors_run()
    count = sum(len(json.loads(file.read_bytes()).get("vectors", ())) for file in VECTORS.glob("*.json"))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"passed": count, "wrong": 0}


def test_it_notices_a_vector_that_is_wrong(tmp_path: Path) -> None:
    """One result changed, one that must be refused for another reason: both are named."""
    shutil.copytree(VECTORS, tmp_path, dirs_exist_ok=True)
    for name, right, wrong in (("epochs", '"new_epoch": true', '"new_epoch": false'), ("grant", "not-for-us", "gap")):
        file = tmp_path / f"{name}.json"
        file.write_text(file.read_text().replace(right, wrong, 1))
    done = vectors_run(tmp_path)
    assert done.returncode == 1
    assert sorted(line.split(",")[0] for line in done.stderr.splitlines()) == ["epochs", "grant"]


async def test_it_verifies_the_log_and_opens_what_it_was_granted(bus: Bus, ngo: Program) -> None:
    """It folds the directory, follows every chain, and reads the core and the parts whose keys it has."""
    case_id, offer = await offered(bus)
    closed = await bus.detect(MUNICIPALITY)
    told = await previewed(ngo, case_id)
    assert json.loads(told["core"])["recipient"] == TYPESCRIPT
    preview = json.loads(told["preview"])
    assert ([each["id"] for each in preview["offers"]], preview["region"]) == ([offer], "01")
    events = (await ngo.ask("history", case=case_id))["events"]
    assert [event["event"] for event in events] == ["VictimDetected", "ConsentGiven", "CaseReferred"]
    assert [(event["core"], event["details"]) for event in events[:2]] == [(None, None)] * 2
    status = await ngo.ask("status")
    assert status["agencies"] == sorted(AGENCIES)
    assert status["refused"] == {}
    heads = {case: head["hash"] for case, head in status["heads"].items()}
    assert heads[case_id] == (await bus.nodes[MUNICIPALITY].replica.case(case_id)).chain.hash
    hidden = (await ngo.ask("history", case=closed.case_id))["events"]
    assert [(event["core"], event["details"]) for event in hidden] == [(None, None)]


async def test_it_accepts_an_offer_and_helps(bus: Bus, ngo: Program) -> None:
    """It answers under the offer's keys; then it gets the keys of the case, reads it from its beginning, and helps."""
    case_id, offer = await offered(bus)
    await previewed(ngo, case_id)
    accepted = {"occurred_at": now(), "offer_id": offer, "services": ["counselling-and-guidance"]}
    note = {"note": "An invented remark: we can begin tonight."}
    issued = await ngo.ask("issue", case=case_id, event="ReferralAccepted", core=accepted, details=note)
    assert (issued["outcome"], issued["version"]) == ("accepted", 4)
    core, details = said(help_tonight())

    async def holds_the_support() -> bool:
        events = (await ngo.ask("history", case=case_id))["events"]
        return all(event["whole"] is not None for event in events)

    await eventually(holds_the_support, within=30)
    helped = await ngo.ask("issue", case=case_id, event="SupportProvided", core=core, details=details)
    assert helped["outcome"] == "accepted"
    assert await bus.agreed_version(case_id) == 5
    case = await bus.nodes[MUNICIPALITY].replica.case(case_id)
    assert await bus.quarantined(MUNICIPALITY) == []
    assert [support.provider for support in case.view.support] == [TYPESCRIPT]


async def test_it_opens_a_case_and_refers_it(bus: Bus, ngo: Program) -> None:
    """The municipality opens what the program granted, accepts, and writes in the epoch that the program began."""
    detection, details = said(an_event(VictimDetected, occurred_at=now(), note="An invented remark."))
    opened = await ngo.ask("open", event="VictimDetected", core=detection, details=details)
    assert opened["outcome"] == "accepted"
    case_id, days = opened["case"], datetime.now(UTC) + timedelta(days=30)
    until = {"recipients": [MUNICIPALITY], "purposes": ["support"], "valid_until": days.date().isoformat()}
    consented, _ = said(an_event(ConsentGiven, occurred_at=now(), **until))
    assert (await ngo.ask("issue", case=case_id, event="ConsentGiven", core=consented))["version"] == 2
    answered_by = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    referral, _ = said(an_event(CaseReferred, occurred_at=now(), respond_by=answered_by, note=None))
    offer = await ngo.ask("issue", case=case_id, event="CaseReferred", core=referral)
    assert offer["version"] == 3
    await bus.level()
    await bus.offered(case_id, MUNICIPALITY)
    node = bus.nodes[MUNICIPALITY]
    told = (await node.replica.case(case_id)).state
    closed = await ngo.ask("issue", case=case_id, event="ConsentGiven", core=consented)
    assert closed["error"] == "an offer waits for its answer: a service that judges writes next"
    answer = an_event(ReferralAccepted, occurred_at=now(), offer_id=offer["event_id"], note="An invented answer.")
    await bus.submit(MUNICIPALITY, answer, case_id)
    await bus.level()
    await bus.readable(case_id)
    assert as_the_case_says(told, (await node.replica.case(case_id)).state)
    coordinator = await bus.nodes[COORDINATOR].replica.case(case_id)
    assert (coordinator.unreadable, coordinator.all_keys) == (True, ())
    events = await read(ngo, case_id, 4)
    assert [event["event"] for event in events][-1] == "ReferralAccepted"
    assert await bus.quarantined(MUNICIPALITY) == []
    assert await bus.nodes[COORDINATOR].keyring.of(case_id) == (), "which takes no part, and is granted nothing"


async def test_a_second_program_reads_beside_the_service(tmp_path: Path) -> None:
    """With credentials and consumers of its own: the service goes on, and both read the same."""
    async with Bus(tmp_path, *AGENCIES) as bus:
        admit_program(bus.layout, TYPESCRIPT, bus.mandates[TYPESCRIPT], "mirror", datetime.now(UTC))
        await bus.layout.admission(datetime.now(UTC)).enforce([bus.broker.url], bus.layout.tls, datetime.now(UTC))
        case_id = (await bus.detect(TYPESCRIPT)).case_id
        async with program(bus, TYPESCRIPT, "mirror") as mirror:
            await read(mirror, case_id, 1)
            await bus.consent(TYPESCRIPT, case_id)
            events = await read(mirror, case_id, 2)
            assert [event["event"] for event in events] == ["VictimDetected", "ConsentGiven"]
            assert await bus.agreed_version(case_id) == 2
            assert bus.nodes[TYPESCRIPT].health().ready


async def test_it_destroys_its_keys_for_an_erasure_and_confirms_it(bus: Bus, ngo: Program) -> None:
    """Once the agency that opened the case has confirmed it; the others then wait for nobody."""
    case_id, _ = await offered(bus)
    await previewed(ngo, case_id)
    node = bus.nodes[MUNICIPALITY]
    holders = holders_of((await node.replica.case(case_id)).view)
    assert TYPESCRIPT in holders
    wish = an_event(ErasureRequested, occurred_at=now(), scope="case", reason="other", holders=holders)
    await bus.submit(MUNICIPALITY, wish, case_id)

    async def all_have_confirmed() -> bool:
        (erasure,) = (await node.replica.case(case_id)).view.erasures
        return not erasure.outstanding

    await eventually(all_have_confirmed, within=30)
    events = (await ngo.ask("history", case=case_id))["events"]
    assert [event["core"] for event in events[:3]] == [None, None, None]
    assert await bus.quarantined(COORDINATOR) == await bus.quarantined(MUNICIPALITY) == []


@pytest.mark.parametrize("fault", ["loseAnswer", "loseRequest"])
async def test_it_looks_an_unknown_outcome_up(bus: Bus, ngo: Program, fault: str) -> None:
    """It reads the log when no answer came: the event is there once, whether or not its first message arrived."""
    case_id, offer = await offered(bus)
    await previewed(ngo, case_id)
    accepted = {"occurred_at": now(), "offer_id": offer}
    issued = await ngo.ask("issue", case=case_id, event="ReferralAccepted", core=accepted, faults={fault: True})
    assert (issued["outcome"], issued["version"]) == ("accepted", 4)
    written = [envelope for envelope in await bus.envelopes() if envelope.event_id == issued["event_id"]]
    assert len(written) == 1


async def test_what_is_wrong_is_refused(bus: Bus, ngo: Program) -> None:
    """Another's duty by the broker, a wrong chain by everybody, what it has no key for by itself."""
    case_id, offer = await offered(bus)
    await previewed(ngo, case_id)
    accepted = {"occurred_at": now(), "offer_id": offer}
    theirs = await ngo.ask("issue", case=case_id, event="ReflectionPeriodGranted", core=accepted)
    assert "lets this agency not publish" in theirs["error"]
    forged = await ngo.ask(
        "issue", case=case_id, event="ReferralAccepted", core=accepted, faults={"previous": "f" * 64}
    )
    assert forged["outcome"] == "not accepted"
    await bus.level()
    assert [reason for _, reason in await bus.quarantined(MUNICIPALITY)] == ["broken-chain"]
    assert (await ngo.ask("status"))["refused"] == {"broken-chain": 1}
    core, details = said(help_tonight())
    closed = await ngo.ask("issue", case=case_id, event="SupportProvided", core=core, details=details)
    assert closed["error"] == "we hold no key of the support"
    honest = await ngo.ask("issue", case=case_id, event="ReferralAccepted", core=accepted)
    assert honest["outcome"] == "accepted"
