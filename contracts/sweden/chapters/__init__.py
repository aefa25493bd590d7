"""The chapters of a case that Swedish law shapes, one module each: its events, their effects, its rules."""

from contracts.sweden.chapters import (
    identification,
    labour,
    legal_status,
    long_term,
    reimbursement,
    residence,
    residence_permit,
    voluntary_return,
)

__all__ = [
    "identification",
    "labour",
    "legal_status",
    "long_term",
    "reimbursement",
    "residence",
    "residence_permit",
    "voluntary_return",
]
