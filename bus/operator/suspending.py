"""Suspension of an agency: in the directory, so that all reject its events, and at the brokers, which cut it off.

First we try for 3 seconds to append the suspension to the log. Then the agency's events end at one place for all, and
the agency itself can still read it. In any case the brokers then cut the agency off, so that it cannot block us. If the
first try failed, we then try again, with the full patience of `publish`. A second run does only the remaining steps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from bus.directory.directory import Directory
from bus.errors import BrokerAwayError, StoreError
from bus.nats.log import STREAM, Log
from bus.operator.provision import Layout
from bus.operator.root_publisher import as_administrator, publish
from bus.operator.user_registry import revoke
from contracts.directory.events import AgencySuspended, DirectoryEvent, SuspensionReason
from contracts.vocabulary.agencies import COORDINATOR, AgencyId

_LOG_FIRST: Final = 3.0
_HEARS_WITHIN: Final = 2.0

T = TypeVar("T")


@dataclass(frozen=True)
class Suspended:
    """The result. `at_once`: False if the log had the suspension already. `brokers`: how many confirmed."""

    at_once: bool
    brokers: int


async def suspend(
    servers: Iterable[str],
    layout: Layout,
    agency: AgencyId,
    reason: SuspensionReason,
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Suspended:
    """Suspend an agency, for good. A second run does only the remaining steps.

    Raises BrokerAwayError, which says what is done and what is not; then run it again. Raises StoreError, and does
    nothing, when the agency is the national coordinator or was never admitted, or when the root key is missing.
    """
    addresses, told = tuple(servers), False
    if agency == COORDINATOR:
        raise StoreError("nobody but the national coordinator could take its own suspension back: rotate its keys")

    def wanted(directory: Directory) -> Iterable[DirectoryEvent]:
        nonlocal told
        entry = directory.entry(agency)
        if entry is None:
            raise StoreError(f"{agency} is not in the directory")
        if entry.suspended:
            return []
        told = True
        return [AgencySuspended(occurred_at=now(), agency=agency, suspended_from=now(), reason=reason)]

    async def tell_the_log() -> None:
        async with as_administrator(addresses, layout) as log:
            said = await publish(log, layout, wanted, now=now, new_id=new_id)
            await _heard(log, agency, said.sequence)

    async def tell_the_brokers() -> int:
        return await revoke(addresses, layout.admission(now()), agency, tls=layout.tls, now=now())

    try:
        async with asyncio.timeout(_LOG_FIRST):
            await tell_the_log()
    except (BrokerAwayError, TimeoutError):
        brokers = await _said_if_not(tell_the_brokers(), f"{agency} is not cut off yet, and the log has not confirmed")
        await _said_if_not(tell_the_log(), f"{agency} is cut off, {brokers} brokers confirmed; the log has not")
    else:
        brokers = await _said_if_not(tell_the_brokers(), f"the log has {agency}'s suspension; it is not cut off yet")
    return Suspended(told, brokers)


async def _said_if_not(step: Awaitable[T], standing: str) -> T:
    try:
        return await step
    except (BrokerAwayError, StoreError) as error:
        raise type(error)(f"{standing}: {error}") from error


async def _heard(log: Log, agency: AgencyId, sequence: int) -> None:
    """Wait up to 2 seconds until the agency's service, if it is connected, has received its own suspension."""
    with suppress(TimeoutError, NatsError, JetStreamError):
        async with asyncio.timeout(_HEARS_WITHIN):
            while True:
                state = await log.client.jetstream().consumer_info(STREAM, f"replica-{agency}")
                if (state.delivered and state.delivered.stream_seq >= sequence) or not state.push_bound:
                    return
                await asyncio.sleep(0.02)
