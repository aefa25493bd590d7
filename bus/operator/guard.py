"""The guard against floods: an agency that sends more than its allowance is kept out for a while.

nats-server limits the size of a message, not the number of messages. So the operator reads the brokers' own counts, and
voids the credentials of an agency that floods: for a minute, then two, up to an hour. The connections of all others
stay, and the agency's service reconnects by itself afterwards. The bus also works without a guard, but then has no
protection against floods.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import orjson
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from bus.errors import BrokerAwayError
from bus.nats.client import Client
from bus.nats.tls import Tls
from bus.operator.allowance import Allowance, Connection, Meter
from bus.operator.asking import all_answers, count_brokers
from bus.operator.user_registry import UserRegistry
from contracts.vocabulary.agencies import AgencyId

EVERY: Final = 0.25
"""The seconds between two counts."""

_FIRST_OUT: Final = timedelta(minutes=1)
_LONGEST_OUT: Final = timedelta(hours=1)
_FORGOTTEN_AFTER: Final = timedelta(days=1)
_SESSION: Final = 300.0  # seconds; its credentials are short-lived
_ASKED: Final = orjson.dumps({"auth": True, "limit": 16_384})

Told = Callable[[str], None]
_Sent = tuple[str, str, int, int, int]

log = logging.getLogger(__name__)


class Guard:
    """Watches the brokers while `run` runs.

    `told`: gets a line for each agency that is kept out or let in. `counted`: called after each count.
    """

    def __init__(
        self,
        admission: UserRegistry,
        servers: tuple[str, ...],
        tls: Tls | None,
        *,
        now: Callable[[], datetime],
        told: Told,
        counted: Callable[[], None] = lambda: None,
        allowance: Allowance | None = None,
    ) -> None:
        self._admission = admission
        self._servers = servers
        self._tls = tls
        self._now = now
        self._told = told
        self._counted = counted
        self._allowance = allowance or Allowance()
        self._kept_out: dict[AgencyId, list[datetime]] = {}
        self._brokers_know = False

    async def run(self) -> None:
        """Count, keep agencies out and let them in, for ever; retry after failures."""
        while True:
            try:
                await self._watch(monotonic() + _SESSION)
            except (NatsError, OSError, TimeoutError, BrokerAwayError, ValueError, KeyError) as error:
                log.warning("not counted", extra={"error": type(error).__name__})
            await asyncio.sleep(EVERY)

    async def _watch(self, ends: float) -> None:
        ended: list[bytes] = []

        async def note(event: Msg) -> None:
            ended.append(event.data)

        async with (
            asyncio.timeout(2 * _SESSION),
            self._admission.connected(self._servers, self._tls, self._now()) as client,
        ):
            meter = Meter(self._allowance, monotonic())
            await client.subscribe(f"$SYS.ACCOUNT.{self._admission.operator.agencies.public}.DISCONNECT", cb=note)
            meter.begin(await _connections(client, self._admission.users()))
            while monotonic() < ends:
                await self._settle(client)
                await asyncio.sleep(EVERY)
                agencies = self._admission.users()  # without those kept out: their last messages do not count again
                gone, ended[:] = _those_of(map(_ended, ended), agencies), []
                for connection in gone:
                    meter.count_ended(connection)
                meter.count(await _connections(client, agencies), monotonic())
                self._counted()
                for agency, why in meter.over().items():
                    self._keep_out(agency, why)
                    meter.forgive(agency)

    def _keep_out(self, agency: AgencyId, why: str) -> None:
        now = self._now()
        earlier = [moment for moment in self._kept_out.get(agency, []) if now - moment < _FORGOTTEN_AFTER]
        until = now + min(_LONGEST_OUT, _FIRST_OUT * 2 ** len(earlier))
        self._kept_out[agency] = [*earlier, now]
        self._admission.hold(agency, until, now)
        self._brokers_know = False
        self._told(f"{agency} sends {why}: kept out until {until:%H:%M:%S} UTC; `stafett revoke {agency}` cuts it off")

    async def _settle(self, client: Client) -> None:
        """Let in the agencies whose time is over, and tell the brokers what changed."""
        back = self._admission.release(self._now())
        if not back and self._brokers_know:
            return
        self._brokers_know = False
        await self._admission.enforce_by(client)
        self._brokers_know = True
        for agency in back:
            self._told(f"{agency} may connect again")


async def _connections(client: Client, agencies: Mapping[str, AgencyId]) -> list[Connection]:
    """Return the agencies' connections at all running brokers."""
    heard = await all_answers(client, "$SYS.REQ.SERVER.PING.CONNZ", _ASKED, await count_brokers(client))
    sent = [
        (each.get("authorized_user", ""), answer["server"]["id"], each["cid"], each["in_msgs"], each["in_bytes"])
        for answer in heard
        for each in answer["data"].get("connections") or ()
    ]
    return _those_of(sent, agencies)


def _ended(event: bytes) -> _Sent:
    said = orjson.loads(event)
    client, sent = said["client"], said["sent"]
    return client.get("user", ""), said["server"]["id"], client["id"], sent["msgs"], sent["bytes"]


def _those_of(sent: Iterable[_Sent], agencies: Mapping[str, AgencyId]) -> list[Connection]:
    """Return the connections of agencies, without those of the operator."""
    return [
        Connection(broker, number, agencies[user], messages, octets)
        for user, broker, number, messages, octets in sent
        if user in agencies
    ]
