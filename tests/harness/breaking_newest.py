"""Breaking the rules that came with SE-2026-07: of the facts for the statistics."""

from contracts.chapters import statistical_facts
from contracts.chapters.statistical_facts import StatisticalFactsRecorded
from contracts.testing.canonical_cases import OTHER_CASES
from contracts.testing.given_when_then import issued
from harness.breaking import AUDITOR, Broken

TODAY = OTHER_CASES["a referral to its end"][:1]
"""A case that is opened when SE-2026-07 is in force."""

NEWEST_LAW = [
    Broken(
        statistical_facts.participants_say_what_is_counted,
        "an auditor says what is counted",
        TODAY,
        issued(StatisticalFactsRecorded, AUDITOR),
    ),
]
