"""Suspending an agency: in the directory, so that nobody believes it any more, and at the brokers, which cut it off.

The log comes first: what others take from the agency ends there, at one place for all, and the agency itself can still
hear it. A crash before the brokers know leaves it connected, unbelieved and told nothing new; running it again goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from bus.broker.admission import revoke
from bus.broker.provision import Layout
from bus.errors import StoreError
from bus.log import STREAM, Log
from bus.members.directory import Directory
from bus.members.root_word import LogLacksError, as_administrator, say
from contracts.agencies import COORDINATOR, AgencyId
from contracts.directory import AgencySuspended, DirectoryEvent, SuspensionReason

_HEARS_WITHIN: Final = 2.0


@dataclass(frozen=True)
class Suspended:
    """What came of it. `at_once`: whether the log had to be told now; `brokers`: how many confirmed."""

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
    """Suspend an agency, for good. Doing it again does only what is left to do.

    Raises BrokerAwayError when the log or a broker has not confirmed: run again. StoreError: the agency was never
    admitted, or the root key is not at hand; nothing is done.
    """
    addresses, told = tuple(servers), False

    def wanted(directory: Directory) -> Iterable[DirectoryEvent]:
        nonlocal told
        entry = directory.entry(agency)
        if entry is None:
            raise StoreError(f"{agency} is not in the directory")
        if agency == COORDINATOR:
            raise StoreError("nobody but the national coordinator could take its own suspension back: rotate its keys")
        told = not entry.suspended
        return [AgencySuspended(occurred_at=now(), agency=agency, suspended_from=now(), reason=reason)] if told else []

    async with as_administrator(addresses, layout) as log:
        try:
            said = await say(log, layout, wanted, now=now, new_id=new_id)
        except LogLacksError:
            await revoke(addresses, layout.admission(now()), agency, tls=layout.tls, now=now())
            raise
        await _heard(log, agency, said.sequence)
    brokers = await revoke(addresses, layout.admission(now()), agency, tls=layout.tls, now=now())
    return Suspended(told, brokers)


async def _heard(log: Log, agency: AgencyId, sequence: int) -> None:
    """Give the agency's service, if it is connected, a moment to be handed its own suspension."""
    with suppress(TimeoutError, NatsError, JetStreamError):
        async with asyncio.timeout(_HEARS_WITHIN):
            while True:
                state = await log.client.jetstream().consumer_info(STREAM, f"replica-{agency}")
                if (state.delivered and state.delivered.stream_seq >= sequence) or not state.num_waiting:
                    return
                await asyncio.sleep(0.02)
