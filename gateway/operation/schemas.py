"""The response model of the service's health."""

from __future__ import annotations

from typing import Literal

from gateway.http.response_models import ResponseModel


class ServiceHealth(ResponseModel):
    """The trouble of each part in plain words, or null when it has none. `degraded`: what a person should look at."""

    status: Literal["alive", "ready", "degraded"]
    broker: str | None = None
    store: str | None = None
    replica: str | None = None
    degraded: tuple[str, ...] = ()
    lists: str | None = None
