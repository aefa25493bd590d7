"""Entitlement: the agencies that can assist a victim on a given day, with which services, and why (R8).

It only reads the case, and people act on the result. It refuses nothing, because an agency may always do more than its
duty; it tells caseworkers on whom they can count.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from contracts.event.fact import Fact
from contracts.law.children import may_be_a_child
from contracts.law.rule import REFERRAL_AND_ASSISTANCE, stated
from contracts.view.case_view import CaseView
from contracts.view.parts.identification import Identification
from contracts.view.parts.legal_status import PermitKind
from contracts.vocabulary.agencies import AgencyKind
from contracts.vocabulary.choices import AgeBand, ResidenceSituation, Service
from contracts.vocabulary.wording import Wording

help_follows_status = stated(
    "R8",
    en="Municipalities support presumed victims regardless of formal identification, regions anyone with legal status, "
    "the Migration Agency asylum seekers, and NGOs everyone.",
    sv="Kommuner stöder förmodade offer oavsett formell identifiering, regioner var och en med laglig vistelse, "
    "Migrationsverket asylsökande och ideella organisationer alla.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “presumed victims of human trafficking, are entitled to receive support and "
    "assistance, regardless of formal identification”; “Irregular migrants will in these instances most likely be "
    "assisted only by NGOs.”",
)


class Prospect(StrEnum):
    """The certainty of the help."""

    ENTITLED = "entitled"
    UNLIKELY = "unlikely"
    NO = "no"


class Status(StrEnum):
    """The statuses that decide whose help a person can count on. A person may have several at once."""

    PRESUMED = "presumed"
    FORMALLY_IDENTIFIED = "formally-identified"
    REFLECTION_PERIOD = "reflection-period"
    PERMIT = "permit"
    ASYLUM_SEEKER = "asylum-seeker"
    RESIDENT = "resident"
    IRREGULAR = "irregular"
    MINOR = "minor"


class Entitlement(Fact):
    """The help that the victim can expect from one kind of agency, and why; `services`: those that it could give."""

    kind: AgencyKind
    prospect: Prospect
    why: Wording
    services: tuple[Service, ...]


_LEGAL_STAY: Final = frozenset(ResidenceSituation) - {ResidenceSituation.IRREGULAR, ResidenceSituation.UNKNOWN}

MUNICIPAL: Final = (
    Service.COUNSELLING,
    Service.SAFE_ACCOMMODATION,
    Service.FINANCIAL_ASSISTANCE,
    Service.SOCIAL_SERVICES,
    Service.HEALTH_CARE,
    Service.INTERPRETATION,
    Service.SAFE_RETURN,
)
"""The source's list of services for municipalities; without the tracing of a custodian, which is for children only."""

_WITH_STATUS: Final = (Service.LANGUAGE_COURSES, Service.VOCATIONAL_TRAINING)

_CARE: Final = (Service.HEALTH_CARE, Service.DENTAL_CARE)

_OF_NGOS: Final = (
    Service.COUNSELLING,
    Service.SAFE_ACCOMMODATION,
    Service.INTERPRETATION,
    Service.LEGAL_SUPPORT,
    Service.REHABILITATION,
    Service.SAFE_RETURN,
    Service.LONG_TERM_SUPPORT,
)

_OF_MIGRATION: Final = (
    Service.SAFE_ACCOMMODATION,
    Service.FINANCIAL_ASSISTANCE,
    Service.INTERPRETATION,
    Service.LEGAL_SUPPORT,
)


def statuses(case: CaseView, on: date) -> frozenset[Status]:
    """Every status that the person has on a Swedish day."""
    formal = case.identification is Identification.FORMAL
    held = {
        Status.PRESUMED: case.identification is Identification.PRESUMED,
        Status.FORMALLY_IDENTIFIED: formal,
        Status.REFLECTION_PERIOD: case.in_reflection_period(on, on),
        Status.PERMIT: case.has_permit(on, *PermitKind)
        or case.residence in (ResidenceSituation.TEMPORARY_PERMIT, ResidenceSituation.WORK_PERMIT),
        Status.ASYLUM_SEEKER: case.residence is ResidenceSituation.ASYLUM_SEEKER,
        Status.RESIDENT: case.residence in (ResidenceSituation.RESIDENT, ResidenceSituation.EU_CITIZEN),
        Status.IRREGULAR: case.residence is ResidenceSituation.IRREGULAR and not has_legal_status(case, on),
        Status.MINOR: case.age_band is AgeBand.MINOR,
    }
    return frozenset(status for status, holds in held.items() if holds)


