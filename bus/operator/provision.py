"""Provisioning: the keys and credentials with which a bus begins.

A second run keeps all keys, creates missing ones, and brings the agencies' rights up to their mandates.
`bus.operator.streams` creates the streams, and `bus.operator.bootstrap` writes the directory in the log.
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
    """The places of the files that provisioning writes, in one folder."""

    folder: Path

    @property
    def root(self) -> Path:
        """The public root key, in which all trust on the bus begins."""
        return self.folder / "root.pub"

    @property
    def founded(self) -> Path:
        """The public file with the root key's events in the directory, one on each line."""
        return self.folder / "founded.jsonl"

    @property
    def root_key(self) -> Path:
        """The file of the private root key, which the national coordinator holds."""
        return self.home(COORDINATOR) / "root.pem"

    @property
    def broker_trust(self) -> Path:
        """The file that nats-server includes to know the operator and the accounts."""
        return self.folder / "broker" / "trust.conf"

    @property
    def administrator(self) -> Path:
        """The credentials with which the operator creates the streams."""
        return self.folder / "broker" / "administrator.creds"

    @property
    def tls(self) -> Tls:
        """The administrator's files for TLS."""
        return Tls.beside(self.folder / "broker", "administrator")

    @property
    def ca(self) -> Path:
        """The public certificate of the authority that signs the brokers' certificates."""
        return self.folder / "broker" / "ca.pem"

    def broker_certificates(self, broker: str) -> Path:
        """The folder with one broker's certificates and keys."""
        return certificates.broker_folder(self.folder / "broker", broker)

    def admission(self, now: datetime) -> UserRegistry:
        """Open the registry of the users who may connect to the brokers."""
        return UserRegistry.open(self.folder / "broker", now)

    def home(self, agency: AgencyId) -> Path:
        """Return an agency's own folder."""
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
    """Create the missing files of these agencies and brokers, and renew certificates that end soon.

    `agencies`: by id, their mandates. `brokers`: by name, their host names beside `localhost`. `told`: gets a line for
    each agency that cannot be provisioned, with the remedy; its folder is left alone, and the others go on.
    `new_vaults`: give a new vault to an agency that lost its vault and has no store.
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
            for program in admission.register.programs_of(agency):
                admit_program(layout, agency, mandate, program, now)
            homes[agency] = layout.home(agency)
        except StoreError as error:
            told(f"{agency}: {error}")
    certificates.provide(layout.folder / "broker", homes, brokers, now)
    return layout


def admit_program(layout: Layout, agency: AgencyId, mandate: Mandate, program: str, now: datetime) -> Path:
    """Give a further program of an agency credentials and consumers of its own; return its credentials file.

    It has the agency's rights, so it also needs the agency's keys. Raises StoreError when the agency is not provisioned
    or was cut off, ValueError for an invalid name.
    """
    home = layout.home(agency)
    credentials = home / f"broker-{program}.creds"
    scope, rights = scope_of(agency, mandate, program=True), rights_of(agency, mandate, program=True)
    if not (home / "broker.creds").exists():
        raise StoreError(f"{agency} is not provisioned in {layout.folder}")
    admission = layout.admission(now)
    admission.admit(agency, scope, rights, credentials, now, program)
    if not credentials.exists():
        raise StoreError(f"{agency} was cut off: provision it with --readmit first")
    return credentials


def _provide(home: Path, agency: AgencyId, told: Callable[[str], None], new_vault: bool) -> None:
    """Create the missing secrets in an agency's folder.

    A vault is only created in a new folder, or with `new_vault` if there is no store: a second vault would not open the
    store of the first.
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
    """Create the root key, but only in a new folder, because another root key means another bus.

    Later the private key may be kept elsewhere. Raises StoreError when the private and the public key do not fit.
    """
    layout.root_key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not layout.root.exists():
        if not layout.root_key.exists():
            write_private(layout.root_key, new_private_key())
        layout.root.write_bytes(public_pem(Signer.load(COORDINATOR, layout.root_key).public))
    elif layout.root_key.exists() and Signer.load(COORDINATOR, layout.root_key).public != read_public(layout.root):
        raise StoreError(f"{layout.root_key.name} is not the key of {layout.root.name}: restore it from your backup")
