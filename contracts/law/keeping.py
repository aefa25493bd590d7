"""Duties to keep: the laws by which an agency keeps records of its own after a case is erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.event.case_event import CaseEvent
from contracts.view.parts.erasure import KeepingGround
from contracts.vocabulary.agencies import AgencyKind
from contracts.vocabulary.wording import Wording


@dataclass(frozen=True)
class DutyToKeep:
    """A duty by law to keep records.

    Attributes:
        ground: the code of the law.
        kinds: the kinds of agency that it obliges.
        events: the kinds of their own records that it obliges them to keep.
        years: for how many years from the erasure at most.
        law: the act, as a person is told of it.
        source: the act and section.
    """

    ground: KeepingGround
    kinds: frozenset[AgencyKind]
    events: tuple[type[CaseEvent], ...]
    years: int
    law: Wording
    source: str

    @property
    def names(self) -> frozenset[str]:
        """The names of the events."""
        return frozenset(event.__name__ for event in self.events)

    def last_day(self, erased_on: date) -> date:
        """The last day on which the records of a case that was erased on a Swedish day may be kept."""
        try:
            return erased_on.replace(year=erased_on.year + self.years)
        except ValueError:  # the 29th of February
            return erased_on.replace(year=erased_on.year + self.years, day=28)
