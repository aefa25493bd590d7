"""The chapters of a case that any country shares, one module each: its events, their effects, its rules."""

from contracts.chapters import (
    assistance,
    child_protection,
    clocks,
    closure,
    consent,
    consultation,
    detection,
    erasure,
    lead,
    personal_data,
    referral,
    refusals,
    transnational,
)

__all__ = [
    "assistance",
    "child_protection",
    "clocks",
    "closure",
    "consent",
    "consultation",
    "detection",
    "erasure",
    "lead",
    "personal_data",
    "referral",
    "refusals",
    "transnational",
]
