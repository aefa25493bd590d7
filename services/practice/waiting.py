"""Tasks about decisions and answers that are late, and about appeals.

Whoever owes a late answer gets a task to give it; whoever waits gets a task to ask. Both end with the answer.
"""

from __future__ import annotations

from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.assistance import NeedsAssessed
from contracts.chapters.closure import CaseClosed
from contracts.event.case_event import CaseEvent
from contracts.law.awaiting import ENDS
from contracts.sweden.chapters.appeals import AppealDecided, AppealLodged
from contracts.sweden.chapters.asylum import AsylumDecided
from contracts.sweden.chapters.awaited_answers import AnswerOverdue
from contracts.sweden.chapters.benefit_appeals import AssistanceDecided, BenefitAppealDecided, BenefitAppealLodged
from contracts.sweden.chapters.child_inquiry import ChildInquiryConcluded
from contracts.sweden.chapters.child_safeguards import GuardianAppointed
from contracts.sweden.chapters.compensation import CompensationDecided
from contracts.sweden.chapters.interim_orders import InterimOrderMade
from contracts.sweden.chapters.reflection_period import ReflectionPeriodGranted, ReflectionPeriodRefused
from contracts.sweden.chapters.reimbursement import ReimbursementDecided
from contracts.sweden.chapters.residence_permit import ResidencePermitGranted, ResidencePermitRefused
from contracts.sweden.chapters.safety_plan import SafetyPlanMade
from contracts.sweden.chapters.voluntary_return import ReturnApproved, ReturnCountersigned, ReturnRefused
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.view.parts.awaited import AwaitedKind
from contracts.view.parts.begun import with_id
from contracts.vocabulary.agencies import AgencyKind, kind_named_by
from contracts.vocabulary.choices import DeadlineKind
from contracts.vocabulary.wording import Wording
from services.practice.deadlines import HEED

GIVE_THE_ANSWER: Final = "give the late answer"
ASK_FOR_THE_ANSWER: Final = "ask for the late answer"
RENEW: Final = "look at it again"
DECIDE_THE_APPEAL: Final = "decide the appeal"

AWAITED: Final = {
    AwaitedKind.REFLECTION_PERIOD: Wording("the decision on a reflection period", "beslutet om betänketid"),
    AwaitedKind.PERMIT: Wording("the decision on a permit", "beslutet om uppehållstillstånd"),
    AwaitedKind.ASYLUM: Wording("the decision on asylum", "beslutet om asyl"),
    AwaitedKind.COUNTERSIGNATURE: Wording(
        "the signature on an application for a return", "undertecknandet av en ansökan om återvändande"
    ),
    AwaitedKind.RETURN: Wording("the decision on a return", "beslutet om ett återvändande"),
    AwaitedKind.REIMBURSEMENT: Wording("the decision on reimbursement", "beslutet om ersättning"),
    AwaitedKind.COMPENSATION: Wording("the decision on compensation", "beslutet om brottsskadeersättning"),
    AwaitedKind.GUARDIAN: Wording("the appointment of a guardian", "förordnandet av en god man"),
    AwaitedKind.CHILD_INQUIRY: Wording("the end of the inquiry about a child", "avslutet på utredningen om ett barn"),
    AwaitedKind.APPEAL_TIME: Wording(
        "an appeal, or the word that there is none", "ett överklagande, eller beskedet att inget görs"
    ),
    AwaitedKind.APPEAL: Wording("the decision on an appeal", "avgörandet av ett överklagande"),
    AwaitedKind.RISK: Wording("a new assessment of the risk", "en ny bedömning av risken"),
    AwaitedKind.SAFETY_PLAN: Wording("a review of the safety plan", "en översyn av säkerhetsplanen"),
}
"""Each thing that is awaited, as the subject of a sentence."""

OWN_REVIEWS: Final = frozenset({AwaitedKind.RISK, AwaitedKind.SAFETY_PLAN})
"""What an agency renews for itself: it has its task from the beginning, with the last day."""

