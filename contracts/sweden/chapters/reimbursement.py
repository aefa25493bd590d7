"""Reimbursement: the state pays a municipality or a region for help during a reflection period or a permit (R7)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.event.upcasting import PUBLICATIONS, Data
from contracts.law.rule import (
    NOT_IN_THE_SOURCES,
    REFERRAL_AND_ASSISTANCE,
    TO_BE_CHECKED,
    Missing,
    mandate,
    missing,
    rule,
)
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves, evolves_part, leaves_more
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.legal_status import Decision
from contracts.view.parts.participants import Participation
from contracts.view.parts.reimbursement import Claim
from contracts.vocabulary.agencies import MIGRATION, AgencyKind, Role, kinds
from contracts.vocabulary.codes import SEK
from contracts.vocabulary.parts import Part

Outcome = Literal[Decision.GRANTED, Decision.PARTLY_GRANTED, Decision.REFUSED]


class ReimbursementClaimed(
    CaseEvent,
    chapter=Chapter.REIMBURSEMENT,
    issuers=kinds(AgencyKind.MUNICIPALITY, AgencyKind.REGION),
    after_closure=True,
    part=Part.SUPPORT,
):
    """A municipality claims what services cost it on days of a reflection period or a temporary permit."""

    # The sentence above is in the published schema, which stays as it is; since April 2024 a region claims as well.

    support_ids: Annotated[tuple[EventId, ...], Field(min_length=1, max_length=100)]
    starts_on: Day
    ends_on: Day
    amount_sek: Annotated[SEK, Field(ge=1)]

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-02T08:00:00Z",
        "support_ids": ["018e0a00-0000-7000-8000-000000000013"],
        "starts_on": "2024-03-08",
        "ends_on": "2024-04-06",
        "amount_sek": 54000,
    }


class ReimbursementDecided(
    CaseEvent,
    chapter=Chapter.REIMBURSEMENT,
    issuers=kinds(AgencyKind.MIGRATION),
    role=Role.DECISION_MAKER,
    after_closure=True,
    version=2,
    part=Part.SUPPORT,
    details=("decided_on", "outcome", "amount_sek", "share_percent"),
):
    """The Migration Agency decides a claim: all of it, a part of it, or nothing."""

    claim_id: EventId
    decided_on: Day
    outcome: Outcome
    amount_sek: SEK
    share_percent: Annotated[
        int | None, Field(ge=0, le=100, description="The state's share of what was claimed, in whole per cent.")
    ] = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-06-10T08:00:00Z",
        "claim_id": "018e0a00-0000-7000-8000-000000000014",
        "decided_on": "2024-06-10",
        "outcome": "partly-granted",
        "amount_sek": 48000,
    }


@PUBLICATIONS.upcasts("se.nrm.ReimbursementDecided.v1")
def no_share_was_stated(data: Data) -> Data:
    """Upcast from version 1, which had no field for the state's share."""
    return {**data, "share_percent": None}


@evolves(ReimbursementClaimed)
def payer_joins(case: CaseView, event: ReimbursementClaimed, by: Provenance) -> CaseView:
    return case.joined(
        MIGRATION, participation=Participation.DECIDES, since=event.occurred_at, parts=(Part.SUPPORT,)
    ).advanced()


@evolves_part(ReimbursementClaimed)
def reimbursement_claimed(case: CaseView, event: ReimbursementClaimed, by: Provenance) -> CaseView:
    claim = Claim(
        id=by.event_id,
        claimed_by=by.agency,
        support_ids=event.support_ids,
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        claimed_sek=event.amount_sek,
    )
    return case.changed(claims=(*case.claims, claim))


@evolves_part(ReimbursementDecided)
def reimbursement_decided(case: CaseView, event: ReimbursementDecided, by: Provenance) -> CaseView:
    changes: dict[str, object] = {
        "decision": event.outcome,
        "granted_sek": event.amount_sek,
        "share_percent": event.share_percent,
    }
    if leaves_more(by):
        changes["decided_on"] = event.decided_on
    return case.changed(claims=replaced(case.claims, event.claim_id, **changes))


_REIMBURSED: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: a granted reflection period “also means that municipalities can be reimbursed by the "
    "state for a share of the expenses related to the victim assistance.” Since July 2017: Ordinance (2017:193) on "
    "state compensation for asylum seekers and others, sections 1 and 2."
)

municipalities_claim_migration_decides = mandate(
    "R7",
    ReimbursementClaimed,
    ReimbursementDecided,
    en="A municipality claims the state's share of its costs; the Migration Agency decides.",
    sv="En kommun ansöker om ersättning för statens andel av kostnaderna; Migrationsverket beslutar.",
    source=_REIMBURSED,
    only={ReimbursementClaimed: kinds(AgencyKind.MUNICIPALITY)},
)

