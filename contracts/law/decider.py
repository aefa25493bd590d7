"""The decider of a case: may this event be issued (`decide`), and what does it change (`evolve`)?

Both are pure: the same case, event, provenance and ruleset always give the same answer.
"""

from __future__ import annotations

from contracts.chapters.erasure import erased_case_is_over
from contracts.chapters.referral import issuer_takes_part
from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.rule import Refusal, Rule, Ruleset
from contracts.law.rulesets import ruleset_in_force
from contracts.view.case_view import EVOLUTIONS, CaseView
from contracts.view.parts.states import CaseStatus
from contracts.vocabulary.agencies import AgencyId

__all__ = ["CaseView", "closed_to", "decide", "evolve", "ruleset_in_force"]


def decide(case: CaseView, event: CaseEvent, by: Provenance, ruleset: Ruleset) -> Refusal | None:
    """Judge an event by a ruleset: the first rule that objects, or None when the event may be issued."""
    for rule in ruleset.judging(type(event)):
        missing = rule.check(case, event, by)
        if missing is not None:
            return Refusal(rule, missing)
    return None


def closed_to(case: CaseView, agency: AgencyId) -> Rule | None:
    """The rule that objects to whatever an agency seals for this case, so that nobody need open it to refuse it."""
    if case.status is CaseStatus.ERASED:
        return erased_case_is_over
    return issuer_takes_part if case.participants and not case.takes_part(agency) else None


def evolve(case: CaseView, event: CaseEvent, by: Provenance) -> CaseView:
    """The case after an event that `decide` allowed: its effect, and the next version."""
    return EVOLUTIONS[type(event)](case, event, by)
