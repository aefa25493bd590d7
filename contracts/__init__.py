"""What may be said about a case, by whom, when, and what it means: one module for each chapter of a case.

Importing any part of the package loads every chapter, so `contracts.event.EVENTS` is always complete.
"""

from contracts import (
    assistance,
    closure,
    consent,
    consultation,
    detection,
    identification,
    legal_status,
    referral,
    reimbursement,
    voluntary_return,
)

__all__ = [
    "assistance",
    "closure",
    "consent",
    "consultation",
    "detection",
    "identification",
    "legal_status",
    "referral",
    "reimbursement",
    "voluntary_return",
]