GIVEN_BY: Final[dict[AwaitedKind, tuple[type[CaseEvent], ...]]] = {
    AwaitedKind.REFLECTION_PERIOD: (ReflectionPeriodGranted, ReflectionPeriodRefused),
    AwaitedKind.PERMIT: (ResidencePermitGranted, ResidencePermitRefused),
    AwaitedKind.ASYLUM: (AsylumDecided,),
    AwaitedKind.COUNTERSIGNATURE: (ReturnCountersigned,),
    AwaitedKind.RETURN: (ReturnApproved, ReturnRefused),
    AwaitedKind.REIMBURSEMENT: (ReimbursementDecided,),
    AwaitedKind.COMPENSATION: (CompensationDecided,),
    AwaitedKind.GUARDIAN: (GuardianAppointed,),
    AwaitedKind.CHILD_INQUIRY: (ChildInquiryConcluded,),
    AwaitedKind.APPEAL_TIME: (AppealLodged,),
    AwaitedKind.APPEAL: (AppealDecided, BenefitAppealDecided),
    AwaitedKind.RISK: (NeedsAssessed,),
    AwaitedKind.SAFETY_PLAN: (SafetyPlanMade,),
}
"""The events by which each awaited thing is given."""


def waits_for_answers(agency: Mandate) -> None:
    """Give an agency the events of appeals, and the tasks about answers that it owes or waits for."""
    for event in (
        AppealLodged,
        AppealDecided,
        InterimOrderMade,
        AssistanceDecided,
        BenefitAppealLodged,
        BenefitAppealDecided,
    ):
        if agency.kind in event.issuers:
            agency.may_issue(event, role=event.roles[agency.kind])
    if agency.kind in SafetyPlanMade.issuers:
        agency.may_issue(SafetyPlanMade)
    agency.on(NeedsAssessed, SafetyPlanMade)(look_at_it_again)
    agency.on(AnswerOverdue)(see_to_the_late_answer)
    agency.on(*ENDS, CaseClosed)(answer_is_given)
    agency.on(AppealLodged)(appeal_is_lodged)
    agency.on(InterimOrderMade)(tell_of_the_stay)
    agency.on(BenefitAppealLodged)(benefit_appeal_is_lodged)
    agency.on(AppealDecided)(tell_the_outcome)
    agency.on(BenefitAppealDecided)(tell_that_it_is_decided)
    if agency.kind in AppealDecided.issuers:
        agency.on(AppealDecided, BenefitAppealDecided)(appeal_is_decided)


