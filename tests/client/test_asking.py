"""One call: what is sent again and what is not, what an answer or a problem becomes, and what hostile answers do."""

from __future__ import annotations

import gzip
import json
import traceback
from itertools import count
from typing import Any

import httpx
import pytest
from harness.clients import EVEN, KINDS, URL, Asyncio, Bytes, Kind, Played, Waiting, answer, asking, problem

from contracts.vocabulary.wording import Wording
from stafett import client, events
from stafett.client import Patience
from stafett.client.received import Page

CASE = "3f28f180-37e7-4e41-ac89-6599db0e041a"
EVENT = "6277108f-022a-485b-b068-f79939c87872"
RECORDED = {"event_id": EVENT, "case_id": CASE, "version": 1, "sequence": 42}
SECRET = "Maria Invented"
LOST = httpx.ReadError("gone")
REFUSED = httpx.ConnectError("refused")

both = pytest.mark.parametrize("kind", KINDS)


def state(status: str, **more: Any) -> dict[str, Any]:
    """What a submission says."""
    return {"event_id": EVENT, "case_id": CASE, "status": status, "version": None, "sequence": None} | {
        "reason": None,
        **more,
    }


@both
def test_an_event_whose_answer_is_lost_is_sent_again_under_its_key(kind: Kind) -> None:
    """The same bytes, the same key; the pauses double."""
    service = Played([LOST, answer(503, problem(503, "outcome-unknown")), LOST, answer(201, RECORDED, etag='"d"')])
    recorded = asking(kind, service).do(client.open_case(events.VictimDetected.canonical()))
    assert (recorded.event_id, recorded.etag) == (EVENT, '"d"')
    assert len({(one["idempotency-key"]) for one in service.headers}) == 1
    assert len({one.content for one in service.asked}) == 1
    assert service.slept == [1.0, 2.0, 4.0]


@both
def test_doing_the_same_value_again_is_the_same_call(kind: Kind) -> None:
    """Each value has a key of its own, and keeps it."""
    service = Played(lambda request: answer(201, RECORDED))
    one, other = (client.issue(CASE, ("NeedsAssessed", {})) for _ in range(2))
    for each in (one, one, other):
        asking(kind, service).do(each)
    first, again, another = (one["idempotency-key"] for one in service.headers)
    assert first == again != another


@both
def test_what_is_not_safe_to_send_again_is_not(kind: Kind) -> None:
    """A reading is recorded each time: its caller decides. A service that was not reached is asked again."""
    reading = client.read_personal_details(CASE, data_classes=["contact"], purpose="support")
    service = Played([LOST])
    with pytest.raises(client.NoAnswerError) as raised:
        asking(kind, service).do(reading)
    assert raised.value.sent and len(service.asked) == 1
    told = {"reading": EVENT, "case_id": CASE, "role": "caseworker", "records": []}
    service = Played([REFUSED, answer(503, problem(503, "busy"), retry_after="1"), answer(201, told)])
    assert asking(kind, service).do(reading).records == ()
    with pytest.raises(client.OutcomeNotKnownError):
        asking(kind, Played([answer(503, problem(503, "outcome-unknown"))])).do(reading)


@both
def test_a_service_that_says_when_is_asked_then(kind: Kind) -> None:
    """Its `Retry-After` and the pause; attempts end, and too long a wait does not begin."""
    service = Played(lambda request: answer(429, problem(429, "too-many-requests"), retry_after="3"))
    with pytest.raises(client.AskLaterError) as raised:
        asking(kind, service).do(client.read_hotline())
    assert raised.value.retry_after == 3 and len(service.asked) == EVEN.attempts
    assert service.slept == [4.0, 5.0, 7.0]
    service = Played(lambda request: answer(503, problem(503, "stopping"), retry_after="21"))
    with pytest.raises(client.AskLaterError):
        asking(kind, service).do(client.read_hotline())
    assert (len(service.asked), service.slept) == (1, [])


def test_pauses_are_bounded_and_differ() -> None:
    """Each lies between half of its length and the whole; none is longer than the longest."""
    lowest, highest = (Patience(attempts=90, jitter=lambda by=by: by) for by in (0.0, 1.0))  # type: ignore[misc]
    for attempt in range(1, 90):
        low, high = lowest.pause(attempt), highest.pause(attempt)
        assert low is not None and high is not None and 0 < low == high / 2 <= high <= 30
    assert lowest.pause(90) is None


