"""Given some events, when another is issued, then ...: how an agency tests the effect of its events on a case.

No broker, store or clock takes part. The ruleset of the day on which an event occurred judges it, as in every service.
`issued` takes an event's canonical example and changes the fields that you name.

    >>> from stafett import testing
    >>> from stafett.events import CaseReferred, ReferralAccepted
    >>> before = testing.canonical_until(ReferralAccepted)
    >>> accepted = testing.issued(ReferralAccepted, by="municipality-0180")
    >>> testing.given(*before).when(accepted).then_taken().version
    6
    >>> refused = testing.issued(ReferralAccepted, by="police")
    >>> testing.given(*before).when(refused).then_refused("R3").rule.id
    'R3'

`then_taken` and `then_refused` raise AssertionError when the outcome is another, and name the rule that objected.

    >>> testing.given(*before).when(refused).then_taken()
    Traceback (most recent call last):
        ...
    AssertionError: refused by R3: police does not take part in the case.

`CANONICAL_CASE` is one lawful case from detection to the journey home; `OTHER_CASES` are cases that branch off it, by
name. Both hold what `issued` returns.

    >>> testing.CANONICAL_CASE[0].event.type_name()
    'se.nrm.VictimDetected.v2'
    >>> testing.given(*testing.OTHER_CASES["a case is erased"]).case.status.value
    'erased'
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
