"""The certificates of a bus. Its operator makes one for each broker and each agency, signed by an authority of the bus.

Connections between brokers have an authority of their own, so that an agency cannot act as a broker with its
certificate. Keys are ECDSA P-256 and are never replaced here. A certificate is renewed when a quarter of its time is
left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bus.nats.tls import Tls
from bus.secret_files import write_private

AUTHORITY_LASTS: Final = timedelta(days=3650)
LASTS: Final = timedelta(days=397)
_SKEW: Final = timedelta(hours=1)  # for readers whose clocks are behind ours
_HERE: Final = ("localhost", "127.0.0.1", "::1")

SERVER: Final = (ExtendedKeyUsageOID.SERVER_AUTH,)
CLIENT: Final = (ExtendedKeyUsageOID.CLIENT_AUTH,)
PEER: Final = SERVER + CLIENT

_Usages = tuple[x509.ObjectIdentifier, ...]


@dataclass(frozen=True)
class Authority:
    """An authority that signs certificates: its self-signed certificate and its key."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey

    @classmethod
    def load_or_create(cls, folder: Path, name: str, now: datetime) -> Self:
        """Load the authority in a folder, or create it.

        Its certificate is renewed with the same key, so the certificates that it signed stay valid.
        """
        key = _key(folder / f"{name}-key.pem")
        path = folder / f"{name}.pem"
        certificate = _read(path)
        if certificate is None or _ends_soon(certificate, now):
            certificate = _self_signed(key, f"Stafett {name}", now)
            _put(path, certificate)
        return cls(certificate, key)

    def provide(self, files: Tls, name: str, hosts: Iterable[str], usages: _Usages, now: datetime) -> None:
        """Write a party's files: this authority's certificate, and the party's own; keep those that are still valid.

        Raises ValueError when `files` has no place for the party's certificate and key.
        """
        if files.certificate is None or files.key is None:
            raise ValueError("a party has a certificate and a key")
        files.ca.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = _key(files.key)
        there, wanted = _read(files.certificate), _names(hosts)
        if there is None or _ends_soon(there, now) or _san(there) != wanted or not self._signed(there, key):
            _put(files.certificate, self._issue(key, name, wanted, usages, now))
        _put(files.ca, self.certificate)

    def _signed(self, certificate: x509.Certificate, key: EllipticCurvePrivateKey) -> bool:
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except Exception:  # the library raises several kinds, and all mean no
            return False
        return certificate.public_key() == key.public_key()

    def _issue(
        self, key: EllipticCurvePrivateKey, name: str, hosts: list[x509.GeneralName], usages: _Usages, now: datetime
    ) -> x509.Certificate:
        ends = min(now + LASTS, self.certificate.not_valid_after_utc)
        builder = _builder(name, self.certificate.subject, key, now, ends)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return builder.add_extension(issuer, critical=False).sign(self.key, SHA256())


def provide(folder: Path, homes: Mapping[str, Path], brokers: Mapping[str, Iterable[str]], now: datetime) -> None:
    """Write all certificates of a bus. `folder`: for the operator's own, and a subfolder for each broker.

    `homes`: by agency, its folder. `brokers`: by name, their host names beside `localhost`.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority = Authority.load_or_create(folder, "ca", now)
    routes = Authority.load_or_create(folder, "routes-ca", now)
    authority.provide(Tls.beside(folder, "administrator"), "administrator", (), CLIENT, now)
    for agency, home in homes.items():
        authority.provide(Tls.beside(home), agency, (), CLIENT, now)
    for broker, hosts in brokers.items():
        names = (*_HERE, *hosts)
        own = broker_folder(folder, broker)
        authority.provide(Tls.beside(own, "clients"), broker, names, SERVER, now)
        routes.provide(Tls.beside(own, "routes"), broker, names, PEER, now)


def broker_folder(folder: Path, broker: str) -> Path:
    """Return the folder of one broker's certificates, within the operator's folder."""
    return folder / "certificates" / broker


def _self_signed(key: EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    subject = _subject(name)
    builder = _builder(name, subject, key, now, now + AUTHORITY_LASTS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.add_extension(_key_usage(signs_certificates=True), critical=True).sign(key, SHA256())


def _builder(
    name: str, issuer: x509.Name, key: EllipticCurvePrivateKey, now: datetime, ends: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(_subject(name)).issuer_name(issuer)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - _SKEW).not_valid_after(ends)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    return [_name(host) for host in dict.fromkeys(hosts)]


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _san(certificate: x509.Certificate) -> list[x509.GeneralName]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []


def _ends_soon(certificate: x509.Certificate, now: datetime) -> bool:
    lasts = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    return certificate.not_valid_after_utc - now < lasts / 4


def _key(path: Path) -> EllipticCurvePrivateKey:
    if not path.exists():
        key = generate_private_key(SECP256R1())
        write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    loaded = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(loaded, EllipticCurvePrivateKey):
        raise ValueError(f"{path.name} is not an elliptic-curve key")
    return loaded


def _read(path: Path) -> x509.Certificate | None:
    return x509.load_pem_x509_certificate(path.read_bytes()) if path.exists() else None


def _put(path: Path, certificate: x509.Certificate) -> None:
    """Replace a certificate atomically: a reader gets either the old one or the new one."""
    content = certificate.public_bytes(Encoding.PEM)
    if path.exists() and path.read_bytes() == content:
        return
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.chmod(0o644)  # public, whatever the umask
    partial.replace(path)
