"""The door of the metrics. They name no case and no person, but they show how much an agency does."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Self

from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.vocabulary.wording import Wording
from gateway.http.problems import ProblemError, ProblemKind
from gateway.settings import SettingsError

_METRICS: Final = "/metrics"
_OPERATION: Final = frozenset({"/health/live", "/health/ready", _METRICS})
_FORM: Final = "STAFETT_METRICS is open, loopback, or an address of its own such as 127.0.0.1:9464"


@dataclass(frozen=True)
class MetricsDoor:
    """The callers that can read the metrics. With neither attribute set, all that reach the service can.

    Attributes:
        loopback: only callers on this machine.
        address: callers that reach this address (host and port), which serves only metrics and health.
    """

    loopback: bool = False
    address: tuple[str, int] | None = None

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """Read `open` (also when empty), `loopback`, or `host:port`. Raises SettingsError for any other text."""
        if text in ("", "open", "loopback"):
            return cls(loopback=text == "loopback")
        host, _, port = text.rpartition(":")
        if not host or not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
            raise SettingsError(_FORM)
        return cls(address=(host.strip("[]"), int(port)))

    def guarding(self, app: ASGIApp) -> ASGIApp:
        """The app behind this door."""
        return _Guard(app, self) if self.loopback or self.address else app


class _Guard:
    """ASGI middleware. It answers 404 to a request that the door does not let through."""

    def __init__(self, app: ASGIApp, door: MetricsDoor) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._answers(scope):
            raise ProblemError(ProblemKind.NOT_FOUND, Wording("There is nothing here.", "Här finns inget."))
        await self._app(scope, receive, send)

    def _answers(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if self._door.address is None:
            return path != _METRICS or _is_loopback(scope)
        if scope["server"][1] == self._door.address[1]:
            return path in _OPERATION
        return path != _METRICS


def _is_loopback(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return False
