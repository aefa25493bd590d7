"""The decider of a case: `decide` says whether an agency may issue an event; `evolve` applies the event.

Both are pure: the same case, event, provenance and ruleset always give the same answer.
"""

from __future__ import annotations

from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.rule import Refusal
from contracts.law.ruleset import Ruleset
from contracts.view.case_view import CaseView
from contracts.view.evolution import EVOLUTIONS


def decide(case: CaseView, event: CaseEvent, by: Provenance, ruleset: Ruleset) -> Refusal | None:
    """Judge an event by a ruleset: the refusal of the first rule that objects, or None when none objects."""
    for rule in ruleset.judging(type(event)):
        missing = rule.check(case, event, by)
        if missing is not None:
            return Refusal(rule, missing)
    return None


def evolve(case: CaseView, event: CaseEvent, by: Provenance) -> CaseView:
    """The case after an event that `decide` allowed: the event's effect applied, and the version one higher."""
    return EVOLUTIONS[type(event)](case, event, by)
