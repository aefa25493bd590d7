"""The agency's own broker as a part of the service: it is served beside the bus, and never holds it up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from starlette.types import ASGIApp

from bus.cancellation import cancel_all
from bus.errors import BrokerAwayError, StoreError
from bus.nats.private_broker import PrivateBroker, PrivateBrokerSettings
from bus.node import Node
from gateway.feed.schemas import Roles
from gateway.private.commands import Commands
from gateway.private.republishing import Republishing

_AGAIN_AFTER: Final = 0.5

log = logging.getLogger(__name__)


class PrivateService:
    """Fills the private stream of one agency and answers its systems' commands, as long as the service runs."""

    def __init__(self, node: Node, settings: PrivateBrokerSettings, roles: Roles, app: ASGIApp) -> None:
        self._broker = PrivateBroker(node.settings.agency, settings)
        self.republishing = Republishing(node, self._broker, roles)
        self._commands = Commands(app)
        self._troubles: dict[str, str] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve the private broker while the block lasts; while it is away, try again."""
        tasks = [
            asyncio.create_task(self._always("the feed", self.republishing.run)),
            asyncio.create_task(self._always("commands", lambda: self._broker.serve(self._commands))),
        ]
        try:
            yield
        finally:
            await cancel_all(*tasks)
            await self._broker.close()

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why the feed is not republished, or commands are not taken, in plain words; empty when both work."""
        return tuple(self._troubles.values())

    async def _always(self, what: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run one of the two for ever; its failure does not stop the other."""
        while True:
            try:
                self._troubles[what] = f"private subjects, {what}: the private broker cannot be reached"
                await self._broker.connect()
                del self._troubles[what]
                await run()
            except Exception as error:
                known = isinstance(error, (BrokerAwayError, StoreError))
                self._troubles[what] = f"private subjects, {what}: {error if known else 'an internal error'}"
                log.warning("private subjects", extra={"what": what, "error": type(error).__name__})
                await asyncio.sleep(_AGAIN_AFTER)
