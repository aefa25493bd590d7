"""The same services with nothing sealed. They are only for measuring the cost of confidentiality."""

from __future__ import annotations

import asyncio
import multiprocessing
from pathlib import Path

from benchmarks.floor import BrokerAddress
from bus.nats.erasable_streams import KEYS
from contracts.event.case_event import EVENTS
from stafett.embedded.bus import Embedded, _serve

_processes = multiprocessing.get_context("forkserver")


class Unsealed(Embedded):
    """A bus whose services send every event in clear, so that nobody makes, grants or needs a key for it."""

    def start_service(self, agency: str) -> None:
        """Start one agency's service; its log goes to a file in its folder."""
        process = _processes.Process(
            target=_serve_unsealed,
            args=(agency, self.environment(agency), self.layout.home(agency) / "service.log"),
            daemon=True,
        )
        process.start()
        self.services[agency] = process


def _serve_unsealed(agency: str, environment: dict[str, str], output: Path) -> None:
    for event in EVENTS.values():
        event.sealed = False
    _serve(agency, environment, output)


def keys_granted(address: BrokerAddress) -> int:
    """The number of key grants that a broker holds; 0 when nothing is sealed."""

    async def count() -> int:
        client = await address.connect()
        found = (await client.jetstream().stream_info(KEYS)).state.messages
        await client.close()
        return found

    return asyncio.run(count())
