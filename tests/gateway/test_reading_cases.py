"""The data that an agency reads: the cases that it takes part in, their history, and the work that waits."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from time import monotonic
from uuid import uuid4

import pytest

from bus.case.case_replica import CaseReplica
from bus.envelope.envelope import Envelope
from bus.privacy.refused_grants import RefusedGrant
from bus.store import Kind, Obligation, OutboxRow, OutboxStatus, QuarantineEntry, Transaction
from contracts.chapters.consent import ConsentGiven, ConsentWithdrawn
from contracts.chapters.detection import VictimDetected
from contracts.event.case_event import EVENTS
from contracts.view.case_view import PART_OF, CaseView

from .conftest import DETECTION, NOW, Edge

EXCHANGE = """UPDATE stored_events SET state = :state
    WHERE originator_id = :case_id AND originator_version = :version"""


async def test_a_case_is_read_with_its_digest(edge: Edge) -> None:
    """The digest is the entity tag, and anyone can compute it again from the view."""
    detected = await edge.past.brings("police", VictimDetected.canonical())
    answer = await edge.http.get(f"/v1/cases/{detected.case_id}", headers=edge.headers())
    assert answer.status_code == 200
    content = answer.json()
    digest = content.pop("digest")
    assert answer.headers["etag"] == f'"{digest}"'
    fields = {name: value for name, value in content.items() if name in CaseView.model_fields}
    assert CaseView.model_validate_json(json.dumps(fields)).digest == digest
    parts = {*content["readers"]["police"]}
    assert content.keys() - fields.keys() == {"digests", "parts", "awaits", "readers"}
    assert (parts, content["awaits"]) == ({*content["parts"]}, [])
    core = {name: value for name, value in fields.items() if name not in PART_OF}
    said = json.dumps(core, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert sha256(said.encode()).hexdigest() == digest
    assert content["version"] == 1


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
async def test_a_case_that_has_not_changed_is_not_sent_again(edge: Edge, form: str) -> None:
    """304, by weak comparison."""
    path = f"/v1/cases/{(await edge.past.brings('police', VictimDetected.canonical())).case_id}"
    tag = (await edge.http.get(path, headers=edge.headers())).headers["etag"]
    answer = await edge.http.get(path, headers=edge.headers(If_None_Match=form.format(tag)))
    assert answer.status_code == 304 and answer.content == b"" and answer.headers["etag"] == tag
    assert (await edge.http.get(path, headers=edge.headers(If_None_Match='"other"'))).status_code == 200


async def test_only_own_cases_are_listed_the_latest_first(edge: Edge) -> None:
    """With the total, in pages."""
    own = [(await edge.past.brings("police", VictimDetected.canonical())).case_id for _ in range(3)]
    await edge.past.brings("municipality-0180", VictimDetected.canonical())
    await edge.past.brings("police", ConsentGiven.canonical(), own[0])
    first = (await edge.http.get("/v1/cases?limit=2", headers=edge.headers())).json()
    second = (await edge.http.get("/v1/cases?limit=2&page=2", headers=edge.headers())).json()
    assert [case["case_id"] for case in first["items"] + second["items"]] == [own[0], own[2], own[1]]
    assert (first["total"], first["limit"], second["page"]) == (3, 2, 2)
    assert first["items"][0]["version"] == 2


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "page=0", "limit=x", "page=9999999999999999999", "page=1.5"])
async def test_a_page_has_bounds(edge: Edge, query: str) -> None:
    """422 names the parameter and repeats nothing."""
    answer = await edge.http.get(f"/v1/cases?{query}", headers=edge.headers())
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["parameter"] == query.partition("=")[0]
    assert error.keys() == {"parameter", "detail", "code", "text"}


@pytest.mark.parametrize("rest", ["", "/events", "/events/6277108f-022a-485b-b068-f79939c87872"])
async def test_others_cases_and_unknown_cases_look_the_same(edge: Edge, rest: str) -> None:
    """404 does not tell whether a case exists."""
    theirs = (await edge.past.brings("municipality-0180", VictimDetected.canonical())).case_id
    answers = [
        (await edge.http.get(f"/v1/cases/{case_id}{rest}", headers=edge.headers()))
        for case_id in (theirs, str(uuid4()), "malformed", theirs.upper())
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({json.dumps({**answer.json(), "instance": ""}) for answer in answers}) == 1


async def test_others_cases_and_unknown_cases_take_as_long(edge: Edge) -> None:
    """Neither is told sooner than the time that finding another agency's case takes."""
    theirs = (await edge.past.brings("municipality-0180", VictimDetected.canonical())).case_id
    consent = {"type": "ConsentGiven", "data": EVENTS["ConsentGiven"].example}
    for case_id in (theirs, str(uuid4()), "malformed"):
        for method, rest in (("GET", ""), ("GET", "/events"), ("GET", "/deadlines"), ("POST", "/events")):
            begun = monotonic()
            path = f"/v1/cases/{case_id}{rest}"
            answer = await edge.http.request(method, path, json=consent, headers=edge.headers())
            assert answer.status_code == 404
            assert case_id == "malformed" or monotonic() - begun >= 0.025, (case_id, method, rest)


