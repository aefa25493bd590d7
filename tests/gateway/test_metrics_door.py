"""The metrics are open to everybody who reaches the service, to this machine alone, or at another port."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from harness.serving import listening

from bus.operator.provision import Layout
from gateway.auth import DevelopmentIssuer
from gateway.middleware.metrics_door import MetricsDoor
from gateway.settings import SettingsError
from stafett.embedded.broker import free_port, is_free

from .conftest import built, opened

Provisioned = tuple[Layout, DevelopmentIssuer]


@pytest.mark.parametrize(
    ("setting", "client", "status"),
    [
        ("", "10.0.0.9", 200),
        ("open", "10.0.0.9", 200),
        ("loopback", "10.0.0.9", 404),
        ("loopback", "somewhere", 404),
        ("loopback", "127.0.0.1", 200),
        ("loopback", "::1", 200),
    ],
)
async def test_the_setting_says_who_reads_the_metrics(
    provisioned: Provisioned, tmp_path: Path, setting: str, client: str, status: int
) -> None:
    """To others they are not there; health is, for all."""
    door = MetricsDoor.from_setting(setting)
    async with opened(provisioned, "police", tmp_path, metrics_door=door) as edge:
        transport = httpx.ASGITransport(edge.app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://police") as http:
            assert (await http.get("/metrics")).status_code == status
            assert (await http.get("/health/live")).status_code == 200


async def test_metrics_may_have_a_port_of_their_own(provisioned: Provisioned, tmp_path: Path) -> None:
    """Where nothing but them and health is answered, and where alone they are; both ports end with the service."""
    port = free_port()
    app, _ = built(provisioned, "police", tmp_path, metrics_door=MetricsDoor.from_setting(f"127.0.0.1:{port}"))
    async with listening(app) as at, httpx.AsyncClient() as http:
        for number, path, status in (
            (port, "/metrics", 200),
            (port, "/health/live", 200),
            (port, "/v1/cases", 404),
            (port, "/openapi.json", 404),
            (at.port, "/metrics", 404),
            (at.port, "/health/live", 200),
            (at.port, "/v1/cases", 401),
        ):
            answer = await http.get(f"http://127.0.0.1:{number}{path}")
            assert answer.status_code == status, (number, path)
    assert is_free(port) and is_free(at.port)


@pytest.mark.parametrize("setting", ["closed", ":9464", "9464", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"])
def test_a_setting_that_says_nothing_is_refused(setting: str) -> None:
    """With the variable's name."""
    with pytest.raises(SettingsError, match="STAFETT_METRICS"):
        MetricsDoor.from_setting(setting)
