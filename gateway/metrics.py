"""The metrics for Prometheus: requests, the node, its outbox and the event loop. They hold nothing about any case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bus.invariants import broken
from bus.node import Node
from bus.store import OutboxStatus

_LOOK_EVERY: Final = 0.1
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one service, in a registry of their own."""

    def __init__(self, node: Node) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "stafett_http_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.duration = Histogram(
            "stafett_http_request_duration_seconds",
            "From a request's arrival to the end of its answer.",
            ("route", "method"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.lag = LoopLag()
        self.registry.register(_NodeCollector(node, self.lag))
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer that took this many seconds.

        `route` and `method` must come from the service, never from the caller: each new value makes a new series.
        """
        known = self._known.get((route, method, status))
        if known is None:  # keep it: finding a series takes longer than counting
            known = self.requests.labels(route, method, str(status)), self.duration.labels(route, method)
            self._known[route, method, status] = known
        count, duration = known
        count.inc()
        duration.observe(seconds)


class LoopLag:
    """The longest delay of the event loop's timers since the last `take`."""

    def __init__(self) -> None:
        self._worst = 0.0

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Measure for as long as the context lasts."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_EVERY
            await asyncio.sleep(_LOOK_EVERY)
            self._worst = max(self._worst, loop.time() - due)

    def take(self) -> float:
        """The longest delay in seconds since the last call; begins a new measurement."""
        worst, self._worst = self._worst, 0.0
        return worst


class _NodeCollector(Collector):
    """Reads the metrics of the node when Prometheus asks for them."""

    def __init__(self, node: Node, lag: LoopLag) -> None:
        self._node = node
        self._lag = lag

    def describe(self) -> list[Metric]:
        return []  # so that registering does not read the node

    def collect(self) -> Iterator[Metric]:
        node = self._node
        position = node.replica.position
        yield _gauge("replica_position", "The log sequence that the replica has committed.", position.sequence)
        yield _gauge("replica_incarnation", "How often the log was found rolled back, plus one.", position.incarnation)
        events = CounterMetricFamily(
            "stafett_events", "Messages of the log, by what became of them.", labels=("outcome",)
        )
        for outcome, count in node.replica.counts.items():
            events.add_metric((outcome,), count)
        yield events
        outbox = GaugeMetricFamily("stafett_outbox", "Events in the outbox, by status.", labels=("status",))
        for status in (OutboxStatus.PENDING, OutboxStatus.PARKED):
            outbox.add_metric((status.value,), len(node.outbox.waiting(status)))
        yield outbox
        yield from _obligations(node)
        refused = GaugeMetricFamily(
            "stafett_grants_refused", "Grants to the agency that it could not take, by reason.", labels=("reason",)
        )
        for reason, count in node.refused_grants.counts().items():
            refused.add_metric((reason,), count)
        yield refused
        rejected = CounterMetricFamily(
            "stafett_rejected_messages",
            "Messages that joined no chain, by the agency that sent them.",
            labels=("agency",),
        )
        for agency, count in node.replica.rejections.counts.items():
            rejected.add_metric((agency,), count)
        yield rejected
        invariants = CounterMetricFamily(
            "stafett_invariants_broken", "Contradictions of the service with itself, by name.", labels=("invariant",)
        )
        for name, count in broken.items():
            invariants.add_metric((name,), count)
        yield invariants
        if node.durability.fullness is not None:
            full = "How much of what it may hold the log holds, 0 to 1, at the fullest broker; as of the last hour."
            yield _gauge("log_fullness", full, node.durability.fullness)
        yield _gauge("degraded", "How many things a person should look at.", len(node.health().degraded))
        yield _gauge("ready", "Whether every part of the service is well.", node.health().ready)
        yield _gauge("event_loop_lag_seconds", "The event loop's worst lag since the last scrape.", self._lag.take())


def _obligations(node: Node) -> Iterator[Metric]:
    """The metrics of the obligations that are due and not done, by kind."""
    due = GaugeMetricFamily("stafett_obligations", "Obligations that are due.", labels=("kind",))
    parked = GaugeMetricFamily("stafett_obligations_parked", "Those that wait for a person.", labels=("kind",))
    attempts = GaugeMetricFamily("stafett_obligation_attempts", "Failed attempts at them.", labels=("kind",))
    oldest = GaugeMetricFamily("stafett_obligation_age_seconds", "The age of the oldest.", labels=("kind",))
    for owed in node.owed:
        kind = (owed.kind,)
        due.add_metric(kind, owed.due)
        parked.add_metric(kind, owed.parked)
        attempts.add_metric(kind, owed.attempts)
        oldest.add_metric(kind, owed.age)
    yield from (due, parked, attempts, oldest)


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"stafett_{name}", documentation, value=value)
