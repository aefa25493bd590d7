"""The operator's actions on a running bus: admit, change duties, suspend, give new keys."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from bus.mandate import Mandate
from bus.operator.bootstrap import found
from bus.operator.provision import provision
from bus.operator.rotating import rotate
from bus.operator.suspending import Suspended, suspend
from contracts.directory.entry import AgencyEntry
from contracts.directory.events import SuspensionReason
from harness.bus import Bus, full_mandate


def now() -> datetime:
    """The operator's clock."""
    return datetime.now(UTC)


def new_id() -> str:
    """A random token."""
    return str(uuid4())


async def admits(bus: Bus, agency: str, mandate: Mandate | None = None) -> None:
    """An agency is admitted, or its duties changed, as `stafett provision` does; brokers and services go on."""
    bus.mandates[agency] = mandate or full_mandate(agency)
    provision(bus.folder, {agency: bus.mandates[agency]}, now())
    await found([bus.broker.url], bus.layout, {agency: bus.mandates[agency]}, now=now, new_id=new_id)
    await bus.layout.admission(now()).enforce([bus.broker.url], bus.layout.tls, now())


async def suspends(bus: Bus, agency: str) -> Suspended:
    """An agency is suspended, as `stafett suspend` does."""
    return await suspend([bus.broker.url], bus.layout, agency, SuspensionReason.OTHER, now=now, new_id=new_id)


async def rotates(bus: Bus, agency: str, *, signing: bool = False, sealing: bool = False) -> bool:
    """An agency is given new keys, as `stafett rotate-keys` does."""
    return await rotate([bus.broker.url], bus.layout, agency, signing=signing, sealing=sealing, now=now, new_id=new_id)


async def entry(bus: Bus, reader: str, agency: str) -> AgencyEntry:
    """What a reader's replica, once it is level, knows of an agency."""
    await bus.level(reader)
    known = bus.nodes[reader].directory.entry(agency)
    assert known is not None
    return known
