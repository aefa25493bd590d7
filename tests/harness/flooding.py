"""An insider that writes as fast as the wire allows: raw PUB lines without a client library, and without waiting.

It uses the credentials of an agency, and works in its own process, so that it slows only the broker.
"""

from __future__ import annotations

import base64
import json
import multiprocessing
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nkeys

from bus.nats.tls import Tls

_AT_ONCE: Final = 500
_processes = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Junk:
    """What is written: in the subjects `#` stands for another number each time, of eight hexadecimal digits."""

    subject: str
    data: bytes = b""
    reply: str = ""

    def lines(self, first: int, count: int) -> bytes:
        """So many messages, as the wire has them."""
        reply = f" {self.reply}" if self.reply else ""
        head = f"{self.subject}{reply} {len(self.data)}\r\n".encode()
        end = self.data + b"\r\n"
        if b"#" not in head:
            return (b"PUB " + head + end) * count
        return b"".join(b"PUB " + head.replace(b"#", b"%08x" % n) + end for n in range(first, first + count))


class Flood:
    """What is being written. `sent`: messages so far; `ended`: how often the broker ended or refused a connection."""

    def __init__(self, url: str, credentials: Path, tls: Tls, junk: Junk) -> None:
        self._sent = _processes.Value("Q", 0)
        self._ended = _processes.Value("Q", 0)
        self._stopping = _processes.Event()
        writer = _Writer(url, credentials.read_text(), tls, junk, self._sent, self._ended, self._stopping)
        self._process = _processes.Process(target=writer.run, daemon=True)

    @property
    def sent(self) -> int:
        """How many messages the wire took so far."""
        return int(self._sent.value)

    @property
    def ended(self) -> int:
        """How often the broker ended or refused the connection."""
        return int(self._ended.value)

    def begin(self) -> None:
        """Write from now on; when the broker ends the connection, connect again at once."""
        self._process.start()

    def stop(self) -> None:
        """Write no more."""
        self._stopping.set()
        self._process.join(20)
        self._process.kill()
        self._process.join()


@dataclass
class _Writer:
    url: str
    credentials: str
    tls: Tls
    junk: Junk
    sent: Any
    ended: Any
    stopping: Any

    def run(self) -> None:
        while not self.stopping.is_set():
            with suppress(OSError, ValueError):
                self._pour()
            self.ended.value += not self.stopping.is_set()
            self.stopping.wait(0.05)

    def _pour(self) -> None:
        host, port = self.url.rpartition("/")[2].split(":")
        with (
            socket.create_connection((host, int(port)), timeout=5) as plain,
            self.tls.context().wrap_socket(plain, server_hostname=host) as wire,
        ):
            self._introduce(wire)
            while not self.stopping.is_set():
                wire.sendall(self.junk.lines(self.sent.value, _AT_ONCE))
                self.sent.value += _AT_ONCE

    def _introduce(self, wire: ssl.SSLSocket) -> None:
        said = json.loads(wire.recv(65536).partition(b"INFO ")[2].partition(b"\r\n")[0])
        lines = self.credentials.split("\n")
        seed = lines[lines.index("-----BEGIN USER NKEY SEED-----") + 1]
        signature = nkeys.from_seed(bytearray(seed.encode())).sign(said["nonce"].encode())
        greeting = {
            "verbose": False,
            "jwt": lines[1],
            "sig": base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
            "headers": True,
            "lang": "raw",
        }
        wire.sendall(b"CONNECT " + json.dumps(greeting).encode() + b"\r\nPING\r\n")
        if b"PONG" not in wire.recv(65536):
            raise OSError("refused")


@contextmanager
def flooding(url: str, credentials: Path, tls: Tls, junk: Junk) -> Iterator[Flood]:
    """Write as fast as the wire takes it for as long as the block lasts."""
    flood = Flood(url, credentials, tls, junk)
    flood.begin()
    try:
        yield flood
    finally:
        flood.stop()
