"""The service never believes an answer of a bad provider, and says why."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from bus.nats.tls import Tls
from bus.operator.certificates import SERVER, Authority
from gateway.auth import IssuerAwayError
from gateway.auth.keys import KeyRing
from gateway.auth.provider import REFRESH_EVERY, ProviderKeys, is_trustworthy

from .test_nothing_leaks import lines

Answer = tuple[int, bytes]
SERVED: dict[str, Any] = {"alg": "ES256", "use": "sig", "kid": "k"}
DISCOVERY = "/.well-known/openid-configuration"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Address:
    """A server on loopback that answers each path with whatever a test sets."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        address = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address.asked.append(self.path)
                status, body = address.answers.get(self.path, (404, b""))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                with suppress(OSError):  # the reader has had enough
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.key = ECKey.generate_key("P-256")
        self.discovers()
        self.answers["/jwks"] = (200, json.dumps({"keys": [self.key.as_dict(private=False) | SERVED]}).encode())

    def encrypt(self, folder: Path, host: str) -> None:
        """Speak https from now on, with a host's certificate by the authority in the folder's `ca.pem`."""
        files, today = Tls.beside(folder), datetime.now(UTC)
        Authority.load_or_create(folder, "ca", today).provide(files, host, [host], SERVER, today)
        assert files.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = self.url.replace("http:", "https:")
        self.discovers()

    def discovers(self, **changes: Any) -> None:
        """Answer discovery well, but for these changes."""
        said = {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", "token_endpoint": f"{self.url}/token"} | changes
        self.answers[DISCOVERY] = (200, json.dumps(said).encode())


@pytest.fixture
def address() -> Iterator[Address]:
    """The address, which answers well until a test says otherwise."""
    served = Address()
    thread = Thread(target=served.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


LIES: dict[str, tuple[str, Callable[[Address], None]]] = {
    "another issuer": ("other-issuer", lambda it: it.discovers(issuer=f"{it.url}/")),
    "no issuer": ("other-issuer", lambda it: it.discovers(issuer=None)),
    "keys by http elsewhere": (
        "no-trustworthy-jwks-uri",
        lambda it: it.discovers(jwks_uri="http://keys.example/jwks"),
    ),
    "keys in a file": ("no-trustworthy-jwks-uri", lambda it: it.discovers(jwks_uri="file:///etc/passwd")),
    "no keys": ("no-trustworthy-jwks-uri", lambda it: it.discovers(jwks_uri=None)),
    "a redirect": ("answered-with-a-failure", lambda it: it.answers.update({DISCOVERY: (302, b"")})),
    "a failure": ("answered-with-a-failure", lambda it: it.answers.update({"/jwks": (500, b"")})),
    "no JSON": ("not-json", lambda it: it.answers.update({"/jwks": (200, b"<html>")})),
    "a list": ("not-json", lambda it: it.answers.update({DISCOVERY: (200, b"[]")})),
    "no JWKS": ("not-a-jwks", lambda it: it.answers.update({"/jwks": (200, b'{"keys": {}}')})),
    "too many keys": (
        "not-a-jwks",
        lambda it: it.answers.update({"/jwks": (200, json.dumps({"keys": [{}] * 101}).encode())}),
    ),
    "too much": ("answered-too-much", lambda it: it.answers.update({"/jwks": (200, b" " * 300_000)})),
    "nothing": ("unreachable", lambda it: it.server.server_close()),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_bad_answer_gives_no_keys(address: Address, logged: StringIO, lie: str) -> None:
    """Before any good one: nobody is believed. The log has the reason and nothing of the answer."""
    reason, tell = LIES[lie]
    tell(address)
    keys = ProviderKeys(address.url, lambda: NOW)
    await keys.ask()
    with pytest.raises(IssuerAwayError):
        keys.ring(NOW.timestamp())
    assert keys.uncertain and [line["reason"] for line in lines(logged)] == [reason]
    assert keys.token_endpoint is None and "/elsewhere" not in address.asked


@pytest.mark.parametrize("lie", [lie for lie in LIES if lie != "nothing"])
async def test_a_bad_answer_takes_no_keys_away(address: Address, logged: StringIO, lie: str) -> None:
    """The last good ones stay; the change is logged once, and so is the end of it."""
    keys = ProviderKeys(address.url, lambda: NOW)
    await keys.ask()
    good = keys.ring(NOW.timestamp())
    assert good.find("ES256", "k") is not None and keys.token_endpoint == f"{address.url}/token"
    kept = dict(address.answers)
    LIES[lie][1](address)
    for _ in range(3):
        await keys.ask()
    assert keys.uncertain and keys.ring(NOW.timestamp()) is good
    assert len(lines(logged)) == 1
    address.answers = kept
    await keys.ask()
    assert not keys.uncertain and len(lines(logged)) == 2


@pytest.mark.parametrize(
    ("host", "trusted", "reason"),
    [("127.0.0.1", True, None), ("127.0.0.1", False, "unreachable"), ("login.example", True, "unreachable")],
    ids=["of a trusted authority", "of an unknown authority", "of another host"],
)
async def test_a_certificate_must_be_the_providers_own(
    address: Address,
    logged: StringIO,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    trusted: bool,
    reason: str | None,
) -> None:
    """Over https a provider is believed by its certificate; a private authority is set by `SSL_CERT_FILE`."""
    address.encrypt(tmp_path, host)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    keys = ProviderKeys(address.url, lambda: NOW)
    await keys.ask()
    assert [line.get("reason") for line in lines(logged)] == ([] if reason is None else [reason])
    assert address.asked == ([] if reason else [DISCOVERY, "/jwks"])
    if reason is None:
        assert keys.ring(NOW.timestamp()).find("ES256", "k") is not None


async def test_keys_that_the_provider_takes_away_are_gone(address: Address) -> None:
    """An empty set is the provider's word, not a failure."""
    keys = ProviderKeys(address.url, lambda: NOW)
    await keys.ask()
    address.answers["/jwks"] = (200, b'{"keys": []}')
    await keys.ask()
    assert keys.ring(NOW.timestamp()) == KeyRing()


async def test_callers_who_ask_together_ask_once(address: Address) -> None:
    """And then not again for a while, unless the clock was set back."""
    time = [NOW]
    keys = ProviderKeys(address.url, lambda: time[0])
    await asyncio.gather(*(keys.look_for(f"k{number}") for number in range(100)))
    await keys.look_for("another")
    assert address.asked == [DISCOVERY, "/jwks"]
    time[0] -= timedelta(hours=1)
    await keys.look_for("another")
    assert len(address.asked) == 4
    await keys.look_for("k")
    assert len(address.asked) == 4


async def test_keys_are_asked_for_again_without_any_caller(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, every few minutes, sooner when something is wrong; and no longer when the service ends."""
    slept: list[float] = []
    twice = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        address.answers["/jwks"] = (500, b"")
        if len(slept) == 3:
            twice.set()
            await asyncio.Event().wait()

    monkeypatch.setattr("gateway.auth.provider.asyncio.sleep", sleep)
    keys = ProviderKeys(address.url, lambda: NOW)
    async with asyncio.timeout(10), keys.kept_fresh():
        await twice.wait()
    assert slept[0] == REFRESH_EVERY and max(slept[1:]) < REFRESH_EVERY
    assert address.asked.count(DISCOVERY) == 3


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_only_public_keys_for_signatures_are_used() -> None:
    """Fit for their algorithm, long enough, meant for signatures, and public."""
    rsa, short = RSAKey.generate_key(2048), RSAKey.generate_key(1024)
    ec, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-384")
    ed, x = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("X25519")
    unusable = [
        short.as_dict(private=False),
        other.as_dict(private=False),
        x.as_dict(private=False),
        ec.as_dict(private=True),
        OctKey.generate_key(256).as_dict(),
        ec.as_dict(private=False) | {"use": "enc"},
        ec.as_dict(private=False) | {"key_ops": ["encrypt"]},
        ec.as_dict(private=False) | {"x": "AA"},
        ec.as_dict(private=False) | {"kty": "RSA"},
        ec.as_dict(private=False) | {"kty": ["EC"]},
        rsa.as_dict(private=False) | {"crv": "P-256"},
        {},
        "key",
        None,
    ]
    assert KeyRing.read({"keys": unusable}) == KeyRing()
    named = [rsa.as_dict(private=False) | {"kid": "r", "alg": "PS256"}, ed.as_dict(private=False) | {"kid": "e"}]
    ring = KeyRing.read({"keys": [*unusable, *named]})
    assert [ring.find(a, "r") is not None for a in ("PS256", "RS256", "ES256", "EdDSA")] == [True, False, False, False]
    assert [ring.find(a, "e") is not None for a in ("EdDSA", "Ed25519", "PS256")] == [True, True, False]
    assert ring.find("PS256", None) is not None
    doubled = KeyRing.read({"keys": [*named, RSAKey.generate_key(2048).as_dict(private=False) | {"kid": "r"}]})
    assert doubled.find("PS256", "r") is None  # two of one name: neither can be told to be meant


def test_only_https_or_this_machine_is_trusted() -> None:
    """However the address is written."""
    good = ["https://login.example", "https://login.example/realms/a", "http://127.0.0.1:1/x", "http://localhost:1"]
    good.append("http://[::1]:1")
    bad = ["http://login.example", "http://localhost.example", "ftp://127.0.0.1", "https://", "login", "", "http://[x"]
    bad += ["file:///etc/passwd", "urn:x", "http://127.0.0.1.example/"]
    assert [is_trustworthy(url) for url in good] == [True] * len(good)
    assert [is_trustworthy(url) for url in bad] == [False] * len(bad)