@both
def test_a_refusal_says_the_rule_and_who_supplies_what_is_missing(kind: Kind) -> None:
    """In both languages; it is not asked again."""
    said = {
        "rule": "R3",
        "rule_text": {"en": "Only participants.", "sv": "Bara deltagare."},
        "source": "NRM 4.2",
        "missing": {"en": "A consent.", "sv": "Ett samtycke."},
        "supplied_by": ["ngo-fyren"],
    }
    service = Played([answer(409, problem(409, "rule-refused", **said, later="member"))])
    with pytest.raises(client.RuleRefusedError) as raised:
        asking(kind, service).do(client.issue(CASE, events.NeedsAssessed.canonical()))
    error = raised.value
    assert (error.rule, error.source, error.supplied_by) == ("R3", "NRM 4.2", ("ngo-fyren",))
    assert (error.missing, error.text) == (Wording("A consent.", "Ett samtycke."), Wording("No.", "Nej."))
    assert str(error) == "409 No: It is so"


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (400, "invalid-query", client.InvalidRequestError),
        (401, "unauthenticated", client.NotAllowedError),
        (403, "missing-role", client.NotAllowedError),
        (404, "not-found", client.NothingThereError),
        (409, "too-many-webhooks", client.ServiceProblemError),
        (412, "case-changed", client.CaseChangedError),
        (413, "too-large", client.InvalidRequestError),
        (422, "invalid-request", client.InvalidRequestError),
        (422, "free-text-suspected", client.FreeTextSuspectedError),
        (418, "of-a-later-release", client.ServiceProblemError),
        (500, "internal", client.ServiceProblemError),
    ],
)
def test_each_problem_is_an_error_of_its_kind(status: int, kind: str, error: type[Exception]) -> None:
    """And is not tried again."""
    service = Played([answer(status, problem(status, kind))])
    with pytest.raises(client.ServiceProblemError) as raised:
        asking(Waiting, service).do(client.issue(CASE, ("NeedsAssessed", {})))
    assert type(raised.value) is error


@both
@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, {"items": "many"}, {}),
        (200, [SECRET], {}),
        (200, SECRET, {}),
        (200, b"\xff\xfe", {}),
        (200, b"", {}),
        (200, b"[" * 100_000, {}),
        (200, {"items": [{"record_id": 7, "data_class": SECRET, "recorded_by": "", "recorded_at": SECRET}]}, {}),
        (200, b'{"items": [' + b"9" * 9000 + b"]}", {}),
        (204, b"", {}),
        (302, b"", {"location": "https://elsewhere.example"}),
        (404, b"<html>" + SECRET.encode(), {}),
        (404, problem(200, "not-found"), {}),
        (409, problem(409, "rule-refused", supplied_by="everybody"), {}),
        (422, problem(422, "invalid-request", errors=[SECRET]), {}),
        (200, gzip.compress(b'{"items": []}'), {"content-encoding": "gzip"}),
    ],
    ids=count(),
)
def test_an_answer_that_no_service_gives_is_an_error_that_shows_nothing(
    kind: Kind, status: int, body: Any, headers: dict[str, str]
) -> None:
    """Of what it said; and nobody is asked elsewhere."""
    service = Played([answer(status, body, **headers)])
    with pytest.raises(client.BadAnswerError) as raised:
        asking(kind, service).do(client.list_personal_details(CASE))
    assert SECRET not in "".join(traceback.format_exception(raised.value)) and len(service.asked) == 1


@both
@pytest.mark.parametrize("wrong", [{"version": "1"}, {"sequence": 1.5}, {"case_id": 7}, {"version": None}])
def test_a_value_of_another_type_is_not_made_to_fit(kind: Kind, wrong: dict[str, Any]) -> None:
    """A text is no number, and a number is no text."""
    with pytest.raises(client.BadAnswerError, match=next(iter(wrong))):
        asking(kind, Played([answer(201, RECORDED | wrong)])).do(client.issue(CASE, ("NeedsAssessed", {})))


@both
def test_a_large_answer_is_not_read_to_its_end(kind: Kind) -> None:
    """Ten megabytes, or without end: no more is taken than the bound."""
    endless = Bytes(b"x" * 65536 for _ in range(1000))
    service = Played([httpx.Response(200, stream=endless)])
    with pytest.raises(client.AnswerTooLargeError):
        asking(kind, service, most_bytes=1_000_000).do(client.read_hotline())
    assert endless.taken == 1_000_000 // 65536 + 1 and endless.closed
    ten = Played([answer(200, {"items": ["x" * 10_000_000]})])
    with pytest.raises(client.AnswerTooLargeError):
        asking(kind, ten).do(client.read_hotline())


@both
def test_something_between_that_answers_for_the_service_is_no_end(kind: Kind) -> None:
    """A proxy's 502 is asked again where that is safe."""
    service = Played([answer(502, b"<html>"), answer(200, {"items": []})])
    assert asking(kind, service).do(client.list_personal_details(CASE)).items == ()
    with pytest.raises(client.BadAnswerError):
        asking(kind, Played([answer(502, b"<html>")])).do(client.delete_webhook(CASE))


