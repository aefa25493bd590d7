"""Appeals of decisions on assistance and on reimbursement, which a general administrative court tries (R27).

These lie in the support of a case, with what they are about. When a court changes or remits a decision on
reimbursement, the claim awaits the Migration Agency's decision again; after one on assistance the municipality decides
anew by the same event.

The file has over 250 lines because a decision and its appeal are one subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Final, Literal, NamedTuple

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.sweden.chapters.appeals import COURTS, DAYS_TO_APPEAL, DECIDED_ANEW
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves, evolves_part
from contracts.view.parts.appeals import AppealOutcome
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.benefit_appeals import AssistanceDecision, BenefitAppeal, BenefitDecision
from contracts.view.parts.legal_status import Decision
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import MIGRATION, AgencyId, AgencyKind, Role, kinds
from contracts.vocabulary.choices import Service
from contracts.vocabulary.parts import Part

LODGE: Final = kinds(
    AgencyKind.LEGAL_COUNSEL, AgencyKind.NGO, AgencyKind.MUNICIPALITY, AgencyKind.REGION, AgencyKind.MIGRATION
)
LEARN_OF_IT: Final = COURTS | kinds(AgencyKind.LEGAL_COUNSEL, AgencyKind.MUNICIPALITY, AgencyKind.MIGRATION)


NOT_ALL: Final = (Decision.REFUSED, Decision.PARTLY_GRANTED)


class AssistanceDecided(
    CaseEvent,
    chapter=Chapter.ASSISTANCE,
    issuers=kinds(AgencyKind.MUNICIPALITY),
    role=Role.DECISION_MAKER,
    part=Part.SUPPORT,
):
    """A municipality has decided on an application for assistance; a refusal may be appealed."""

    services: Annotated[tuple[Service, ...], Field(min_length=1, max_length=14)]
    outcome: Literal[Decision.GRANTED, Decision.PARTLY_GRANTED, Decision.REFUSED]
    decided_on: Day

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-01T10:00:00Z",
        "services": ["safe-accommodation"],
        "outcome": "refused",
        "decided_on": "2026-12-01",
    }


class BenefitAppealLodged(
    CaseEvent,
    chapter=Chapter.ASSISTANCE,
    issuers=LODGE,
    after_closure=True,
    part=Part.SUPPORT,
    details=("decision", "decision_id", "learned_on", "lodged_on"),
):
    """A decision on assistance or on reimbursement is appealed to a general administrative court."""

    decision: BenefitDecision
    decision_id: Annotated[EventId, Field(description="The decision on assistance, or the claim on the state.")]
    learned_on: Annotated[Day, Field(description="The day on which the person, or the claimant, learned of it.")]
    lodged_on: Day
    court: Annotated[AgencyId | None, Field(description="The court, where it is on the bus.")] = None

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-14T09:00:00Z",
        "decision": "assistance",
        "decision_id": "018e0a00-0000-7000-8000-000000000132",
        "learned_on": "2026-12-02",
        "lodged_on": "2026-12-14",
        "court": "court-administrative",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {} if self.court is None else {self.court: COURTS}


class BenefitAppealDecided(
    CaseEvent,
    chapter=Chapter.ASSISTANCE,
    issuers=LEARN_OF_IT,
    role=dict.fromkeys(LEARN_OF_IT - kinds(AgencyKind.LEGAL_COUNSEL), Role.DECISION_MAKER),
    after_closure=True,
    part=Part.SUPPORT,
    details=("decided_on", "outcome"),
):
    """A general administrative court has decided the appeal, or it was withdrawn."""

    appeal_id: EventId
    decided_on: Day
    outcome: AppealOutcome

    example: ClassVar[Example] = {
        "occurred_at": "2027-02-10T09:00:00Z",
        "appeal_id": "018e0a00-0000-7000-8000-000000000133",
        "decided_on": "2027-02-10",
        "outcome": "changed",
    }


@evolves(BenefitAppealLodged)
def court_joins(case: CaseView, event: BenefitAppealLodged, by: Provenance) -> CaseView:
    if event.court is None:
        return case.advanced()
    return case.joined(
        event.court, participation=Participation.DECIDES, since=event.occurred_at, parts=(Part.SUPPORT,)
    ).advanced()


@evolves_part(AssistanceDecided)
def assistance_decided(case: CaseView, event: AssistanceDecided, by: Provenance) -> CaseView:
    decision = AssistanceDecision(
        id=by.event_id,
        decided_by=by.agency,
        services=event.services,
        decision=event.outcome,
        decided_on=event.decided_on,
    )
    return case.changed(assistance_decisions=(*case.assistance_decisions, decision))


@evolves_part(BenefitAppealLodged)
def benefit_appeal_lodged(case: CaseView, event: BenefitAppealLodged, by: Provenance) -> CaseView:
    appeal = BenefitAppeal(
        id=by.event_id,
        of=event.decision,
        decision_id=event.decision_id,
        lodged_by=by.agency,
        lodged_on=event.lodged_on,
        court=event.court,
    )
    return case.changed(benefit_appeals=(*case.benefit_appeals, appeal))


@evolves_part(BenefitAppealDecided)
def benefit_appeal_decided(case: CaseView, event: BenefitAppealDecided, by: Provenance) -> CaseView:
    appeal = with_id(case.benefit_appeals, event.appeal_id)
    if appeal is None:
        return case
    case = case.changed(benefit_appeals=replaced(case.benefit_appeals, appeal.id, outcome=event.outcome))
    if event.outcome in DECIDED_ANEW and appeal.of is BenefitDecision.REIMBURSEMENT:
        return case.changed(claims=replaced(case.claims, appeal.decision_id, decision=Decision.PENDING))
    return case


_ADMINISTRATIVE_COURT: Final = (
    f"{NOT_IN_THE_SOURCES}: Administrative Procedure Act (2017:900), sections 40 to 46: to a general administrative "
    "court, within three weeks. Assistance: Social Services Act (2001:453), chapter 16, section 3, and from 1 July "
    f"2025 the chapter of (2025:400) on appeal ({TO_BE_CHECKED}). That decisions on compensation by Ordinance "
    f"(2017:193) are appealed there, and by whom, is {TO_BE_CHECKED}."
)

the_claimant_or_the_person_appeals = mandate(
    "R27",
    AssistanceDecided,
    BenefitAppealLodged,
    BenefitAppealDecided,
    en="A municipality decides on assistance. Counsel or an NGO appeals for the person, a municipality or a region for "
    "itself, or the authority that decided records the appeal that it received; a court decides, or a party records it "
    "for a court that is not on the bus.",
    sv="En kommun beslutar om bistånd. Ett biträde eller en ideell organisation överklagar för personen, en kommun "
    "eller en region för egen del, eller så registrerar myndigheten som beslutade överklagandet som den tog emot; en "
    "domstol avgör, eller så registrerar en part det för en domstol som inte är ansluten.",
    source=_ADMINISTRATIVE_COURT,
)


@rule(
    "R27",
    AssistanceDecided,
    en="A decision on assistance is recorded when it has been made.",
    sv="Ett beslut om bistånd registreras när det är fattat.",
    source=_ADMINISTRATIVE_COURT,
    part=Part.SUPPORT,
)
def assistance_has_been_decided(case: CaseView, event: AssistanceDecided, by: Provenance) -> Missing | None:
    if event.decided_on <= event.occurred_on:
        return None
    return missing("It is not decided yet.", "Det är inte beslutat ännu.", by.agency)


@rule(
    "R27",
    BenefitAppealLodged,
    en="A decision that did not give all is appealed within three weeks, once: one on assistance by the person, one on "
    "reimbursement by the claimant, whose weeks run from the decision.",
    sv="Ett beslut som inte gav allt överklagas inom tre veckor, en gång: ett om bistånd av personen, ett om "
    "ersättning av den som sökte den, vars veckor löper från beslutet.",
    source=f"{_ADMINISTRATIVE_COURT} Section 44: for a party that represents the public, the time runs from the day of "
    "the decision.",
    part=Part.SUPPORT,
)
def benefit_is_appealed_in_time(case: CaseView, event: BenefitAppealLodged, by: Provenance) -> Missing | None:
    refused = _refused(case, event)
    if refused is None:
        return missing("There is no such refusal.", "Det finns inget sådant avslag.", _WHO_DECIDES[event.decision])
    if not refused.may_be_appealed_by(by):
        whose = refused.claimant or AgencyKind.LEGAL_COUNSEL
        return missing(f"This is for {whose} to appeal.", f"Det är {whose} som överklagar detta.", whose)
    if any((each.decision_id, each.outcome) == (event.decision_id, None) for each in case.benefit_appeals):
        return missing("The decision is already appealed.", "Beslutet är redan överklagat.", *sorted(COURTS))
    if not refused.decided_on <= event.learned_on <= event.lodged_on <= event.occurred_on:
        return missing(
            "The days of the decision, of learning of it and of appealing are not in their order.",
            "Dagarna för beslutet, delgivningen och överklagandet är inte i rätt ordning.",
            by.agency,
        )
    if (
        event.lodged_on - (event.learned_on if refused.claimant is None else refused.decided_on)
    ).days <= DAYS_TO_APPEAL:
        return None
    return missing("The three weeks have passed.", "De tre veckorna har gått.", AgencyKind.LEGAL_COUNSEL)


class _Refused(NamedTuple):
    """A decision that did not give all: its day, and the claimant that appeals it; None: the person does."""

    decided_on: date
    claimant: AgencyId | None

    def may_be_appealed_by(self, by: Provenance) -> bool:
        """True for who appeals it, and for the authority that records the appeal which it received."""
        if self.claimant is None:
            return by.kind in (AgencyKind.LEGAL_COUNSEL, AgencyKind.NGO, AgencyKind.MUNICIPALITY)
        return by.agency in (self.claimant, MIGRATION)


def _refused(case: CaseView, event: BenefitAppealLodged) -> _Refused | None:
    if event.decision is BenefitDecision.REIMBURSEMENT:
        claim = with_id(case.claims, event.decision_id)
        # A claim that was decided before its day was kept counts from the day on which the claimant learned of it.
        if claim is None or claim.decision not in NOT_ALL:
            return None
        return _Refused(claim.decided_on or event.learned_on, claim.claimed_by)
    decision = with_id(case.assistance_decisions, event.decision_id)
    return _Refused(decision.decided_on, None) if decision is not None and decision.decision in NOT_ALL else None


_WHO_DECIDES: Final = {
    BenefitDecision.REIMBURSEMENT: MIGRATION,
    BenefitDecision.ASSISTANCE: AgencyKind.MUNICIPALITY,
}


@rule(
    "R27",
    BenefitAppealDecided,
    en="An appeal of a decision on assistance or reimbursement is decided once, when it has been.",
    sv="Ett överklagande av ett beslut om bistånd eller ersättning avgörs en gång, när det har skett.",
    source=_ADMINISTRATIVE_COURT,
    part=Part.SUPPORT,
)
def benefit_appeal_is_decided_once(case: CaseView, event: BenefitAppealDecided, by: Provenance) -> Missing | None:
    appeal = with_id(case.benefit_appeals, event.appeal_id)
    if appeal is None or appeal.outcome is not None:
        return missing("No such appeal is open.", "Inget sådant överklagande är öppet.", *sorted(LODGE))
    if event.decided_on <= event.occurred_on:
        return None
    return missing("It is not decided yet.", "Det är inte avgjort ännu.", *sorted(COURTS))
