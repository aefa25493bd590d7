"""The metrics of webhooks, by their random ids. They say nothing about any case, person or address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bus.webhooks.rows import Owing, Webhook, WebhookStatus
from gateway.webhooks.sending import WebhookSending

_GAUGES: Final[dict[str, tuple[str, Callable[[Webhook, Owing], float]]]] = {
    "active": ("Whether the webhook is served.", lambda webhook, owing: webhook.state is WebhookStatus.ACTIVE),
    "pending": ("Messages that its receiver has not accepted yet.", lambda webhook, owing: owing.pending),
    "dead_letters": ("Messages that were given up.", lambda webhook, owing: owing.dead),
    "failures": ("Failed attempts since the last success.", lambda webhook, owing: webhook.failures),
}


class WebhookCollector(Collector):
    """Reads the state of the webhooks, at most a second old, when Prometheus asks for it."""

    def __init__(self, sending: WebhookSending) -> None:
        self._sending = sending

    def describe(self) -> list[Metric]:
        return []  # so that registering reads nothing

    def collect(self) -> Iterator[Metric]:
        delivered = CounterMetricFamily("stafett_webhook_delivered", "Messages accepted.", labels=("webhook",))
        gauges = {
            name: GaugeMetricFamily(f"stafett_webhook_{name}", text, labels=("webhook",))
            for name, (text, _) in _GAUGES.items()
        }
        for webhook in self._sending.webhooks:
            label, owing = (webhook.webhook_id,), self._sending.owing.get(webhook.webhook_id, Owing())
            delivered.add_metric(label, webhook.delivered)
            for name, (_, value) in _GAUGES.items():
                gauges[name].add_metric(label, value(webhook, owing))
        yield delivered
        yield from gauges.values()
