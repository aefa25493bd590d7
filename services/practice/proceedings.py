"""Tasks of legal proceedings: the lead agency prepares the victim for interviews and the trial.

Counsel claims damages in time; after a conviction somebody applies for the state's compensation.
"""

from __future__ import annotations

from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.closure import CaseClosed
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters.compensation import CompensationClaimed, CompensationDecided
from contracts.sweden.chapters.counsel import CounselAppointed
from contracts.sweden.chapters.interviews import InterviewHeld, InterviewPlanned, NonPunishmentConsidered
from contracts.sweden.chapters.trial import ChargeBrought, DamagesClaimed, JudgmentGiven, TrialScheduled
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.proceedings import Verdict
from contracts.vocabulary.agencies import AgencyKind

PREPARE_THE_INTERVIEW: Final = "prepare the person for the interview"
PREPARE_THE_TRIAL: Final = "prepare the person for the trial"
CLAIM_DAMAGES: Final = "claim damages"
CLAIM_COMPENSATION: Final = "claim the state's compensation"
DECIDE_COMPENSATION: Final = "decide the compensation"

_OF_PROCEEDINGS: Final[tuple[type[CaseEvent], ...]] = (
    CounselAppointed,
    InterviewPlanned,
    InterviewHeld,
    NonPunishmentConsidered,
    ChargeBrought,
    DamagesClaimed,
    TrialScheduled,
    JudgmentGiven,
    CompensationClaimed,
    CompensationDecided,
)

_CONVICTED: Final = (Verdict.CONVICTED, Verdict.PARTLY_CONVICTED)


def follows_proceedings(agency: Mandate) -> None:
    """Give an agency the events of the proceedings that are for its kind, and the tasks that follow from them."""
    for event in _OF_PROCEEDINGS:
        if agency.kind in event.issuers:
            agency.may_issue(event, role=event.roles[agency.kind])
    agency.on(InterviewPlanned)(prepare_the_interview)
    agency.on(InterviewHeld)(interview_is_held)
    agency.on(TrialScheduled)(prepare_the_trial)
    agency.on(JudgmentGiven)(trial_is_over)
    agency.on(CaseClosed)(proceedings_are_left)
    if agency.kind in DamagesClaimed.issuers:
        agency.on(ChargeBrought)(claim_damages)
        agency.on(DamagesClaimed)(damages_are_claimed)
    if agency.kind in CompensationClaimed.issuers:
        agency.on(JudgmentGiven)(apply_for_compensation)
        agency.on(CompensationClaimed)(compensation_is_claimed)
        agency.on(CompensationDecided)(learn_the_compensation)
    if agency.kind is AgencyKind.CRIME_VICTIM_AUTHORITY:
        agency.on(CompensationClaimed)(decide_the_compensation)
        agency.on(CompensationDecided)(compensation_is_decided)


async def prepare_the_interview(planned: InterviewPlanned, case: CaseView, context: ReactionContext) -> None:
    """Open a task, due on the day, at the lead agency: the person should know what will happen, and with whom."""
    if case.lead == context.agency:
        await context.open_task(
            case,
            PREPARE_THE_INTERVIEW,
            context.provenance.event_id,
            en="The police interview the person on this day: prepare them, with an interpreter and counsel.",
            sv="Personen hörs av polisen denna dag: förbered personen, med tolk och biträde.",
            due=planned.planned_on.isoformat(),
        )


async def interview_is_held(held: InterviewHeld, case: CaseView, context: ReactionContext) -> None:
    """Close the task to prepare the interview."""
    if held.interview_id is not None:
        await context.close_task(case, PREPARE_THE_INTERVIEW, held.interview_id)