async def test_the_history_has_every_event_in_order(edge: Edge) -> None:
    """Chained, with the parsed data, and why content was set aside."""
    first = await edge.past.brings("police", VictimDetected.canonical())
    await edge.past.brings("police", VictimDetected.canonical(), first.case_id)
    await edge.past.brings("police", ConsentGiven.canonical(), first.case_id)
    path = f"/v1/cases/{first.case_id}/events"
    events = (await edge.http.get(path, headers=edge.headers())).json()["items"]
    assert [event["version"] for event in events] == [1, 2, 3]
    assert [event["previous"] for event in events[1:]] == [event["hash"] for event in events[:-1]]
    assert events[0]["data"]["language"] == "ro" and events[0]["agency"] == "police"
    assert [event["set_aside"] and event["set_aside"]["reason"] for event in events] == [None, "refused", None]
    alone = await edge.http.get(f"{path}/{events[1]['event_id']}", headers=edge.headers())
    assert alone.json() == events[1]
    assert (await edge.http.get(f"{path}/{uuid4()}", headers=edge.headers())).status_code == 404


@pytest.mark.parametrize(
    ("query", "versions", "following"),
    [
        ("", range(1, 101), 100),
        ("?limit=2", [1, 2], 2),
        ("?after=2&limit=2", [3, 4], 4),
        ("?after=100", [101, 102], None),
        ("?after=100&limit=2", [101, 102], None),
        ("?after=102", [], None),
        (f"?after={2**53}&limit=500", [], None),
        ("?limit=500", range(1, 103), None),
    ],
)
async def test_the_history_is_read_in_parts(edge: Edge, query: str, versions: list[int], following: int | None) -> None:
    """So many events after a version; `next` leads through all of them."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    for _ in range(101):
        await edge.past.brings("police", ConsentGiven.canonical(), case_id)
    part = (await edge.http.get(f"/v1/cases/{case_id}/events{query}", headers=edge.headers())).json()
    assert [event["version"] for event in part["items"]] == list(versions)
    assert (part["total"], part["next"]) == (102, following)


async def test_no_event_is_opened_that_is_not_asked_for(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part, and one event, cost what they hold; none is judged again, wherever they stand."""
    brought = [await edge.past.brings("police", VictimDetected.canonical())]
    for _ in range(30):
        brought.append(await edge.past.brings("police", ConsentGiven.canonical(), brought[0].case_id))
    opened: list[int] = []
    content_of = CaseReplica.content_of

    def watched(case: CaseReplica, envelope: Envelope) -> bytes | None:
        opened.append(envelope.version)
        return content_of(case, envelope)

    def judged(*_: object, **__: object) -> None:
        raise AssertionError("an event is judged again")

    await edge.node.replica.case(brought[0].case_id)
    monkeypatch.setattr(CaseReplica, "content_of", watched)
    monkeypatch.setattr(CaseReplica, "after", judged)
    path = f"/v1/cases/{brought[0].case_id}/events"
    for rest, versions in (("?limit=3", [1, 2, 3]), ("?after=27&limit=2", [28, 29]), (f"/{brought[8].event_id}", [9])):
        opened.clear()
        assert (await edge.http.get(path + rest, headers=edge.headers())).status_code == 200
        assert opened == versions


async def test_parts_say_of_each_event_what_judging_them_all_says(edge: Edge) -> None:
    """Also of those without effect, for whatever reason, and of what an outsider sealed."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    for agency, event, data in (
        ("police", VictimDetected, None),
        ("police", ConsentGiven, b"nonsense"),
        ("police", ConsentGiven, None),
        ("migration", ConsentGiven, None),
        ("police", ConsentGiven, None),
        ("police", ConsentWithdrawn, None),
    ):
        await edge.past.brings(agency, event.canonical(), case_id, data)
    replica = edge.node.replica
    judged = [held async for held in replica.history(case_id)]
    whole = [(held.envelope.event_id, held.content, held.void) for held in judged]
    reasons = [None, "refused", "unreadable", None, "refused", None, "refused"]
    assert [aside and aside.reason for _, _, aside in whole] == reasons
    for limit in (1, 2, 3, 7):
        case = await replica.case(case_id)
        parts = [entry for after in range(0, 7, limit) async for entry in replica.part(case, after, limit)]
        assert [(entry.envelope.event_id, entry.content, entry.void) for entry in parts] == whole
        replica._cache.clear()  # from now on as it is loaded, not as it came


async def test_an_event_that_vanished_from_the_end_is_noticed(edge: Edge) -> None:
    """The history does not just end sooner."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    for _ in range(2):
        await edge.past.brings("police", ConsentGiven.canonical(), case_id)
    vanishing = Transaction()
    vanishing.forget_after(case_id, 2)
    await edge.node.store.write(vanishing)
    assert (await edge.http.get(f"/v1/cases/{case_id}/events", headers=edge.headers())).status_code == 503


