"""Sends the spans of a service to a collector, where the operator asks for it by OpenTelemetry's own variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from bus import tracing
from gateway.settings import SettingsError

EXPORTER: Final = "OTEL_TRACES_EXPORTER"
"""`otlp`: send spans by OTLP over HTTP to OTEL_EXPORTER_OTLP_ENDPOINT. `none`, or not set: record nothing."""


@contextmanager
def recorded(agency: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Record and send the spans of this process, if the environment asks for it; send what is left at the end.

    Raises SettingsError for another exporter, and when the libraries of `stafett[telemetry]` are not installed.
    """
    asked = environment.get(EXPORTER, "") or "none"
    if asked == "none":
        yield
        return
    if asked != "otlp":
        raise SettingsError(f"{EXPORTER} is otlp or none")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingsError(f"{EXPORTER} needs the libraries of stafett[telemetry]") from None
    provider = TracerProvider(resource=Resource.create({"service.name": f"stafett-{agency}"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracing.record_with(provider.get_tracer("stafett"))
    try:
        yield
    finally:
        tracing.record_with(None)
        provider.shutdown()
