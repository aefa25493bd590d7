"""The variables that configure a service's gateway. An operator learns which variable to correct."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.middleware.limits import Limits
from gateway.middleware.metrics_door import MetricsDoor
from gateway.settings import SettingsError
from stafett.service.settings import ServiceSettings

NEEDED = {
    "STAFETT_HOME": "/nowhere",
    "STAFETT_ROOT": "/nowhere/root.pub",
    "STAFETT_NATS_URL": "nats://127.0.0.1:1",
    "STAFETT_ISSUER": "https://idp.example.test",
}


def test_limits_and_metrics_follow_the_environment() -> None:
    """Those of production, where it names no others."""
    plain = ServiceSettings.from_environment("police", NEEDED)
    assert (plain.limits, plain.metrics_door) == (Limits(), MetricsDoor())
    more = {"STAFETT_CALLER_RATE": "10", "STAFETT_METRICS": "127.0.0.1:9464"}
    named = ServiceSettings.from_environment("police", NEEDED | more)
    assert named.limits.per_caller == 10 and named.metrics_door.address == ("127.0.0.1", 9464)


@pytest.mark.parametrize("name", NEEDED)
def test_a_variable_that_is_missing_is_named(name: str) -> None:
    """Not by a traceback."""
    with pytest.raises(SettingsError, match=f"^{name} is not set"):
        ServiceSettings.from_environment("police", {n: value for n, value in NEEDED.items() if n != name})


def test_the_agencys_own_broker_is_named_by_its_address() -> None:
    """The key lies in the agency's home; without an address there is none."""
    assert ServiceSettings.from_environment("police", NEEDED).private_broker is None
    more = {"STAFETT_PRIVATE_BROKER": "tls://own:4222", "STAFETT_PRIVATE_CA": "/nowhere/ca.pem"}
    own = ServiceSettings.from_environment("police", NEEDED | more).private_broker
    assert own is not None and own.servers == ("tls://own:4222",)
    assert own.key == Path("/nowhere/private-service.nk")
    assert own.tls is not None and own.tls.ca == Path("/nowhere/ca.pem")
