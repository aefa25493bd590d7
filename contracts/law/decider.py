"""The decider of a case: `decide` says whether an agency may issue an event; `evolve` applies the event.

Both are pure: the same case, event, provenance and ruleset always give the same answer. Both work in two steps: on the
core, from the core alone, so that all participants agree; then on the event's part, for those who read that part.
"""

from __future__ import annotations

from contracts.event.case_event import CaseEvent, Provenance
from contracts.event.sections import core_of, has_details
from contracts.law.parts import part_not_read, writers_read_the_part
from contracts.law.rule import Refusal
from contracts.law.ruleset import Ruleset
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolve_core, evolve_part
from contracts.vocabulary.parts import Part


def decide(case: CaseView, event: CaseEvent, by: Provenance, ruleset: Ruleset) -> Refusal | None:
    """Judge an event by a ruleset: the refusal of the first rule that objects, or None when none objects."""
    core = core_of(event)
    return decide_core(case, core, by, ruleset, detailed=has_details(event)) or decide_part(case, event, by, ruleset)


def decide_core(case: CaseView, core: CaseEvent, by: Provenance, ruleset: Ruleset, *, detailed: bool) -> Refusal | None:
    """Judge the core of an event by the rules of the core. `detailed`: True if the event also has details."""
    before = case.core
    for rule in ruleset.judging(type(core), Part.CORE):
        missing = rule.check(before, core, by)
        if missing is not None:
            return Refusal(rule, missing)
    unread = part_not_read(before, core, by) if detailed else None
    return None if unread is None else Refusal(writers_read_the_part, unread)


def decide_part(case: CaseView, event: CaseEvent, by: Provenance, ruleset: Ruleset) -> Refusal | None:
    """Judge a whole event by the rules of its part."""
    rules = ruleset.judging(type(event), event.part) if event.part is not Part.CORE else ()
    before = case.only(event.part) if rules else case
    for rule in rules:
        missing = rule.check(before, event, by)
        if missing is not None:
            return Refusal(rule, missing)
    return None


def evolve(case: CaseView, event: CaseEvent, by: Provenance) -> CaseView:
    """The case after an event that `decide` allowed: the event's effects applied, and the version one higher."""
    return evolve_part(evolve_core(case, core_of(event), by), event, by)


__all__ = ["decide", "decide_core", "decide_part", "evolve", "evolve_core", "evolve_part"]
