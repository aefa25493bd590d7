"""What one agency's service needs to know to join the bus."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bus.home import claim, keep_private, require_vault
from bus.nats.tls import Tls
from bus.sealing.vault import VARIABLE
from contracts.vocabulary.agencies import AgencyId


@dataclass(frozen=True)
class BusSettings:
    """Where the bus is and who we are on it.

    `home`: the agency's own folder with `signing.pem`, `broker.creds` and, on SQLite, `store.db`; the national
    coordinator's may hold the root key too. `root`: the file with the public root key, in which all trust on the bus
    begins. `monitors`: the monitoring addresses of every broker, where their settings are read. `tls`: the files for
    TLS to them, where they are not those that provisioning laid in `home`; with none there is no TLS. `store`:
    eventsourcing's environment; SQLite in `home` where it names no module. `keeps_time`: whether this service issues
    what runs out, which the national coordinator's alone may. `secrets`: what a secret manager holds, by the name of
    the variable.
    """

    agency: AgencyId
    home: Path
    root: Path
    servers: tuple[str, ...]
    monitors: tuple[str, ...]
    store: Mapping[str, str] = field(default_factory=dict)
    batch: int = 500
    cached_cases: int = 1024
    keeps_time: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    tls: Tls | None = None

    def require_own(self) -> None:
        """Let the folder be this agency's and have the vault that opens its store; StoreError says what to do if not.

        A folder of before is made to say whose it is, where it can be written.
        """
        with suppress(OSError):
            claim(self.home, self.agency)
        if VARIABLE not in self.secrets:
            require_vault(self.home, self.vault)
        self.keep_store_private()

    def keep_store_private(self) -> None:
        """See that only its owner reads the store in the folder, where it is there and not in a database elsewhere."""
        if "PERSISTENCE_MODULE" not in self.store:
            keep_private(self.home / "store.db")

    @property
    def transport(self) -> Tls | None:
        """How the brokers are spoken to; None: in clear text, or somebody else encrypts."""
        return self.tls or Tls.beside(self.home).present()

    @property
    def credentials(self) -> Path:
        """The broker credentials of this agency."""
        return self.home / "broker.creds"

    @property
    def signing_key(self) -> Path:
        """The agency's private signing key."""
        return self.home / "signing.pem"

    @property
    def sealing_key(self) -> Path:
        """The private key that opens what is granted to this agency."""
        return self.home / "sealing.key"

    @property
    def vault(self) -> Path:
        """The keys under which the store keeps others."""
        return self.home / "vault.key"

    @property
    def root_key(self) -> Path:
        """The private root key, where it is held."""
        return self.home / "root.pem"

    @property
    def store_environment(self) -> dict[str, str]:
        """The variables that eventsourcing opens the store by."""
        if "PERSISTENCE_MODULE" in self.store:
            return dict(self.store)
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(self.home / "store.db")}
