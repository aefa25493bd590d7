"""The client of the broker reads headers faster than nats-py, with the same result, and closes at any moment."""

from __future__ import annotations

import asyncio
import ssl

from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client as NatsClient

from bus.cancellation import cancel_and_wait
from bus.envelope.envelope import HEADERS
from bus.nats.client import Client

_PIECES = (b"ce-id", b"ce-time", b"Nats-X", b":", b"\r\n", b"\r", b"\n", b" ", b"\t", b"\x1c", b"\xc3", b"\xa9", b"x")


@given(st.lists(st.sampled_from(_PIECES) | st.binary(max_size=4)).map(b"".join))
def test_headers_are_read_as_nats_py_reads_them(raw: bytes) -> None:
    assert list(Client._parse_header_lines(raw).items()) == list(NatsClient._parse_header_lines(raw).items())


def test_an_events_own_headers_are_read() -> None:
    raw = b"".join(f"{name}: {number}\r\n".encode() for number, name in enumerate(HEADERS))
    assert Client._parse_header_lines(raw) == {name: str(number) for number, name in enumerate(HEADERS)}


async def test_it_closes_in_the_middle_of_a_handshake() -> None:
    """A broker that was killed, or is overloaded, never answers the client's first word of TLS."""
    greeted = asyncio.Event()

    async def falls_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"tls_required": true, "max_payload": 1048576}\r\n')
        await reader.read(1)
        greeted.set()
        await reader.read()
        writer.close()

    async with asyncio.timeout(10), await asyncio.start_server(falls_silent, "127.0.0.1", 0) as broker:
        client, port = Client(), broker.sockets[0].getsockname()[1]
        connecting = client.connect(f"tls://127.0.0.1:{port}", tls=ssl.create_default_context())
        trying = asyncio.create_task(connecting)
        await greeted.wait()
        await cancel_and_wait(trying)
        await client.close()
