"""B12: several erasures at a time replace the vault key once, not once for each."""

from __future__ import annotations

import asyncio
from pathlib import Path

from harness.bus import Bus, an_event
from harness.faulty_store import KEYS, counted
from harness.sharing import now
from harness.waiting import eventually

from contracts.chapters.erasure import ErasureRequested, holders_of

NGO, COORDINATOR = "ngo-fyren", "coordinator"
HELD, ERASED = 200, 8


async def test_erasing_does_not_wrap_all_keys_again_for_each_case(tmp_path: Path) -> None:
    """Eight of two hundred cases are erased together, as retention does: other keys are wrapped anew a few times."""
    async with Bus(tmp_path, NGO, COORDINATOR) as bus:
        receipts = await asyncio.gather(*(bus.detect(NGO) for _ in range(HELD)))
        with counted(bus, NGO, *KEYS) as keys:
            await asyncio.gather(*(_erased(bus, receipt.case_id) for receipt in receipts[:ERASED]))
            # Erasures that begin while a replacement runs share the next one.
            assert keys.rows <= 3 * HELD + 10 * ERASED, f"{keys.rows} rows of keys written for {ERASED} erased cases"
        for receipt in receipts[:ERASED]:
            assert await bus.nodes[NGO].keyring.of(receipt.case_id) == ()
        for receipt in receipts[ERASED:]:
            assert await bus.nodes[NGO].keyring.of(receipt.case_id) != ()


async def _erased(bus: Bus, case_id: str) -> None:
    holders = holders_of((await bus.nodes[NGO].replica.case(case_id)).view)
    wish = an_event(ErasureRequested, occurred_at=now(), reason="other", holders=holders)
    await bus.submit(NGO, wish, case_id)

    async def confirmed() -> bool:
        erasures = (await bus.nodes[NGO].replica.case(case_id)).view.erasures
        return bool(erasures) and erasures[-1].outstanding == ()

    await eventually(confirmed, within=20)
