"""The server of one agency's gateway: uvicorn with bounded heads, and a stop that leaves no request unanswered."""

from __future__ import annotations

import socket
from typing import Any, Final

import uvicorn

from gateway.app import GatewayApp
from gateway.serving.request_heads import BoundedConfig, Bounds

_ANSWERED_WITHIN: Final = 7.0
"""Seconds that requests may take after the signal to stop. One that waits for the broker is answered within five."""

_CLOSES_WITHIN: Final = 1


class Server(uvicorn.Server):
    """uvicorn with an orderly stop: refuse new requests, answer those in flight, close connections, stop the node."""

    def __init__(self, app: GatewayApp, *, host: str, port: int, bounds: Bounds | None = None, **settings: Any) -> None:
        super().__init__(
            BoundedConfig(
                app,
                bounds or Bounds(),
                app.access_log.note_refused,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                lifespan="on",
                timeout_graceful_shutdown=_CLOSES_WITHIN,
                **settings,
            )
        )
        self._in_flight = app.in_flight
        self._metrics_address = app.metrics_door.address

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal to stop comes. Also listen at the metrics' own address, if they have one."""
        if sockets is None and self._metrics_address is not None:
            family = socket.AF_INET6 if ":" in self._metrics_address[0] else socket.AF_INET
            sockets = [self.config.bind_socket(), socket.create_server(self._metrics_address, family=family)]
        await super().serve(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop. It listens until the last request is answered, so that new callers are told that the service stops."""
        await self._in_flight.end(_ANSWERED_WITHIN, lambda: self.force_exit)
        await super().shutdown(sockets)
