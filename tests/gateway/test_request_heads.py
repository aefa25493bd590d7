"""The bounds of what a connection may send before the gateway knows the caller, tried over raw sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from harness.serving import Door, listening
from harness.waiting import eventually

from bus.operator.provision import Layout
from gateway.auth import DevelopmentIssuer
from gateway.serving.request_heads import Bounds

from .conftest import built, now

Provisioned = tuple[Layout, DevelopmentIssuer]
HEAD = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
SOON = 0.3


@asynccontextmanager
async def door(provisioned: Provisioned, folder: Path, **bounds: Any) -> AsyncIterator[Door]:
    """The police's gateway, which listens; with the bounds of production where no other is named."""
    app, _ = built(provisioned, "police", folder)
    async with listening(app, Bounds(**bounds)) as door:
        yield door


def problem(answer: bytes) -> tuple[int, str]:
    """The status and kind of the one problem that was answered."""
    head, _, content = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower() and b"connection: close" in head.lower(), answer
    stated = json.loads(content)
    assert stated["status"] == int(head[9:12]) and stated["instance"].startswith("urn:uuid:")
    return stated["status"], stated["type"].rpartition(":")[2]


TOO_LARGE = (431, "head-too-large")


async def test_one_endless_header_is_refused_and_memory_stays_flat(provisioned: Provisioned, tmp_path: Path) -> None:
    """Two callers send 32 MB each; the service keeps 32 KiB of it. The refusal arrives, or the connection is cut."""
    async with door(provisioned, tmp_path) as at:
        process, piece = psutil.Process(), b"a" * 65536
        peak = before = process.memory_info().rss

        async def flood() -> bytes:
            nonlocal peak
            connection = await at.connect()
            await connection.send(HEAD + b"X-Long: ")
            for _ in range(512):
                await connection.send(piece)
                peak = max(peak, process.memory_info().rss)
            return await connection.rest()

        for answer in await asyncio.gather(flood(), flood()):
            assert answer == b"" or problem(answer) == TOO_LARGE
        assert peak - before < 16_000_000
        await eventually(lambda: at.connections == 0)


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"".join(b"X-%d: y\r\n" % number for number in range(2000)) + b"\r\n",
        HEAD + b"X-Long: " + b"a" * 70_000 + b"\r\n\r\n",
        HEAD + b"X-Long: " + b"a" * 32_768,
        b"GET /" + b"a" * 70_000,
        b"\r\n" * 20_000,
        HEAD + b"a" * 70_000,
    ],
    ids=["headers", "long header", "longer than it may be", "target", "empty lines", "name"],
)
async def test_a_head_beyond_its_bounds_is_refused(provisioned: Provisioned, tmp_path: Path, sent: bytes) -> None:
    """431 as a problem, and the connection ends."""
    async with door(provisioned, tmp_path) as at:
        assert problem(await at.said(sent)) == TOO_LARGE
        metrics = await at.said(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b'stafett_http_requests_total{method="other",route="unmatched",status="431"} 1.0' in metrics


async def test_a_head_within_its_bounds_is_read(provisioned: Provisioned, tmp_path: Path) -> None:
    """A long token, a tracing header and a proxy's own fit; also sent byte by byte in two parts."""
    async with door(provisioned, tmp_path) as at:
        large = HEAD + b"".join(b"X-%d: %s\r\n" % (number, b"a" * 300) for number in range(98)) + b"\r\n"
        connection = await at.connect()
        for part in (large, large[:20_000], large[20_000:]):
            await connection.send(part)
        assert [(await connection.answer())[0] for _ in range(2)] == [200, 200]
        connection.close()


async def test_half_a_head_is_not_waited_for(provisioned: Provisioned, tmp_path: Path) -> None:
    """400 of them: each is told 408, none stays open, and others are served meanwhile.

    On a loaded machine the door may read a caller's bytes a second after it let the caller in.
    """
    async with door(provisioned, tmp_path, seconds=2.0) as at:
        halves = []
        for _ in range(400):  # its time counts from when it comes: its bytes come with it
            half = await at.connect()
            await half.send(HEAD)
            halves.append(asyncio.create_task(half.rest()))  # who reads late loses the answer when the door hangs up
        connection = await at.connect()
        await connection.send(HEAD + b"\r\n")
        assert (await connection.answer())[0] == 200
        for rest in halves:
            assert problem(await rest) == (408, "head-too-slow")
        connection.close()
        await eventually(lambda: at.connections == 0)


async def test_who_sends_a_byte_now_and_then_gains_no_time(provisioned: Provisioned, tmp_path: Path) -> None:
    """The time counts from the head's first byte, on a used connection too."""
    async with door(provisioned, tmp_path, seconds=SOON) as at:
        connection = await at.connect()
        await connection.send(HEAD + b"\r\n")
        assert (await connection.answer())[0] == 200
        rest = asyncio.create_task(connection.rest())
        while not rest.done():
            await connection.send(b"G" if connection.reader.at_eof() else b"\r\n")
            await asyncio.wait([rest], timeout=SOON / 10)
        assert problem(rest.result()) == (408, "head-too-slow")


async def test_a_silent_connection_is_closed(provisioned: Provisioned, tmp_path: Path) -> None:
    """One that never says anything, and one that has been answered: without a word."""
    async with door(provisioned, tmp_path, seconds=SOON, idle=1) as at:
        silent, answered = await at.connect(), await at.connect()
        await answered.send(HEAD + b"\r\n")
        assert (await answered.answer())[0] == 200
        assert await silent.rest() == await answered.rest() == b""


@pytest.mark.parametrize(
    "sent",
    [b"hello\r\n\r\n", b"GET / HTTP/3.0\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01" * 50],
    ids=["words", "version", "connect", "tls"],
)
async def test_what_is_no_request_is_refused_as_a_problem(
    provisioned: Provisioned, tmp_path: Path, sent: bytes
) -> None:
    """400, never plain text."""
    async with door(provisioned, tmp_path) as at:
        assert problem(await at.said(sent)) == (400, "malformed-request")


async def test_headers_behind_the_body_are_bounded_and_dropped(provisioned: Provisioned, tmp_path: Path) -> None:
    """A token there is nobody's; many of them, or one without an end, end the connection."""
    async with door(provisioned, tmp_path) as at:
        chunked = b"POST /v1/cases HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        token = b"Authorization: Bearer x\r\nConnection: close\r\n\r\n"
        connection = await at.connect()
        await connection.send(chunked + token)
        assert b"Send an Authorization header" in (await connection.answer())[1]
        connection.close()
        for trailers in (b"".join(b"X-%d: y\r\n" % number for number in range(2000)), b"X: " + b"a" * 4_000_000):
            connection = await at.connect()
            await connection.send(chunked + trailers)
            await connection.rest()
        await eventually(lambda: at.connections == 0)


async def test_a_body_that_nobody_reads_ends_with_its_answer(
    provisioned: Provisioned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who goes on sending after a refusal is cut."""
    monkeypatch.setattr("gateway.serving.request_heads._ENDS_WITHIN", SOON)
    async with door(provisioned, tmp_path) as at:
        connection = await at.connect()
        await connection.send(b"POST /v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        assert (await connection.answer())[0] == 401
        rest = asyncio.create_task(connection.rest())
        while not rest.done():
            await connection.send(b" ")
            await asyncio.wait([rest], timeout=SOON / 10)
        assert rest.result() == b""


async def test_a_request_is_answered_once(provisioned: Provisioned, tmp_path: Path) -> None:
    """Also where the rest of a body that was refused before it was whole cannot be read."""
    async with door(provisioned, tmp_path) as at:
        connection = await at.connect()
        await connection.send(b"POST /v1/cases HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
        assert (await connection.answer())[0] == 401
        await connection.send(b"nonsense\r\n")
        assert await connection.rest() == b""


async def test_there_are_so_many_connections_at_most(provisioned: Provisioned, tmp_path: Path) -> None:
    """One more is cut at once; when one leaves there is room."""
    async with door(provisioned, tmp_path, connections=3) as at:
        held = [await at.connect() for _ in range(3)]
        await eventually(lambda: at.connections == 3)
        assert await at.said(HEAD + b"\r\n") == b""
        held[0].close()
        await eventually(lambda: at.connections == 2)
        connection = await at.connect()
        await connection.send(HEAD + b"\r\n")
        assert (await connection.answer())[0] == 200
        for one in (*held, connection):
            one.close()


async def test_a_refusal_is_never_taken_for_an_earlier_answer(
    provisioned: Provisioned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a request is still being answered, what comes behind it and cannot be read cuts the connection."""
    app, node = built(provisioned, "police", tmp_path)
    asked, answering = asyncio.Event(), asyncio.Event()

    async def slow(*_: object, **__: object) -> None:
        asked.set()
        await answering.wait()

    monkeypatch.setattr(node.lists, "cases", slow)
    token = provisioned[1].issue("police", "somebody", ["caseworker"], now=now)
    async with listening(app) as at:
        connection = await at.connect()
        await connection.send(f"GET /v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        async with asyncio.timeout(10):
            await asked.wait()
        await connection.send(b"nonsense\r\n\r\n")
        assert await connection.rest() == b""
        answering.set()


async def test_requests_sent_ahead_are_few(provisioned: Provisioned, tmp_path: Path) -> None:
    """Some are answered in their order; a thousand in one breath are not kept."""
    async with door(provisioned, tmp_path) as at:
        connection = await at.connect()
        await connection.send((HEAD + b"\r\n") * 10)
        assert [(await connection.answer())[0] for _ in range(10)] == [200] * 10
        connection.close()
        flood = await at.connect()
        await flood.send((HEAD + b"\r\n") * 1000)
        assert (await flood.rest()).count(b"HTTP/1.1 200") < 100


async def test_who_takes_nothing_of_an_answer_is_cut(
    provisioned: Provisioned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service does not hold answers for ever that nobody reads."""
    monkeypatch.setattr("gateway.serving.request_heads._TAKES_SOME_WITHIN", SOON)
    async with door(provisioned, tmp_path) as at:
        at.server.servers[0].sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        ear = socket.socket()
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ear.setblocking(False)
        await asyncio.get_running_loop().sock_connect(ear, ("127.0.0.1", at.port))
        ask = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
        await asyncio.get_running_loop().sock_sendall(ear, ask * 2)
        await eventually(lambda: at.connections == 1)
        await eventually(lambda: at.connections == 0)
        ear.close()
