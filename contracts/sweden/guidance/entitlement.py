"""Entitlement: the agencies that can assist a victim on a given day, with which services, and why (R8).

It only reads the case, and people act on the result. It refuses nothing, because an agency may always do more than its
duty; it tells caseworkers on whom they can count. The file has over 250 lines because the answers for the four kinds of
agency fit together, and most of it is their words.
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
    en="Municipalities support presumed victims regardless of formal identification, regions anyone with legal status "
    "and others as far as care cannot wait, the Migration Agency asylum seekers, and NGOs everyone.",
    sv="Kommuner stöder förmodade offer oavsett formell identifiering, regioner var och en med laglig vistelse och "
    "andra så långt vården inte kan vänta, Migrationsverket asylsökande och ideella organisationer alla.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “presumed victims of human trafficking, are entitled to receive support and "
    "assistance, regardless of formal identification”; “Irregular migrants will in these instances most likely be "
    "assisted only by NGOs.” Limits: Act on the Reception of Asylum Seekers (1994:137), sections 1 and 1 a; Act "
    "(2008:344) on health care for asylum seekers, section 6; Act (2013:407) on health care for foreigners without "
    "permits, section 7; an EU citizen's right of residence, Aliens Act (2005:716), chapter 3 a. The sections are to "
    "be checked by a lawyer.",
)


class Prospect(StrEnum):
    """The certainty of the help. `limited`: to a part of it, or on a condition; the reason says which."""

    ENTITLED = "entitled"
    LIMITED = "limited"
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
    EU_CITIZEN = "eu-citizen"
    IRREGULAR = "irregular"
    MINOR = "minor"


class Entitlement(Fact):
    """The help that the victim can expect from one kind of agency, and why; `services`: those that it could give."""

    kind: AgencyKind
    prospect: Prospect
    why: Wording
    services: tuple[Service, ...]


_LEGAL_STAY: Final = frozenset(ResidenceSituation) - {ResidenceSituation.IRREGULAR, ResidenceSituation.UNKNOWN}

_STAYS_FOR_LONG: Final = _LEGAL_STAY - {ResidenceSituation.EU_CITIZEN, ResidenceSituation.ASYLUM_SEEKER}

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

_MONEY_AND_HOME: Final = frozenset({Service.SAFE_ACCOMMODATION, Service.FINANCIAL_ASSISTANCE})
"""The services that an asylum seeker gets from the Migration Agency, and everybody else from the municipality."""

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
        Status.RESIDENT: case.residence is ResidenceSituation.RESIDENT,
        Status.EU_CITIZEN: case.residence is ResidenceSituation.EU_CITIZEN,
        Status.IRREGULAR: case.residence is ResidenceSituation.IRREGULAR and not has_legal_status(case, on),
        Status.MINOR: case.age_band is AgeBand.MINOR,
    }
    return frozenset(status for status, holds in held.items() if holds)


def has_legal_status(case: CaseView, on: date) -> bool:
    """True if the victim may be in Sweden on this Swedish day: by residence, a permit, or a reflection period.

    An EU citizen counts as one who may: the case does not know whether the right of residence holds.
    """
    return case.residence in _LEGAL_STAY or case.has_permit(on, *PermitKind) or case.in_reflection_period(on, on)


def who_can_assist(case: CaseView, on: date) -> tuple[Entitlement, ...]:
    """The help to expect from each kind of provider on a Swedish day."""
    return (_municipality(case, on), _region(case, on), _migration(case, on), _ngo())


def _helps_the_investigation(case: CaseView, on: date) -> bool:
    """True if a reflection period or a permit for the investigation is in force or applied for.

    The Act on the Reception of Asylum Seekers does not cover such a person, so the municipality answers for them.
    """
    return (
        case.in_reflection_period(on, on)
        or case.has_permit(on, PermitKind.TEMPORARY)
        or case.awaits_reflection_decision()
        or case.awaits_permit_decision()
    )


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
    if _helps_the_investigation(case, on):
        return _entitlement(
            AgencyKind.MUNICIPALITY,
            Prospect.ENTITLED,
            "The Social Services Act covers presumed victims. It also gives money and a place to live while a "
            "reflection period or a permit for the investigation is applied for or in force.",
            "Socialtjänstlagen omfattar förmodade offer. Den ger också pengar och boende medan betänketid eller "
            "uppehållstillstånd för utredningen är sökt eller gäller.",
            services,
        )
    if case.residence is ResidenceSituation.ASYLUM_SEEKER:
        return _entitlement(
            AgencyKind.MUNICIPALITY,
            Prospect.LIMITED,
            "The Social Services Act covers presumed victims. But money and a place to live come from the Migration "
            "Agency while asylum is tried.",
            "Socialtjänstlagen omfattar förmodade offer. Men pengar och boende ges av Migrationsverket medan "
            "asylansökan prövas.",
            tuple(service for service in services if service not in _MONEY_AND_HOME),
        )
    if case.residence is ResidenceSituation.EU_CITIZEN:
        return _entitlement(
            AgencyKind.MUNICIPALITY,
            Prospect.LIMITED,
            "The Social Services Act covers presumed victims. An EU citizen gets more than help in an emergency only "
            "with a right of residence, which the municipality looks into.",
            "Socialtjänstlagen omfattar förmodade offer. En EU-medborgare får mer än akut hjälp bara med "
            "uppehållsrätt, vilket kommunen utreder.",
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
    if case.residence in _STAYS_FOR_LONG or case.has_permit(on, *PermitKind) or case.in_reflection_period(on, on):
        return _entitlement(
            AgencyKind.REGION,
            Prospect.ENTITLED,
            "With legal status the victim has access to most health care.",
            "Med laglig vistelse har den utsatta tillgång till det mesta av vården.",
            _CARE,
        )
    if case.residence is ResidenceSituation.EU_CITIZEN:
        return _entitlement(
            AgencyKind.REGION,
            Prospect.LIMITED,
            "An EU citizen has access to care with a European health insurance card or, as any resident, with a right "
            "of residence; without both, to care that is needed at once.",
            "En EU-medborgare får vård med europeiskt sjukförsäkringskort eller, som alla bosatta, med uppehållsrätt; "
            "utan båda ges vård som behövs omedelbart.",
            _CARE,
        )
    who_en, who_sv = (
        ("An adult who seeks asylum", "En vuxen som söker asyl")
        if case.residence is ResidenceSituation.ASYLUM_SEEKER
        else ("An adult without a known right to stay", "En vuxen utan känd rätt att vistas här")
    )
    return _entitlement(
        AgencyKind.REGION,
        Prospect.LIMITED,
        f"{who_en} has the right to health care and dental care that cannot wait, to maternity care, to an abortion "
        "and to advice on contraception.",
        f"{who_sv} har rätt till vård och tandvård som inte kan anstå, mödravård, abort och preventivmedelsrådgivning.",
        _CARE,
    )


def _migration(case: CaseView, on: date) -> Entitlement:
    if case.residence is not ResidenceSituation.ASYLUM_SEEKER:
        return _entitlement(
            AgencyKind.MIGRATION,
            Prospect.NO,
            "The Migration Agency assists asylum seekers; no claim for asylum is known.",
            "Migrationsverket ger stöd till asylsökande; ingen asylansökan är känd.",
            (),
        )
    if _helps_the_investigation(case, on):
        return _entitlement(
            AgencyKind.MIGRATION,
            Prospect.LIMITED,
            "The Migration Agency assists asylum seekers. But the municipality gives money and a place to live while a "
            "reflection period or a permit for the investigation is applied for or in force.",
            "Migrationsverket ger stöd till asylsökande. Men kommunen ger pengar och boende medan betänketid eller "
            "uppehållstillstånd för utredningen är sökt eller gäller.",
            tuple(service for service in _OF_MIGRATION if service not in _MONEY_AND_HOME),
        )
    return _entitlement(
        AgencyKind.MIGRATION,
        Prospect.ENTITLED,
        "The victim is an asylum seeker, whom the Migration Agency assists.",
        "Den utsatta är asylsökande, och Migrationsverket ger stöd.",
        _OF_MIGRATION,
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
