"""The allowance: how much an agency may send to the brokers, and a meter of what it sent. Pure.

Each agency has a leaky bucket: it fills with what the agency sends and drains at a steady rate. So a burst passes, such
as the events that waited during a long outage, but a flood does not. The brokers' counts only grow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from contracts.vocabulary.agencies import AgencyId

_LINE: Final = 100
"""The bytes that a message takes on the wire beside its content, roughly."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits of each agency, over all its connections: three times the heaviest load measured at a service.

    Attributes:
        messages: The lasting rate, in messages a second.
        messages_at_once: The size of a burst above the rate, in messages.
        octets: The lasting rate, in bytes a second.
        octets_at_once: The size of a burst above the rate, in bytes.
        connections: The number of connections at one time.
    """

    messages: int = 1000
    messages_at_once: int = 10_000
    octets: int = 4 * 1024 * 1024
    octets_at_once: int = 64 * 1024 * 1024
    connections: int = 32


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection: its agency, and the messages and bytes that it has sent. `broker`, `number`: its name."""

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
    """Measures how much each agency has sent lately. `since`: the time of the last count, in seconds of any clock."""

    allowance: Allowance
    since: float
    _counted: dict[tuple[str, int], Connection] = field(default_factory=dict)
    _buckets: dict[AgencyId, _Bucket] = field(default_factory=dict)
    _open: Counter[AgencyId] = field(default_factory=Counter)

    def begin(self, connections: Iterable[Connection]) -> None:
        """Ignore all that these connections have sent before now."""
        self._counted = {(each.broker, each.number): each for each in connections}

    def count(self, connections: Iterable[Connection], now: float) -> None:
        """Count the messages since the last count. `connections`: all connections as they are now."""
        present = {(each.broker, each.number): each for each in connections}
        self._run_out(now)
        for each in present.values():
            self._fill(each)
        self._counted = present
        self._open = Counter(each.agency for each in present.values())

    def count_ended(self, connection: Connection) -> None:
        """Count the last messages of a connection that has ended."""
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
        """Return the agencies above their allowance, each with the excess in plain words."""
        found: dict[AgencyId, str] = {}
        for agency, bucket in self._buckets.items():
            if bucket.messages > self.allowance.messages_at_once:
                found[agency] = f"{bucket.messages:.0f} messages above {self.allowance.messages} a second"
            elif bucket.octets > self.allowance.octets_at_once:
                found[agency] = f"{bucket.octets:.0f} bytes above {self.allowance.octets} a second"
        crowded = {agency: count for agency, count in self._open.items() if count > self.allowance.connections}
        return {agency: f"{count} connections" for agency, count in crowded.items()} | found

    def forgive(self, agency: AgencyId) -> None:
        """Empty an agency's bucket, after it was kept out."""
        self._buckets.pop(agency, None)
        self._open.pop(agency, None)
