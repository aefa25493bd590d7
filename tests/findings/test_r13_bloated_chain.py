"""R13: an outsider lengthens the case of others by a thousand refused events; reading a page of it stays cheap."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.bus import Bus
from harness.forging import after, sealed
from harness.gateways import Gateway, gateways
from harness.running import CONSENT

from contracts.chapters.consultation import ConsultationRequested

NGO, COORDINATOR, OUTSIDER = AGENCIES = ("ngo-fyren", "coordinator", "tax")
COUNT = 1000
PAGE = 20


async def _lengthen(bus: Bus, case_id: str) -> None:
    """Put events that are well signed and chained into a case in which their agency takes no part."""
    (*_, last) = [envelope for envelope in await bus.envelopes() if envelope.case_id == case_id]
    signer, event = bus.signer(OUTSIDER), ConsultationRequested.canonical()
    credentials, inbox = bus.layout.home(OUTSIDER) / "broker.creds", f"_INBOX_{OUTSIDER}".encode()
    async with bus.connected(credentials, inbox_prefix=inbox) as client:
        for _ in range(COUNT - 1):
            last = sealed(signer, event, **after(last))
            await client.publish(last.subject, last.data, headers=dict(last.headers))
        last = sealed(signer, event, **after(last))
        await client.request(last.subject, last.data, timeout=30, headers=dict(last.headers))  # answered: it is stored
    await bus.level()


async def _costs(gateway: Gateway, path: str) -> tuple[int, int]:
    """The answer's bytes, and its items."""
    answer = await gateway.get(path)
    assert answer.status_code == 200, answer.text
    return len(answer.content), len(answer.json()["items"])


@pytest.mark.long
async def test_a_page_of_a_bloated_case_is_cheap(tmp_path: Path) -> None:
    """The first page and the last each have twenty events and their size; writing goes on."""
    async with Bus(tmp_path, *AGENCIES, start=False) as bus, gateways(bus, tmp_path) as at:
        case_id = (await bus.detect(NGO)).case_id
        await _lengthen(bus, case_id)
        path = f"/v1/cases/{case_id}/events"
        for after_version in (0, COUNT - PAGE):
            size, items = await _costs(at[NGO], f"{path}?limit={PAGE}&after={after_version}")
            assert items == PAGE, f"{items} events in {size} bytes"
            assert size < PAGE * 2000
        assert (await at[NGO].post(path, CONSENT)).status_code == 201