municipalities_and_regions_claim_migration_decides = mandate(
    "R7",
    ReimbursementClaimed,
    ReimbursementDecided,
    en="A municipality or a region claims the state's share of its costs; the Migration Agency decides.",
    sv="En kommun eller en region ansöker om ersättning för statens andel av kostnaderna; Migrationsverket beslutar.",
    source=f"{_REIMBURSED} The ordinance lets regions claim, too; its sections on the permits of the Aliens Act "
    f"(2005:716), chapter 5, section 15, are {TO_BE_CHECKED}.",
)


@rule(
    "R7",
    ReimbursementClaimed,
    en="A claim covers services given on its days, while a reflection period or a temporary permit was in force.",
    sv="En ansökan om ersättning avser insatser under dess dagar, medan betänketid eller tillstånd gällde.",
    source=_REIMBURSED,
    part=Part.SUPPORT,
)
def claim_lies_within_its_window(case: CaseView, event: ReimbursementClaimed, by: Provenance) -> Missing | None:
    given = {support.id: support for support in reversed(case.support)}  # of two with one id, the first counts
    for support_id in event.support_ids:
        support = given.get(support_id)
        if support is None:
            return missing(
                "The case has no such service.", "Ärendet har ingen sådan insats.", "the agency that gave the service"
            )
        if not support.given_within(event.starts_on, event.ends_on):
            return missing(
                "A service was not given on any of these days.", "En insats gavs inte någon av dessa dagar.", by.agency
            )
    if case.reimbursable(event.starts_on, event.ends_on):
        return None
    return missing(
        "No reflection period or temporary permit was in force on all of these days.",
        "Ingen betänketid och inget tillfälligt uppehållstillstånd gällde under alla dessa dagar.",
        MIGRATION,
    )


@rule(
    "R7",
    ReimbursementClaimed,
    en="A service is paid for once: it is claimed again only when the earlier claim was refused.",
    sv="En insats ersätts en gång: den tas upp igen endast när den tidigare ansökan har avslagits.",
    source=f"{NOT_IN_THE_SOURCES}: follows from the state paying a share of what was spent.",
    part=Part.SUPPORT,
)
def support_is_claimed_once(case: CaseView, event: ReimbursementClaimed, by: Provenance) -> Missing | None:
    claimed = {id for claim in case.claims if claim.decision is not Decision.REFUSED for id in claim.support_ids}
    if claimed.isdisjoint(event.support_ids) and len(set(event.support_ids)) == len(event.support_ids):
        return None
    return missing("A service is already claimed.", "En insats ingår redan i en ansökan om ersättning.", by.agency)


@rule(
    "R7",
    ReimbursementDecided,
    en="A claim is decided once, with an amount that fits the outcome and the claim.",
    sv="En ansökan om ersättning avgörs en gång, med ett belopp som stämmer med utfallet och ansökan.",
    source=f"{NOT_IN_THE_SOURCES}: follows from one decision for each claim.",
    part=Part.SUPPORT,
)
def claim_is_decided_once(case: CaseView, event: ReimbursementDecided, by: Provenance) -> Missing | None:
    claim = with_id(case.claims, event.claim_id)
    if claim is None:
        return missing("There is no such claim.", "Det finns ingen sådan ansökan om ersättning.", "municipality")
    if claim.decision is not Decision.PENDING:
        return missing("The claim is already decided.", "Ansökan om ersättning är redan avgjord.", "municipality")
    if _fits(event, claim):
        return None
    return missing("The amount does not fit the outcome.", "Beloppet stämmer inte med utfallet.", MIGRATION)


@rule(
    "R7",
    ReimbursementDecided,
    en="The state's share, where the decision states it, is that of the amount in the claim, to the nearest per cent.",
    sv="Statens andel, om beslutet anger den, är beloppets andel av det sökta, avrundad till hela procent.",
    source=f"{NOT_IN_THE_SOURCES}: follows from the state paying a share of what was spent.",
    part=Part.SUPPORT,
)
def share_fits_the_amount(case: CaseView, event: ReimbursementDecided, by: Provenance) -> Missing | None:
    claim = with_id(case.claims, event.claim_id)
    if claim is None or event.share_percent is None:
        return None
    # Twice the amount in hundredths keeps to whole numbers, so that every agency rounds alike; a half goes either way.
    if abs(200 * event.amount_sek - 2 * event.share_percent * claim.claimed_sek) <= claim.claimed_sek:
        return None
    return missing("The share is not that of the amount.", "Andelen stämmer inte med beloppet.", MIGRATION)


def _fits(event: ReimbursementDecided, claim: Claim) -> bool:
    if event.outcome is Decision.GRANTED:
        return event.amount_sek == claim.claimed_sek
    if event.outcome is Decision.PARTLY_GRANTED:
        return 0 < event.amount_sek < claim.claimed_sek
    return event.amount_sek == 0
