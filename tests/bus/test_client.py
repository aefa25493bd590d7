"""The client of the broker reads headers faster than nats-py, with the same result."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client as NatsClient

from bus.envelope.envelope import HEADERS
from bus.nats.client import Client

_PIECES = (b"ce-id", b"ce-time", b"Nats-X", b":", b"\r\n", b"\r", b"\n", b" ", b"\t", b"\x1c", b"\xc3", b"\xa9", b"x")


@given(st.lists(st.sampled_from(_PIECES) | st.binary(max_size=4)).map(b"".join))
def test_headers_are_read_as_nats_py_reads_them(raw: bytes) -> None:
    assert list(Client._parse_header_lines(raw).items()) == list(NatsClient._parse_header_lines(raw).items())


def test_an_events_own_headers_are_read() -> None:
    raw = b"".join(f"{name}: {number}\r\n".encode() for number, name in enumerate(HEADERS))
    assert Client._parse_header_lines(raw) == {name: str(number) for number, name in enumerate(HEADERS)}
