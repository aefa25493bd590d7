"""Provisioning: the keys and credentials that a bus begins with, and its streams.

Running it again keeps every key, adds what is new and brings the agencies' rights up to their mandates. What the log's
directory says of the agencies is for `bus.members.founding`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError

from bus.agency import Agency
from bus.broker import certificates
from bus.broker.admission import Admission
from bus.broker.client import Client
from bus.broker.deletable import deletable_streams
from bus.broker.rights import rights_of
from bus.broker.transport import Tls, connection_options
from bus.envelope import MAX_BYTES
from bus.errors import BrokerAwayError, StoreError
from bus.log import STREAM, SUBJECTS
from bus.sealing.key_files import write_private
from bus.sealing.sealing_keys import SealingKey
from bus.sealing.vault import Vault
from bus.signing import Signer, new_private_key, public_pem
from contracts.agencies import COORDINATOR, AgencyId

ONE_BROKER: Final = "stafett"
_HEADROOM = 16 * 1024  # for the envelope's headers


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

    def admission(self, now: datetime) -> Admission:
        """Who may connect to the brokers, for the operator to change."""
        return Admission.open(self.folder / "broker", now)

    def home(self, agency: AgencyId) -> Path:
        """An agency's own folder."""
        return self.folder / "agencies" / agency


def provision(
    folder: Path,
    agencies: Mapping[AgencyId, Agency],
    now: datetime,
    brokers: Mapping[str, Iterable[str]] = MappingProxyType({ONE_BROKER: ()}),
) -> Layout:
    """Create what is missing for these agencies, each given with its mandate, and these brokers, each with the names
    that it is reached by beside `localhost`; renew the certificates that end soon.
    """
    layout = Layout(folder)
    admission = layout.admission(now)
    _root(layout)
    for agency, mandate in agencies.items():
        home = layout.home(agency)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (home / "signing.pem").exists():
            write_private(home / "signing.pem", new_private_key())
        if not (home / "sealing.key").exists():
            SealingKey.new().write(home / "sealing.key")
        if not (home / "vault.key").exists():
            _require_no_store(agency, home)
            Vault.create(home / "vault.key")
        if not (home / "pseudonyms.key").exists():
            write_private(home / "pseudonyms.key", secrets.token_bytes(32))
        admission.admit(agency, rights_of(agency, mandate), home / "broker.creds", now)
    homes = {agency: layout.home(agency) for agency in agencies}
    certificates.provide(layout.folder / "broker", homes, brokers, now)
    return layout


def _require_no_store(agency: AgencyId, home: Path) -> None:
    """Let no new vault key hide that the one is lost that opens a store; raises StoreError."""
    if (home / "store.db").exists():
        raise StoreError(
            f"{agency}: vault.key is gone from {home}, and its store is there: restore the key from the agency's backup"
        )


def _root(layout: Layout) -> None:
    layout.root_key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not layout.root_key.exists():
        write_private(layout.root_key, new_private_key())
    layout.root.write_bytes(public_pem(Signer.load(COORDINATOR, layout.root_key).public))


async def create_streams(
    servers: Iterable[str], administrator: Path, *, replicas: int, tls: Tls | None = None, within: float = 30.0
) -> None:
    """Create the streams CASES, KEYS and PERSONAL, or leave those that are there.

    Raises BrokerAwayError when they do not come about in time, StoreError when one is another version's.
    """
    cases = StreamConfig(
        name=STREAM,
        subjects=[SUBJECTS],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        max_msg_size=MAX_BYTES + _HEADROOM,
        num_replicas=replicas,
        deny_delete=True,
        deny_purge=True,
        allow_rollup_hdrs=False,
        allow_atomic=True,  # which also forbids acknowledging before the message is on disk
    )
    try:
        async with asyncio.timeout(within):
            client = Client()
            await client.connect(
                list(servers),
                user_credentials=str(administrator),
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                **connection_options(tls),
            )
            try:
                while True:
                    try:
                        for config in (cases, *deletable_streams(replicas)):
                            await _create(client, config)
                        return
                    except (JetStreamError, NatsError):
                        await asyncio.sleep(0.1)  # a cluster has no leader yet
            finally:
                await client.close()
    except TimeoutError as error:
        raise BrokerAwayError("the stream could not be created in time") from error


async def _create(client: Client, config: StreamConfig) -> None:
    jetstream = client.jetstream()
    try:
        there = await jetstream.stream_info(config.name or "")
    except NotFoundError:
        await jetstream.add_stream(config)
    else:
        if there.config.subjects != config.subjects:
            raise StoreError(f"the stream {config.name} is that of another version of Stafett: begin with a new folder")
