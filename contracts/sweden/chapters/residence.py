"""Residence beyond the investigation: permanent residence, and work permits.

They give the legal status on which long-term integration builds (R12).
"""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example
from contracts.law.rule import (
    NOT_IN_THE_SOURCES,
    REFERRAL_AND_ASSISTANCE,
    TO_BE_CHECKED,
    Missing,
    mandate,
    missing,
    rule,
)
from contracts.law.time_kept import with_keeper
from contracts.sweden.granted_rights import MIGRATION_DECIDES, granted_permit, with_a_permit
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.legal_status import PermitKind
from contracts.vocabulary.agencies import MIGRATION, Role
from contracts.vocabulary.choices import ResidenceSituation


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


@evolves(PermanentResidenceGranted)
def permanent_residence_granted(case: CaseView, event: PermanentResidenceGranted, by: Provenance) -> CaseView:
    return case.advanced(residence=ResidenceSituation.RESIDENT)


@evolves(WorkPermitGranted)
def work_permit_granted(case: CaseView, event: WorkPermitGranted, by: Provenance) -> CaseView:
    permit = granted_permit(by, PermitKind.WORK, event.valid_from, event.valid_until)
    return with_keeper(case, event.occurred_at, by).advanced(
        residence=with_a_permit(case, ResidenceSituation.WORK_PERMIT), permits=(*case.permits, permit)
    )


migration_grants_residence_and_work = mandate(
    "R12",
    PermanentResidenceGranted,
    WorkPermitGranted,
    en="Only the Migration Agency grants permanent residence and work permits.",
    sv="Endast Migrationsverket beviljar permanent uppehållstillstånd och arbetstillstånd.",
    source=f"{REFERRAL_AND_ASSISTANCE}: the contacts name the Migration Agency for “Asylum, visa and work permits”. "
    f"Aliens Act (2005:716), chapter 6, section 2, on work permits; on permanent residence chapter 5, {TO_BE_CHECKED}.",
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
