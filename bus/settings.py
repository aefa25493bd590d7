"""The settings with which one agency's service joins the bus."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bus.home import claim, keep_private, require_vault
from bus.nats.tls import Tls
from bus.sealing.vault import VARIABLE
from contracts.law.time_kept import TURN
from contracts.vocabulary.agencies import AgencyId


@dataclass(frozen=True)
class BusSettings:
    """The addresses of the bus, and the agency that joins it.

    Attributes:
        agency: The agency's id.
        home: The agency's own folder: `signing.pem`, `sealing.key`, `vault.key`, `broker.creds` and, on SQLite,
            `store.db`. The national coordinator's folder may hold the root key too.
        root: The file with the public root key, in which all trust on the bus begins.
        servers: The addresses of the brokers.
        monitors: The monitoring address of every broker; the service reads the broker's settings there.
        store: The environment for eventsourcing. If it names no PERSISTENCE_MODULE, the store is SQLite in `home`.
        batch: The largest number of messages that the replica takes at once.
        cached_cases: The number of cases that the replica caches.
        keeps_time: False if this service never issues the events of the clock, as in a replay of past cases.
        turn: How long it waits, for each participant before it, to say that something has run out.
        secrets: The secrets from a secret manager, by the name of their variable.
        tls: The files for TLS to the brokers. If None, those that provisioning wrote into `home`; if there are none
            either, there is no TLS.
    """

    agency: AgencyId
    home: Path
    root: Path
    servers: tuple[str, ...]
    monitors: tuple[str, ...]
    store: Mapping[str, str] = field(default_factory=dict)
    batch: int = 500
    cached_cases: int = 1024
    keeps_time: bool = True
    turn: timedelta = TURN
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    tls: Tls | None = None

    def require_own(self) -> None:
        """Require that the folder is this agency's and holds the vault that opens its store.

        An older folder without a name gets the agency's name, if it can be written. Raises StoreError, which says what
        to do, when the folder is another agency's or the vault is missing.
        """
        with suppress(OSError):
            claim(self.home, self.agency)
        if VARIABLE not in self.secrets:
            require_vault(self.home, self.vault)
        self.keep_store_private()

    def keep_store_private(self) -> None:
        """Give a SQLite store in the folder mode 600; a store in a database elsewhere is left alone."""
        if "PERSISTENCE_MODULE" not in self.store:
            keep_private(self.home / "store.db")

    @property
    def transport(self) -> Tls | None:
        """The files for TLS to the brokers; None when the connection is in clear text, or a proxy encrypts it."""
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
        """The agency's private sealing key, which opens the grants to it."""
        return self.home / "sealing.key"

    @property
    def vault(self) -> Path:
        """The file of the vault, whose keys wrap all keys in the store."""
        return self.home / "vault.key"

    @property
    def root_key(self) -> Path:
        """The private root key. Only the national coordinator may hold this file."""
        return self.home / "root.pem"

    @property
    def store_environment(self) -> dict[str, str]:
        """The environment variables with which eventsourcing opens the store."""
        if "PERSISTENCE_MODULE" in self.store:
            return dict(self.store)
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(self.home / "store.db")}
