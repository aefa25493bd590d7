"""A service and a broker speak TLS or not at all: the peers that each side refuses, and its message about that."""

from __future__ import annotations

import asyncio
import ssl
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from harness.bus import Bus
from harness.waiting import eventually
from nats.aio.client import Client
from nats.errors import Error as NatsError

from bus.errors import BrokerAwayError, StoreError
from bus.nats import durability as check
from bus.nats.log import Log
from bus.nats.tls import Tls, connection_options
from bus.operator import certificates

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=800)


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    """A bus that asks its clients for certificates, too."""
    async with Bus(tmp_path / "bus", "police", start=False) as running:
        yield running


def issued(bus: Bus, files: Tls, name: str, usages: tuple[x509.ObjectIdentifier, ...], now: datetime) -> None:
    """Have the authority of the bus issue a certificate as it would have at another time."""
    assert files.certificate is not None
    files.certificate.unlink(missing_ok=True)
    authority = certificates.Authority.load_or_create(bus.layout.folder / "broker", "ca", NOW)
    names = ("localhost", "127.0.0.1", "::1") if usages == certificates.SERVER else ()
    authority.provide(files, name, names, usages, now)


@asynccontextmanager
async def the_log(bus: Bus, tls: Tls) -> AsyncIterator[Log]:
    """The police's connection to the log, with these files."""
    log = Log("police", (bus.broker.url,), str(bus.layout.home("police") / "broker.creds"), tls)
    log.open()
    try:
        yield log
    finally:
        await log.close()


async def test_a_broker_does_not_listen_to_clear_text(bus: Bus) -> None:
    """Who goes on without TLS is cut off before the broker says anything about itself but that it wants TLS."""
    reader, writer = await asyncio.open_connection("127.0.0.1", bus.broker.port)
    greeting = await asyncio.wait_for(reader.readline(), 10)
    assert b'"tls_required":true' in greeting
    writer.write(b'CONNECT {"verbose":true}\r\nPING\r\n')
    rest = await asyncio.wait_for(reader.read(), 10)
    assert b"PONG" not in rest and b"+OK" not in rest
    writer.close()


async def test_a_service_says_nothing_in_clear_text(bus: Bus) -> None:
    """Whoever stands between and claims that the broker wants no TLS gets no token, and no event."""
    said: list[bytes] = []

    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.15.1","max_payload":1048576,"headers":true}\r\n')
        said.append(await reader.read(65536))
        writer.close()

    async with await asyncio.start_server(pretend, "127.0.0.1", 0) as pretender:
        port = pretender.sockets[0].getsockname()[1]
        credentials = str(bus.layout.home("police") / "broker.creds")
        log = Log("police", (f"nats://127.0.0.1:{port}",), credentials, Tls.beside(bus.layout.home("police")))
        log.open()
        try:
            await eventually(lambda: len(said) > 1)
            assert not log.connected.is_set()
        finally:
            await log.close()
    assert not any(b"CONNECT" in heard or b"jwt" in heard for heard in said)


async def test_a_service_connects_with_what_provisioning_laid(bus: Bus) -> None:
    """The authority, certificate and key in its home."""
    async with the_log(bus, Tls.beside(bus.layout.home("police"))) as log:
        await eventually(log.connected.is_set)
    monitors, home = (bus.broker.monitor,), Tls.beside(bus.layout.home("police"))
    assert bus.broker.monitor.startswith("https://")
    await check.require_durable(monitors, home)
    with pytest.raises(BrokerAwayError):
        await check.require_durable(monitors)


