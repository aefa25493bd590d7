"""Who can assist a presumed victim on a given day, and why (R8): a pure reading of the case, for people to act on.

It refuses nothing. An agency may always do more than it must; this says whom a caseworker can count on.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from contracts.agencies import AgencyKind
from contracts.event import Fact
from contracts.rules import Wording
from contracts.view import CaseView
from contracts.vocabulary import ResidenceSituation


class Prospect(StrEnum):
    """How sure the help is."""

    ENTITLED = "entitled"
    UNLIKELY = "unlikely"
    NO = "no"


class Entitlement(Fact):
    """What the victim can expect from one kind of agency."""

    kind: AgencyKind
    prospect: Prospect
    why: Wording


_LEGAL_STAY: Final = frozenset(
    {
        ResidenceSituation.RESIDENT,
        ResidenceSituation.EU_CITIZEN,
        ResidenceSituation.ASYLUM_SEEKER,
        ResidenceSituation.TEMPORARY_PERMIT,
    }
)


def who_can_assist(case: CaseView, on: date) -> tuple[Entitlement, ...]:
    """What each kind of provider can be expected to do on a Swedish day."""
    return (_municipality(case, on), _region(case, on), _migration(case), _ngo())


def has_legal_status(case: CaseView, on: date) -> bool:
    """Whether the victim may be in Sweden on this day: by residence, or by a reflection period."""
    return case.residence in _LEGAL_STAY or case.in_reflection_period(on, on)


def _municipality(case: CaseView, on: date) -> Entitlement:
    if case.residence is ResidenceSituation.IRREGULAR and not (case.under_investigation or has_legal_status(case, on)):
        return _entitlement(
            AgencyKind.MUNICIPALITY,
            Prospect.UNLIKELY,
            "The Social Services Act covers presumed victims, but without an investigation or legal status a "
            "municipality seldom helps.",
            "Socialtjänstlagen omfattar förmodade offer, men utan förundersökning eller laglig vistelse ger en kommun "
            "sällan stöd.",
        )
    return _entitlement(
        AgencyKind.MUNICIPALITY,
        Prospect.ENTITLED,
        "The Social Services Act covers presumed victims, regardless of formal identification.",
        "Socialtjänstlagen omfattar förmodade offer, oavsett formell identifiering.",
    )


def _region(case: CaseView, on: date) -> Entitlement:
    if has_legal_status(case, on):
        return _entitlement(
            AgencyKind.REGION,
            Prospect.ENTITLED,
            "With legal status the victim has access to most health care.",
            "Med laglig vistelse har den utsatta tillgång till det mesta av vården.",
        )
    return _entitlement(
        AgencyKind.REGION,
        Prospect.UNLIKELY,
        "Without legal status the victim has access to little more than care that cannot wait.",
        "Utan laglig vistelse har den utsatta knappt tillgång till mer än vård som inte kan anstå.",
    )


def _migration(case: CaseView) -> Entitlement:
    if case.residence is ResidenceSituation.ASYLUM_SEEKER:
        return _entitlement(
            AgencyKind.MIGRATION,
            Prospect.ENTITLED,
            "The victim is an asylum seeker, whom the Migration Agency assists.",
            "Den utsatta är asylsökande, och Migrationsverket ger stöd.",
        )
    return _entitlement(
        AgencyKind.MIGRATION,
        Prospect.NO,
        "The Migration Agency assists asylum seekers; no claim for asylum is known.",
        "Migrationsverket ger stöd till asylsökande; ingen asylansökan är känd.",
    )


def _ngo() -> Entitlement:
    return _entitlement(
        AgencyKind.NGO,
        Prospect.ENTITLED,
        "NGOs support every presumed victim, as far as their resources reach.",
        "Ideella organisationer stöder alla förmodade offer, så långt resurserna räcker.",
    )


def _entitlement(kind: AgencyKind, prospect: Prospect, en: str, sv: str) -> Entitlement:
    return Entitlement(kind=kind, prospect=prospect, why=Wording(en, sv))
