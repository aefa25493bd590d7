"""Rate limits: the settings for how often and how much at once a caller may ask, and the buckets that count."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from gateway.settings import SettingsError

_REMEMBERED: Final = 4096
_BURST: Final = 2.0
"""The size of a burst: the number of seconds whose requests may come at once."""

_ROUNDING: Final = 1e-6


@dataclass(frozen=True)
class Limits:
    """The limits of one service.

    Attributes:
        per_caller: requests per second of one caller (a token's subject).
        per_address: requests per second of one address, without a token that the service remembers.
        at_once: requests that the service answers at once.
        at_once_per_caller: those of one caller.
    """

    per_caller: float = 2000.0
    per_address: float = 200.0
    at_once: int = 512
    at_once_per_caller: int = 256

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the variables; a variable that is not set keeps its default. Raises SettingsError for a bad value."""
        at_once = int(_number(environment, "STAFETT_AT_ONCE", cls.at_once))
        return cls(
            per_caller=_number(environment, "STAFETT_CALLER_RATE", cls.per_caller),
            per_address=_number(environment, "STAFETT_ADDRESS_RATE", cls.per_address),
            at_once=at_once,
            at_once_per_caller=max(1, at_once // 2),
        )


def _number(environment: Mapping[str, str], name: str, otherwise: float) -> float:
    text = environment.get(name, "")
    if text and not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 1_000_000):
        raise SettingsError(f"{name} must be a whole number from 1 to 1000000")
    return float(text or otherwise)


class Buckets:
    """A token bucket for each name (GCRA): of each bucket it keeps only the moment at which the bucket is full again.

    It keeps the `remembered` buckets that were used last. A bucket that it forgets counts as full.

    Args:
        rate: tokens per second that flow into each bucket.
        elapsed: a clock in seconds that never goes back.
        remembered: how many buckets to keep.
    """

    def __init__(self, rate: float, elapsed: Callable[[], float], remembered: int = _REMEMBERED) -> None:
        self._each = 1 / rate
        self._elapsed = elapsed
        self._remembered = remembered
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str) -> float:
        """Take one token from the bucket of this name. Returns 0, or the seconds until the bucket has a token."""
        now = self._elapsed()
        full_at = max(self._full_at.get(name, now), now) + self._each
        late = full_at - now - _BURST
        if late > _ROUNDING:
            return late
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        if len(self._full_at) > self._remembered:
            self._full_at.popitem(last=False)
        return 0.0


class Failures:
    """Counts failed attempts by name: after `most` of them within `within` seconds, the next must wait.

    It keeps the `remembered` names that failed last.
    """

    def __init__(self, most: int, within: float, elapsed: Callable[[], float], remembered: int = _REMEMBERED) -> None:
        self._most = most
        self._within = within
        self._elapsed = elapsed
        self._remembered = remembered
        self._failed_at: OrderedDict[str, list[float]] = OrderedDict()

    def count(self, name: str) -> None:
        """Count a failed attempt."""
        self._failed_at[name] = [*self._recent(name), self._elapsed()][-self._most :]
        self._failed_at.move_to_end(name)
        if len(self._failed_at) > self._remembered:
            self._failed_at.popitem(last=False)

    def wait(self, name: str) -> float:
        """Return 0, or the seconds until the next attempt is allowed."""
        recent = self._recent(name)
        return recent[0] + self._within - self._elapsed() if len(recent) >= self._most else 0.0

    def _recent(self, name: str) -> list[float]:
        since = self._elapsed() - self._within
        return [at for at in self._failed_at.get(name, ()) if at > since]
