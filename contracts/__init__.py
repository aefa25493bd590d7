"""What may be said about a case, by whom, when, and what it means: one module for each chapter of a case.

Importing any part of the package loads every chapter, so `contracts.event.EVENTS` is always complete.
"""

from contracts import (
    access,
    assistance,
    child_protection,
    clocks,
    closure,
    consent,
    consultation,
    detection,
    erasure,
    identification,
    labour,
    lead,
    leaving,
    legal_status,
    long_term,
    personal_data,
    referral,
    reimbursement,
    residence,
    residence_permit,
    transnational,
    voluntary_return,
)

__all__ = [
    "access",
    "assistance",
    "child_protection",
    "clocks",
    "closure",
    "consent",
    "consultation",
    "detection",
    "erasure",
    "identification",
    "labour",
    "lead",
    "leaving",
    "legal_status",
    "long_term",
    "personal_data",
    "referral",
    "reimbursement",
    "residence",
    "residence_permit",
    "transnational",
    "voluntary_return",
]
