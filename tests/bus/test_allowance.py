"""The allowance of messages for an agency: bursts pass and floods do not, counted over all its connections."""

from __future__ import annotations

import pytest

from bus.operator.allowance import Allowance, Connection, Meter

SMALL = Allowance(messages=10, messages_at_once=100, octets=10_000, octets_at_once=100_000, connections=3)


def sent(messages: int, octets: int = 0, number: int = 1, agency: str = "ngo") -> Connection:
    """What a connection has sent since it began."""
    return Connection("broker", number, agency, messages, octets)


@pytest.fixture
def meter() -> Meter:
    """Nothing was sent yet."""
    return Meter(SMALL, since=0.0)


def test_a_burst_passes(meter: Meter) -> None:
    """What waited out a long outage comes at once, and nobody is kept out for it."""
    meter.count([sent(100)], now=0.25)
    assert meter.over() == {}


def test_a_flood_is_seen_at_once_and_named(meter: Meter) -> None:
    """By its number of messages; the others are not named."""
    meter.count([sent(101), sent(5, number=2, agency="police")], now=0.25)
    assert meter.over() == {"ngo": "101 messages above 10 a second"}


def test_large_messages_count_by_their_bytes(meter: Meter) -> None:
    """With what each takes on the wire besides, so that empty ones weigh something."""
    meter.count([sent(50, 95_000)], now=0.25)
    assert meter.over() == {}
    meter.count([sent(51, 95_001)], now=0.25)
    assert meter.over() == {"ngo": "100101 bytes above 10000 a second"}


def test_what_is_allowed_for_good_is_allowed_for_good(meter: Meter) -> None:
    """A second's allowance each second, for an hour."""
    for second in range(1, 3600):
        meter.count([sent(10 * second, 9_000 * second)], now=float(second))
        assert meter.over() == {}


def test_a_little_more_for_long_is_too_much(meter: Meter) -> None:
    """Twice the allowance fills the bucket after a while."""
    over = [second for second in range(1, 60) if _counted(meter, sent(20 * second), second)]
    assert over[0] == 10


def _counted(meter: Meter, connection: Connection, second: int) -> bool:
    meter.count([connection], now=float(second))
    return bool(meter.over())


def test_a_bucket_runs_out(meter: Meter) -> None:
    """Who sent much and then nothing may send much again."""
    meter.count([sent(100)], now=1.0)
    meter.count([sent(100)], now=11.0)
    meter.count([sent(200)], now=11.0)
    assert meter.over() == {}


def test_many_connections_are_one_agencys(meter: Meter) -> None:
    """Each below the allowance, together above it; and too many are too many though they say nothing."""
    meter.count([sent(40, number=number) for number in (1, 2, 3)], now=0.25)
    assert meter.over() == {"ngo": "120 messages above 10 a second"}
    other = Meter(SMALL, since=0.0)
    other.count([sent(0, number=number) for number in range(4)], now=0.25)
    assert other.over() == {"ngo": "4 connections"}


def test_a_connection_that_ended_counts_once(meter: Meter) -> None:
    """With what it sent between two counts; one that came and went between them, with all of it."""
    meter.count([sent(40)], now=0.0)
    meter.count_ended(sent(60))
    meter.count_ended(sent(40, number=2))
    meter.count([], now=0.0)
    assert meter.over() == {}
    meter.count_ended(sent(1, number=3))
    assert meter.over() == {"ngo": "101 messages above 10 a second"}


def test_what_was_sent_before_anybody_counted_is_forgiven(meter: Meter) -> None:
    """A guard that starts does not know since when."""
    meter.begin([sent(1_000_000)])
    meter.count([sent(1_000_050)], now=0.25)
    assert meter.over() == {}


def test_who_has_paid_begins_anew(meter: Meter) -> None:
    """Kept out once for one flood."""
    meter.count([sent(500)], now=0.25)
    assert meter.over()
    meter.forgive("ngo")
    assert meter.over() == {}
    meter.count([sent(550)], now=0.5)
    assert meter.over() == {}


def test_a_clock_that_goes_back_gives_nothing(meter: Meter) -> None:
    """Nor does it take."""
    meter.count([sent(100)], now=10.0)
    meter.count([sent(100)], now=5.0)
    meter.count([sent(101)], now=5.0)
    assert meter.over() == {"ngo": "101 messages above 10 a second"}
