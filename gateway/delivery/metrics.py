"""The metrics of webhooks, by random ids, and of subscribers, by name: nothing about a case, a person or an address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bus.webhooks.rows import Owing, Webhook, WebhookStatus
from gateway.delivery.lanes import Lanes

_GAUGES: Final[dict[str, tuple[str, Callable[[Webhook, Owing], float]]]] = {
    "active": ("Whether the webhook is served.", lambda webhook, owing: webhook.state is WebhookStatus.ACTIVE),
    "pending": ("Messages that its receiver has not accepted yet.", lambda webhook, owing: owing.pending),
    "dead_letters": ("Messages that were given up.", lambda webhook, owing: owing.dead),
    "failures": ("Failed attempts since the last success.", lambda webhook, owing: webhook.failures),
}


class DeliveryCollector(Collector):
    """Reads the state of the webhooks and the subscribers, at most a second old, when Prometheus asks for it."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    def describe(self) -> list[Metric]:
        return []  # so that registering reads nothing

    def collect(self) -> Iterator[Metric]:
        yield from self._of("webhook", {each.webhook_id: each for each in self._lanes.webhooks if not each.subscriber})
        yield from self._of("subscriber", {each.subscriber: each for each in self._lanes.webhooks if each.subscriber})

    def _of(self, noun: str, found: Mapping[str, Webhook]) -> Iterator[Metric]:
        delivered = CounterMetricFamily(f"stafett_{noun}_delivered", "Messages accepted.", labels=(noun,))
        gauges = {
            name: GaugeMetricFamily(f"stafett_{noun}_{name}", text, labels=(noun,))
            for name, (text, _) in _GAUGES.items()
        }
        for name, webhook in found.items():
            owing = self._lanes.owing.get(webhook.webhook_id, Owing())
            delivered.add_metric((name,), webhook.delivered)
            for gauge, (_, value) in _GAUGES.items():
                gauges[gauge].add_metric((name,), value(webhook, owing))
        yield delivered
        yield from gauges.values()
