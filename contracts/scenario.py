"""Given some events, when another is issued, then: how a test, or an agency's own, says what a case must do.

The canonical examples fit together. Each event's id here is the one that the other examples refer to, so that played in
the order of `CANONICAL_CASE` they are one lawful case, from detection to the way home.

    given(*CANONICAL_CASE[:5]).when(issued(ReferralAccepted, by="police")).then_refused("R19")
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from pydantic_core import to_json

from contracts.agencies import COORDINATOR, IOM, MIGRATION, AgencyId, AgencyKind, kind_named_by
from contracts.assistance import NeedsAssessed, SupportPlanDrafted, SupportProvided
from contracts.case import decide, evolve, ruleset_in_force
from contracts.closure import CaseClosed, CaseReopened
from contracts.consent import ConsentGiven, ConsentWithdrawn
from contracts.consultation import AdviceGiven, ConsultationRequested
from contracts.detection import VictimDetected
from contracts.event import CaseEvent, Provenance
from contracts.identification import InvestigationClosed, InvestigationOpened
from contracts.legal_status import ReflectionPeriodGranted, ReflectionPeriodRequested
from contracts.referral import CaseReferred, ReferralAccepted
from contracts.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.rules import Refusal
from contracts.view import CaseView
from contracts.voluntary_return import (
    ReintegrationProvided,
    ReturnApproved,
    ReturnCountersigned,
    Returned,
    ReturnRequested,
    TravelArranged,
)

NGO: Final = "ngo-fyren"
MUNICIPALITY: Final = "municipality-0180"
POLICE: Final = "police"
CASE_ID: Final = "018e0a00-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Issued:
    """An event and where it comes from."""

    event: CaseEvent
    by: Provenance


def event_id(number: int) -> str:
    """The id of the canonical case's event of this number, counted from 1."""
    return f"018e0a00-0000-7000-8000-{number:012d}"


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
    place = id or _PLACES.get(event) or str(uuid5(NAMESPACE_URL, f"{by} {said.model_dump_json()}"))
    return Issued(said, Provenance(place, by, named, recorded_at or said.occurred_at + timedelta(minutes=1)))


_ORDER: Final[tuple[tuple[type[CaseEvent], AgencyId], ...]] = (
    (VictimDetected, NGO),
    (ConsultationRequested, NGO),
    (AdviceGiven, COORDINATOR),
    (ConsentGiven, NGO),
    (CaseReferred, NGO),
    (ReferralAccepted, MUNICIPALITY),
    (CaseReferred, NGO),
    (InvestigationOpened, POLICE),
    (ReflectionPeriodRequested, POLICE),
    (ReflectionPeriodGranted, MIGRATION),
    (NeedsAssessed, MUNICIPALITY),
    (SupportPlanDrafted, MUNICIPALITY),
    (SupportProvided, MUNICIPALITY),
    (ReimbursementClaimed, MUNICIPALITY),
    (ReimbursementDecided, MIGRATION),
    (ReturnRequested, MUNICIPALITY),
    (ReturnCountersigned, COORDINATOR),
    (ReturnApproved, IOM),
    (TravelArranged, IOM),
    (Returned, IOM),
    (ReintegrationProvided, IOM),
    (InvestigationClosed, POLICE),
    (ConsentWithdrawn, NGO),
    (CaseClosed, NGO),
    (CaseReopened, POLICE),
)

_PLACES: Final = {event: event_id(n) for n, (event, _) in reversed(list(enumerate(_ORDER, start=1)))}
"""The id of each event's canonical example: where it first comes in the canonical case."""

_TO_THE_POLICE: Final = issued(
    CaseReferred, NGO, id=event_id(7), recipient=POLICE, purposes=["investigation"], services=[]
)

CANONICAL_CASE: Final = tuple(
    _TO_THE_POLICE if n == 7 else issued(event, by) for n, (event, by) in enumerate(_ORDER, start=1)
)
"""One lawful case made of the canonical examples; only its second referral, to the police, differs from its example."""


def canonical_until(event: type[CaseEvent]) -> tuple[Issued, ...]:
    """The canonical case before the first event of this type."""
    return CANONICAL_CASE[: next(n for n, (each, _) in enumerate(_ORDER) if each is event)]


@dataclass(frozen=True)
class Outcome:
    """What became of an event: the refusal if there was one, and the case after it."""

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