async def test_an_event_that_was_exchanged_in_the_store_is_noticed(edge: Edge) -> None:
    """By the one that follows it: the case is to be fetched anew, and the event is not shown."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    second, *_ = [await edge.past.brings("police", ConsentGiven.canonical(), case_id) for _ in range(4)]
    edge.past.heads[case_id] = (second.version, second.hash)
    other = await edge.past.brings("police", ConsentGiven.canonical(), case_id)  # is not the first in its place
    exchange = Transaction()
    exchange.add(EXCHANGE, {"state": other.to_bytes(), "case_id": case_id, "version": other.version})
    await edge.node.store.write(exchange)
    for query, status in (("limit=1", 200), ("after=2&limit=1", 503), ("after=3&limit=1", 503), ("after=4", 200)):
        path = f"/v1/cases/{case_id}/events?{query}"
        assert (await edge.http.get(path, headers=edge.headers())).status_code == status, query


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=501", "page=1", "after=1&after=2"])
async def test_parts_have_bounds(edge: Edge, query: str) -> None:
    """422 for a value, and 400 for a parameter that nobody knows or that comes twice."""
    case_id = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    answer = await edge.http.get(f"/v1/cases/{case_id}/events?{query}", headers=edge.headers())
    assert answer.status_code == (400 if query in ("page=1", "after=1&after=2") else 422)


async def test_backdating_is_seen(edge: Edge) -> None:
    """The canonical consent is of March and recorded in December; one of the same day is not late."""
    first = await edge.past.brings("police", VictimDetected.canonical().model_copy(update={"occurred_at": NOW}))
    await edge.past.brings("police", ConsentGiven.canonical(), first.case_id)
    path = f"/v1/cases/{first.case_id}/events"
    prompt, late = (await edge.http.get(path, headers=edge.headers())).json()["items"]
    assert prompt["recorded_late_by"] is None
    assert late["recorded_late_by"] == int((NOW - ConsentGiven.canonical().occurred_at).total_seconds())


@pytest.mark.parametrize("data", [b'{"surname":"Andersson"}', b"Andersson", b'["Andersson"]', b'{"a":NaN}'])
async def test_what_cannot_be_read_is_not_shown(edge: Edge, data: bytes) -> None:
    """Nobody knows what it is: the history says that it is unreadable, and goes on."""
    first = await edge.past.brings("police", VictimDetected.canonical())
    await edge.past.brings("police", ConsentGiven.canonical(), first.case_id, data)
    answer = await edge.http.get(f"/v1/cases/{first.case_id}/events", headers=edge.headers())
    event = answer.json()["items"][1]
    assert (event["data"], event["occurred_at"], event["set_aside"]["reason"]) == (None, None, "unreadable")
    assert "Andersson" not in answer.text


@pytest.mark.parametrize("event_id", ["6277108f-022a-485b-b068-f79939c87872", "x"])
async def test_an_unknown_submission_is_not_found(edge: Edge, event_id: str) -> None:
    """404, whatever the id looks like."""
    assert (await edge.http.get(f"/v1/submissions/{event_id}", headers=edge.headers())).status_code == 404


async def test_what_the_rules_refused_later_stands_in_needs_attention(edge: Edge) -> None:
    """With the rule, so that a caseworker can decide what to do."""
    sent = await edge.http.post("/v1/cases", json=DETECTION, headers=edge.headers())
    event_id = sent.json()["event_id"]
    assert (await edge.http.get("/v1/needs-attention", headers=edge.headers())).json()["items"] == []
    row = await edge.node.store.submission(event_id)
    assert row is not None
    refused = OutboxRow(event_id, row.case_id, row.draft, status=OutboxStatus.PARKED, reason="R1")
    transaction = Transaction()
    transaction.settle(refused)
    await edge.node.store.write(transaction)
    edge.node.outbox.take_back(row.case_id)
    (item,) = (await edge.http.get("/v1/needs-attention", headers=edge.headers())).json()["items"]
    assert (item["event_id"], item["reason"], item["type"]) == (event_id, "R1", "se.nrm.VictimDetected.v2")
    assert item["data"]["region"] == "01"


async def test_quarantine_names_only_own_cases(edge: Edge) -> None:
    """A message about somebody else's case is counted, its case is not shown."""
    own = (await edge.past.brings("police", VictimDetected.canonical())).case_id
    theirs = (await edge.past.brings("municipality-0180", VictimDetected.canonical())).case_id
    set_aside = [
        QuarantineEntry(1, sequence, case_id, "", "police", "bad-signature", "not the agency's")
        for sequence, case_id in ((7, own), (8, theirs), (9, "nonsense"))
    ]
    transaction = Transaction()
    for each in set_aside:
        transaction.quarantine(each)
    await edge.node.store.write(transaction)
    page = (await edge.http.get("/v1/quarantine?limit=2", headers=edge.headers("auditor"))).json()
    assert page["total"] == 3 and [item["sequence"] for item in page["items"]] == [9, 8]
    rest = (await edge.http.get("/v1/quarantine?limit=2&page=2", headers=edge.headers("auditor"))).json()
    assert [item["case_id"] for item in page["items"] + rest["items"]] == [None, None, own]


