"""The sample in examples/faststream_mirror: run against a real bus, killed and started again, it misses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from harness.bus import Bus, an_event
from harness.gateways import gateways
from harness.mirroring import all_readable
from harness.private import private_server
from harness.sharing import accept, consent, now, refer
from harness.waiting import eventually

from bus.operator.private_broker import SYSTEMS_KEY
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.consent import ConsentWithdrawn
from contracts.chapters.erasure import ErasureReason, ErasureRequested, holders_of
from contracts.view.parts.erasure import ErasureScope
from services import mandate_of

pytestmark = pytest.mark.long

NGO, MUNICIPALITY, COORDINATOR = AGENCIES = ("ngo-fyren", "municipality-0180", "coordinator")
MANDATES = {agency: mandate_of(agency) for agency in AGENCIES}
PROGRAM = Path(__file__).parents[2] / "examples" / "faststream_mirror" / "mirror.py"
KILLS = 6


class Sample:
    """The sample as a process of its own. `output`: the file to which it prints."""

    def __init__(self, bus: Bus, url: str, folder: Path) -> None:
        self.database = folder / "mirror.db"
        self.output = folder / "mirror.log"
        self._environment = os.environ | {
            "STAFETT_AGENCY": MUNICIPALITY,
            "STAFETT_PRIVATE_BROKER": url,
            "STAFETT_PRIVATE_KEY": str(bus.layout.home(MUNICIPALITY) / SYSTEMS_KEY),
            "MIRROR": str(self.database),
            "PYTHONUNBUFFERED": "1",
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The process, which is killed at the end of the block."""
        with self.output.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(PROGRAM), env=self._environment, stdout=output, stderr=output
            )
            try:
                yield
            finally:
                process.kill()
                await process.wait()

    def kept(self) -> dict[str, dict[int, Any]]:
        """The events that it has, by case and version."""
        found: dict[str, dict[int, Any]] = {}
        if not self.database.exists():
            return found
        with closing(sqlite3.connect(self.database)) as database:
            for case_id, version, kind, data in database.execute("SELECT * FROM events"):
                found.setdefault(case_id, {})[version] = (kind, json.loads(data))
        return found


async def a_case(bus: Bus, number: int) -> None:
    """A case that the municipality takes on; some end for it."""
    case_id = (await bus.detect(NGO)).case_id
    given = await consent(bus, case_id, MUNICIPALITY)
    await bus.submit(NGO, an_event(NeedsAssessed, occurred_at=now()), case_id)
    await accept(bus, case_id, MUNICIPALITY, await refer(bus, case_id, MUNICIPALITY))
    if number % 3 == 1:
        wish = {"consent_id": given, "recipients": [MUNICIPALITY]}
        await bus.submit(NGO, an_event(ConsentWithdrawn, occurred_at=now(), **wish), case_id)
    elif number % 3 == 2:
        case = await bus.nodes[NGO].replica.case(case_id)
        said = {"scope": ErasureScope.CASE, "reason": ErasureReason.PERSON_ASKED, "holders": holders_of(case.view)}
        await bus.submit(NGO, an_event(ErasureRequested, occurred_at=now(), **said), case_id)


async def test_it_keeps_all_that_its_agency_reads(tmp_path: Path) -> None:
    """While it is killed again and again; it forgets what its agency must forget, and its typed handler prints."""
    chance = random.Random(3)
    async with Bus(tmp_path, *AGENCIES, mandates=MANDATES, start=False) as bus:
        with private_server(bus, tmp_path) as server:
            async with gateways(bus, tmp_path, private=server) as at:
                sample = Sample(bus, server.url, tmp_path)
                for number in range(KILLS):
                    async with sample.running():
                        await a_case(bus, number)
                        await asyncio.sleep(chance.random() * 2)

                async def is_whole() -> bool:
                    readable = await all_readable(at[MUNICIPALITY].node)
                    expected = {
                        case_id: {
                            version: (kind, None if content is None else json.loads(content))
                            for version, (kind, content, _) in events.items()
                        }
                        for case_id, events in readable.items()
                    }
                    return sample.kept() == expected != {}

                async with sample.running():
                    await eventually(is_whole, 40)
                assert "urgent: safe-accommodation" in sample.output.read_text()
