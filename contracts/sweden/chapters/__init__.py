"""The chapters of a case that Swedish law shapes, one module each: its events, their effects, its rules."""

from contracts.sweden.chapters import (
    acute_danger,
    asylum,
    before_a_plan,
    child_safeguards,
    exploitation,
    identification,
    labour,
    long_term,
    reflection_period,
    reimbursement,
    residence,
    residence_permit,
    return_choice,
    return_journey,
    voluntary_return,
)

__all__ = [
    "acute_danger",
    "asylum",
    "before_a_plan",
    "child_safeguards",
    "exploitation",
    "identification",
    "labour",
    "long_term",
    "reflection_period",
    "reimbursement",
    "residence",
    "residence_permit",
    "return_choice",
    "return_journey",
    "voluntary_return",
]
