"""A service in its own process believes an OpenID provider in another process; they share nothing but addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.identity import Provider
from harness.running import DETECTION

from stafett.embedded.bus import Embedded

pytestmark = pytest.mark.long

AGENCY = "ngo"


class Deployed(Embedded):
    """A bus whose services believe a provider, as an operator would set it."""

    provider: Provider

    def environment(self, agency: str) -> dict[str, str]:
        """Without the development issuer."""
        told = super().environment(agency)
        for name in ("STAFETT_JWKS", "STAFETT_DEVELOPMENT_ISSUER"):
            del told[name]
        return told | {"STAFETT_ISSUER": self.provider.issuer, "STAFETT_ROLES_CLAIM": "realm_access.roles"}


def test_a_case_is_opened_by_who_logged_in_and_read_by_a_system(tmp_path: Path) -> None:
    """By people's roles and systems' scopes; the development issuer's tokens count for nothing."""
    bus = Deployed(tmp_path / "bus", [AGENCY])
    with Provider(tmp_path, audience=AGENCY) as bus.provider, bus:
        person = bus.provider.logged_in("RS256", "anna", "openid profile groups")["access_token"]
        system = bus.provider.of_a_system("ES256", "cases:read")
        opened = _call(bus, "POST", "/v1/cases", person, json=DETECTION)
        assert opened.status_code == 201, opened.text
        (case,) = _call(bus, "GET", "/v1/cases", system).json()["items"]
        assert case["case_id"] == opened.json()["case_id"]
        assert _call(bus, "POST", "/v1/cases", system, json=DETECTION).status_code == 403
        assert _call(bus, "GET", "/v1/cases", bus.token(AGENCY, "caseworker")).status_code == 401
    log = (bus.layout.home(AGENCY) / "service.log").read_text()
    assert '"status":403' in log and "anna" not in log


def _call(bus: Embedded, method: str, path: str, token: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.request(method, bus.url(AGENCY) + path, headers=headers, trust_env=False, timeout=30, **more)
