"""The chapters of a case that any country shares, one module each: its events, their effects, its rules."""

from contracts.chapters import (
    answer_times,
    assistance,
    child_protection,
    clocks,
    closure,
    consent,
    consultation,
    detection,
    erasure,
    lead,
    offer_questions,
    outcome,
    personal_data,
    referral,
    transnational,
    unmet_need,
)

__all__ = [
    "answer_times",
    "assistance",
    "child_protection",
    "clocks",
    "closure",
    "consent",
    "consultation",
    "detection",
    "erasure",
    "lead",
    "offer_questions",
    "outcome",
    "personal_data",
    "referral",
    "transnational",
    "unmet_need",
]
