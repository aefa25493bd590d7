"""Founding: what the log's directory must say before an agency can speak, signed by the root key.

Running it again adds only what has changed: agencies that are new, and duties that a mandate has gained or lost.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from bus.agency import Agency
from bus.broker.provision import Layout, create_streams
from bus.envelope import Envelope
from bus.members.directory import Directory
from bus.members.root_word import Chain, LogLacksError, as_administrator, say
from bus.sealing.sealing_keys import SealingKey
from bus.signing import Signer
from contracts.agencies import COORDINATOR, AgencyId
from contracts.directory import AgencyAdmitted, AgencyDutiesChanged, DirectoryEvent
from contracts.routing import load


async def establish(
    servers: Iterable[str],
    layout: Layout,
    agencies: Mapping[AgencyId, Agency],
    *,
    replicas: int,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> None:
    """Create the bus's streams at the brokers, and admit these agencies. BrokerAwayError: try again later."""
    addresses = tuple(servers)
    await create_streams(addresses, layout.administrator, replicas=replicas, tls=layout.tls)
    await found(addresses, layout, agencies, now=now, new_id=new_id)


async def found(
    servers: Iterable[str],
    layout: Layout,
    agencies: Mapping[AgencyId, Agency],
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> None:
    """Bring the directory in the log up to the mandates of these agencies. BrokerAwayError: try again later.

    When the log has lost some of the directory, what the root key said of it is put back, and nothing is added.
    """
    async with as_administrator(servers, layout) as log:
        with suppress(LogLacksError):
            await say(
                log, layout, lambda directory: _lacking(directory, layout, agencies, now()), now=now, new_id=new_id
            )


def lacking(
    directory: Directory,
    layout: Layout,
    agencies: Mapping[AgencyId, Agency],
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Iterator[Envelope]:
    """What a log without any directory lacks of these agencies' mandates."""
    root, chain = Signer.load(COORDINATOR, layout.root_key), Chain(directory)
    for event in _lacking(directory, layout, agencies, now()):
        envelope = chain.next(event, root, now(), new_id())
        chain = chain.after(envelope, 0)
        yield envelope


def _lacking(
    directory: Directory, layout: Layout, agencies: Mapping[AgencyId, Agency], now: datetime
) -> Iterator[DirectoryEvent]:
    for agency, mandate in agencies.items():
        duties, entry = tuple(sorted(mandate.duties)), directory.entry(agency)
        if entry is None:
            yield _admission(agency, mandate, duties, layout, now)
        elif tuple(sorted(entry.duties)) != duties and entry.suspended_from is None:
            yield AgencyDutiesChanged(occurred_at=now, agency=agency, duties=duties)


def _admission(
    agency: AgencyId, mandate: Agency, duties: tuple[str, ...], layout: Layout, now: datetime
) -> AgencyAdmitted:
    signer = Signer.load(agency, layout.home(agency) / "signing.pem")
    place = load().place_of(agency)
    return AgencyAdmitted(
        occurred_at=now,
        agency=agency,
        kind=mandate.kind,
        name=place.name,
        municipality=place.municipality,
        region=place.region,
        key_id=signer.key_id,
        public_key=base64.b64encode(signer.public).decode(),
        duties=duties,
        sealing_key=base64.b64encode(SealingKey.load(layout.home(agency) / "sealing.key").public).decode(),
    )
