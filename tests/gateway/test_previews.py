"""A case that is only offered, over HTTP: the recipient finds all that it has of it at the preview, and answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.bus import Bus, an_event
from harness.gateways import gateways
from harness.sharing import consent, now

from contracts.chapters.offer_questions import OfferQuestionAnswered, OfferQuestionAsked
from contracts.chapters.referral import CaseReferred

NGO, MUNICIPALITY, COORDINATOR = AGENCIES = ("ngo-fyren", "municipality-0180", "coordinator")


async def test_the_recipient_reads_the_preview_and_nothing_else(tmp_path: Path) -> None:
    """With the note, its question and the answer; the case itself is as one that does not exist."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id = (await bus.detect(NGO)).case_id
        await consent(bus, case_id, MUNICIPALITY)
        until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        asked = {"recipient": MUNICIPALITY, "purposes": ["support"], "respond_by": until, "note": "An invented note."}
        offer = (await bus.submit(NGO, an_event(CaseReferred, occurred_at=now(), **asked), case_id)).event_id
        await bus.level()
        await bus.offered(case_id, MUNICIPALITY)
        here = at[MUNICIPALITY]
        (listed,) = (await here.get("/v1/offers?direction=received&state=open")).json()["items"]
        assert (listed["offer_id"], listed["case_id"], listed["awaits_answer"]) == (offer, case_id, True)
        for path in ("", "/events", "/deadlines", "/assistance", "/readings"):
            assert (await here.get(f"/v1/cases/{case_id}{path}")).status_code == 404
        assert (await here.get("/v1/cases")).json()["items"] == []
        assert (await here.get(f"/v1/cases/{case_id}/actions")).status_code == 200
        question = an_event(OfferQuestionAsked, occurred_at=now(), offer_id=offer, question="An invented question?")
        question_id = (await bus.submit(MUNICIPALITY, question, case_id)).event_id
        await bus.level()
        answer = an_event(
            OfferQuestionAnswered, occurred_at=now(), question_id=question_id, answer="An invented answer."
        )
        await bus.submit(NGO, answer, case_id)
        await bus.level()
        seen = (await here.get(f"/v1/cases/{case_id}/offers/{offer}/preview")).json()
        assert (seen["referrer"], seen["state"], seen["note"]) == (NGO, "open", "An invented note.")
        assert seen["questions"] == [
            {
                "question_id": question_id,
                "about": "safety",
                "question": "An invented question?",
                "answer": "An invented answer.",
            }
        ]
        feed = (await here.get("/v1/feed")).json()["items"]
        told = [entry for entry in feed if entry["kind"] == "event"]
        assert {entry["kind"] for entry in feed} <= {"event", "task", "directory"}
        assert all(entry["offered"] for entry in told)
        assert [entry["type"].split(".")[2] for entry in told] == [
            "CaseReferred",
            "OfferQuestionAsked",
            "OfferQuestionAnswered",
        ]
