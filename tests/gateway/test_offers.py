"""Offers over HTTP: the agency's own in every case, the preview for a recipient, and the next recipients."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from bus.directory.directory import DIRECTORY_ID
from contracts.chapters.consent import ConsentGiven
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import CaseReferred, DeclineReason, ReferralDeclined
from contracts.directory.events import CapacityAnnounced
from contracts.event.published_event import PublishedEvent
from contracts.vocabulary.choices import Service

from .conftest import NOW, Edge

SOON = NOW + timedelta(days=2)


def changed(event: type[PublishedEvent], **changes: Any) -> PublishedEvent:
    """The canonical example, said now, with some fields changed."""
    return event.canonical().model_copy(update={"occurred_at": NOW, **changes})


async def offered(edge: Edge, referrer: str, recipient: str, *, at: datetime = NOW) -> tuple[str, str]:
    """A case and an offer of it, with the consent that it takes."""
    case_id = (await edge.past.brings(referrer, changed(VictimDetected))).case_id
    consent = changed(ConsentGiven, recipients=(recipient,), valid_until=date(2025, 6, 30))
    await edge.past.brings(referrer, consent, case_id)
    offer = changed(CaseReferred, recipient=recipient, occurred_at=at, respond_by=SOON)
    return case_id, (await edge.past.brings(referrer, offer, case_id)).event_id


async def read(edge: Edge, path: str) -> Any:
    """What a caseworker reads there."""
    answer = await edge.http.get(path, headers=edge.headers())
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(edge: Edge, query: str = "") -> list[str]:
    """The ids of the offers listed."""
    return [offer["offer_id"] for offer in (await read(edge, f"/v1/offers{query}"))["items"]]


async def test_an_agency_lists_what_it_made_and_got(edge: Edge) -> None:
    """The newest first, by direction and state; never what goes between others."""
    _, sent = await offered(edge, "police", "municipality-0180", at=NOW - timedelta(minutes=2))
    got_case, got = await offered(edge, "ngo-fyren", "police", at=NOW - timedelta(minutes=1))
    case_id, declined = await offered(edge, "police", "ngo-fyren")
    no = changed(ReferralDeclined, offer_id=declined, suggested_recipient=None, reason=DeclineReason.NO_CAPACITY)
    await edge.past.brings("ngo-fyren", no, case_id)
    between, _ = await offered(edge, "municipality-0180", "police")
    consent = changed(ConsentGiven, recipients=("ngo-fyren",), valid_until=date(2025, 6, 30))
    await edge.past.brings("municipality-0180", consent, between)
    others = await edge.past.brings(
        "municipality-0180", changed(CaseReferred, recipient="ngo-fyren", respond_by=SOON), between
    )
    everything = await listed(edge)
    assert (
        everything[-2:] == [got, sent] and set(everything) > {sent, got, declined} and others.event_id not in everything
    )
    assert await listed(edge, "?direction=sent") == [declined, sent]
    assert await listed(edge, "?direction=sent&state=declined") == [declined]
    assert got in await listed(edge, "?direction=received&state=open")
    page = await read(edge, "/v1/offers?limit=1&page=4")
    assert (page["total"], page["items"][0]["offer_id"]) == (4, sent)
    received = next(one for one in (await read(edge, "/v1/offers"))["items"] if one["offer_id"] == got)
    assert (received["case_id"], received["direction"], received["awaits_answer"]) == (got_case, "received", True)
    assert received["respond_by"] == "2024-12-04T12:00:00Z"


@pytest.mark.parametrize("query", ["state=x", "direction=both", "limit=0", "page=0"])
async def test_offers_are_filtered_by_known_words(edge: Edge, query: str) -> None:
    """422 names the parameter."""
    answer = await edge.http.get(f"/v1/offers?{query}", headers=edge.headers())
    assert answer.status_code == 422 and answer.json()["errors"][0]["parameter"] == query.partition("=")[0]


async def test_more_than_a_page_of_cases_is_looked_through(edge: Edge) -> None:
    """However many cases there are without an offer."""
    for _ in range(205):
        await edge.past.brings("police", changed(VictimDetected))
    _, sent = await offered(edge, "police", "municipality-0180")
    assert await listed(edge) == [sent]


async def test_the_preview_is_for_recipient_and_referrer(edge: Edge) -> None:
    """Enough to decide: no token of the case. Another participant's offer is not there."""
    case_id, got = await offered(edge, "ngo-fyren", "police")
    seen = await read(edge, f"/v1/cases/{case_id}/offers/{got}/preview")
    assert (seen["offer_id"], seen["referrer"], seen["recipient"]) == (got, "ngo-fyren", "police")
    assert seen["exploitation_forms"] == ["labour"] and "case_id" not in seen
    assert (seen["note"], seen["questions"]) == (None, [])
    consent = changed(ConsentGiven, recipients=("municipality-0180",), valid_until=date(2025, 6, 30))
    await edge.past.brings("ngo-fyren", consent, case_id)
    others = await edge.past.brings("ngo-fyren", changed(CaseReferred, respond_by=SOON), case_id)
    for offer_id in (others.event_id, str(uuid4()), "x"):
        path = f"/v1/cases/{case_id}/offers/{offer_id}/preview"
        assert (await edge.http.get(path, headers=edge.headers())).status_code == 404


