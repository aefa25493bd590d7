"""The status of a case, and the reasons for which it can be closed."""

from __future__ import annotations

from enum import StrEnum


class CaseStatus(StrEnum):
    """The status of a case, which decides the events that it takes.

    An open case takes every event, a closed case only those that may follow a closure, and an erased case only the
    confirmations of its erasure.
    """

    UNOPENED = "unopened"
    OPEN = "open"
    CLOSED = "closed"
    ERASED = "erased"


class ClosureReason(StrEnum):
    """Why the lead agency closes a case (R18)."""

    SUPPORT_COMPLETED = "support-completed"
    RETURNED = "returned"
    SETTLED_IN_SWEDEN = "settled-in-sweden"
    DECLINED_SUPPORT = "declined-support"
    LOST_CONTACT = "lost-contact"
    LEFT_THE_COUNTRY = "left-the-country"
    NOT_A_VICTIM = "not-a-victim"
    DECEASED = "deceased"
    DUPLICATE = "duplicate"
    OTHER = "other"
