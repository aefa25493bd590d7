"""Backdating is visible: the time from a fact to its recording."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.law.bitemporal import LATE_AFTER, recorded_late_by

FACT = datetime(2024, 3, 4, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("later", "late"),
    [
        (-timedelta(minutes=5), None),
        (timedelta(), None),
        (LATE_AFTER, None),
        (LATE_AFTER + timedelta(seconds=1), LATE_AFTER + timedelta(seconds=1)),
        (timedelta(days=40), timedelta(days=40)),
    ],
)
def test_what_is_recorded_long_after_the_fact_says_so(later: timedelta, late: timedelta | None) -> None:
    """A day is everyday work, as is a clock that runs a little fast; more is shown."""
    assert recorded_late_by(FACT, FACT + later) == late


def test_summer_time_does_not_make_a_record_late() -> None:
    """Moments are compared, not what clocks on walls show."""
    before = datetime.fromisoformat("2024-10-26T12:00:00+02:00")
    assert recorded_late_by(before, datetime.fromisoformat("2024-10-27T11:00:00+01:00")) is None
