"""Receivers that are down, slow, or answer nonsense: each attempt ends, costs little, and holds up nobody else."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from harness.receiving import OK, Receiver
from harness.waiting import eventually
from harness.webhooks import LOOPBACK, Administrator, certificates, sender

from bus.operator.provision import Layout
from contracts.chapters.detection import VictimDetected
from gateway.auth import DevelopmentIssuer
from gateway.delivery.attempt import Attempt
from gateway.webhooks.outbound import Outbound, resolved
from gateway.webhooks.posting import Poster

from .conftest import opened

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENCE = 0.5
CHUNK = b"x" * 65536


async def says(writer: asyncio.StreamWriter, *parts: bytes) -> None:
    """Write these, as far as they are taken."""
    for part in parts:
        writer.write(part)
        await writer.drain()


async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await says(writer, b"\x00\xff SSH-2.0-OpenSSH_9\r\n\r\n")


async def endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await says(writer, b"HTTP/1.1 200 OK\r\n")
    while True:
        await says(writer, b"X-More: " + CHUNK + b"\r\n")


async def endless_hints(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await says(writer, b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await asyncio.sleep(0)


async def drops(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for each in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"y" * 1000:
        await says(writer, bytes((each,)))
        await asyncio.sleep(0.05)


async def ten_megabytes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await says(writer, b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n", *[CHUNK] * 160)


async def endless_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await says(writer, b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await says(writer, b"10000\r\n" + CHUNK + b"\r\n")


async def bomb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n{}")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nSet-Cookie: a=b\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    await says(writer, head)


CASES: dict[str, tuple[Serve, str]] = {
    "nothing": (nothing, "timeout"),
    "hangs-up": (hangs_up, "broken-answer"),
    "nonsense": (nonsense, "broken-answer"),
    "endless-head": (endless_head, "broken-answer"),
    "endless-hints": (endless_hints, "timeout"),
    "drops": (drops, "timeout"),
    "ten-megabytes": (ten_megabytes, ""),
    "endless-body": (endless_body, "refused"),
    "bomb": (bomb, ""),
}


async def answer_of(serve: Serve, within: float = PATIENCE, scheme: str = "http") -> Attempt:
    """What comes of an attempt at a receiver."""

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    poster = Poster(f"{scheme}://localhost:{port}/", Outbound(False, LOOPBACK), resolved, within)
    try:
        return await poster.post(b"{}", {})
    finally:
        await poster.close()
        server.close()


@pytest.mark.parametrize("name", CASES)
async def test_an_attempt_ends_and_costs_little(name: str) -> None:
    """In the time that it has, and in a little memory."""
    serve, trouble = CASES[name]
    await answer_of(hangs_up)  # the first attempt of a process imports modules
    tracemalloc.start()
    try:
        async with asyncio.timeout(20):
            answer = await answer_of(serve)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.trouble == trouble
    assert most < 4 * 1024 * 1024


async def test_tls_that_never_answers_ends_too() -> None:
    """Connected, and not a byte."""
    assert (await answer_of(nothing, scheme="https")).trouble == "timeout"


async def test_what_is_no_tls_is_said() -> None:
    """A receiver that speaks something else."""
    assert (await answer_of(nonsense, 5.0, "https")).trouble == "tls"


async def test_nobody_listens_or_has_such_a_name() -> None:
    """Each has its word."""
    async with Receiver() as receiver:
        url = receiver.url
    for each, trouble in (
        (url, "unreachable"),
        ("http://nowhere.invalid/", "unresolved"),
        ("http://a..b/", "unresolved"),
    ):
        poster = Poster(each, Outbound(False, LOOPBACK), resolved, 10.0)
        assert (await poster.post(b"{}", {})).trouble in (trouble, "broken-answer")
        await poster.close()


async def test_a_name_server_that_hangs_ends_too() -> None:
    """And holds up no other webhook."""

    async def hangs(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    poster = Poster("http://slow.example/", Outbound(), hangs, PATIENCE)
    answers = await asyncio.gather(*(poster.post(b"{}", {}) for _ in range(4)))
    assert {answer.trouble for answer in answers} == {"timeout"}


async def test_all_bad_receivers_together_hold_up_no_good_one(
    provisioned: tuple[Layout, DevelopmentIssuer], tmp_path: Path
) -> None:
    """Each has a webhook at one service, beside one that listens."""
    _, tls = certificates(tmp_path / "tls")
    async with (
        opened(provisioned, "police", tmp_path, sender=sender(PATIENCE)) as edge,
        Receiver() as good,
        Receiver(tls=tls) as untrusted,
    ):
        admin = Administrator(edge, dict(edge.headers("administrator")))
        servers = [await asyncio.start_server(_never_mind(serve), "127.0.0.1", 0) for serve, _ in CASES.values()]
        for server in servers:
            await admin.creates(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        await admin.creates(untrusted.url)
        await admin.creates(good.url)
        for _ in range(8):
            await edge.past.brings("police", VictimDetected.canonical())
        await eventually(lambda: len(good.accepted) == 8)
        for server in servers:
            server.close()
    assert good.answers(good.accepted[0]) == OK


def _never_mind(serve: Serve) -> Serve:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.transport.abort()

    return guarded
