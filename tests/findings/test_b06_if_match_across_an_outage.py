"""B6: an event that was submitted with If-Match is not delivered after an outage in which its case changed."""

from __future__ import annotations

from pathlib import Path

from harness.gateways import gateways
from harness.line import LinedBus
from harness.waiting import eventually

NGO = "ngo-fyren"
AGENCIES = (NGO, "police", "coordinator")
CONSULTATION = {"type": "ConsultationRequested", "data": {"topic": "referral", "question": "Which shelter has room?"}}


async def test_if_match_counts_when_the_event_is_sent(tmp_path: Path) -> None:
    """Another agency writes while this one is away: a caseworker decides again, the event is not in the case."""
    async with LinedBus(tmp_path, *AGENCIES, lined=[NGO], start=False) as bus, gateways(bus, tmp_path) as at:
        case_id = await bus.shared_case()
        tag = (await at[NGO].get(f"/v1/cases/{case_id}")).headers["etag"]
        bus.lines[NGO].cut()
        await eventually(lambda: not bus.nodes[NGO].health().ready)
        kept = await at[NGO].post(f"/v1/cases/{case_id}/events", CONSULTATION, if_match=tag)
        assert kept.status_code == 202, kept.text
        event_id = kept.json()["event_id"]
        await bus.consent("police", case_id)
        bus.lines[NGO].mend()
        await bus.ready()

        async def decided() -> bool:
            return bool((await at[NGO].get(f"/v1/submissions/{event_id}")).json()["status"] != "pending")

        await eventually(decided)
        state = (await at[NGO].get(f"/v1/submissions/{event_id}")).json()
        assert state["status"] == "attention", state
        assert event_id not in [envelope.event_id for envelope in await bus.envelopes()]
        waiting = (await at[NGO].get("/v1/needs-attention")).json()["items"]
        assert [(each["event_id"], bool(each["reason"])) for each in waiting] == [(event_id, True)]