@both
def test_a_dry_run_takes_no_key_and_keeps_the_rest(kind: Kind) -> None:
    """It is the same request, only judged."""
    service = Played([answer(200, {"would": "be-accepted"})])
    issuing = client.issue(CASE, ("NeedsAssessed", {"risk": "high"}), if_match='"d"')
    assert asking(kind, service).do(client.dry_run(issuing)).would == "be-accepted"
    asked = service.asked[0]
    assert asked.url.params["dry_run"] == "true" and asked.headers["if-match"] == '"d"'
    assert "idempotency-key" not in asked.headers
    assert json.loads(asked.content) == {"type": "NeedsAssessed", "data": {"risk": "high"}}


@both
def test_an_event_that_is_kept_is_waited_for(kind: Kind) -> None:
    """Until it is in the log, or refused, or the time is over; then the same value goes on."""
    kept = {"event_id": EVENT, "case_id": CASE, "status": "pending"}
    issuing = client.until_known(client.issue(CASE, ("NeedsAssessed", {})), within=6)
    done = answer(200, state("delivered", version=4, sequence=9))
    service = Played([answer(202, kept), answer(200, state("pending")), done])
    assert asking(kind, service).do(issuing).version == 4
    with pytest.raises(client.RefusedLaterError) as refused:
        asking(kind, Played([answer(202, kept), answer(200, state("attention", reason="R3"))])).do(issuing)
    assert (refused.value.event_id, refused.value.rule) == (EVENT, "R3")
    waits = Played(lambda request: answer(202, kept) if request.method == "POST" else answer(200, state("pending")))
    with pytest.raises(client.NotYetKnownError):
        asking(kind, waits).do(issuing)
    assert waits.slept == [1.0, 2.0]


@both
def test_the_token_is_asked_for_each_time_and_shown_nowhere(kind: Kind) -> None:
    """A function gives the present one."""
    tokens = iter(["first", "second"])
    service = Played(lambda request: answer(200, {"items": []}))
    if kind is Waiting:
        with client.SyncClient(URL, lambda: next(tokens), transport=httpx.MockTransport(service)) as own:
            own.do(client.list_rules())
            own.do(client.list_rules())
            assert "second" not in repr(vars(own).get("_http"))
    assert asking(Asyncio, service).do(client.list_rules()).items == ()
    sent = [one["authorization"] for one in service.headers]
    assert sent[-1] == "Bearer a-token" and (kind is not Waiting or sent[:2] == ["Bearer first", "Bearer second"])


def test_values_show_no_content() -> None:
    """Neither of what is sent, nor of what is read."""
    from contracts.privacy.record_forms import Contact

    call = client.record_personal_details(CASE, Contact(phone="+46700000000", safe_to_call=False, safe_to_write=True))
    assert "46700000000" not in repr(call) and b"46700000000" in (call.request.content or b"")
    record = {"record_id": EVENT, "data_class": "contact", "recorded_by": "ngo", "recorded_at": "2024-03-05T08:20:00Z"}
    content = {"phone": "+46700000000", "safe_to_call": False, "safe_to_write": True}
    told = {
        "reading": EVENT,
        "case_id": CASE,
        "role": "caseworker",
        "records": [{**record, "content": content} | {"why": None}],
    }
    reading = client.read_personal_details(CASE, data_classes=["contact"], purpose="support")
    details = asking(Waiting, Played([answer(201, told)])).do(reading)
    assert "46700000000" not in repr(details)
    assert isinstance(details.records[0].record, Contact) and details.records[0].record.phone == "+46700000000"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_leads_nowhere_else(value: str) -> None:
    """An id that is empty or a step is refused; any other is one segment."""
    with pytest.raises(ValueError, match="case_id"):
        client.read_case(value)
    assert client.read_case("../a?b#c").request.path == "/v1/cases/..%2Fa%3Fb%23c"


@both
def test_every_item_of_a_list_is_read_by_its_cursor(kind: Kind) -> None:
    """The question stays, the cursor changes; a list that leads nowhere ends in an error."""
    rows = [{"name": name} for name in "abc"]

    def page(items: Any, following: str | None) -> httpx.Response:
        return answer(200, {"items": items, "total": 3, "limit": 2, "page": 1, "next": following})

    call: client.Call[Any] = client.list_trainings(limit=2)
    call = client.Call(call.request, {200: Page[dict[str, str]]})
    service = Played([page(rows[:2], "b"), page(rows[2:], None)])
    assert asking(kind, service).each(client.every(call)) == rows
    assert [str(one.url.query, "ascii") for one in service.asked] == ["limit=2", "limit=2&cursor=b"]
    with pytest.raises(client.BadAnswerError):
        asking(kind, Played([page(rows, "c"), page([], "d")])).each(client.every(call))