async def test_another_authority_is_refused_by_both_sides(
    bus: Bus, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A broker that another bus's authority signed, and a client; each time it is said why."""
    certificates.provide(tmp_path / "other", {"police": tmp_path / "other"}, {}, NOW)
    own, other = Tls.beside(bus.layout.home("police")), Tls.beside(tmp_path / "other")
    async with the_log(bus, other) as log:
        await eventually(lambda: "unable to get local issuer certificate" in said_in(caplog))
        assert not log.connected.is_set()
    caplog.clear()
    async with the_log(bus, Tls(own.ca, other.certificate, other.key)) as log:
        await eventually(lambda: "TLS: " in said_in(caplog) and "unknown ca" in said_in(caplog))
        assert not log.connected.is_set()
    with pytest.raises(BrokerAwayError):
        await check.require_durable((bus.broker.monitor,), other)


async def test_no_certificate_is_enough_only_where_none_is_asked_for(tmp_path: Path) -> None:
    """`mutual` decides; the credentials are asked for in any case."""
    for mutual in (True, False):
        async with Bus(tmp_path / str(mutual), "police", start=False, mutual=mutual) as bus:
            options = connection_options(Tls(bus.layout.ca))
            credentials = str(bus.layout.home("police") / "broker.creds")
            client = Client()
            if mutual:
                with pytest.raises((NatsError, OSError)):
                    await client.connect(bus.broker.url, user_credentials=credentials, allow_reconnect=False, **options)
            else:
                await client.connect(bus.broker.url, user_credentials=credentials, allow_reconnect=False, **options)
                with pytest.raises(NatsError, match="Authorization"):
                    await Client().connect(bus.broker.url, allow_reconnect=False, **options)
            await client.close()


async def test_an_expired_certificate_is_refused_and_said(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    """The agency's by the broker, the broker's by the agency; renewed, it is taken without a restart of the service."""
    police = Tls.beside(bus.layout.home("police"))
    issued(bus, police, "police", certificates.CLIENT, LONG_AGO)
    async with the_log(bus, police) as log:
        await eventually(lambda: "certificate expired" in said_in(caplog))
        assert not log.connected.is_set()
        assert "certificate has expired" in (bus.broker.folder / "nats.log").read_text()
        issued(bus, police, "police", certificates.CLIENT, NOW)
        await eventually(log.connected.is_set)

    caplog.clear()
    own = Tls.beside(bus.layout.broker_certificates("stafett"), "clients")
    issued(bus, own, "stafett", certificates.SERVER, LONG_AGO)
    bus.broker.stop()
    bus.broker.start()
    async with the_log(bus, police) as log:
        await eventually(lambda: "the broker's certificate is refused: certificate has expired" in said_in(caplog))
        assert not log.connected.is_set()
        issued(bus, own, "stafett", certificates.SERVER, NOW)
        bus.broker.stop()
        await bus.start_broker()
        await eventually(log.connected.is_set)


async def test_a_name_that_is_not_the_brokers_is_refused(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    """Its certificate names where it may stand."""
    own = Tls.beside(bus.layout.broker_certificates("stafett"), "clients")
    assert own.certificate is not None
    own.certificate.unlink()
    authority = certificates.Authority.load_or_create(bus.layout.folder / "broker", "ca", NOW)
    authority.provide(own, "stafett", ("elsewhere.example",), certificates.SERVER, NOW)
    bus.broker.stop()
    bus.broker.start()
    async with the_log(bus, Tls.beside(bus.layout.home("police"))) as log:
        await eventually(lambda: "IP address mismatch" in said_in(caplog))
        assert not log.connected.is_set()


async def test_an_agencys_certificate_makes_no_broker(bus: Bus) -> None:
    """A server that shows it is refused: it is for clients alone."""
    police = Tls.beside(bus.layout.home("police"))
    assert police.certificate is not None and police.key is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(police.certificate, police.key)

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ssl.SSLCertVerificationError, match="unsuitable certificate purpose"):
            await asyncio.open_connection("127.0.0.1", port, ssl=police.context(), server_hostname="localhost")


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    """Keys are written for their owner alone, and refused when that was undone."""
    certificates.provide(tmp_path / "operator", {"police": tmp_path / "police"}, {"b": ()}, NOW)
    keys = list(tmp_path.rglob("*-key.pem"))
    assert len(keys) == 6, "two authorities, administrator, agency, the broker's two"
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    (tmp_path / "police" / "broker-key.pem").chmod(0o640)
    with pytest.raises(StoreError, match=r"broker-key\.pem may be read by others"):
        Tls.beside(tmp_path / "police").context()


def test_connections_share_what_was_read_until_a_file_changes(tmp_path: Path) -> None:
    """A renewed certificate is read for the next connection; a key that others may read by now is not used again."""
    certificates.provide(tmp_path, {"police": tmp_path}, {}, NOW)
    own = Tls.beside(tmp_path)
    first = own.context()
    assert own.context() is first and own.key is not None and own.certificate is not None
    own.certificate.write_bytes(own.certificate.read_bytes())
    assert own.context() is not first
    own.key.chmod(0o644)
    with pytest.raises(StoreError, match="may be read by others"):
        own.context()


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    """The operator learns which files to look at."""
    (tmp_path / "broker-ca.pem").write_text("nothing")
    with pytest.raises(StoreError, match=r"beside broker-ca\.pem"):
        Tls.beside(tmp_path).context()
    assert Tls.beside(tmp_path / "nowhere").present() is None


def test_what_ends_soon_is_renewed_and_nothing_else_changes(tmp_path: Path) -> None:
    """Provisioning again keeps every key; certificates change when a quarter of their time is left, or their names."""

    def lay(now: datetime, *names: str) -> dict[str, bytes]:
        certificates.provide(tmp_path, {"police": tmp_path / "police"}, {"b": names}, now)
        return {str(path.relative_to(tmp_path)): path.read_bytes() for path in sorted(tmp_path.rglob("*.pem"))}

    def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
        return {name for name in after if after[name] != before.get(name)}

    first = lay(NOW, "b.example")
    assert changed(first, lay(NOW + timedelta(days=200), "b.example")) == set()
    renamed = lay(NOW, "b.example", "b.example.net")
    of_the_broker = {"certificates/b/clients-certificate.pem", "certificates/b/routes-certificate.pem"}
    assert changed(first, renamed) == of_the_broker
    renewed = lay(NOW + timedelta(days=300), "b.example", "b.example.net")
    own = {"police/broker-certificate.pem", "administrator-certificate.pem"}
    assert changed(renamed, renewed) == of_the_broker | own
    later = lay(NOW + timedelta(days=3600), "b.example", "b.example.net")
    assert {"ca.pem", "routes-ca.pem"} <= changed(renewed, later)
    assert not any("key" in name for name in changed(renewed, later))
    old_authority = x509.load_pem_x509_certificate(renewed["ca.pem"])
    x509.load_pem_x509_certificate(later["police/broker-certificate.pem"]).verify_directly_issued_by(old_authority)


def said_in(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged of connections that failed."""
    return "\n".join(str(getattr(record, "error", "")) for record in caplog.records)
