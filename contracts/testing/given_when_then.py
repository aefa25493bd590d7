"""Given some events, when another is issued, then: how a test, or an agency's own, says what a case must do.

    given(*CANONICAL_CASE[:5]).when(issued(ReferralAccepted, by="police")).then_refused("R3")

`CANONICAL_CASE` stands in `contracts.testing.canonical_cases`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from pydantic_core import to_json

from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.decider import decide, evolve
from contracts.law.in_force import ruleset_in_force
from contracts.law.rule import Refusal
from contracts.testing.example_ids import CASE_ID, EXAMPLE_IDS
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId, AgencyKind, kind_named_by


@dataclass(frozen=True)
class Issued:
    """An event and where it comes from."""

    event: CaseEvent
    by: Provenance


def issued(
    event: type[CaseEvent],
    by: AgencyId,
    *,
    id: str | None = None,
    kind: AgencyKind | None = None,
    recorded_at: datetime | None = None,
    **changes: object,
) -> Issued:
    """An agency issues an event's canonical example with some fields changed, recorded a minute after it occurred."""
    said = event.model_validate_json(to_json({**event.example, **changes}))
    named = kind or kind_named_by(by)
    if named is None:
        raise ValueError(f"the name {by!r} says no kind of agency")
    place = id or EXAMPLE_IDS.get(event) or str(uuid5(NAMESPACE_URL, f"{by} {said.model_dump_json()}"))
    return Issued(said, Provenance(place, by, named, recorded_at or said.occurred_at + timedelta(minutes=1)))


@dataclass(frozen=True)
class Outcome:
    """The result of judging an event: the refusal if there was one, and the case after it."""

    refusal: Refusal | None
    case: CaseView

    def then_taken(self) -> CaseView:
        """The case after the event, which must not have been refused."""
        if self.refusal is not None:
            raise AssertionError(f"refused by {self.refusal.rule.id}: {self.refusal.missing.what.en}")
        return self.case

    def then_refused(self, rule_id: str) -> Refusal:
        """The refusal, which must name this rule."""
        if self.refusal is None:
            raise AssertionError(f"taken, not refused by {rule_id}")
        if self.refusal.rule.id != rule_id:
            raise AssertionError(f"refused by {self.refusal.rule.id}, not {rule_id}: {self.refusal.missing.what.en}")
        return self.refusal


@dataclass(frozen=True)
class Given:
    """A case with some events behind it."""

    case: CaseView

    def when(self, next_event: Issued) -> Outcome:
        """Judge one more event by the ruleset of its own day, and apply it when no rule objects."""
        event, by = next_event.event, next_event.by
        refusal = decide(self.case, event, by, ruleset_in_force(event.occurred_on))
        return Outcome(refusal, self.case if refusal else evolve(self.case, event, by))


def given(*events: Issued, case_id: str = CASE_ID) -> Given:
    """The case after these events, none of which may be refused."""
    case = CaseView.unopened(case_id)
    for each in events:
        case = Given(case).when(each).then_taken()
    return Given(case)