async def test_a_declined_offer_shows_where_to_turn_next(edge: Edge) -> None:
    """Agencies of the directory that fit, with their names, places and what is still needed; and whom to ask."""
    case_id, sent = await offered(edge, "police", "municipality-0180")
    decline = changed(ReferralDeclined, offer_id=sent, suggested_recipient=None)
    await edge.past.brings("municipality-0180", decline, case_id)
    path = f"/v1/cases/{case_id}/offers/{sent}/next-recipients"
    found = await read(edge, path)
    (ngo,) = [one for one in found["items"] if one["kind"] == "ngo"]
    assert (ngo["agency"], ngo["needs_consent"], ngo["places"]) == ("ngo-fyren", True, None)
    assert ngo["name"] and ngo["why"]["sv"] != ngo["why"]["en"]
    assert found["ask"]["id"] == "coordinator-stockholm"
    assert "municipality-0180" not in [one["agency"] for one in found["items"]]
    places = changed(CapacityAnnounced, service=Service.SAFE_ACCOMMODATION, places=3)
    await edge.past.brings("ngo-fyren", places, DIRECTORY_ID)
    assert [one["places"] for one in (await read(edge, path))["items"] if one["kind"] == "ngo"] == [3]
    unknown = f"/v1/cases/{case_id}/offers/{uuid4()}/next-recipients"
    assert (await edge.http.get(unknown, headers=edge.headers())).status_code == 404


@pytest.mark.parametrize("rest", ["preview", "next-recipients"])
async def test_nothing_is_said_of_offers_in_others_cases(edge: Edge, rest: str) -> None:
    """404, as for a case that does not exist."""
    case_id, offer_id = await offered(edge, "ngo-fyren", "municipality-0180")
    for case in (case_id, str(uuid4()), "x"):
        path = f"/v1/cases/{case}/offers/{offer_id}/{rest}"
        assert (await edge.http.get(path, headers=edge.headers())).status_code == 404


async def test_the_time_to_answer_runs_out(edge: Edge) -> None:
    """An offer that nobody has ended yet is open, and awaits no answer any more."""
    await offered(edge, "police", "municipality-0180")
    app: Any = edge.app
    object.__setattr__(app.context, "clock", lambda: datetime(2024, 12, 4, 12, 0, 1, tzinfo=UTC))
    (offer,) = (await read(edge, "/v1/offers"))["items"]
    assert (offer["state"], offer["awaits_answer"]) == ("open", False)
