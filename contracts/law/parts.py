"""Who reads which part of a case, and so who writes in it (R25). Pure; it follows from the core alone.

So all participants agree on it, and the bus grants the keys of a part to its readers and to no others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from contracts.event.case_event import CaseEvent, Provenance
from contracts.law.children import stands_by_duty
from contracts.law.rule import CONSENT_LIFTS_SECRECY, NOT_IN_THE_SOURCES, Missing, missing, stated
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolve_core
from contracts.view.parts.legal_status import Decision, Permit, ReflectionPeriod
from contracts.view.parts.referral import Offer
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

MOST_NAMED: Final = 10
"""The largest number of agencies that a refusal names."""


def parts_of(case: CaseView, agency: AgencyId) -> frozenset[Part]:
    """The parts that an agency reads: none before it takes part, and none once the case is erased.

    * Every participant reads the core. An agency that is only offered the case reads none: it has a preview.
    * A purpose of an offer that the agency accepted opens a part, while consent or a duty to a child covers it.
    * A task by law opens a part: to decide, to protect a child, to advise.
    * The lead agency reads the support, the integration, the applications to stay, and the dialogue.
    * Who decided that the person may stay reads the integration.
    * Who leads or led the investigation reads it, and who takes part in an inspection reads that.
    * Both sides of an offer that stands, or of a consultation, read what agencies write to each other.
    * Who took part before the case had parts goes on reading all of them.

    A day that passes changes nothing, until the clock's event about it.
    """
    return readers(case, agency).get(agency, frozenset())


def readers(case: CaseView, *among: AgencyId) -> Mapping[AgencyId, frozenset[Part]]:
    """Each participant, and the parts that it reads; see `parts_of`. `among`: only these agencies."""
    found: dict[AgencyId, set[Part]] = {}
    for ground in grounds(case, *among):
        found.setdefault(ground.agency, set()).update(ground.parts)
    return {agency: frozenset(parts) for agency, parts in found.items()}


class ReadingReason(StrEnum):
    """The reasons for which an agency reads parts of a case."""

    TAKES_PART = "takes-part"
    TASK_BY_LAW = "task-by-law"
    LEADS = "leads"
    LEADS_INVESTIGATION = "leads-investigation"
    INSPECTS = "inspects"
    APPLIED = "applied"
    DECIDED_STAY = "decided-stay"
    ADVICE = "advice"
    SIDE_OF_OFFER = "side-of-offer"
    ACCEPTED_WITH_CONSENT = "accepted-with-consent"
    ACCEPTED_BY_DUTY = "accepted-by-duty"
    BEFORE_PARTS = "before-parts"


class Ground(NamedTuple):
    """One reason why an agency reads parts of a case.

    Attributes:
        agency: the agency.
        parts: the parts that the reason opens.
        reason: the reason.
        about: the id of the event that began what it rests on (an offer, a consultation, an application, an
            investigation, an inspection); None: the participation itself.
    """

    agency: AgencyId
    parts: frozenset[Part]
    reason: ReadingReason
    about: str | None = None


def grounds(case: CaseView, *among: AgencyId) -> Iterator[Ground]:
    """Every reason why an agency reads parts of the case; `readers` adds them up. `among`: only these agencies.

    It makes one pass over each list of the view, however many agencies take part.
    """
    if case.status is CaseStatus.ERASED:
        return
    named = (each for each in case.participants if not each.is_offered)
    present = {each.agency for each in named if not among or each.agency in among}
    for each in case.participants:
        if each.agency in present:
            yield Ground(each.agency, _CORE, ReadingReason.TAKES_PART)
            if each.parts:
                yield Ground(each.agency, frozenset(each.parts), ReadingReason.TASK_BY_LAW)
    yield from _by_tasks(case, present)
    yield from _by_offers(case, present)
    for agency in sorted(present) if case.before_parts else case.knew_all:
        if agency in present:
            yield Ground(agency, frozenset(Part), ReadingReason.BEFORE_PARTS)


_CORE: Final = frozenset({Part.CORE})
_DIALOGUE: Final = frozenset({Part.DIALOGUE})
_STAY: Final = frozenset({Part.STAY})
_LEAD: Final = frozenset({Part.SUPPORT, Part.INTEGRATION, Part.STAY, Part.DIALOGUE})


def _by_tasks(case: CaseView, present: Collection[AgencyId]) -> Iterator[Ground]:
    """Yield what the lead, the investigation, the inspections and the applications open."""
    if case.lead is not None and case.lead in present:
        yield Ground(case.lead, _LEAD, ReadingReason.LEADS)
    investigation = case.investigation
    if investigation is not None and investigation.led_by in present:
        opened = frozenset({Part.INVESTIGATION, Part.STAY})
        yield Ground(investigation.led_by, opened, ReadingReason.LEADS_INVESTIGATION, investigation.id)
    for inspection in case.inspections:
        for inspector in inspection.inspectors:
            if inspector in present:
                yield Ground(inspector, frozenset({Part.INSPECTION}), ReadingReason.INSPECTS, inspection.id)
    applications: tuple[ReflectionPeriod | Permit, ...] = (*case.reflection_periods, *case.permits)
    for application in applications:
        if application.requested_by is not None and application.requested_by in present:
            yield Ground(application.requested_by, _STAY, ReadingReason.APPLIED, application.id)
    granted = next((each.id for each in case.permits if each.decision is Decision.GRANTED), None)
    if granted is not None:
        for each in case.participants:
            if Part.STAY in each.parts and each.agency in present:
                yield Ground(each.agency, frozenset({Part.INTEGRATION}), ReadingReason.DECIDED_STAY, granted)


def _by_offers(case: CaseView, present: Collection[AgencyId]) -> Iterator[Ground]:
    """Yield the dialogue on consultations and on the offers that stand, and what the accepted offers open."""
    for asked in case.consultations:
        for side in {asked.asked_by, asked.coordinator}.intersection(present):
            yield Ground(side, _DIALOGUE, ReadingReason.ADVICE, asked.id)
    standing = [offer for offer in case.offers if offer.stands and not _sides(offer).isdisjoint(present)]
    consented = case.consented({offer.recipient for offer in standing}, date.min)
    for offer in standing:
        for side in _sides(offer).intersection(present):
            yield Ground(side, _DIALOGUE, ReadingReason.SIDE_OF_OFFER, offer.id)
        if offer.taken_on and offer.recipient in present:
            by_duty = stands_by_duty(case, offer)
            purposes = frozenset(offer.purposes)
            in_force = purposes if by_duty else purposes & consented[offer.recipient]
            opened = frozenset(part for each in in_force for part in NEEDED_FOR[each])
            if opened:
                reason = ReadingReason.ACCEPTED_BY_DUTY if by_duty else ReadingReason.ACCEPTED_WITH_CONSENT
                yield Ground(offer.recipient, opened, reason, offer.id)


def consents_behind(case: CaseView, ground: Ground) -> tuple[str, ...]:
    """The ids of the consents in force on which a ground rests; none where it rests on no consent."""
    if ground.reason is not ReadingReason.ACCEPTED_WITH_CONSENT:
        return ()
    offer = next((each for each in case.offers if each.id == ground.about), None)
    purposes = () if offer is None else offer.purposes
    return tuple(
        consent.id
        for consent in case.consents
        if any(consent.covers(ground.agency, purpose, date.min) for purpose in purposes)
    )


def _sides(offer: Offer) -> frozenset[AgencyId]:
    return frozenset((offer.referrer,) if offer.external else (offer.referrer, offer.recipient))


def readers_of(case: CaseView, part: Part) -> frozenset[AgencyId]:
    """The agencies that read a part of the case."""
    return frozenset(agency for agency, parts in readers(case).items() if part in parts)


def same_readers(before: CaseView, after: CaseView) -> bool:
    """True if two views have the same values where `parts_of` looks; it compares one pointer for each field."""
    return all(getattr(before, name) is getattr(after, name) for name in _DECIDES_WHO_READS)


_DECIDES_WHO_READS: Final = (
    *("participants", "lead", "status", "knew_all", "before_parts", "offers", "consents"),
    *("investigation", "inspections", "consultations", "reflection_periods", "permits", "age_band", "age_basis"),
)


def part_not_read(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
    """The objection to an event whose details lie in a part that its agency reads neither before it nor after it.

    The recipient of an offer writes its question and its answer to the readers of the dialogue, which it does not read.
    """
    if event.part is Part.DIALOGUE and case.is_offered(by.agency):
        return None
    if event.part in parts_of(case, by.agency) or event.part in parts_of(evolve_core(case, event, by), by.agency):
        return None
    return missing(
        f"{by.agency} does not read the part “{event.part}” of the case, so it writes no details there.",
        f"{by.agency} läser inte delen ”{event.part}” av ärendet och skriver därför inga uppgifter där.",
        *sorted(readers_of(case, event.part))[:MOST_NAMED],
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
