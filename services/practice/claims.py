"""Tasks for the state's share of costs: to give services in time, and then to claim what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.referral import ReferralAccepted
from contracts.sweden.chapters.reflection_period import ReflectionPeriodEnded, ReflectionPeriodGranted
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.sweden.chapters.residence_permit import ResidencePermitEnded, ResidencePermitGranted
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.legal_status import Decision, Permit, PermitKind, ReflectionPeriod
from contracts.vocabulary.wording import Wording

SUPPORT_WITHIN_THE_TIME: Final = "give support while it is reimbursed"
CLAIM: Final = "claim reimbursement"


def claims_reimbursement(agency: Mandate) -> None:
    """Let a municipality or a region claim its costs during a reflection period or a temporary permit."""
    agency.may_issue(ReimbursementClaimed)
    agency.on(ReflectionPeriodGranted, ResidencePermitGranted, ReferralAccepted)(support_while_it_is_reimbursed)
    agency.on(ReflectionPeriodEnded, ResidencePermitEnded)(claim_what_was_spent)
    agency.on(ReimbursementClaimed)(it_is_claimed)
    agency.on(ReimbursementDecided)(learn_what_is_paid)


async def support_while_it_is_reimbursed(
    event: ReflectionPeriodGranted | ResidencePermitGranted | ReferralAccepted, case: CaseView, context: ReactionContext
) -> None:
    """Open a task, due on the last day whose services the state reimburses.

    An agency that accepts the case during that time gets the task as well.
    """
    if isinstance(event, ReferralAccepted) and context.provenance.agency != context.agency:
        return
    for right in _reimbursed(case):
        if right.ends_on is not None and not right.ended and event.occurred_on <= right.ends_on:
            await context.open_task(
                case,
                SUPPORT_WITHIN_THE_TIME,
                right.id,
                en="Services given until this day can be reimbursed: give what is needed, and note the costs.",
                sv="Insatser till och med denna dag kan ersättas: ge det som behövs och notera kostnaderna.",
                due=right.ends_on.isoformat(),
            )


async def claim_what_was_spent(
    ended: ReflectionPeriodEnded | ResidencePermitEnded, case: CaseView, context: ReactionContext
) -> None:
    """Open a task to claim the costs, which are known when the time is over; not if a claim covers it already."""
    subject = ended.request_id if isinstance(ended, ReflectionPeriodEnded) else ended.permit_id
    right = with_id(tuple(_reimbursed(case)), subject)
    if right is None or right.ends_on is None:
        return
    await context.close_task(case, SUPPORT_WITHIN_THE_TIME, right.id)
    claims = [claim for claim in case.claims if claim.claimed_by == context.agency]
    if not any(claim.ends_on >= right.ends_on for claim in claims):
        await context.open_task(
            case,
            CLAIM,
            right.id,
            en=f"Claim the costs of services given from {right.starts_on} to {right.ends_on}.",
            sv=f"Ansök om ersättning för insatser från {right.starts_on} till {right.ends_on}.",
            to_issue=(ReimbursementClaimed,),
        )


async def it_is_claimed(claimed: ReimbursementClaimed, case: CaseView, context: ReactionContext) -> None:
    """Close the task for each period or permit that the claim covers to its last day."""
    if context.provenance.agency == context.agency:
        for right in _reimbursed(case):
            if right.ended and right.ends_on is not None and claimed.ends_on >= right.ends_on:
                await context.close_task(case, CLAIM, right.id)


async def learn_what_is_paid(decided: ReimbursementDecided, case: CaseView, context: ReactionContext) -> None:
    """Tell the claimant how much of its claim the state pays."""
    claim = with_id(case.claims, decided.claim_id)
    if claim is not None and claim.claimed_by == context.agency:
        outcome = _OUTCOME[decided.outcome]
        await context.notify(
            case,
            en=f"The Migration Agency has decided your claim: {outcome.en}, {decided.amount_sek} SEK.",
            sv=f"Migrationsverket har beslutat om er ansökan om ersättning: {outcome.sv}, {decided.amount_sek} kr.",
        )


def _reimbursed(case: CaseView) -> Iterator[ReflectionPeriod | Permit]:
    """The granted reflection periods and temporary permits, which give a right to reimbursement."""
    yield from (period for period in case.reflection_periods if period.decision is Decision.GRANTED)
    for permit in case.permits:
        if permit.kind is PermitKind.TEMPORARY and permit.decision is Decision.GRANTED:
            yield permit


_OUTCOME: Final = {
    Decision.GRANTED: Wording("granted", "beviljad"),
    Decision.PARTLY_GRANTED: Wording("partly granted", "delvis beviljad"),
    Decision.REFUSED: Wording("refused", "avslagen"),
}
