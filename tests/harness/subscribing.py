"""A service with subscribers, as its administrator uses it."""

from __future__ import annotations

from typing import Any

import httpx

from harness.webhooks import Administrator


class Overseer(Administrator):
    """Manages the subscribers of a service, by a clock that it moves."""

    async def asks(self, method: str, path: str = "", body: Any = None) -> httpx.Response:
        """The answer of the service."""
        return await self.service.http.request(method, f"/v1/subscribers{path}", json=body, headers=self.headers)

    async def owed(self, name: str) -> list[dict[str, Any]]:
        """What is owed to a subscriber."""
        items: list[dict[str, Any]] = (await self.does("GET", f"/{name}/owed?limit=100"))["items"]
        return items

    async def has_failed(self, name: str, times: int) -> bool:
        """True once this many attempts in a row have failed."""
        return bool((await self.sees(name))["failures"] >= times)

    async def fails_by(self, name: str, trouble: str) -> bool:
        """True once an attempt has failed for this reason."""
        return bool((await self.sees(name))["trouble"] == trouble)
