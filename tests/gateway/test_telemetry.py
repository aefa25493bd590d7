"""The spans of a service reach a collector, where the operator asks for it by OpenTelemetry's own variables."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.trace import SpanKind

from bus import tracing
from gateway.settings import SettingsError
from stafett.service.telemetry import EXPORTER, recorded


class Collector(HTTPServer):
    """A collector that keeps what it is sent."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        """Keep the path and the body."""
        length = int(self.headers["Content-Length"])
        self.server.received.append((self.path, self.rfile.read(length)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is written."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """One that listens."""
    with Collector() as found:
        thread = Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def test_spans_reach_the_collector(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, also the last ones before the service stops; under the name of the service."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    with recorded("ngo-fyren", {EXPORTER: "otlp"}):
        assert tracing.recording()
        with tracing.within("issue Something", SpanKind.PRODUCER, {"stafett.agency": "ngo-fyren"}):
            assert tracing.current() is not None
    assert not tracing.recording()
    ((path, body),) = collector.received
    assert path == "/v1/traces" and b"issue Something" in body and b"stafett-ngo-fyren" in body


@pytest.mark.parametrize("environment", [{}, {EXPORTER: ""}, {EXPORTER: "none"}])
def test_nothing_is_recorded_unless_asked(environment: dict[str, str]) -> None:
    """No thread, no connection."""
    with recorded("ngo-fyren", environment):
        assert not tracing.recording()
        with tracing.within("x", SpanKind.INTERNAL, {}) as span:
            assert span is None and tracing.current() is None


def test_a_setting_that_cannot_be_met_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a sentence that says what to do."""
    with pytest.raises(SettingsError, match="otlp or none"), recorded("ngo-fyren", {EXPORTER: "jaeger"}):
        pass
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match=r"stafett\[telemetry\]"), recorded("ngo-fyren", {EXPORTER: "otlp"}):
        pass
