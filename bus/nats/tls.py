"""TLS to the brokers: the authority by which we know a broker, and the certificate that we show."""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self

from bus.errors import StoreError

REFUSED: Final = "the broker refuses our credentials"


def _means_something(record: logging.LogRecord) -> bool:
    # asyncio logs this at the end of every TLS connection of nats-py; it means nothing.
    return not str(record.msg).startswith("returning true from eof_received()")


logging.getLogger("asyncio").addFilter(_means_something)


@dataclass(frozen=True)
class Tls:
    """The files of one party.

    `ca`: the certificate of the authority that signed the brokers' certificates. `certificate`, `key`: our own, if the
    brokers ask for one.
    """

    ca: Path
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def beside(cls, folder: Path, name: str = "broker") -> Self:
        """Return the files as provisioning names them in a folder: `<name>-ca.pem` and so on. They need not exist."""
        ca, certificate, key = (folder / f"{name}-{part}.pem" for part in ("ca", "certificate", "key"))
        return cls(ca, certificate, key)

    def present(self) -> Self | None:
        """Return the files that exist; None when there is no file of an authority, and so no TLS."""
        if not self.ca.exists():
            return None
        if self.certificate is None or self.key is None or not (self.certificate.exists() and self.key.exists()):
            return type(self)(self.ca)
        return self

    def context(self) -> ssl.SSLContext:
        """Return the context for a connection: TLS 1.3 only, with a check of the broker's certificate and name.

        Connections share a context until one of the files changes. Reading them takes as long as a handshake, and
        nats-py asks twice for each connection.

        Raises StoreError when others may read the key, or when a file is missing or is no certificate.
        """
        own = () if self.certificate is None or self.key is None else (self.certificate, self.key)
        try:
            state = tuple(file.stat() for file in (self.ca, *own))
            if own and state[-1].st_mode & 0o077:
                raise StoreError(
                    f"{own[-1].name} may be read by others; set its mode to 600, and replace the key if in doubt"
                )
            return _context(self.ca, own, tuple((file.st_dev, file.st_ino, file.st_ctime_ns) for file in state))
        except OSError as error:
            raise StoreError(
                f"the certificates beside {self.ca.name} cannot be used: {type(error).__name__}"
            ) from error


@lru_cache(maxsize=16)
def _context(ca: Path, own: tuple[()] | tuple[Path, Path], state: object) -> ssl.SSLContext:
    """Read the files. `state` says which files these are, and when each was changed last."""
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if own:
        context.load_cert_chain(*own)
    return context


def connection_options(tls: Tls | None) -> dict[str, Any]:
    """Return the options for nats-py.

    The TLS handshake comes before the broker's first message. Otherwise nats-py would go on in clear text if the
    broker, or an attacker in between, said that it wants no TLS.
    """
    return {} if tls is None else {"tls": tls.context(), "tls_handshake_first": True}


def why(error: Exception) -> str:
    """Return why a connection failed, for the log: the TLS library's reason, `REFUSED`, or the kind of the error."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the broker's certificate is refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {(error.reason or 'failed').replace('_', ' ').lower()}"
    if "authorization" in str(error).lower():
        return REFUSED
    return type(error).__name__
