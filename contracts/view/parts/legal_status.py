"""Rights to stay for a time: reflection periods and permits, with their applications and decisions."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class Decision(StrEnum):
    """The decision on an application."""

    PENDING = "pending"
    GRANTED = "granted"
    PARTLY_GRANTED = "partly-granted"
    REFUSED = "refused"


class ReflectionPeriod(Begun):
    """An application for a reflection period and its result. The first and the last day belong to the period."""

    requested_by: AgencyId
    decision: Decision = Decision.PENDING
    starts_on: date | None = None
    ends_on: date | None = None
    ended: bool = False

    def in_force(self, on: date) -> bool:
        """True if the period covers this day."""
        return self.starts_on is not None and self.ends_on is not None and self.starts_on <= on <= self.ends_on


class PermitKind(StrEnum):
    """The grounds on which a person may stay for a time."""

    TEMPORARY = "temporary"
    ASYLUM = "asylum"
    WORK = "work"


class Permit(Begun):
    """A time-limited permit, or the application for one. The first and the last day belong to the permit's time."""

    kind: PermitKind
    requested_by: AgencyId | None = None
    decision: Decision = Decision.PENDING
    starts_on: date | None = None
    ends_on: date | None = None
    ended: bool = False

    def in_force(self, on: date) -> bool:
        """True if the permit covers this day."""
        return self.starts_on is not None and self.ends_on is not None and self.starts_on <= on <= self.ends_on
