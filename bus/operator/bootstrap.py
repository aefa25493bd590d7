"""Bootstrap of a bus: the events that the directory needs before an agency can write, signed by the root key.

A second run only adds changes: new agencies, and duties that a mandate has gained or lost.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from bus.directory.directory import Directory
from bus.envelope.envelope import Envelope
from bus.envelope.signing import Signer
from bus.errors import StoreError
from bus.mandate import Mandate
from bus.operator.directory_chain import DirectoryChain
from bus.operator.provision import Layout
from bus.operator.root_publisher import LogLacksError, as_administrator, publish
from bus.operator.streams import create_streams
from bus.sealing.sealing_keys import SealingKey
from contracts.directory.events import AgencyAdmitted, AgencyDutiesChanged, DirectoryEvent
from contracts.sweden.geography.files import load
from contracts.vocabulary.agencies import COORDINATOR, AgencyId

log = logging.getLogger(__name__)


async def establish(
    servers: Iterable[str],
    layout: Layout,
    agencies: Mapping[AgencyId, Mandate],
    *,
    replicas: int,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    log_bytes: int | None = None,
    told: Callable[[str], None] = log.warning,
) -> None:
    """Create the streams, tell the brokers who may connect, and admit these agencies into the directory.

    `log_bytes`: the largest size of the log; without it, a share of what the brokers can hold. `told`: gets a line for
    each agency that is not admitted. Raises BrokerAwayError: then run it again later.
    """
    addresses, admission = tuple(servers), layout.admission(now())
    room = await admission.room(addresses, layout.tls, now())
    await create_streams(
        addresses, layout.administrator, replicas=replicas, most_bytes=log_bytes, room=room, tls=layout.tls
    )
    await admission.enforce(addresses, layout.tls, now())
    await found(addresses, layout, agencies, now=now, new_id=new_id, told=told)


async def found(
    servers: Iterable[str],
    layout: Layout,
    agencies: Mapping[AgencyId, Mandate],
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    told: Callable[[str], None] = log.warning,
) -> None:
    """Bring the directory in the log up to the mandates of these agencies.

    If the log has lost a part of the directory, only the root key's events are put back, and none is added. An agency
    whose keys cannot be read is not admitted; `told` gets a line that says why. Raises BrokerAwayError: then run it
    again later.
    """

    def wanted(directory: Directory) -> Iterator[DirectoryEvent]:
        return _lacking(directory, layout, agencies, now(), told)

    async with as_administrator(servers, layout) as bus_log:
        with suppress(LogLacksError):
            await publish(bus_log, layout, wanted, now=now, new_id=new_id)


def lacking(
    directory: Directory,
    layout: Layout,
    agencies: Mapping[AgencyId, Mandate],
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Iterator[Envelope]:
    """Yield the events that an empty log needs for the mandates of these agencies, placed and signed."""
    root, chain = Signer.load(COORDINATOR, layout.root_key), DirectoryChain(directory)
    for event in _lacking(directory, layout, agencies, now(), log.warning):
        envelope = chain.next(event, root, now(), new_id())
        chain = chain.after(envelope, 0)
        yield envelope


def _lacking(
    directory: Directory,
    layout: Layout,
    agencies: Mapping[AgencyId, Mandate],
    now: datetime,
    told: Callable[[str], None],
) -> Iterator[DirectoryEvent]:
    for agency, mandate in agencies.items():
        duties, entry = tuple(sorted(mandate.duties)), directory.entry(agency)
        if entry is None:
            try:
                yield _admission(agency, mandate, duties, layout, now)
            except StoreError as error:
                told(f"{agency} is not admitted: {error}")
        elif tuple(sorted(entry.duties)) != duties and entry.suspended_from is None:
            yield AgencyDutiesChanged(occurred_at=now, agency=agency, duties=duties)


def _admission(
    agency: AgencyId, mandate: Mandate, duties: tuple[str, ...], layout: Layout, now: datetime
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