async def prepare_the_trial(scheduled: TrialScheduled, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the lead agency, due on the first day; a trial that gets another day gets a new task."""
    before = with_id(context.before.charges, scheduled.charge_id)
    if before is not None and before.trial_starts_on not in (None, scheduled.starts_on):
        await context.close_task(case, PREPARE_THE_TRIAL, f"{before.id} {before.trial_starts_on}")
    if case.lead == context.agency:
        await context.open_task(
            case,
            PREPARE_THE_TRIAL,
            f"{scheduled.charge_id} {scheduled.starts_on}",
            en="The trial begins on this day: prepare the person, and arrange company and a safe journey.",
            sv="Rättegången börjar denna dag: förbered personen och ordna sällskap och en trygg resa.",
            due=scheduled.starts_on.isoformat(),
        )


async def trial_is_over(judged: JudgmentGiven, case: CaseView, context: ReactionContext) -> None:
    """Close the task to prepare the trial; tell the lead agency, which tells the person of the judgment."""
    charge = with_id(context.before.charges, judged.charge_id)
    if charge is not None and charge.trial_starts_on is not None:
        await context.close_task(case, PREPARE_THE_TRIAL, f"{charge.id} {charge.trial_starts_on}")
    if case.lead == context.agency:
        await context.notify(
            case,
            en="A court has judged: tell the person, and go through with counsel what follows.",
            sv="En domstol har dömt: berätta för personen och gå med biträdet igenom vad som följer.",
        )


async def claim_damages(charged: ChargeBrought, case: CaseView, context: ReactionContext) -> None:
    """Open a task at counsel, or at the prosecutor when no counsel takes part: the claim belongs to the trial."""
    for_counsel = any(one.counsel is not None and case.takes_part(one.counsel) for one in case.counsel)
    if (
        (context.agency in {one.counsel for one in case.counsel})
        if for_counsel
        else (context.agency == context.provenance.agency)
    ):
        await context.open_task(
            case,
            CLAIM_DAMAGES,
            context.provenance.event_id,
            en="A charge is brought: ask the person about damages, and claim them.",
            sv="Åtal är väckt: fråga personen om skadestånd och framställ anspråket.",
            to_issue=(DamagesClaimed,),
        )


async def damages_are_claimed(claimed: DamagesClaimed, case: CaseView, context: ReactionContext) -> None:
    """Close the task, no matter who claimed."""
    await context.close_task(case, CLAIM_DAMAGES, claimed.charge_id)


async def apply_for_compensation(judged: JudgmentGiven, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the lead agency after a final conviction with damages: many who are convicted cannot pay."""
    if judged.final and judged.verdict in _CONVICTED and judged.damages_awarded_sek and case.lead == context.agency:
        await context.open_task(
            case,
            CLAIM_COMPENSATION,
            case.case_id,
            en="Damages are awarded: if they are not paid, apply with the person to the Crime Victim Authority within "
            "three years.",
            sv="Skadestånd är utdömt: om det inte betalas, ansök tillsammans med personen hos Brottsoffermyndigheten "
            "inom tre år.",
            to_issue=(CompensationClaimed,),
        )


async def compensation_is_claimed(claimed: CompensationClaimed, case: CaseView, context: ReactionContext) -> None:
    """Close the task to apply, no matter who applied."""
    await context.close_task(case, CLAIM_COMPENSATION, case.case_id)


async def learn_the_compensation(decided: CompensationDecided, case: CaseView, context: ReactionContext) -> None:
    """Tell the agency that applied what the authority decided."""
    claim = with_id(case.compensation, decided.compensation_id)
    if claim is not None and claim.claimed_by == context.agency:
        await context.notify(
            case,
            en=f"The Crime Victim Authority has decided your application: {decided.amount_sek} SEK. Tell the person.",
            sv=f"Brottsoffermyndigheten har beslutat om er ansökan: {decided.amount_sek} kr. Berätta för personen.",
        )


async def decide_the_compensation(claimed: CompensationClaimed, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the authority."""
    await context.open_task(
        case,
        DECIDE_COMPENSATION,
        context.provenance.event_id,
        en="Decide the application for compensation to a victim of crime.",
        sv="Besluta om ansökan om brottsskadeersättning.",
        to_issue=(CompensationDecided,),
    )


async def compensation_is_decided(decided: CompensationDecided, case: CaseView, context: ReactionContext) -> None:
    """Close the task to decide."""
    await context.close_task(case, DECIDE_COMPENSATION, decided.compensation_id)


async def proceedings_are_left(closed: CaseClosed, case: CaseView, context: ReactionContext) -> None:
    """Close the tasks to prepare and to claim damages: in a closed case nobody prepares the person any more."""
    for interview in case.interviews:
        if interview.held_on is None:
            await context.close_task(case, PREPARE_THE_INTERVIEW, interview.id)
    for charge in case.charges:
        await context.close_task(case, CLAIM_DAMAGES, charge.id)
        if charge.trial_starts_on is not None:
            await context.close_task(case, PREPARE_THE_TRIAL, f"{charge.id} {charge.trial_starts_on}")
