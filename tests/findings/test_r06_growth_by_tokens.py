"""R6: a worthless message with long tokens leaves about one kilobyte in a replica's store, not ninety.

The brokers now refuse subjects that do not fit into 2 kB with the rest of their line; replicas still read older ones.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from harness.bus import Bus
from harness.insider import insider
from harness.reckoning import acknowledged, answered, tried
from harness.tampering import size_of

POLICE, NGO, COORDINATOR = AGENCIES = ("police", "ngo-fyren", "coordinator")
LONG = 1_600
COUNT = 100


async def test_the_longest_token_of_a_case(tmp_path: Path) -> None:
    """A hundred messages whose subject names a case as long as the brokers let it be."""
    async with Bus(tmp_path, *AGENCIES) as bus, insider(bus, NGO) as rogue:
        await bus.shared_case()
        await bus.stop_node(POLICE)
        before = size_of(bus, POLICE)
        await bus.start_node(POLICE)
        await bus.ready()
        for _ in range(COUNT):
            await tried(rogue.put(f"case.{secrets.token_hex(LONG // 2)}.ConsentGiven.{NGO}", b"{}"))
        acknowledged(await answered(bus.detect(POLICE)))
        await bus.level()
        await bus.stop_node(POLICE)
        grown = (size_of(bus, POLICE) - before) / COUNT
        assert grown < 1200, f"{grown:.0f} bytes for each message"
