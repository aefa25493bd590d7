"""Who reads which part of a case, and so who writes in it (R25). Pure; it follows from the core alone.

So all participants agree on it, and the bus grants the keys of a part to its readers and to no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.children import stands_by_duty
from contracts.law.rule import CONSENT_LIFTS_SECRECY, NOT_IN_THE_SOURCES, Missing, missing, stated
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolve_core
from contracts.view.parts.legal_status import Decision, Permit, ReflectionPeriod
from contracts.view.parts.referral import Offer, OfferState
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Purpose
from contracts.vocabulary.parts import Part

NEEDED_FOR: Final = {
    Purpose.SUPPORT: {Part.SUPPORT, Part.INTEGRATION},
    Purpose.HEALTH_CARE: {Part.SUPPORT},
    Purpose.SAFE_RETURN: {Part.SUPPORT},
    Purpose.CHILD_PROTECTION: {Part.SUPPORT},
    Purpose.LONG_TERM_INTEGRATION: {Part.SUPPORT, Part.INTEGRATION},
    Purpose.INVESTIGATION: {Part.INVESTIGATION},
    Purpose.LEGAL_STATUS: {Part.STAY},
    Purpose.LABOUR_INSPECTION: {Part.INSPECTION},
}
"""The parts that an agency reads for each purpose, once it has accepted the case for it."""


def parts_of(case: CaseView, agency: AgencyId) -> frozenset[Part]:
    """The parts that an agency reads: none before it takes part, and none once the case is erased.

    * Every participant reads the core.
    * A purpose of an offer that the agency accepted opens a part, while consent or a duty to a child covers it.
    * A task by law opens a part: to decide, to protect a child, to advise.
    * The lead agency reads the support, the integration, the applications to stay, and the texts of offers.
    * Who decided that the person may stay reads the integration.
    * Who leads or led the investigation reads it, and who takes part in an inspection reads that.
    * Both sides of an offer that stands read the texts of offers.
    * Who took part before the case had parts goes on reading all of them.

    A day that passes changes nothing, until the clock's event about it.
    """
    own = next((each for each in case.participants if each.agency == agency), None)
    if own is None or case.status is CaseStatus.ERASED:
        return frozenset()
    if agency in case.knew_all or case.before_parts:
        return frozenset(Part)
    parts = {Part.CORE, *own.parts}
    if agency == case.lead:
        parts |= {Part.SUPPORT, Part.INTEGRATION, Part.STAY, Part.OFFER}
    if case.investigation is not None and case.investigation.led_by == agency:
        parts |= {Part.INVESTIGATION, Part.STAY}
    if any(agency in each.inspectors for each in case.inspections):
        parts.add(Part.INSPECTION)
    applications: tuple[ReflectionPeriod | Permit, ...] = (*case.reflection_periods, *case.permits)
    if any(agency == each.requested_by for each in applications):
        parts.add(Part.STAY)
    if Part.STAY in own.parts and any(each.decision is Decision.GRANTED for each in case.permits):
        parts.add(Part.INTEGRATION)
    consented = case.consented((agency,), date.min)[agency]
    for offer in case.offers:
        if offer.stands and agency in (offer.referrer, offer.recipient):
            parts.add(Part.OFFER)
        if offer.state is OfferState.ACCEPTED and offer.recipient == agency:
            parts.update(*(NEEDED_FOR[each] for each in _purposes_in_force(case, offer, consented)))
    return frozenset(parts)


def _purposes_in_force(case: CaseView, offer: Offer, consented: frozenset[Purpose]) -> frozenset[Purpose]:
    purposes = frozenset(offer.purposes)
    return purposes if stands_by_duty(case, offer) else purposes & consented


def readers_of(case: CaseView, part: Part) -> frozenset[AgencyId]:
    """The agencies that read a part of the case."""
    return frozenset(each.agency for each in case.participants if part in parts_of(case, each.agency))


def readers(case: CaseView) -> Mapping[AgencyId, frozenset[Part]]:
    """Each participant, and the parts that it reads."""
    return {each.agency: parts_of(case, each.agency) for each in case.participants}


def same_readers(before: CaseView, after: CaseView) -> bool:
    """True if two views have the same values where `parts_of` looks; it compares one pointer for each field."""
    return all(getattr(before, name) is getattr(after, name) for name in _DECIDES_WHO_READS)


_DECIDES_WHO_READS: Final = (
    *("participants", "lead", "status", "knew_all", "before_parts", "offers", "consents"),
    *("investigation", "inspections", "reflection_periods", "permits", "age_band", "age_basis"),
)


def part_not_read(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
    """The objection to an event whose details lie in a part that its agency reads neither before it nor after it."""
    if event.part in parts_of(case, by.agency) or event.part in parts_of(evolve_core(case, event, by), by.agency):
        return None
    return missing(
        f"{by.agency} does not read the part “{event.part}” of the case, so it writes no details there.",
        f"{by.agency} läser inte delen ”{event.part}” av ärendet och skriver därför inga uppgifter där.",
        *sorted(readers_of(case, event.part)),
    )


writers_read_the_part: Final = stated(
    "R25",
    en="Each agency reads the parts of a case that its accepted purposes, the consent in force or its task by law give "
    "it, and writes details only there.",
    sv="Varje aktör läser de delar av ett ärende som dess mottagna ändamål, gällande samtycke eller lagstadgade "
    "uppgift ger den, och skriver uppgifter bara där.",
    source=f"{NOT_IN_THE_SOURCES}: the least that each task needs. Regulation (EU) 2016/679, article 5(1)(b) and (c). "
    f"{CONSENT_LIFTS_SECRECY}",
)
