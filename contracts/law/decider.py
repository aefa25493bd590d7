"""The decider of a case: may this event be issued (`decide`), and what does it change (`evolve`)?

Both are pure: the same case, event, provenance and ruleset always give the same answer.
"""

from __future__ import annotations

from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.rule import Refusal
from contracts.law.ruleset import Ruleset
from contracts.view.case_view import CaseView
from contracts.view.evolution import EVOLUTIONS


def decide(case: CaseView, event: CaseEvent, by: Provenance, ruleset: Ruleset) -> Refusal | None:
    """Judge an event by a ruleset: the first rule that objects, or None when the event may be issued."""
    for rule in ruleset.judging(type(event)):
        missing = rule.check(case, event, by)
        if missing is not None:
            return Refusal(rule, missing)
    return None


def evolve(case: CaseView, event: CaseEvent, by: Provenance) -> CaseView:
    """The case after an event that `decide` allowed: its effect, and the next version."""
    return EVOLUTIONS[type(event)](case, event, by)
