"""Founding: what the log's directory must say before an agency can speak, signed by the root key.

Running it again adds only what has changed: agencies that are new, and duties that a mandate has gained or lost. What
was appended is kept in a file, so that a log which lost it gets the same back: another beginning would make replicas
give up all that the directory said since.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from bus.agency import Agency
from bus.directory import DIRECTORY_ID, Directory
from bus.envelope import GENESIS, Draft, Envelope, parse, place
from bus.errors import BrokerAwayError, EnvelopeError
from bus.log import Appended, Log, LogMessage
from bus.provision import Layout, create_streams
from bus.sealing_keys import SealingKey
from bus.signing import Signer, read_public
from contracts.agencies import COORDINATOR, AgencyId
from contracts.case import ruleset_in_force
from contracts.directory import AgencyAdmitted, AgencyDutiesChanged, DirectoryEvent
from contracts.routing import load

_ATTEMPTS: Final = 5


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
    """Bring the directory in the log up to the mandates of these agencies. BrokerAwayError: try again later."""
    log = Log("administrator", tuple(servers), str(layout.administrator), layout.tls)
    root = Signer.load(COORDINATOR, layout.root_key)
    log.open()
    try:
        await log.connected.wait()
        for _ in range(_ATTEMPTS):
            if await _bring_up(log, layout, root, agencies, now, new_id):
                return
        raise BrokerAwayError("others keep changing the directory")
    finally:
        await log.close()


async def _bring_up(
    log: Log,
    layout: Layout,
    root: Signer,
    agencies: Mapping[AgencyId, Agency],
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> bool:
    """Append what the directory lacks; False when somebody else wrote meanwhile, and it must be looked at again."""
    messages = await log.chain(DIRECTORY_ID)
    directory, last = _accepted(messages, Directory.trusting(read_public(layout.root)))
    sequence = messages[-1].sequence if messages else 0
    lost = _lost(layout, last)
    # What came after the lost beginning is for the coordinator's service to put back; nothing may be added before that.
    for envelope in lost or lacking(directory, last, layout, root, agencies, now=now, new_id=new_id):
        if not lost:
            _remember(layout, envelope)
        appended = await log.append(envelope, sequence)
        if not isinstance(appended, Appended):
            return False
        sequence = appended.sequence
    return True


def _lost(layout: Layout, last: Envelope | None) -> list[Envelope]:
    """What was appended from here and the log no longer has, or never took, as far as it follows the chain's `last`."""
    lines = layout.founded.read_bytes().splitlines() if layout.founded.exists() else []
    founded = {envelope.version: envelope for envelope in map(Envelope.from_bytes, lines)}
    found: list[Envelope] = []
    version, previous = _head(last)
    while (follows := founded.get(version + 1)) is not None and follows.previous == previous:
        found.append(follows)
        version, previous = _head(follows)
    return found


def _head(last: Envelope | None) -> tuple[int, str]:
    return (0, GENESIS) if last is None else (last.version, last.hash)


def _remember(layout: Layout, envelope: Envelope) -> None:
    with layout.founded.open("ab") as file:
        file.write(envelope.to_bytes() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def lacking(
    directory: Directory,
    last: Envelope | None,
    layout: Layout,
    root: Signer,
    agencies: Mapping[AgencyId, Agency],
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Iterator[Envelope]:
    """What the directory lacks of these agencies' mandates, to follow the `last` event of its chain."""
    version, previous = _head(last)
    for event in _lacking(directory, layout, agencies, now()):
        envelope = place(_draft(event, now(), new_id()), version=version + 1, previous=previous, signer=root)
        version, previous = envelope.version, envelope.hash
        yield envelope


def _accepted(messages: Iterable[LogMessage], directory: Directory) -> tuple[Directory, Envelope | None]:
    """The directory as every replica takes it from these messages, and the last event of its chain."""
    last: Envelope | None = None
    for message in messages:
        try:
            envelope = parse(message.headers, message.data)
            directory.require_chain(envelope)
            directory.believe(envelope, authentic=False)
        except EnvelopeError:
            continue
        version, previous = _head(last)
        if (envelope.version, envelope.previous) == (version + 1, previous):
            directory, _ = directory.after(envelope)
            last = envelope
    return directory, last


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


def _draft(event: DirectoryEvent, now: datetime, event_id: str) -> Draft:
    return Draft(
        event_id=event_id,
        case_id=DIRECTORY_ID,
        type=event.type_name(),
        schema_uri=event.schema_uri(),
        data=event.model_dump_json().encode(),
        ruleset=ruleset_in_force(event.occurred_on).id,
        recorded_at=now,
        correlation_id=event_id,
        causation_id=event_id,
    )