def has_legal_status(case: CaseView, on: date) -> bool:
    """True if the victim may be in Sweden on this Swedish day: by residence, a permit, or a reflection period."""
    return case.residence in _LEGAL_STAY or case.has_permit(on, *PermitKind) or case.in_reflection_period(on, on)


def who_can_assist(case: CaseView, on: date) -> tuple[Entitlement, ...]:
    """The help to expect from each kind of provider on a Swedish day."""
    return (_municipality(case, on), _region(case, on), _migration(case), _ngo())


def _municipality(case: CaseView, on: date) -> Entitlement:
    legal, child = has_legal_status(case, on), may_be_a_child(case)
    services = (
        *MUNICIPAL,
        *((Service.CUSTODIAN_TRACING,) if child else ()),
        *(_WITH_STATUS if legal else ()),
    )
    if child:
        return _entitlement(
            AgencyKind.MUNICIPALITY,
            Prospect.ENTITLED,
            "Social services answer for every child who needs protection, and for whoever may be a child, whatever "
            "their status.",
            "Socialtjänsten ansvarar för varje barn som behöver skydd och för den som kan vara ett barn, oavsett "
            "status.",
            services,
        )
    if case.residence is ResidenceSituation.IRREGULAR and not (case.under_investigation or legal):
        return _entitlement(
            AgencyKind.MUNICIPALITY,
            Prospect.UNLIKELY,
            "The Social Services Act covers presumed victims, but without an investigation or legal status a "
            "municipality seldom helps.",
            "Socialtjänstlagen omfattar förmodade offer, men utan förundersökning eller laglig vistelse ger en kommun "
            "sällan stöd.",
            services,
        )
    return _entitlement(
        AgencyKind.MUNICIPALITY,
        Prospect.ENTITLED,
        "The Social Services Act covers presumed victims, regardless of formal identification.",
        "Socialtjänstlagen omfattar förmodade offer, oavsett formell identifiering.",
        services,
    )


def _region(case: CaseView, on: date) -> Entitlement:
    if may_be_a_child(case):
        return _entitlement(
            AgencyKind.REGION,
            Prospect.ENTITLED,
            "A child, and whoever may be one, has the right to health care like any child in Sweden, whatever their "
            "status.",
            "Ett barn, och den som kan vara ett barn, har rätt till vård som alla barn i Sverige, oavsett status.",
            _CARE,
        )
    if has_legal_status(case, on):
        return _entitlement(
            AgencyKind.REGION,
            Prospect.ENTITLED,
            "With legal status the victim has access to most health care.",
            "Med laglig vistelse har den utsatta tillgång till det mesta av vården.",
            _CARE,
        )
    return _entitlement(
        AgencyKind.REGION,
        Prospect.UNLIKELY,
        "Without legal status the victim has access to little more than care that cannot wait.",
        "Utan laglig vistelse har den utsatta knappt tillgång till mer än vård som inte kan anstå.",
        _CARE,
    )


def _migration(case: CaseView) -> Entitlement:
    if case.residence is ResidenceSituation.ASYLUM_SEEKER:
        return _entitlement(
            AgencyKind.MIGRATION,
            Prospect.ENTITLED,
            "The victim is an asylum seeker, whom the Migration Agency assists.",
            "Den utsatta är asylsökande, och Migrationsverket ger stöd.",
            _OF_MIGRATION,
        )
    return _entitlement(
        AgencyKind.MIGRATION,
        Prospect.NO,
        "The Migration Agency assists asylum seekers; no claim for asylum is known.",
        "Migrationsverket ger stöd till asylsökande; ingen asylansökan är känd.",
        (),
    )


def _ngo() -> Entitlement:
    return _entitlement(
        AgencyKind.NGO,
        Prospect.ENTITLED,
        "NGOs, first those of the Civil Society Platform, support every presumed victim, and whoever wants no contact "
        "with authorities too, as far as their resources reach.",
        "Ideella organisationer, främst de i Plattformen Civila Sverige mot människohandel, stöder alla förmodade "
        "offer, även den som inte vill ha kontakt med myndigheter, så långt resurserna räcker.",
        _OF_NGOS,
    )


def _entitlement(kind: AgencyKind, prospect: Prospect, en: str, sv: str, services: tuple[Service, ...]) -> Entitlement:
    return Entitlement(kind=kind, prospect=prospect, why=Wording(en, sv), services=services)
