"""A node puts a lost event back into the log once, even when others write to the case while the node looks at it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from harness.bus import Bus
from harness.forging import after, sealed
from harness.owing import handler_of, owed
from harness.waiting import eventually

from bus.reconciler.reconciler import LaterError
from bus.store import Kind, Obligation, Transaction
from contracts.chapters.consent import ConsentGiven


@pytest.mark.parametrize("writer", ["police", "ngo-fyren"])
async def test_what_is_written_while_we_look_is_known_afterwards(tmp_path: Path, writer: str) -> None:
    """The log has an event that we do not hold yet: once we hold it, it is not missed, and ours is not put back."""
    async with Bus(tmp_path, "police", "ngo-fyren") as bus:
        case_id = await bus.shared_case()
        police = bus.nodes["police"]
        head = (await police.store.envelopes(case_id))[-1]
        key = await bus.key(writer, case_id)
        written = sealed(bus.signer(writer), ConsentGiven.canonical(), key=key, **after(head))
        row = Obligation(Kind.PUT_BACK, case_id)
        async with police.replica.committing:  # it is in the log, and not yet with us
            async with bus.connected() as administrator:
                await administrator.jetstream().publish(written.subject, written.data, headers=dict(written.headers))
            with pytest.raises(LaterError):
                await handler_of(police, Kind.PUT_BACK)(row)
        await bus.level()
        owing = Transaction()
        owing.oblige(row)
        await police.store.write(owing)
        police.reconciler.wake()

        async def struck_off() -> bool:
            return await owed(police, Kind.PUT_BACK) == []

        await eventually(struck_off)
        times = Counter(envelope.event_id for envelope in await bus.envelopes())
        assert times[written.event_id] == 1
