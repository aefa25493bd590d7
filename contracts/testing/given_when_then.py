"""Given some events, when another is issued, then ...: a small language for tests of cases, also for agencies' tests.

    given(*CANONICAL_CASE[:5]).when(issued(ReferralAccepted, by="police")).then_refused("R3")

`CANONICAL_CASE` is in `contracts.testing.canonical_cases`.
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
    """An event, and its provenance: who issued it, under which id, and when it was recorded (UTC)."""

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
    """An event that an agency issues: the canonical example of its type, with some fields changed.

        >>> from stafett.events import VictimDetected
        >>> detected = issued(VictimDetected, by="ngo-fyren", age_band="minor")
        >>> detected.event.age_band, detected.by.kind
        (<AgeBand.MINOR: 'minor'>, <AgencyKind.NGO: 'ngo'>)

    Args:
        event: the type of the event.
        by: the id of the agency that issues it.
        id: the event's id, a UUID; when left out, the id of the canonical example, or one that follows from the event.
        kind: the kind of the agency; when left out, the kind that its id names.
        recorded_at: when it was recorded (UTC); when left out, a minute after it occurred.
        changes: the fields to change, in the form of JSON or as values.

    Raises:
        ValueError: the id of the agency names no kind, and `kind` was left out; or, as pydantic's ValidationError, the
            changed fields do not fit the event's schema.
    """
    said = event.model_validate_json(to_json({**event.example, **changes}))
    named = kind or kind_named_by(by)
    if named is None:
        raise ValueError(f"the name {by!r} says no kind of agency")
    place = id or EXAMPLE_IDS.get(event) or str(uuid5(NAMESPACE_URL, f"{by} {said.model_dump_json()}"))
    return Issued(said, Provenance(place, by, named, recorded_at or said.occurred_at + timedelta(minutes=1)))


@dataclass(frozen=True)
class Outcome:
    """The result of judging an event.

    Attributes:
        refusal: the refusal; None when no rule objected.
        case: the case after the event; after a refusal, the case before it.
    """

    refusal: Refusal | None
    case: CaseView

    def then_taken(self) -> CaseView:
        """The case after the event. Raises AssertionError when a rule refused it."""
        if self.refusal is not None:
            raise AssertionError(f"refused by {self.refusal.rule.id}: {self.refusal.missing.what.en}")
        return self.case

    def then_refused(self, rule_id: str) -> Refusal:
        """The refusal by the rule with this id, such as `R3`.

        Raises AssertionError when no rule refused the event, or another rule did.
        """
        if self.refusal is None:
            raise AssertionError(f"taken, not refused by {rule_id}")
        if self.refusal.rule.id != rule_id:
            raise AssertionError(f"refused by {self.refusal.rule.id}, not {rule_id}: {self.refusal.missing.what.en}")
        return self.refusal


@dataclass(frozen=True)
class Given:
    """A case after some events."""

    case: CaseView

    def when(self, next_event: Issued) -> Outcome:
        """Judge one more event by the ruleset in force on the day on which it occurred; apply it if no rule objects."""
        event, by = next_event.event, next_event.by
        refusal = decide(self.case, event, by, ruleset_in_force(event.occurred_on, by.recorded_at))
        return Outcome(refusal, self.case if refusal else evolve(self.case, event, by))


def given(*events: Issued, case_id: str = CASE_ID, before_parts: bool = False) -> Given:
    """The case after these events, as the start of a test.

        >>> from contracts.testing.canonical_cases import CANONICAL_CASE
        >>> given(*CANONICAL_CASE[:2]).case.version
        2

    Args:
        events: the events in the order of the log; `issued` makes them.
        case_id: the id of the case, a UUID.
        before_parts: True for a case whose events are all older than the parts of cases.

    Raises:
        AssertionError: a rule refuses one of the events.
    """
    case = CaseView.unopened(case_id).changed(before_parts=before_parts)
    for each in events:
        case = Given(case).when(each).then_taken()
    return Given(case)
