"""Whether the brokers keep what they acknowledge, and how much room their log has left.

nats-server syncs every two minutes unless told otherwise, and no client can see it from the connection; so every
broker's monitoring address is asked, each time that a service finds its broker and every hour.

Three answers. *Unsafe*: nothing is sent until it is mended, however long that takes. *Unknown*, of some: said in words,
and work goes on, for the others have every acknowledged event too. *Unknown*, of all: nothing is sent for
`PATIENCE`; then work goes on, and it is still said. For an address that nobody reaches must not stop an agency for
ever, and what a power cut could take from a broker is put back from outboxes and replicas.
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
"""Seconds for which a service sends nothing when no broker says whether it is safe."""

ASKED_AGAIN_AFTER: Final = 3600.0
"""Seconds after which the brokers are asked again, though the connection stands."""

NEARLY_FULL: Final = 0.8
"""From here on the operators of the brokers are to make room."""

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
    """What one monitoring address said. `syncs`: None when it did not answer. `fullness`: of the log, 0 to 1; None when
    it is not known or not bounded.
    """

    address: str
    syncs: bool | None = None
    waits: bool = True
    fullness: float | None = None

    @property
    def danger(self) -> str | None:
        """What makes this broker unsafe and what to set, or None."""
        if self.syncs is False:
            return f"the broker at {self.address} does not sync every message to disk: {_SYNC}"
        if not self.waits:
            return f"the broker at {self.address} acknowledges before it writes (persist_mode: async): make {_LOG} anew"
        return None


class Durability:
    """What is known of the brokers' safety, for one service. `monotonic`: a clock in seconds."""

    def __init__(
        self, monitors: tuple[str, ...], tls: Tls | None = None, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._monitors = monitors
        self._tls = tls
        self._clock = clock
        self._silent_since: float | None = None
        self._answers: tuple[Answer, ...] = ()

    async def at_session(self) -> None:
        """Return when the brokers may be written to.

        Raises UnsafeBrokerError, saying what to set, or BrokerAwayError while none answers and patience lasts.
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
        """Ask all brokers; raises UnsafeBrokerError, saying what to set."""
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
        """What an operator should know while work goes on: whose safety is unknown, that the log is nearly full."""
        unknown = [answer.address for answer in self._answers if answer.syncs is None]
        said = [f"it is not known whether the broker at {each} syncs to disk: it does not answer" for each in unknown]
        if self.fullness is not None and self.fullness >= NEARLY_FULL:
            percent = int(self.fullness * 100)
            said.append(f"the log is {percent} % full: the operator of the brokers raises its limit before it is full")
        return tuple(said)

    @property
    def fullness(self) -> float | None:
        """How much of what it may hold the log holds, 0 to 1, at the fullest broker; None when no limit is known."""
        return max((each.fullness for each in self._answers if each.fullness is not None), default=None)


async def require_durable(monitors: tuple[str, ...], tls: Tls | None = None) -> None:
    """Return when every broker that answers, at least one, syncs on each acknowledgement.

    Raises UnsafeBrokerError, saying what to set, or BrokerAwayError when none answers.
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
