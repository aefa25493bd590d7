"""Residence beyond the investigation: what becomes of a claim for asylum, permanent residence, and work permits.

They give the legal status on which long-term integration builds (R12).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar, Final, Self

from pydantic import model_validator

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example
from contracts.law.rule import NOT_IN_THE_SOURCES, REFERRAL_AND_ASSISTANCE, Missing, mandate, missing, rule
from contracts.sweden.chapters.legal_status import MIGRATION_DECIDES
from contracts.sweden.chapters.residence_permit import with_a_permit
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.legal_status import Decision, Permit, PermitKind
from contracts.vocabulary.agencies import MIGRATION, Role
from contracts.vocabulary.choices import ResidenceSituation


class AsylumOutcome(StrEnum):
    """How a claim for asylum ended."""

    REFUGEE_STATUS = "refugee-status"
    SUBSIDIARY_PROTECTION = "subsidiary-protection"
    PARTICULARLY_DISTRESSING_CIRCUMSTANCES = "particularly-distressing-circumstances"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred-to-another-country"


NO_PERMIT: Final = frozenset({AsylumOutcome.REFUSED, AsylumOutcome.WITHDRAWN, AsylumOutcome.TRANSFERRED})


class AsylumDecided(CaseEvent, chapter=Chapter.LEGAL_STATUS, issuers=MIGRATION_DECIDES, role=Role.DECISION_MAKER):
    """The Migration Agency decides the claim for asylum; a permit without a last day is permanent."""

    decided_on: Day
    outcome: AsylumOutcome
    permit_until: Day | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-08-12T09:00:00Z",
        "decided_on": "2024-08-12",
        "outcome": "subsidiary-protection",
        "permit_until": "2025-09-11",
    }

    @property
    def granted(self) -> bool:
        """Whether the person may stay."""
        return self.outcome not in NO_PERMIT

    @model_validator(mode="after")
    def _only_a_permit_lasts(self) -> Self:
        if self.permit_until is not None and (not self.granted or self.permit_until < self.decided_on):
            raise ValueError("the last day does not fit the outcome")
        return self


class PermanentResidenceGranted(
    CaseEvent, chapter=Chapter.LEGAL_STATUS, issuers=MIGRATION_DECIDES, role=Role.DECISION_MAKER
):
    """The victim may stay for good."""

    decided_on: Day

    example: ClassVar[Example] = {"occurred_at": "2024-08-14T09:00:00Z", "decided_on": "2024-08-14"}


class WorkPermitGranted(CaseEvent, chapter=Chapter.LEGAL_STATUS, issuers=MIGRATION_DECIDES, role=Role.DECISION_MAKER):
    """The victim may work and stay for a time; the first and last day are days of it."""

    decided_on: Day
    valid_from: Day
    valid_until: Day

    example: ClassVar[Example] = {
        "occurred_at": "2024-08-14T09:00:00Z",
        "decided_on": "2024-08-14",
        "valid_from": "2024-08-14",
        "valid_until": "2026-08-13",
    }

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.valid_until < self.valid_from:
            raise ValueError("ends before it starts")
        return self


@evolves(AsylumDecided)
def asylum_decided(case: CaseView, event: AsylumDecided, by: Provenance) -> CaseView:
    decided = case.changed(asylum_claimed_on=None)
    if not event.granted:
        return decided.advanced(residence=_without_asylum(case, event.decided_on))
    if event.permit_until is None:
        return decided.advanced(residence=ResidenceSituation.RESIDENT)
    permit = _granted(by, PermitKind.ASYLUM, event.decided_on, event.permit_until)
    return decided.timed_since(event.occurred_at).advanced(
        residence=ResidenceSituation.TEMPORARY_PERMIT, permits=(*case.permits, permit)
    )


def _without_asylum(case: CaseView, on: date) -> ResidenceSituation:
    """What is left of the right to stay: what was granted on other grounds outlives the claim."""
    if case.residence is not ResidenceSituation.ASYLUM_SEEKER:
        return case.residence
    if case.has_permit(on, PermitKind.WORK):
        return ResidenceSituation.WORK_PERMIT
    return ResidenceSituation.TEMPORARY_PERMIT if case.has_permit(on, *PermitKind) else ResidenceSituation.IRREGULAR


@evolves(PermanentResidenceGranted)
def permanent_residence_granted(case: CaseView, event: PermanentResidenceGranted, by: Provenance) -> CaseView:
    return case.advanced(residence=ResidenceSituation.RESIDENT)


@evolves(WorkPermitGranted)
def work_permit_granted(case: CaseView, event: WorkPermitGranted, by: Provenance) -> CaseView:
    permit = _granted(by, PermitKind.WORK, event.valid_from, event.valid_until)
    return case.timed_since(event.occurred_at).advanced(
        residence=with_a_permit(case, ResidenceSituation.WORK_PERMIT), permits=(*case.permits, permit)
    )


def _granted(by: Provenance, kind: PermitKind, first: date, last: date) -> Permit:
    return Permit(id=by.event_id, kind=kind, decision=Decision.GRANTED, starts_on=first, ends_on=last)


migration_decides_on_asylum = mandate(
    "R8",
    AsylumDecided,
    en="Only the Migration Agency decides a claim for asylum.",
    sv="Endast Migrationsverket avgör en asylansökan.",
    source=f"{NOT_IN_THE_SOURCES}: Aliens Act (2005:716), chapter 4; the contacts name the agency for “Asylum, visa "
    "and work permits”.",
)


@rule(
    "R8",
    AsylumDecided,
    en="A claim for asylum is decided while it is open.",
    sv="En asylansökan avgörs medan den är öppen.",
    source=f"{NOT_IN_THE_SOURCES}: follows from one decision for each claim.",
)
def open_claim_is_decided(case: CaseView, event: AsylumDecided, by: Provenance) -> Missing | None:
    if case.asylum_claimed_on is not None:
        return None
    return missing(
        "No claim for asylum is open.", "Ingen asylansökan är öppen.", "the agency that receives a claim for asylum"
    )


migration_grants_residence_and_work = mandate(
    "R12",
    PermanentResidenceGranted,
    WorkPermitGranted,
    en="Only the Migration Agency grants permanent residence and work permits.",
    sv="Endast Migrationsverket beviljar permanent uppehållstillstånd och arbetstillstånd.",
    source=f"{REFERRAL_AND_ASSISTANCE}: the contacts name the Migration Agency for “Asylum, visa and work permits”.",
)


@rule(
    "R12",
    PermanentResidenceGranted,
    WorkPermitGranted,
    en="Who may stay for good is not granted it again.",
    sv="Den som redan får stanna permanent beviljas det inte igen.",
    source=f"{NOT_IN_THE_SOURCES}: a second decision would change nothing.",
)
def residence_is_granted_once(
    case: CaseView, event: PermanentResidenceGranted | WorkPermitGranted, by: Provenance
) -> Missing | None:
    if case.residence is not ResidenceSituation.RESIDENT:
        return None
    return missing(
        "The victim already has permanent residence.", "Den utsatta har redan permanent uppehåll.", MIGRATION
    )
