"""Measures what the feed and the private subjects cost the services, beside services without them."""

from __future__ import annotations

from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import services
from benchmarks.services import Sustained
from bus.read_models import feed, feed_of_work
from stafett.embedded.bus import FIVE, Embedded, _serve

_processes = get_context("forkserver")


class Untold(Embedded):
    """A bus whose services write no rows of the feed. It is only for measuring the cost of the feed."""

    def start_service(self, agency: str) -> None:
        """Start one agency's service; its log goes to a file in its folder."""
        process = _processes.Process(
            target=_serve_untold,
            args=(agency, self.environment(agency), self.layout.home(agency) / "service.log"),
            daemon=True,
        )
        process.start()
        self.services[agency] = process


def _serve_untold(agency: str, environment: dict[str, str], output: Path) -> None:
    def nothing(*_: object) -> list[Any]:
        return []

    def no_row(*_: object) -> tuple[str, list[Any]]:
        return "", []

    for name in ("changes", "opened", "directory"):
        setattr(feed, name, nothing)
    for name in ("task_raised", "task_done", "parked", "attended", "set_aside"):
        setattr(feed_of_work, name, no_row)
    setattr(feed_of_work, "over", nothing)  # noqa: B010 - it is replaced in this process alone
    setattr(feed, "is_level", lambda *_: True)  # noqa: B010
    _serve(agency, environment, output)


@dataclass
class Costs:
    """The results of a sustained load on three buses in turn: without the feed, with it, and with private subjects."""

    by_bus: dict[str, list[Sustained]] = field(default_factory=lambda: {"untold": [], "told": [], "private": []})

    def rate(self, of: str) -> float:
        """The middle rate, in events per second."""
        return median(one.rate for one in self.by_bus[of])

    def cpu(self, of: str) -> float:
        """The processor time of the services for an event, in µs."""
        return median(one.cpu["services"] / one.accepted for one in self.by_bus[of]) * 1e6

    def ratio(self, of: str, to: str) -> float:
        """The middle ratio of the rates, round by round."""
        return median(a.rate / b.rate for a, b in zip(self.by_bus[of], self.by_bus[to], strict=True))

    def cpu_ratio(self, of: str, to: str) -> float:
        """The middle ratio of the processor time of the services for an event, round by round."""
        pairs = zip(self.by_bus[of], self.by_bus[to], strict=True)
        return median((a.cpu["services"] / a.accepted) / (b.cpu["services"] / b.accepted) for a, b in pairs)


def measure(folder: Path, rounds: int, cases: int, count: int, at_once: int) -> Costs:
    """Load three buses as fast as they answer, one after the other in each round, in a sequence that turns."""
    costs = Costs()
    with (
        Untold(folder / "untold", FIVE) as untold,
        Embedded(folder / "told", FIVE) as told,
        Embedded(folder / "private", FIVE, private=True) as private,
    ):
        buses = {"untold": untold, "told": told, "private": private}
        doors = {name: services.doors_of(bus) for name, bus in buses.items()}
        opened = {name: services.open_cases(doors[name], cases) for name in buses}
        names = list(buses)
        for number in range(rounds):
            for name in names[number % 3 :] + names[: number % 3]:
                done = services.measure_sustained(buses[name], doors[name], opened[name], count, at_once)
                costs.by_bus[name].append(done)
    return costs
