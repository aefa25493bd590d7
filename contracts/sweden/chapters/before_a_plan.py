"""Before a plan: the services that Swedish law lets come before a support plan (R9).

`contracts.chapters.assistance` has the rule of the sources, by which only emergency accommodation does.
"""

from __future__ import annotations

from typing import Final

from contracts.chapters.assistance import PROVIDERS, SupportProvided
from contracts.event.case_event import Provenance
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, missing, rule
from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyKind
from contracts.vocabulary.choices import Service
from contracts.vocabulary.parts import Part

CANNOT_WAIT: Final = frozenset(
    {
        Service.COUNSELLING,
        Service.SAFE_ACCOMMODATION,
        Service.FINANCIAL_ASSISTANCE,
        Service.HEALTH_CARE,
        Service.DENTAL_CARE,
        Service.INTERPRETATION,
    }
)
"""The services that article 11(5) of Directive 2011/36/EU names, and that somebody may need on the first day."""

WITHOUT_ASSESSMENT: Final = frozenset({Service.COUNSELLING, Service.SOCIAL_SERVICES})
"""The services that a municipality may give since July 2025 to whoever asks, without an assessment of that person.

Accommodation and money are not among them: they follow an assessment.
"""

_CANNOT_WAIT: Final = (
    f"{NOT_IN_THE_SOURCES}: Directive 2011/36/EU, article 11(2) and (5); Social Services Act (2001:453), chapter 2, "
    "section 1; Health and Medical Services Act (2017:30), chapter 8, section 4; Administrative Procedure Act "
    "(2017:900), section 13, on interpreters. The list of services is to be checked by a lawyer."
)


@rule(
    "R9",
    SupportProvided,
    en="A service follows the support plan. Before it may come: counselling, accommodation, money, health care, dental "
    "care and interpretation that cannot wait, and what the assessment of needs calls urgent.",
    sv="En insats följer stödplanen. Före den får komma: stödsamtal, boende, pengar, vård, tandvård och tolkning som "
    "inte kan vänta, och det som behovsbedömningen anger som brådskande.",
    source=_CANNOT_WAIT,
    part=Part.SUPPORT,
)
def service_follows_plan_unless_it_cannot_wait(
    case: CaseView, event: SupportProvided, by: Provenance
) -> Missing | None:
    if event.emergency and (event.service in CANNOT_WAIT or _called_urgent(case, event.service)):
        return None
    if case.plan is not None and case.plan.id == event.plan_id:
        return None
    return missing(
        "The service neither names the support plan in force nor is one that cannot wait.",
        "Insatsen anger inte den gällande stödplanen och är inte en som inte kan vänta.",
        *sorted(PROVIDERS),
    )


def _called_urgent(case: CaseView, service: Service) -> bool:
    return case.needs is not None and service in case.needs.urgent


@rule(
    "R9",
    SupportProvided,
    en="A service follows the support plan. Before it may come: counselling, accommodation, money, health care, dental "
    "care and interpretation that cannot wait, what the assessment of needs calls urgent, and a municipality's "
    "counselling and social services that it gives without an individual assessment.",
    sv="En insats följer stödplanen. Före den får komma: stödsamtal, boende, pengar, vård, tandvård och tolkning som "
    "inte kan vänta, det som behovsbedömningen anger som brådskande, och stödsamtal och sociala insatser som en kommun "
    "ger utan individuell behovsprövning.",
    source=f"{_CANNOT_WAIT} Social Services Act (2025:400), chapter 10, on services without an individual assessment "
    "(government bill 2024/25:89): the section, and which services it covers, are to be checked by a lawyer.",
    part=Part.SUPPORT,
)
def service_follows_plan_unless_it_takes_no_assessment(
    case: CaseView, event: SupportProvided, by: Provenance
) -> Missing | None:
    if by.kind is AgencyKind.MUNICIPALITY and event.service in WITHOUT_ASSESSMENT:
        return None
    return service_follows_plan_unless_it_cannot_wait.check(case, event, by)
