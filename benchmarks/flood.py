"""One agency floods the bus as fast as it can, while two others go on working: measures the delays of their events.

python -m benchmarks.flood [SECONDS] [--guard]: honest events before, during and after the flood, with or without the
operator's guard. It asserts nothing.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from harness.flooding import Flood, Junk, flooding
from harness.running import DETECTION, Callers, connected

from bus.nats.log import STREAM
from stafett.commands.guard import guarded
from stafett.embedded.bus import FIVE, Embedded

_HONEST: Final = ("police", "migration")
_INSIDER: Final = "ngo"
_JUNK: Final = Junk(f"case.#-0000-4000-8000-000000000000.VictimDetected.{_INSIDER}", b"{}")
_EVERY: Final = 0.25
_PATIENCE: Final = 300.0


@dataclass
class Phase:
    """The answers that honest callers got in one phase: how many of each status (0: none), and their seconds."""

    answers: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def told(self) -> dict[str, object]:
        """The numbers to print."""
        spent = sorted(self.seconds) or [0.0]
        return {
            "answers": dict(self.answers),
            "median": round(median(spent), 3),
            "p95": round(spent[int(len(spent) * 0.95) - 1], 3),
            "worst": round(spent[-1], 3),
        }


async def _honest(callers: Callers, agency: str, phase: Phase, until: float) -> None:
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            answer = await callers.post(agency, "/v1/cases", DETECTION)
            phase.answers[answer.status_code] += 1
        except Exception:
            phase.answers[0] += 1
        phase.seconds.append(time.monotonic() - began)
        await asyncio.sleep(_EVERY)


async def _phase(callers: Callers, seconds: float) -> Phase:
    phase, until = Phase(), time.monotonic() + seconds
    await asyncio.gather(*(_honest(callers, agency, phase, until) for agency in _HONEST))
    return phase


async def _measure(bus: Embedded, seconds: float) -> dict[str, object]:
    said: dict[str, object] = {}
    async with Callers(bus) as callers:
        await _phase(callers, 2)
        said["before"] = (await _phase(callers, 5)).told()
        credentials = bus.layout.home(_INSIDER) / "broker.creds"
        with flooding(bus.broker.url, credentials, bus.layout.tls, _JUNK) as flood:
            said["during"] = (await _phase(callers, seconds)).told()
        said["insider"] = _insider(flood, seconds)
        said["201 again after"] = await _recovered(callers, time.monotonic())
        said["after"] = (await _phase(callers, 5)).told()
        said["log"] = await _last(bus)
    return said


async def _recovered(callers: Callers, since: float) -> float | None:
    """Seconds until every honest event gets into the log within a second again; None: that took over five minutes."""
    while time.monotonic() - since < _PATIENCE:
        phases = await _phase(callers, 1)
        if set(phases.answers) == {201} and max(phases.seconds) < 1:
            return round(time.monotonic() - since, 1)
    return None


async def _last(bus: Embedded) -> int:
    client = await connected(bus)
    try:
        return int((await client.jetstream().stream_info(STREAM)).state.last_seq)
    finally:
        await client.close()


def _insider(flood: Flood, seconds: float) -> dict[str, object]:
    return {"sent": flood.sent, "a second": round(flood.sent / seconds), "cut off": flood.ended}


def main() -> None:
    """Measure and print."""
    watched = "--guard" in sys.argv
    given = [argument for argument in sys.argv[1:] if argument != "--guard"]
    seconds = float(given[0]) if given else 8.0
    folder = Path(tempfile.mkdtemp(prefix="stafett-flood-"))
    try:
        with Embedded(folder, FIVE) as bus, guarded(bus.layout, [bus.broker.url], print) if watched else nullcontext():
            print(json.dumps(asyncio.run(_measure(bus, seconds)), indent=2))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