async def look_at_it_again(said: NeedsAssessed | SafetyPlanMade, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the agency that renews an assessment of the risk or a safety plan, due on its last day."""
    wait = with_id(case.awaited, context.provenance.event_id)
    if wait is not None and wait.asked_of == context.agency:
        words = AWAITED[wait.kind]
        await context.open_task(
            case,
            RENEW,
            wait.id,
            en=f"Due on this day: {words.en}.",
            sv=f"Ska göras senast denna dag: {words.sv}.",
            due=wait.last_day.isoformat(),
            to_issue=tuple(each for each in GIVEN_BY[wait.kind] if kind_named_by(context.agency) in each.issuers),
        )


async def see_to_the_late_answer(overdue: AnswerOverdue, case: CaseView, context: ReactionContext) -> None:
    """Open a task at whoever owes the answer, and at whoever waits for it."""
    wait = with_id(case.awaited, overdue.awaited_id)
    if wait is None:
        return
    words = AWAITED[wait.kind]
    last_day = wait.last_day.isoformat()
    if context.agency == wait.asked_of:
        await context.open_task(
            case,
            GIVE_THE_ANSWER,
            wait.id,
            en=f"Late since {last_day}: {words.en}. See to it now.",
            sv=f"Försenat sedan {last_day}: {words.sv}. Ordna det nu.",
            due=last_day,
            to_issue=tuple(each for each in GIVEN_BY[wait.kind] if kind_named_by(context.agency) in each.issuers),
        )
    elif context.agency == wait.asked_by:
        who = context.name_of(wait.asked_of)
        await context.open_task(
            case,
            ASK_FOR_THE_ANSWER,
            wait.id,
            en=f"Late since {last_day}: {words.en}. Ask {who}, and tell the person.",
            sv=f"Försenat sedan {last_day}: {words.sv}. Fråga {who} och berätta för personen.",
        )


async def answer_is_given(event: CaseEvent, case: CaseView, context: ReactionContext) -> None:
    """Close the tasks about each late answer that is no longer awaited, and in a closed case about all of them."""
    still = set() if isinstance(event, CaseClosed) else {each.id for each in case.awaited}
    reminded = {each.subject for each in case.reminded if each.kind is DeadlineKind.AWAITED}
    for wait in context.before.awaited:
        if wait.kind in OWN_REVIEWS and wait.id not in still and wait.asked_of == context.agency:
            await context.close_task(case, RENEW, wait.id)
        if wait.id in reminded and wait.id not in still:
            await context.close_task(case, HEED, wait.id)
        if wait.overdue and wait.id not in still:
            await context.close_task(case, GIVE_THE_ANSWER, wait.id)
            await context.close_task(case, ASK_FOR_THE_ANSWER, wait.id)


async def appeal_is_lodged(lodged: AppealLodged, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the court; tell the lead agency that nobody may be removed meanwhile, or that they may."""
    if context.agency == lodged.court:
        await context.open_task(
            case,
            DECIDE_THE_APPEAL,
            context.provenance.event_id,
            en="Decide the appeal.",
            sv="Avgör överklagandet.",
            to_issue=(AppealDecided,),
        )
    elif context.agency == case.lead and lodged.stays_removal:
        await context.notify(
            case,
            en="The refusal is appealed: the person may not be removed while the appeal is tried.",
            sv="Avslaget är överklagat: personen får inte avvisas eller utvisas medan överklagandet prövas.",
        )
    elif context.agency == case.lead:
        await context.notify(
            case,
            en="The refusal is appealed, but it may be enforced meanwhile: ask counsel for a stay at once.",
            sv="Avslaget är överklagat men kan verkställas under tiden: be biträdet begära inhibition genast.",
        )


async def benefit_appeal_is_lodged(lodged: BenefitAppealLodged, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the court."""
    if context.agency == lodged.court:
        await context.open_task(
            case,
            DECIDE_THE_APPEAL,
            context.provenance.event_id,
            en="Decide the appeal.",
            sv="Avgör överklagandet.",
            to_issue=(BenefitAppealDecided,),
        )


async def tell_of_the_stay(order: InterimOrderMade, case: CaseView, context: ReactionContext) -> None:
    """Tell the lead agency, and the police, whether the person may be removed meanwhile."""
    if context.agency != case.lead and kind_named_by(context.agency) is not AgencyKind.POLICE:
        return
    if order.stays_removal:
        en = "A stay is ordered: the person may not be removed while the appeal is tried."
        sv = "Inhibition är beslutad: personen får inte avvisas eller utvisas medan överklagandet prövas."
    else:
        en = "No stay is in force: the person may be removed although the appeal is tried. Speak with counsel at once."
        sv = "Ingen inhibition gäller: verkställighet får ske fastän överklagandet prövas. Tala genast med biträdet."
    await context.notify(case, en=en, sv=sv)


async def tell_that_it_is_decided(decided: BenefitAppealDecided, case: CaseView, context: ReactionContext) -> None:
    """Tell the lead agency that an appeal on assistance or reimbursement is decided; the support says how."""
    if context.agency == case.lead:
        await context.notify(
            case,
            en="An appeal on assistance or reimbursement is decided: see how, and what follows.",
            sv="Ett mål om bistånd eller ersättning är avgjort: se hur, och vad som följer.",
        )


async def appeal_is_decided(
    decided: AppealDecided | BenefitAppealDecided, case: CaseView, context: ReactionContext
) -> None:
    """Close the court's task."""
    await context.close_task(case, DECIDE_THE_APPEAL, decided.appeal_id)


async def tell_the_outcome(decided: AppealDecided, case: CaseView, context: ReactionContext) -> None:
    """Tell the lead agency how the appeal ended."""
    if context.agency == case.lead:
        words = LABELS.value(decided.outcome)
        await context.notify(
            case,
            en=f"The appeal is decided: {words.en}. Tell the person, and go through with counsel what follows.",
            sv=f"Överklagandet är avgjort: {words.sv}. Berätta för personen och gå med biträdet igenom vad som följer.",
        )
