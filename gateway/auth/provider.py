"""The keys of an OpenID provider: found by discovery, fetched over HTTP, and fetched again to notice changes.

While the provider does not answer, the last keys are believed for `BELIEVED_FOR`; after that time no token is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import orjson

from gateway.auth.caller import IssuerAwayError
from gateway.auth.keys import KeyRing

log = logging.getLogger(__name__)

BELIEVED_FOR: Final = timedelta(hours=12)
"""The time for which the last keys are believed while the provider does not answer: a shift, not a week."""

REFRESH_EVERY: Final = 300.0
RETRY_EVERY: Final = 15.0
LOOK_AGAIN_AFTER: Final = 5.0
"""The least number of seconds between two questions for unknown keys, however many tokens name such keys."""

_ANSWERS_WITHIN: Final = 10.0
_LARGEST: Final = 256 * 1024


class _Trouble(Exception):
    """The provider gave no usable keys. The message is a short code for the log."""


class ProviderKeys:
    """The keys of the provider with this issuer URL. Asking for them never blocks the event loop."""

    def __init__(self, issuer: str, now: Callable[[], datetime]) -> None:
        self.discovery_url: str | None = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        self.token_endpoint: str | None = None
        self._issuer = issuer
        self._now = now
        self._ring: KeyRing | None = None
        self._fetched_at = 0.0
        self._asked_at: float | None = None
        self._asking: asyncio.Task[None] | None = None
        self._trouble: str | None = None

    @property
    def uncertain(self) -> bool:
        """True if the last attempt to get the keys failed."""
        return self._trouble is not None

    def ring(self, moment: float) -> KeyRing:
        """The last keys that the provider gave. Raises IssuerAwayError when they are older than `BELIEVED_FOR`."""
        if self._ring is None or moment - self._fetched_at > BELIEVED_FOR.total_seconds():
            raise IssuerAwayError("the issuer of tokens cannot be asked for its keys")
        return self._ring

    async def look_for(self, kid: str | None) -> None:
        """Ask the provider again when no key has this id. Many callers at a time cause one question."""
        if self._ring is not None and self._ring.names(kid):
            return
        since = None if self._asked_at is None else self._now().timestamp() - self._asked_at
        if self._asking is None and since is not None and 0 <= since < LOOK_AGAIN_AFTER:
            return
        await self.ask()

    async def ask(self) -> None:
        """Ask the provider now, or wait for the answer to a question that is already on its way."""
        if self._asking is None:
            self._asked_at = self._now().timestamp()
            self._asking = asyncio.create_task(self._ask())
        await asyncio.shield(self._asking)

    @asynccontextmanager
    async def kept_fresh(self) -> AsyncIterator[None]:
        """Ask at once, then every few minutes while the context lasts; more often while the provider is away."""
        task = asyncio.create_task(self._keep_fresh())
        try:
            yield
        finally:
            for running in (task, self._asking):
                if running is not None:
                    running.cancel()
                    with suppress(asyncio.CancelledError):
                        await running

    async def _keep_fresh(self) -> None:
        while True:
            await self.ask()
            await asyncio.sleep(RETRY_EVERY if self.uncertain else REFRESH_EVERY)

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN):
                self.token_endpoint, self._ring = await self._fetched()
            self._fetched_at = self._now().timestamp()
            self._note(None if self._ring.keys else "no-usable-key")
        except _Trouble as trouble:
            self._note(str(trouble))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError):
            self._note("unreachable")
        finally:
            self._asking = None

    def _note(self, trouble: str | None) -> None:
        """Log when the trouble begins, changes or ends; once each, and with nothing of the provider's answer."""
        if trouble != self._trouble:
            if trouble is None:
                log.info("the issuer of tokens gives its keys")
            else:
                log.warning("the issuer of tokens does not give its keys", extra={"reason": trouble})
        self._trouble = trouble

    async def _fetched(self) -> tuple[str | None, KeyRing]:
        # A proxy from the environment cannot reach this machine's own addresses, so leave proxies out for them. The
        # authorities that the environment trusts apply to every provider.
        trusted, proxies = httpx.create_ssl_context(), not is_loopback(self._issuer)
        async with httpx.AsyncClient(timeout=_ANSWERS_WITHIN, verify=trusted, trust_env=proxies) as client:
            configuration = await _document(client, str(self.discovery_url))
            if configuration.get("issuer") != self._issuer:
                raise _Trouble("other-issuer")
            where, tokens = configuration.get("jwks_uri"), configuration.get("token_endpoint")
            if not isinstance(where, str) or not is_trustworthy(where):
                raise _Trouble("no-trustworthy-jwks-uri")
            published = await _document(client, where)
        try:
            ring = KeyRing.read(published)
        except ValueError:
            raise _Trouble("not-a-jwks") from None
        return tokens if isinstance(tokens, str) and is_trustworthy(tokens) else None, ring


async def _document(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """The JSON object at a URL; it follows no redirects. Raises _Trouble, or an error of httpx."""
    content = bytearray()
    async with client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
        if answer.status_code != 200:
            raise _Trouble("answered-with-a-failure")
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > _LARGEST:
                raise _Trouble("answered-too-much")
    try:
        document = orjson.loads(bytes(content))
    except ValueError:
        raise _Trouble("not-json") from None
    if not isinstance(document, dict):
        raise _Trouble("not-json")
    return document


def is_trustworthy(url: str) -> bool:
    """True if nobody can change an answer from this URL on its way: it is https, or http on this machine."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url)))
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    """True if a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
