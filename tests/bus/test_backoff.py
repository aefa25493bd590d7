"""The one policy for retries: each pause is longer, up to a limit; retries are spread in time; and they do not go on
for ever by themselves."""

from __future__ import annotations

from itertools import pairwise

from bus import backoff


def test_it_waits_longer_each_time_up_to_a_bound() -> None:
    """Twice as long, until the longest; however often it failed."""
    waits = [backoff.delay(attempts, lambda: 0.5) for attempts in range(1, 12)]
    assert waits[0] == 2 * backoff.FIRST
    assert all(later in (2 * earlier, backoff.LONGEST) for earlier, later in pairwise(waits))
    assert waits[-1] == backoff.LONGEST
    assert backoff.delay(10**6, lambda: 0.5) == backoff.LONGEST


def test_jitter_spreads_what_failed_together() -> None:
    """A quarter less to a quarter more."""
    assert backoff.delay(1, lambda: 0.0) == 0.375
    assert backoff.delay(1, lambda: 1.0) == 0.625
    assert len({backoff.delay(5) for _ in range(20)}) > 1


def test_a_person_looks_after_some_minutes() -> None:
    """All attempts together take no longer than a service may be out of order unseen."""
    together = sum(backoff.delay(attempts, lambda: 0.5) for attempts in range(1, backoff.BOUND))
    assert 120 < together < 600
