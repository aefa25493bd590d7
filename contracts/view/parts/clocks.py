"""The deadlines that have been reminded of."""

from __future__ import annotations

from contracts.event.fact import EventId, Fact
from contracts.vocabulary.choices import DeadlineKind


class Reminded(Fact):
    """A deadline that has been reminded of, so that nobody reminds again."""

    kind: DeadlineKind
    subject: EventId
