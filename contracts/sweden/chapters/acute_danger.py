"""Acute danger: an agency calls 112, and then tells the police what the case says, on a ground in law (R26).

Consent is not the ground: a person who is held cannot give it, and secrecy yields to a danger to life. The bus is no
call for help: the call comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Moment
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.children import may_be_a_child
from contracts.law.participation import alert_came_to_nothing
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.alerts import Alert, AlertGround, AlertMeasure, Danger
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import ANY_AGENCY, AgencyId, AgencyKind, kinds

ACUTE_FOR: Final = timedelta(hours=24)
"""The time after a call to 112 in which the police may be told on these grounds. Not in the sources."""


class PoliceAlerted(CaseEvent, chapter=Chapter.REFERRAL, issuers=ANY_AGENCY - kinds(AgencyKind.POLICE)):
    """A participant that has called 112 tells the police of an acute danger; they take part from now on."""

    police: AgencyId = "police"
    danger: Danger
    ground: AlertGround
    called_112_at: Annotated[Moment, Field(description="When 112 was called, in the last 24 hours.")]
    person_told: Annotated[bool, Field(description="The person knows that the police are told.")] = False

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-03T22:10:00Z",
        "police": "police",
        "danger": "held",
        "ground": "vital-interests",
        "called_112_at": "2026-12-03T22:04:00Z",
        "person_told": False,
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {self.police: kinds(AgencyKind.POLICE)}


class PoliceAlertAnswered(CaseEvent, chapter=Chapter.REFERRAL, issuers=kinds(AgencyKind.POLICE), after_closure=True):
    """The police say what they did about an alert; they may say so again. When there is no danger, they leave."""

    alert_id: EventId
    measure: AlertMeasure

    example: ClassVar[Example] = {
        "occurred_at": "2026-12-04T00:30:00Z",
        "alert_id": "018e0a00-0000-7000-8000-000000000078",
        "measure": "safe",
    }


@evolves(PoliceAlerted)
def police_alerted(case: CaseView, event: PoliceAlerted, by: Provenance) -> CaseView:
    alert = Alert(id=by.event_id, police=event.police, alerted_by=by.agency, danger=event.danger, ground=event.ground)
    return case.joined(event.police, participation=Participation.ALERTED, since=event.occurred_at).advanced(
        alerts=(*case.alerts, alert)
    )


@evolves(PoliceAlertAnswered)
def police_alert_answered(case: CaseView, event: PoliceAlertAnswered, by: Provenance) -> CaseView:
    answered = case.changed(alerts=replaced(case.alerts, event.alert_id, measure=event.measure))
    return alert_came_to_nothing(answered, by.agency, event.occurred_at).advanced()


_SECRECY: Final = "Public Access to Information and Secrecy Act (2009:400), chapter 10"

_SOURCE: Final = (
    f"{NOT_IN_THE_SOURCES}: Penal Code (1962:700), chapter 24, section 4, on necessity; {_SECRECY}, sections 20 and "
    "21, on children in danger and offences against them, 23 and 24, on suspected serious offences; General Data "
    "Protection Regulation (EU) 2016/679, articles 6(1)(d) and 9(2)(c), on vital interests. The Social Services Act "
    f"(2025:400) binds organisations that give social services to secrecy ({TO_BE_CHECKED})."
)

_EVERYBODY: Final = frozenset({AlertGround.NECESSITY})
_AUTHORITY: Final = _EVERYBODY | {AlertGround.SERIOUS_OFFENCE}
_SOCIAL_OR_HEALTH: Final = _AUTHORITY | {AlertGround.CHILD_IN_DANGER, AlertGround.OFFENCE_AGAINST_CHILD}
_NO_AUTHORITY: Final = _EVERYBODY | {AlertGround.VITAL_INTERESTS}

GROUNDS: Final[Mapping[AgencyKind, frozenset[AlertGround]]] = {
    AgencyKind.PROSECUTOR: _AUTHORITY,
    AgencyKind.MIGRATION: _AUTHORITY,
    AgencyKind.COORDINATOR: _AUTHORITY,
    AgencyKind.LABOUR_INSPECTORATE: _AUTHORITY,
    AgencyKind.TAX: _AUTHORITY,
    AgencyKind.COURT: _AUTHORITY,
    AgencyKind.CRIME_VICTIM_AUTHORITY: _AUTHORITY,
    AgencyKind.CHIEF_GUARDIAN: _AUTHORITY,
    AgencyKind.EMPLOYMENT_SERVICE: _AUTHORITY,
    AgencyKind.LEGAL_COUNSEL: _NO_AUTHORITY,
    AgencyKind.MUNICIPALITY: _SOCIAL_OR_HEALTH,
    AgencyKind.REGION: _SOCIAL_OR_HEALTH,
    AgencyKind.NGO: _NO_AUTHORITY,
    AgencyKind.IOM: _NO_AUTHORITY,
    AgencyKind.FOREIGN_PARTNER: _NO_AUTHORITY,
}
"""The grounds that each kind of agency may name: secrecy binds authorities, the data protection regulation all."""

_OF_A_CHILD: Final = frozenset({AlertGround.CHILD_IN_DANGER, AlertGround.OFFENCE_AGAINST_CHILD})

participants_alert_police_answer = mandate(
    "R26",
    PoliceAlerted,
    PoliceAlertAnswered,
    en="In acute danger any participant tells the police without consent, and the police say what they did; an auditor "
    "does neither.",
    sv="Vid akut fara får varje deltagare underrätta polisen utan samtycke, och polisen anger vad den gjorde; en "
    "granskare gör ingetdera.",
    source=_SOURCE,
)


@rule(
    "R26",
    PoliceAlerted,
    en="Whoever tells the police of an acute danger has called 112 in the last 24 hours.",
    sv="Den som underrättar polisen om en akut fara har ringt 112 under det senaste dygnet.",
    source=f"{NOT_IN_THE_SOURCES}: a message on the bus is no call for help, and a danger of last week is not acute.",
)
def the_call_comes_first(case: CaseView, event: PoliceAlerted, by: Provenance) -> Missing | None:
    if timedelta() <= event.occurred_at - event.called_112_at <= ACUTE_FOR:
        return None
    return missing(
        "There is no call to 112 in the last 24 hours: call now, and then tell the police here.",
        "Det finns inget samtal till 112 under det senaste dygnet: ring nu och underrätta sedan polisen här.",
        by.agency,
    )


@rule(
    "R26",
    PoliceAlerted,
    en="The ground is one that the law gives an agency of that kind, and a ground on children is for somebody who may "
    "be a child.",
    sv="Grunden är en som lagen ger en aktör av det slaget, och en grund om barn gäller någon som kan vara ett barn.",
    source=_SOURCE,
)
def the_ground_is_one_of_the_issuers(case: CaseView, event: PoliceAlerted, by: Provenance) -> Missing | None:
    allowed = GROUNDS.get(by.kind, frozenset()) - (frozenset() if may_be_a_child(case) else _OF_A_CHILD)
    if event.ground in allowed:
        return None
    others = ", ".join(sorted(allowed))
    return missing(
        f"{event.ground} is no ground here. Possible: {others}.",
        f"{event.ground} är ingen grund här. Möjliga: {others}.",
        by.agency,
    )


@rule(
    "R26",
    PoliceAlertAnswered,
    en="The police that were told answer an alert.",
    sv="Den polis som underrättades besvarar en underrättelse.",
    source=f"{NOT_IN_THE_SOURCES}: whoever told the police must hear what came of it.",
)
def the_alerted_police_answer(case: CaseView, event: PoliceAlertAnswered, by: Provenance) -> Missing | None:
    alert = with_id(case.alerts, event.alert_id)
    if alert is None:
        return missing("There is no such alert.", "Det finns ingen sådan underrättelse.", "any participant")
    if alert.police == by.agency:
        return None
    return missing(f"{alert.police} was told.", f"{alert.police} underrättades.", alert.police)
