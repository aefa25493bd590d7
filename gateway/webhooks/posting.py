"""Sends one message to one receiver. Nothing that a receiver does costs more than a few seconds and some kilobytes.

It follows no redirect, takes no cookie, uses no proxy, and reads no more than the head of an answer and a little of its
body.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import httpx

from gateway.delivery.attempt import Attempt
from gateway.delivery.lane import AT_ONCE
from gateway.webhooks.outbound import Outbound, RefusedAddressError, Resolve

_MOST_READ: Final = 16 * 1024
_LONGEST_WAIT: Final = 3600


class Poster:
    """Sends messages to one address. Connections are kept between messages; `close` ends them."""

    def __init__(self, url: str, outbound: Outbound, resolve: Resolve, within: float) -> None:
        self._url = url
        self._outbound = outbound
        self._resolve = resolve
        self._within = within
        self._resolving = asyncio.Lock()  # one at a time, so that a dead name server holds one thread
        self._transport = httpx.AsyncHTTPTransport(
            verify=_trusting(outbound.authority),
            trust_env=False,
            limits=httpx.Limits(max_connections=AT_ONCE + 1, max_keepalive_connections=AT_ONCE, keepalive_expiry=30),
        )

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Attempt:
        """Send a message. Failures are answers, whatever the receiver does."""
        try:
            async with asyncio.timeout(self._within):
                return await self._post(body, headers)
        except RefusedAddressError:
            return Attempt("refused-address")
        except TimeoutError:
            return Attempt("timeout")
        except httpx.ConnectError as error:
            return Attempt("tls" if _is_about_tls(error) else "unreachable")
        except httpx.TransportError:
            return Attempt("broken-answer")
        except (OSError, httpx.InvalidURL, ValueError):
            return Attempt("unresolved")

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> Attempt:
        url = httpx.URL(self._url)
        host = url.raw_host.decode()
        async with self._resolving:
            port = url.port or (443 if url.scheme == "https" else 80)
            address = await self._outbound.address(host, port, self._resolve)
        response = await self._transport.handle_async_request(
            httpx.Request(
                "POST",
                url.copy_with(host=address),
                headers={**headers, "Host": url.netloc.decode(), "User-Agent": "stafett"},
                content=body,
                extensions={"sni_hostname": host},  # the certificate must be the name's, not the address's
            )
        )
        try:
            await _drain(response)
            return _answer(response)
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


async def _drain(response: httpx.Response) -> None:
    """Read a small body, so that the connection serves again. A larger one is left, and the connection closed."""
    read = 0
    stream = response.stream
    if isinstance(stream, httpx.AsyncByteStream):
        async for part in stream:
            read += len(part)
            if read > _MOST_READ:
                return


def _answer(response: httpx.Response) -> Attempt:
    status = response.status_code
    if 200 <= status < 300:
        return Attempt("", status)
    asked = response.headers.get("retry-after", "")
    wait = min(int(asked), _LONGEST_WAIT) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 0
    return Attempt("gone" if status == 410 else "redirect" if 300 <= status < 400 else "refused", status, wait)


@cache
def _trusting(authority: Path | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if authority is not None:
        context.load_verify_locations(authority)
    return context
