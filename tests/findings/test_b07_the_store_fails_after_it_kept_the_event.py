"""B7: the store keeps an event and fails before its caller is answered. The caller is told the truth about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.bus import Bus, an_event
from harness.faulty_store import KEYS, failing
from harness.gateways import Gateway, gateways
from harness.sharing import AGENCIES, consent, now, refer
from harness.waiting import eventually
from httpx import Response

from bus.store import OutboxStatus
from contracts.chapters.consent import ConsentWithdrawn

pytestmark = pytest.mark.long

NGO, MUNICIPALITY, *_ = AGENCIES
CONSULTATION = {"type": "ConsultationRequested", "data": {"topic": "referral", "question": "Which shelter has room?"}}


async def _sent_while_the_disk_fails(bus: Bus, at: dict[str, Gateway]) -> tuple[str, Response]:
    """A case that somebody has left, so that its next event begins an epoch whose key the disk refuses; the answer."""
    case_id = (await bus.detect(NGO)).case_id
    consent_id = await consent(bus, case_id, MUNICIPALITY)
    await refer(bus, case_id, MUNICIPALITY)
    await bus.level()
    await bus.readable(case_id)
    gone = an_event(ConsentWithdrawn, occurred_at=now(), consent_id=consent_id, recipients=[MUNICIPALITY])
    await bus.submit(NGO, gone, case_id)
    await bus.level()
    with failing(bus, NGO, "INSERT", *KEYS):
        answer = await at[NGO].post(f"/v1/cases/{case_id}/events", CONSULTATION)
    await bus.ready()
    return case_id, answer


async def _times_in_log(bus: Bus, case_id: str) -> int:
    """How often the event is in the log, once nothing waits to be sent."""
    await eventually(lambda: not bus.outbox(NGO).waiting(OutboxStatus.PENDING))
    await bus.level()
    log = await bus.envelopes()
    return len([e for e in log if (e.case_id, e.event_name) == (case_id, "ConsultationRequested")])


async def test_a_caller_who_reads_an_error_and_sends_again_doubles_nothing(tmp_path: Path) -> None:
    """Without an idempotency key, the caller can only believe the answer that nothing was stored."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id, first = await _sent_while_the_disk_fails(bus, at)
        if first.status_code not in (201, 202):
            assert first.status_code == 503, first.text
            assert (await at[NGO].post(f"/v1/cases/{case_id}/events", CONSULTATION)).status_code in (201, 202)
        assert await _times_in_log(bus, case_id) == 1, first.text


async def test_an_event_that_was_kept_is_sent_and_one_that_was_not_is_gone(tmp_path: Path) -> None:
    """The caller does nothing more, and nothing else wakes the outbox: the event does not wait for ever."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id, first = await _sent_while_the_disk_fails(bus, at)
        kept = first.status_code in (201, 202)
        assert await _times_in_log(bus, case_id) == (1 if kept else 0), first.text
