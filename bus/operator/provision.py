"""Provisioning: the keys and credentials that a bus begins with.

Running it again keeps every key, adds what is new and brings the agencies' rights up to their mandates. The streams are
for `bus.operator.streams`, and what the log's directory says of the agencies for `bus.operator.bootstrap`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bus.envelope.signing import Signer, new_private_key, public_pem, read_public
from bus.errors import StoreError
from bus.home import claim, is_new
from bus.mandate import Mandate
from bus.nats.tls import Tls
from bus.operator import certificates
from bus.operator.rights import rights_of, scope_of
from bus.operator.user_registry import UserRegistry
from bus.sealing.sealing_keys import SealingKey
from bus.sealing.vault import Vault
from bus.secret_files import write_private
from contracts.vocabulary.agencies import COORDINATOR, AgencyId

ONE_BROKER: Final = "stafett"
_RESTORE: Final = "restore it from your backup, or hold it in STAFETT_VAULT_KEY"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Layout:
    """Where provisioning puts things, in one folder."""

    folder: Path

    @property
    def root(self) -> Path:
        """The public root key, in which all trust on the bus begins."""
        return self.folder / "root.pub"

    @property
    def founded(self) -> Path:
        """The events that the directory in the log began with, a line each: public."""
        return self.folder / "founded.jsonl"

    @property
    def root_key(self) -> Path:
        """The private root key, which the national coordinator holds."""
        return self.home(COORDINATOR) / "root.pem"

    @property
    def broker_trust(self) -> Path:
        """What nats-server includes to know the operator and accounts."""
        return self.folder / "broker" / "trust.conf"

    @property
    def administrator(self) -> Path:
        """The credentials that create the stream."""
        return self.folder / "broker" / "administrator.creds"

    @property
    def tls(self) -> Tls:
        """How the administrator connects."""
        return Tls.beside(self.folder / "broker", "administrator")

    @property
    def ca(self) -> Path:
        """The certificate of the authority that signs the brokers': public."""
        return self.folder / "broker" / "ca.pem"

    def broker_certificates(self, broker: str) -> Path:
        """The folder with one broker's certificates and keys."""
        return certificates.broker_folder(self.folder / "broker", broker)

    def admission(self, now: datetime) -> UserRegistry:
        """Who may connect to the brokers, for the operator to change."""
        return UserRegistry.open(self.folder / "broker", now)

    def home(self, agency: AgencyId) -> Path:
        """An agency's own folder."""
        return self.folder / "agencies" / agency


def provision(
    folder: Path,
    agencies: Mapping[AgencyId, Mandate],
    now: datetime,
    brokers: Mapping[str, Iterable[str]] = MappingProxyType({ONE_BROKER: ()}),
    told: Callable[[str], None] = log.warning,
    *,
    new_vaults: bool = False,
) -> Layout:
    """Create what is missing for these agencies, each given with its mandate, and these brokers, each with the names
    that it is reached by beside `localhost`; renew the certificates that end soon.

    An agency whose folder cannot be provisioned is left as it is, and `told` what its operator has to do; the others
    are not held up. `new_vaults`: an agency that lost its vault, and begins with an empty store, is given another.
    """
    layout = Layout(folder)
    admission = layout.admission(now)
    _root(layout)
    homes = {}
    for agency, mandate in agencies.items():
        try:
            _provide(layout.home(agency), agency, told, new_vaults)
            credentials = layout.home(agency) / "broker.creds"
            admission.admit(agency, scope_of(agency, mandate), rights_of(agency, mandate), credentials, now)
            homes[agency] = layout.home(agency)
        except StoreError as error:
            told(f"{agency}: {error}")
    certificates.provide(layout.folder / "broker", homes, brokers, now)
    return layout


def _provide(home: Path, agency: AgencyId, told: Callable[[str], None], new_vault: bool) -> None:
    """An agency's folder with its secrets. A vault is made with the folder, or when the operator says that the store is
    empty: a second one would not open what was sealed under the first.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = is_new(home)
    claim(home, agency)
    vault_lost = not fresh and not (home / "vault.key").exists()
    if fresh or (vault_lost and new_vault and not (home / "store.db").exists()):
        Vault.create(home / "vault.key")
    elif vault_lost:
        told(f"{agency}: there is no vault.key in {home}, and none is made where there may be a store: {_RESTORE}")
    if not (home / "signing.pem").exists():
        write_private(home / "signing.pem", new_private_key())
    if not (home / "sealing.key").exists():
        SealingKey.new().write(home / "sealing.key")
    if not (home / "pseudonyms.key").exists():
        write_private(home / "pseudonyms.key", secrets.token_bytes(32))


def _root(layout: Layout) -> None:
    """The root key, made with the folder or never: another one would begin another bus. It may be kept elsewhere."""
    layout.root_key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not layout.root.exists():
        if not layout.root_key.exists():
            write_private(layout.root_key, new_private_key())
        layout.root.write_bytes(public_pem(Signer.load(COORDINATOR, layout.root_key).public))
    elif layout.root_key.exists() and Signer.load(COORDINATOR, layout.root_key).public != read_public(layout.root):
        raise StoreError(f"{layout.root_key.name} is not the key of {layout.root.name}: restore it from your backup")
