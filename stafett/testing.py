"""Given some events, when another is issued, then: how an agency tests what a case does with what it says.

No broker, store or clock takes part: events are judged by the ruleset of the day on which they occurred, as every
service judges them. `issued` takes an event's canonical example and changes the fields that you name.

    >>> from stafett import testing
    >>> from stafett.events import CaseReferred, ReferralAccepted
    >>> before = testing.canonical_until(ReferralAccepted)
    >>> accepted = testing.issued(ReferralAccepted, by="municipality-0180")
    >>> testing.given(*before).when(accepted).then_taken().version
    6
    >>> refused = testing.issued(ReferralAccepted, by="police")
    >>> testing.given(*before).when(refused).then_refused("R3").rule.id
    'R3'

`then_taken` and `then_refused` raise AssertionError when it comes out otherwise, and say which rule objected.
"""

from __future__ import annotations

from contracts.law.rule import Refusal
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES, canonical_until
from contracts.testing.given_when_then import Given, Issued, Outcome, given, issued
from contracts.view.case_view import CaseView

__all__ = [
    "CANONICAL_CASE",
    "OTHER_CASES",
    "CaseView",
    "Given",
    "Issued",
    "Outcome",
    "Refusal",
    "canonical_until",
    "given",
    "issued",
]
