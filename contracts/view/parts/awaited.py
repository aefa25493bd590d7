"""Decisions and answers that somebody waits for, and since when each is late."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.event.fact import EventId
from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class AwaitedKind(StrEnum):
    """The decisions and answers that somebody waits for, beside those that have a clock of their own."""

    REFLECTION_PERIOD = "reflection-period"
    PERMIT = "permit"
    ASYLUM = "asylum"
    COUNTERSIGNATURE = "countersignature"
    RETURN = "return"
    REIMBURSEMENT = "reimbursement"
    COMPENSATION = "compensation"
    GUARDIAN = "guardian"
    CHILD_INQUIRY = "child-inquiry"
    APPEAL_TIME = "appeal-time"
    APPEAL = "appeal"
    RISK = "risk"
    SAFETY_PLAN = "safety-plan"


class Awaited(Begun):
    """A decision or an answer that somebody waits for.

    Attributes:
        kind: what it is.
        about: the id of the event that asked for it in the first place: an application that takes two decisions, one
            after the other, stays the same.
        asked_of: who owes it.
        asked_by: who waits for it.
        since: the Swedish day on which the wait began: that on which its beginning was recorded.
        last_day: the last Swedish day on which it is not late.
        overdue: True once the clock has said that it is late.
    """

    kind: AwaitedKind
    about: EventId
    asked_of: AgencyId
    asked_by: AgencyId
    since: date
    last_day: date
    overdue: bool = False
