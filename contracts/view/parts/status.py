"""Whether a case is open, and why it was closed."""

from __future__ import annotations

from enum import StrEnum


class CaseStatus(StrEnum):
    """Whether the case takes events of every chapter, only those that closure allows, or none but confirmations."""

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
