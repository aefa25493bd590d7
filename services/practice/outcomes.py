"""Tasks about what comes of an accepted offer: the recipient gives what it promised, the referrer learns it.

The referrer gets a task when a service was not given in full, or when the case is handed back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bus.mandate import Mandate, ReactionContext
from contracts.chapters.assistance import SupportProvided
from contracts.chapters.closure import CaseClosed
from contracts.chapters.external_referral import ExternalReferralMade
from contracts.chapters.outcome import CouldNotReach, ReferralHandedBack, ReferralOutcomeReported
from contracts.chapters.referral import CaseReferred, ReferralAccepted
from contracts.chapters.transnational import TransnationalReferralAccepted
from contracts.chapters.unmet_need import NoReferralPossible
from contracts.law.offers import who_learns
from contracts.law.promises import DAYS_TO_GIVE, Given, given, still_promised
from contracts.sweden.labels.swedish import LABELS
from contracts.view.case_view import CaseView
from contracts.view.parts.begun import with_id
from contracts.view.parts.referral import Offer, OfferState, ServiceOutcome
from contracts.vocabulary.wording import Wording

GIVE_OR_REPORT: Final = "give what was promised"
SEEK_THE_REST: Final = "seek what was not given"
TRY_AGAIN: Final = "try again to reach the person"
HELP_TO_REACH: Final = "help to reach the person"


def follows_up(agency: Mandate) -> None:
    """Give an agency the tasks of a recipient that has accepted, and of a referrer whose offer was accepted."""
    agency.on(ReferralAccepted, TransnationalReferralAccepted)(give_what_was_promised)
    agency.on(SupportProvided)(promise_is_kept)
    agency.on(ReferralOutcomeReported)(learn_the_outcome)
    agency.on(CouldNotReach)(somebody_is_not_reached)
    agency.on(ReferralHandedBack)(nothing_left_to_give)
    agency.on(CaseReferred, ExternalReferralMade, NoReferralPossible)(the_rest_is_sought)
    agency.on(NoReferralPossible)(learn_what_is_lacking)
    agency.on(CaseClosed)(nothing_left_to_follow_up)


async def give_what_was_promised(
    accepted: ReferralAccepted | TransnationalReferralAccepted, case: CaseView, context: ReactionContext
) -> None:
    """Open a task at the recipient, due on the last day on which its services are not yet late."""
    offer = with_id(case.offers, accepted.offer_id)
    if offer is None or offer.recipient != context.agency or offer.accepted_on is None or not offer.promised:
        return
    services = LABELS.listed(offer.promised)
    await context.open_task(
        case,
        GIVE_OR_REPORT,
        offer.id,
        en=f"You have promised: {services.en}. Give it and record it, or report the outcome.",
        sv=f"Ni har lovat: {services.sv}. Ge det och registrera det, eller rapportera utfallet.",
        due=(offer.accepted_on + timedelta(days=DAYS_TO_GIVE)).isoformat(),
        to_issue=(SupportProvided, ReferralOutcomeReported),
    )


async def promise_is_kept(provided: SupportProvided, case: CaseView, context: ReactionContext) -> None:
    """Close the provider's task when nothing is left of what it promised; everybody's about reaching the person."""
    so_far = given(case)
    for offer in case.offers:
        if offer.recipient == context.provenance.agency and offer.state is OfferState.ACCEPTED:
            await _settled(offer, so_far, case, context)


async def learn_the_outcome(reported: ReferralOutcomeReported, case: CaseView, context: ReactionContext) -> None:
    """Close the recipient's tasks. Tell the referrer of the outcome, with a task when some help is still lacking."""
    offer = with_id(case.offers, reported.offer_id)
    if offer is None or offer.report is None:
        return
    await _settled(offer, given(case), case, context)
    if who_learns(case, offer) != context.agency:
        return
    earlier = with_id(context.before.offers, offer.id)
    if earlier is not None and earlier.report is not None:
        await context.close_task(case, SEEK_THE_REST, earlier.report.id)
    who, said = context.name_of(offer.recipient), tuple(map(_said, offer.report.services))
    en, sv = "; ".join(each.en for each in said), "; ".join(each.sv for each in said)
    if offer.report.lacking:
        await context.open_task(
            case,
            SEEK_THE_REST,
            offer.report.id,
            en=f"{who} reports: {en}. See who can give the rest.",
            sv=f"{who} rapporterar: {sv}. Se vem som kan ge resten.",
            to_issue=(CaseReferred, NoReferralPossible),
        )
    else:
        await context.notify(case, en=f"{who} reports: {en}.", sv=f"{who} rapporterar: {sv}.")