async def test_missing_keys_are_listed_with_their_repair(edge: Edge) -> None:
    """A grant that was refused, and a case that no grant opens; never a key."""
    case_id, other = str(uuid4()), str(uuid4())
    edge.node.refused_grants.note(RefusedGrant(case_id, "support", "AAAAAAAAAAAAAAAAAAAAAA", "ngo", "malformed"))
    owing, row = Transaction(), Obligation(Kind.LOOK, other)
    owing.oblige(row)
    owing.postpone(replace(row, attempts=1, parked=True))
    await edge.node.store.write(owing)
    page = (await edge.http.get("/v1/missing-keys", headers=edge.headers("auditor"))).json()
    assert page["total"] == 2
    refused, lacking = page["items"]
    assert {name: refused[name] for name in ("case_id", "compartment", "granter", "reason")} == {
        "case_id": case_id,
        "compartment": "support",
        "granter": "ngo",
        "reason": "malformed",
    }
    assert (lacking["case_id"], lacking["granter"], lacking["reason"]) == (other, None, "no-grant")
    assert all(item["repair"]["sv"] and item["repair"]["en"] for item in page["items"])
    metrics = (await edge.http.get("/metrics")).text
    assert 'stafett_grants_refused{reason="malformed"} 1.0' in metrics


async def test_tasks_are_listed_in_both_languages(edge: Edge) -> None:
    """The soonest due first, what has no due date last."""
    tasks = [await edge.given_task(str(uuid4()), due) for due in (None, "2024-12-09", "2024-12-08")]
    items = (await edge.http.get("/v1/tasks", headers=edge.headers())).json()["items"]
    assert [item["task_id"] for item in items] == tasks[::-1]
    assert items[0]["text"] == {"en": "Ask.", "sv": "Fråga."}


async def test_tasks_and_refused_events_are_read_in_pages(edge: Edge) -> None:
    """A hundred at a time where nothing is asked for; the total says how many there are."""
    case_id = str(uuid4())
    tasks = [await edge.given_task(case_id, f"2024-{1 + n // 28:02}-{1 + n % 28:02}") for n in range(103)]
    for query, expected in (("", tasks[:100]), ("?limit=5&page=2", tasks[5:10]), ("?limit=500", tasks)):
        page = (await edge.http.get(f"/v1/tasks{query}", headers=edge.headers())).json()
        assert [item["task_id"] for item in page["items"]] == expected and page["total"] == 103
    refused = []
    for _ in range(3):
        sent = await edge.http.post("/v1/cases", json=DETECTION, headers=edge.headers())
        row = await edge.node.store.submission(sent.json()["event_id"])
        assert row is not None
        refused.append((await edge.node.outbox.park(row, "R1")).event_id)
    page = (await edge.http.get("/v1/needs-attention?limit=2&page=2", headers=edge.headers())).json()
    assert [item["event_id"] for item in page["items"]] == refused[2:] and page["total"] == 3


async def test_the_rules_can_be_read(edge: Edge) -> None:
    """Each ruleset's, in both languages."""
    rulesets = (await edge.http.get("/v1/rules", headers=edge.headers())).json()["items"]
    assert [ruleset["id"] for ruleset in rulesets][:2] == ["SE-2016", "SE-2022-08"]
    on_referral = {rule["id"]: rule for rule in rulesets[0]["rules"] if "CaseReferred" in rule["judges"]}
    assert on_referral["R3"]["text"].keys() == {"en", "sv"} and on_referral["R3"]["source"]


async def test_what_the_agency_may_issue_can_be_read(edge: Edge) -> None:
    """With role, schema and example."""
    events = {e["name"]: e for e in (await edge.http.get("/v1/events", headers=edge.headers())).json()["items"]}
    assert events["InvestigationOpened"]["role"] == "investigation-leader"
    assert events["VictimDetected"]["opens_case"] and not events["ConsentGiven"]["opens_case"]
    assert events["VictimDetected"]["example"] == EVENTS["VictimDetected"].example
    assert "ReflectionPeriodGranted" not in events
