"""The check that the brokers sync each acknowledged message to disk, and how full their log is.

By default nats-server syncs only every two minutes, and a client cannot see the setting through its connection. So a
service asks the monitoring address of every broker, each time that it finds its broker, and every hour.

There are three results. *Unsafe*, of one broker: the service sends nothing until an operator changes the setting.
*Unknown*, of some brokers: the service reports it and works on, because the other brokers have every acknowledged event
too. *Unknown*, of all brokers: the service sends nothing for `PATIENCE` seconds; then it works on and still reports it.
An unreachable address must not stop an agency for ever, and the agencies can put back the events that a power cut takes
from a broker, from their outboxes and replicas.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from bus.errors import BrokerAwayError, UnsafeBrokerError
from bus.nats.tls import Tls

PATIENCE: Final = 600.0
"""The seconds for which a service sends nothing when no monitoring address answers."""

ASKED_AGAIN_AFTER: Final = 3600.0
"""The seconds after which the brokers are asked again during a connection."""

NEARLY_FULL: Final = 0.8
"""At this fullness (0 to 1) the operators of the brokers should make room."""

_ANSWERS_WITHIN: Final = 2.0
_LARGEST_ANSWER: Final = 4 * 1024 * 1024
_LOG: Final = "CASES"
_SYNC: Final = "set `sync_interval: always` in the jetstream block of its configuration"
_NO_ADDRESS: Final = (
    "no monitoring address is set, so it cannot be seen whether the broker syncs every message to disk: "
    "set STAFETT_NATS_MONITOR to the http addresses of all brokers"
)


@dataclass(frozen=True)
class Answer:
    """The answer of one monitoring address.

    Attributes:
        address: The address.
        syncs: True if the broker syncs each message to disk; None when it did not answer.
        waits: False if the log's stream acknowledges messages before it writes them.
        fullness: The used part of the log's room, 0 to 1; None when that is unknown or there is no limit.
    """

    address: str
    syncs: bool | None = None
    waits: bool = True
    fullness: float | None = None

    @property
    def danger(self) -> str | None:
        """Why this broker is unsafe and what to set, in plain words; None when it is safe or did not answer."""
        if self.syncs is False:
            return f"the broker at {self.address} does not sync every message to disk: {_SYNC}"
        if not self.waits:
            return f"the broker at {self.address} acknowledges before it writes (persist_mode: async): make {_LOG} anew"
        return None


class Durability:
    """One service's knowledge of the brokers' safety. `monitors`: their monitoring addresses. `clock`: in seconds."""

    def __init__(
        self, monitors: tuple[str, ...], tls: Tls | None = None, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._monitors = monitors
        self._tls = tls
        self._clock = clock
        self._silent_since: float | None = None
        self._answers: tuple[Answer, ...] = ()

    async def at_session(self) -> None:
        """Require that the brokers may be written to.

        Raises UnsafeBrokerError, which says what to set, when a broker is unsafe. If no broker answers, raises
        BrokerAwayError during the first `PATIENCE` seconds.
        """
        await self.again()
        if any(answer.syncs for answer in self._answers):
            self._silent_since = None
            return
        now = self._clock()
        self._silent_since = now if self._silent_since is None else self._silent_since
        if now - self._silent_since < PATIENCE:
            raise BrokerAwayError("no broker's monitoring address answers")

    async def again(self) -> None:
        """Ask all brokers. Raises UnsafeBrokerError, which says what to set, when one is unsafe."""
        if not self._monitors:
            raise UnsafeBrokerError(_NO_ADDRESS)
        context = self._tls.context() if self._tls is not None else None
        asked = (asyncio.to_thread(_ask, address, context) for address in self._monitors)
        self._answers = tuple(await asyncio.gather(*asked))
        for answer in self._answers:
            if answer.danger is not None:
                raise UnsafeBrokerError(answer.danger)

    @property
    def doubts(self) -> tuple[str, ...]:
        """The warnings for an operator: the brokers whose safety is unknown, and a log that is nearly full."""
        unknown = [answer.address for answer in self._answers if answer.syncs is None]
        said = [f"it is not known whether the broker at {each} syncs to disk: it does not answer" for each in unknown]
        if self.fullness is not None and self.fullness >= NEARLY_FULL:
            percent = int(self.fullness * 100)
            said.append(f"the log is {percent} % full: the operator of the brokers raises its limit before it is full")
        return tuple(said)

    @property
    def fullness(self) -> float | None:
        """The fullness of the log at the fullest broker, 0 to 1; None when no limit is known."""
        return max((each.fullness for each in self._answers if each.fullness is not None), default=None)


async def require_durable(monitors: tuple[str, ...], tls: Tls | None = None) -> None:
    """Require that at least one broker answers, and that each one that answers syncs before it acknowledges.

    Raises UnsafeBrokerError, which says what to set, or BrokerAwayError when no broker answers.
    """
    await Durability(monitors, tls).at_session()


def _ask(address: str, context: ssl.SSLContext | None) -> Answer:
    if not address.startswith(("http://", "https://")):
        raise UnsafeBrokerError(f"{address} is not an http address")
    try:
        url = f"{address.rstrip('/')}/jsz?config=true&accounts=true&streams=true"
        with urllib.request.urlopen(url, timeout=_ANSWERS_WITHIN, context=context) as answer:  # noqa: S310 - http(s), checked above
            return _read(address, json.loads(answer.read(_LARGEST_ANSWER)))
    except (OSError, ValueError, TypeError, AttributeError):
        return Answer(address)


def _read(address: str, said: dict[str, Any]) -> Answer:
    config = dict(said.get("config") or {})
    stored, most = said.get("storage") or 0, config.get("max_storage") or 0
    used = [stored / most] if most > 0 else []
    waits = True
    for stream in _streams(said.get("account_details") or ()):
        if stream.get("name") == _LOG:
            limits = stream.get("config") or {}
            waits = waits and limits.get("persist_mode", "default") != "async"
            if limits.get("max_bytes", -1) > 0:
                used.append((stream.get("state") or {}).get("bytes", 0) / limits["max_bytes"])
    return Answer(address, bool(config.get("sync_always")), waits, max(used, default=None))


def _streams(accounts: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    return (stream for account in accounts for stream in account.get("stream_detail") or ())
