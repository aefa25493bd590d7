"""Asylum: a claim, and the decision on it. The Migration Agency assists a victim while the claim is open (R8)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar, Final, Self

from pydantic import model_validator

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example
from contracts.law.rule import NOT_IN_THE_SOURCES, REFERRAL_AND_ASSISTANCE, Missing, mandate, missing, rule
from contracts.law.time_kept import with_keeper
from contracts.sweden.granted_rights import MIGRATION_DECIDES, granted_permit
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.legal_status import PermitKind
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import MIGRATION, AgencyKind, Role, kinds
from contracts.vocabulary.choices import ResidenceSituation
from contracts.vocabulary.parts import Part


class AsylumClaimed(
    CaseEvent,
    chapter=Chapter.LEGAL_STATUS,
    issuers=kinds(AgencyKind.POLICE, AgencyKind.MIGRATION, AgencyKind.MUNICIPALITY, AgencyKind.NGO),
):
    """The victim seeks asylum; from now on the Migration Agency assists (R8)."""

    claimed_on: Day

    example: ClassVar[Example] = {"occurred_at": "2024-04-02T09:00:00Z", "claimed_on": "2024-04-02"}


@evolves(AsylumClaimed)
def asylum_claimed(case: CaseView, event: AsylumClaimed, by: Provenance) -> CaseView:
    return case.joined(
        MIGRATION, participation=Participation.DECIDES, since=event.occurred_at, parts=(Part.STAY, Part.SUPPORT)
    ).advanced(
        residence=ResidenceSituation.ASYLUM_SEEKER,
        asylum_claimed_on=event.claimed_on,
    )


only_those_who_meet_asylum_seekers_record_claims = mandate(
    "R8",
    AsylumClaimed,
    en="The agency that receives or helps with a claim for asylum records it.",
    sv="Den aktör som tar emot eller hjälper till med en asylansökan registrerar den.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “If an asylum seeker is presumed to be a victim of THB, s/he will in that case "
    "be given support and assistance by the Migration Agency.” Act on the Reception of Asylum Seekers (1994:137), "
    "section 2.",
)


@rule(
    "R8",
    AsylumClaimed,
    en="Asylum is claimed once while the claim is open.",
    sv="Asyl söks en gång så länge ansökan är öppen.",
    source=f"{NOT_IN_THE_SOURCES}: a second claim would change nothing.",
)
def asylum_is_claimed_once(case: CaseView, event: AsylumClaimed, by: Provenance) -> Missing | None:
    if case.asylum_claimed_on is None:
        return None
    return missing("Asylum is already claimed.", "Asyl är redan sökt.", MIGRATION)


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
        """True if the person may stay."""
        return self.outcome not in NO_PERMIT

    @model_validator(mode="after")
    def _only_a_permit_lasts(self) -> Self:
        if self.permit_until is not None and (not self.granted or self.permit_until < self.decided_on):
            raise ValueError("the last day does not fit the outcome")
        return self


@evolves(AsylumDecided)
def asylum_decided(case: CaseView, event: AsylumDecided, by: Provenance) -> CaseView:
    decided = case.changed(asylum_claimed_on=None)
    if not event.granted:
        return decided.advanced(residence=_without_asylum(case, event.decided_on))
    if event.permit_until is None:
        return decided.advanced(residence=ResidenceSituation.RESIDENT)
    permit = granted_permit(by, PermitKind.ASYLUM, event.decided_on, event.permit_until)
    return with_keeper(decided, event.occurred_at, by).advanced(
        residence=ResidenceSituation.TEMPORARY_PERMIT, permits=(*case.permits, permit)
    )


def _without_asylum(case: CaseView, on: date) -> ResidenceSituation:
    """The right to stay on a Swedish day after the claim: permits granted on other grounds stay in force."""
    if case.residence is not ResidenceSituation.ASYLUM_SEEKER:
        return case.residence
    if case.has_permit(on, PermitKind.WORK):
        return ResidenceSituation.WORK_PERMIT
    return ResidenceSituation.TEMPORARY_PERMIT if case.has_permit(on, *PermitKind) else ResidenceSituation.IRREGULAR


migration_decides_on_asylum = mandate(
    "R8",
    AsylumDecided,
    en="Only the Migration Agency decides a claim for asylum.",
    sv="Endast Migrationsverket avgör en asylansökan.",
    source=f"{NOT_IN_THE_SOURCES}: Aliens Act (2005:716), chapter 4, sections 1 and 2, and chapter 5, section 1; the "
    "contacts name the agency for “Asylum, visa and work permits”.",
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