def _said(outcome: ServiceOutcome) -> Wording:
    service, result = LABELS.value(outcome.service), LABELS.value(outcome.result)
    if not outcome.reasons:
        return Wording(f"{service.en} {result.en}", f"{service.sv} {result.sv}")
    why = LABELS.listed(outcome.reasons)
    return Wording(f"{service.en} {result.en} ({why.en})", f"{service.sv} {result.sv} ({why.sv})")


async def somebody_is_not_reached(said: CouldNotReach, case: CaseView, context: ReactionContext) -> None:
    """Open a task at the recipient for its next try. Tell the referrer; it gets a task when no next try is set."""
    offer = with_id(case.offers, said.offer_id)
    if offer is None:
        return
    if offer.recipient == context.agency:
        await _reached(offer, context.before, context)
        if said.try_again_on is not None:
            await context.open_task(
                case,
                TRY_AGAIN,
                context.provenance.event_id,
                en="The person was not reached: try again.",
                sv="Personen har inte nåtts: försök igen.",
                due=said.try_again_on.isoformat(),
            )
    if who_learns(case, offer) != context.agency:
        return
    await _reached(offer, context.before, context)
    who, why = context.name_of(offer.recipient), LABELS.listed(said.reasons)
    if said.try_again_on is None:
        await context.open_task(
            case,
            HELP_TO_REACH,
            context.provenance.event_id,
            en=f"{who} could not reach the person ({why.en}): help it to make contact.",
            sv=f"{who} har inte nått personen ({why.sv}): hjälp till att skapa kontakt.",
        )
    else:
        await context.notify(
            case,
            en=f"{who} could not reach the person ({why.en}) and tries again on {said.try_again_on}.",
            sv=f"{who} har inte nått personen ({why.sv}) och försöker igen {said.try_again_on}.",
        )


async def nothing_left_to_give(back: ReferralHandedBack, case: CaseView, context: ReactionContext) -> None:
    """Close the recipient's tasks: another agency is to take over. What the referrer does is a task of referrals."""
    offer = with_id(case.offers, back.offer_id)
    if offer is not None:
        await context.close_task(case, GIVE_OR_REPORT, offer.id)
        await _reached(offer, context.before, context)


async def the_rest_is_sought(
    said: CaseReferred | ExternalReferralMade | NoReferralPossible, case: CaseView, context: ReactionContext
) -> None:
    """Close the tasks to seek a service that a new offer asks for, or that nobody can give."""
    services = (said.service,) if isinstance(said, NoReferralPossible) else said.services
    for offer in context.before.offers:
        if offer.report is not None and set(offer.report.lacking) & set(services):
            await context.close_task(case, SEEK_THE_REST, offer.report.id)


async def learn_what_is_lacking(said: NoReferralPossible, case: CaseView, context: ReactionContext) -> None:
    """Tell the lead agency which service another participant has sought in vain."""
    if case.lead == context.agency != context.provenance.agency:
        who, service, why = (
            context.name_of(context.provenance.agency),
            LABELS.value(said.service),
            LABELS.listed(said.reasons),
        )
        await context.notify(
            case,
            en=f"{who} finds nobody who can give: {service.en} ({why.en}).",
            sv=f"{who} hittar ingen som kan ge: {service.sv} ({why.sv}).",
        )


async def nothing_left_to_follow_up(closed: CaseClosed, case: CaseView, context: ReactionContext) -> None:
    """Close every task about an accepted offer: work in the case has ended."""
    for offer in case.offers:
        if offer.report is not None:
            await context.close_task(case, SEEK_THE_REST, offer.report.id)
        if offer.promised:
            await context.close_task(case, GIVE_OR_REPORT, offer.id)
        await _reached(offer, case, context)


async def _settled(offer: Offer, so_far: Given, case: CaseView, context: ReactionContext) -> None:
    """Close the tasks of an offer that its recipient has followed up."""
    await _reached(offer, case, context)
    reports = who_learns(case, offer) if offer.external else offer.recipient
    if reports == context.agency and offer.promised and not still_promised(offer, so_far):
        await context.close_task(case, GIVE_OR_REPORT, offer.id)


async def _reached(offer: Offer, case: CaseView, context: ReactionContext) -> None:
    """Close the tasks of the latest word, in this case, that the person was not reached."""
    known = with_id(case.offers, offer.id)
    if known is not None and known.unreached is not None:
        await context.close_task(case, TRY_AGAIN, known.unreached)
        await context.close_task(case, HELP_TO_REACH, known.unreached)
