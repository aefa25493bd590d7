"""A case with thousands of events, put into the log as fast as the broker takes them, each sealed and signed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from bus.envelope.envelope import Envelope
from bus.nats.log import STREAM
from contracts.event.published_event import PublishedEvent
from harness.bus import Bus
from harness.forging import after, sealed
from harness.waiting import eventually

_AT_ONCE = 500


async def lengthen(bus: Bus, agency: str, case_id: str, events: Iterable[PublishedEvent]) -> list[Envelope]:
    """An agency's credentials put these events next into a case's chain; returns when all of its bus has them."""
    last = [envelope for envelope in await bus.envelopes() if envelope.case_id == case_id][-1]
    signer, key = bus.signer(agency), await bus.key(agency, case_id)
    written: list[Envelope] = []
    for event in events:
        written.append(sealed(signer, event, key=key, recorded_at=datetime.now(UTC), **after(last)))
        last = written[-1]
    credentials, inbox = bus.layout.home(agency) / "broker.creds", f"_INBOX_{agency}".encode()
    async with bus.connected(credentials, inbox_prefix=inbox) as client, bus.connected() as administrator:
        before = (await administrator.jetstream().stream_info(STREAM)).state.last_seq
        for count, envelope in enumerate(written, 1):
            await client.publish(envelope.subject, envelope.data, headers=dict(envelope.headers))
            if count % _AT_ONCE == 0 or count == len(written):
                await client.flush()

                async def stored(most: int = before + count) -> bool:
                    return (await administrator.jetstream().stream_info(STREAM)).state.last_seq >= most

                await eventually(stored, 60)
    await bus.level()
    return written
