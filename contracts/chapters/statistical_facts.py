"""Facts for the statistics: the sex and the citizenship group that the European Union asks to have victims counted by.

They are apart from the detection, which asks for nothing that help does not need. No rule reads them.
"""

from __future__ import annotations

from typing import ClassVar, Final

from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import Example
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, mandate
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.statistical_facts import CitizenshipGroup, Sex, StatisticalFacts
from contracts.vocabulary.agencies import ANY_AGENCY


class StatisticalFactsRecorded(CaseEvent, chapter=Chapter.STATISTICS, issuers=ANY_AGENCY, after_closure=True):
    """A participant says by which sex and citizenship group the statistics count the person; the latest event counts.

    A closed case may still get them: the year is reported after many of its cases are closed.
    """

    sex: Sex = Sex.UNKNOWN
    citizenship: CitizenshipGroup = CitizenshipGroup.UNKNOWN

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-02T09:00:00Z",
        "sex": "female",
        "citizenship": "other-eu",
    }


@evolves(StatisticalFactsRecorded)
def statistical_facts_recorded(case: CaseView, event: StatisticalFactsRecorded, by: Provenance) -> CaseView:
    facts = StatisticalFacts(id=by.event_id, sex=event.sex, citizenship=event.citizenship)
    return case.advanced(statistical_facts=facts)


ARTICLE_19A: Final = (
    f"{NOT_IN_THE_SOURCES}: Directive 2011/36/EU, article 19a, inserted by Directive (EU) 2024/1712: each year, the "
    "registered victims by registering organisation, sex, age group, citizenship and form of exploitation "
    f"({TO_BE_CHECKED})."
)

participants_say_what_is_counted = mandate(
    "R1",
    StatisticalFactsRecorded,
    en="Any participant says by which sex and citizenship group the statistics count the person; an auditor issues "
    "nothing.",
    sv="Varje deltagare kan ange vilket kön och vilken medborgarskapsgrupp statistiken räknar personen till; en "
    "granskare registrerar ingenting.",
    source=ARTICLE_19A,
)
