"""The deadlines that the coordinator has reminded of."""

from __future__ import annotations

from contracts.event.fact import EventId, Fact
from contracts.vocabulary.choices import DeadlineKind


class Reminded(Fact):
    """A deadline that the coordinator has reminded of, so that it does not remind again."""

    kind: DeadlineKind
    subject: EventId
