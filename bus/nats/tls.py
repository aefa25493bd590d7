"""TLS to the brokers: whom we believe to be one, and the certificate that we show."""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from bus.errors import StoreError

REFUSED: Final = "the broker refuses our credentials"


def _means_something(record: logging.LogRecord) -> bool:
    # Said of every connection that ends, for nats-py does not tell its protocol of TLS.
    return not str(record.msg).startswith("returning true from eof_received()")


logging.getLogger("asyncio").addFilter(_means_something)


@dataclass(frozen=True)
class Tls:
    """The files of one party. `ca`: who signed the brokers' certificates; `certificate` and `key`: our own, where the
    brokers ask for one.
    """

    ca: Path
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def beside(cls, folder: Path, name: str = "broker") -> Self:
        """As provisioning lays them, each beginning with a name."""
        ca, certificate, key = (folder / f"{name}-{part}.pem" for part in ("ca", "certificate", "key"))
        return cls(ca, certificate, key)

    def present(self) -> Self | None:
        """Those of the files that exist; None without a certificate authority, for then there is no TLS."""
        if not self.ca.exists():
            return None
        if self.certificate is None or self.key is None or not (self.certificate.exists() and self.key.exists()):
            return type(self)(self.ca)
        return self

    def context(self) -> ssl.SSLContext:
        """What a connection is made with: the broker's name and signature are checked, TLS 1.3 or nothing.

        Raises StoreError when others may read the key, or when a file is missing or is no certificate.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca)
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            if self.certificate is not None and self.key is not None:
                _require_private(self.key)
                context.load_cert_chain(self.certificate, self.key)
        except OSError as error:
            raise StoreError(
                f"the certificates beside {self.ca.name} cannot be used: {type(error).__name__}"
            ) from error
        return context


def _require_private(key: Path) -> None:
    if key.stat().st_mode & 0o077:
        raise StoreError(f"{key.name} may be read by others; set its mode to 600, and replace the key if in doubt")


def connection_options(tls: Tls | None) -> dict[str, Any]:
    """What nats-py is told. TLS comes before the broker's first word: nats-py itself would go on in clear text when a
    broker, or whoever stands between, says that it wants none.
    """
    return {} if tls is None else {"tls": tls.context(), "tls_handshake_first": True}


def why(error: Exception) -> str:
    """What to log of a connection that failed: for TLS the library's reason, or that we are refused, else the kind."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the broker's certificate is refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {(error.reason or 'failed').replace('_', ' ').lower()}"
    if "authorization" in str(error).lower():
        return REFUSED
    return type(error).__name__
