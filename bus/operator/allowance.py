"""How much an agency may send to the brokers, and whether it has sent more: pure, from counts that only grow.

A bucket for each agency: it fills with what is sent and runs out at a steady rate. So a burst passes, such as the
events that waited out a long outage, and a flood does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from contracts.vocabulary.agencies import AgencyId

_LINE: Final = 100
"""What a message takes on the wire besides its content, roughly, in bytes."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """For each agency, over all its connections. A service under the heaviest load that was measured sends a third of
    it.

    `messages`, `octets`: a second, lasting; octets are bytes. `messages_at_once`, `octets_at_once`: beyond that.
    `connections`: at one time.
    """

    messages: int = 1000
    messages_at_once: int = 10_000
    octets: int = 4 * 1024 * 1024
    octets_at_once: int = 64 * 1024 * 1024
    connections: int = 32


@dataclass(frozen=True, slots=True)
class Connection:
    """What one connection has sent since it began, and whose it is; `broker` and `number` together name it."""

    broker: str
    number: int
    agency: AgencyId
    messages: int
    octets: int


@dataclass(slots=True)
class _Bucket:
    messages: float = 0.0
    octets: float = 0.0


@dataclass
class Meter:
    """What each agency has sent lately. `since`: when the counts below were taken, in seconds of any clock."""

    allowance: Allowance
    since: float
    _counted: dict[tuple[str, int], Connection] = field(default_factory=dict)
    _buckets: dict[AgencyId, _Bucket] = field(default_factory=dict)
    _open: Counter[AgencyId] = field(default_factory=Counter)

    def begin(self, connections: Iterable[Connection]) -> None:
        """Take what was sent before anybody counted for nothing."""
        self._counted = {(each.broker, each.number): each for each in connections}

    def count(self, connections: Iterable[Connection], now: float) -> None:
        """All connections as they are now."""
        present = {(each.broker, each.number): each for each in connections}
        self._run_out(now)
        for each in present.values():
            self._fill(each)
        self._counted = present
        self._open = Counter(each.agency for each in present.values())

    def count_ended(self, connection: Connection) -> None:
        """A connection ended, and had sent this much by then."""
        self._fill(connection)
        self._counted[connection.broker, connection.number] = connection

    def _run_out(self, now: float) -> None:
        passed, self.since = max(0.0, now - self.since), now
        for bucket in self._buckets.values():
            bucket.messages = max(0.0, bucket.messages - passed * self.allowance.messages)
            bucket.octets = max(0.0, bucket.octets - passed * self.allowance.octets)

    def _fill(self, connection: Connection) -> None:
        before = self._counted.get((connection.broker, connection.number))
        messages = connection.messages - (before.messages if before else 0)
        octets = connection.octets - (before.octets if before else 0)
        bucket = self._buckets.setdefault(connection.agency, _Bucket())
        bucket.messages += max(0, messages)
        bucket.octets += max(0, octets) + max(0, messages) * _LINE

    def over(self) -> dict[AgencyId, str]:
        """The agencies that send more than they may, and what of."""
        found: dict[AgencyId, str] = {}
        for agency, bucket in self._buckets.items():
            if bucket.messages > self.allowance.messages_at_once:
                found[agency] = f"{bucket.messages:.0f} messages above {self.allowance.messages} a second"
            elif bucket.octets > self.allowance.octets_at_once:
                found[agency] = f"{bucket.octets:.0f} bytes above {self.allowance.octets} a second"
        crowded = {agency: count for agency, count in self._open.items() if count > self.allowance.connections}
        return {agency: f"{count} connections" for agency, count in crowded.items()} | found

    def forgive(self, agency: AgencyId) -> None:
        """Count anew: it was made to pay."""
        self._buckets.pop(agency, None)
        self._open.pop(agency, None)
