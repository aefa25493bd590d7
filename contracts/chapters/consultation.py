"""Consultation: any participant may ask the national coordinator for advice, with or without the victim's consent.

Neither the question nor the advice carries personal details (R2).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.calendar.days import swedish_day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Text
from contracts.law.deadlines import Deadline, falls_due, runs_out
from contracts.law.rule import REFERRAL_AND_ASSISTANCE, Missing, mandate, missing, rule
from contracts.law.time_kept import with_keeper
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.consultation import Consultation
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import ANY_AGENCY, COORDINATOR, AgencyId, AgencyKind, Role, is_named_as, kinds
from contracts.vocabulary.choices import DeadlineKind, Service
from contracts.vocabulary.parts import Part


class Topic(StrEnum):
    """What the coordinator is asked about."""

    IDENTIFICATION = "identification"
    SAFETY = "safety"
    REFERRAL = "referral"
    LEGAL_STATUS = "legal-status"
    SUPPORT = "support"
    CHILD = "child"
    SAFE_RETURN = "safe-return"
    OTHER = "other"


class ConsultationRequested(
    CaseEvent,
    chapter=Chapter.CONSULTATION,
    issuers=ANY_AGENCY - kinds(AgencyKind.COORDINATOR),
    part=Part.DIALOGUE,
    details=("question",),
):
    """A participant asks the coordinator, who takes part in the case from now on."""

    topic: Topic
    question: Text
    coordinator: Annotated[AgencyId, Field(description="Who is asked: the national coordinator or a regional one.")] = (
        COORDINATOR
    )

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-04T10:15:00Z",
        "topic": "referral",
        "question": "Which municipality is responsible when the workplace and the lodging lie in different ones?",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {self.coordinator: kinds(AgencyKind.COORDINATOR)}


class AdviceGiven(
    CaseEvent,
    chapter=Chapter.CONSULTATION,
    issuers=kinds(AgencyKind.COORDINATOR),
    part=Part.DIALOGUE,
    details=("advice", "suggested_services"),
):
    """The coordinator answers a consultation."""

    consultation_id: EventId
    advice: Text
    suggested_services: tuple[Service, ...] = ()

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-04T11:00:00Z",
        "consultation_id": "018e0a00-0000-7000-8000-000000000002",
        "advice": "The municipality where the person is staying; ask for safe accommodation outside it.",
        "suggested_services": ["safe-accommodation", "counselling-and-guidance"],
    }


class ConsultationUnanswered(CaseEvent, chapter=Chapter.CONSULTATION, issuers=ANY_AGENCY, role=Role.CLOCK):
    """Three days have passed after the day on which the question was recorded, and no coordinator has answered it."""

    consultation_id: EventId

    example: ClassVar[Example] = {
        "occurred_at": "2024-03-07T23:00:00Z",
        "consultation_id": "018e0a00-0000-7000-8000-000000000002",
    }


@evolves(ConsultationRequested)
def consultation_requested(case: CaseView, event: ConsultationRequested, by: Provenance) -> CaseView:
    asked = case.joined(
        event.coordinator, participation=Participation.CONSULTED, since=event.occurred_at, parts=(Part.SUPPORT,)
    )
    return with_keeper(asked, event.occurred_at, by).advanced(
        consultations=(
            *case.consultations,
            Consultation(
                id=by.event_id, asked_by=by.agency, coordinator=event.coordinator, asked_on=swedish_day(by.recorded_at)
            ),
        ),
    )


@evolves(AdviceGiven)
def advice_given(case: CaseView, event: AdviceGiven, by: Provenance) -> CaseView:
    return case.advanced(consultations=replaced(case.consultations, event.consultation_id, answered=True))


@evolves(ConsultationUnanswered)
def consultation_unanswered(case: CaseView, event: ConsultationUnanswered, by: Provenance) -> CaseView:
    return case.advanced(consultations=replaced(case.consultations, event.consultation_id, overdue=True))


_SOURCE = (
    f"{REFERRAL_AND_ASSISTANCE}: “JÄMY may be consulted about the case even if the victim does not give their "
    "consent.” General Data Protection Regulation (EU) 2016/679, article 5(1)(c): no more data than is needed."
)

participants_ask_the_coordinator_advises = mandate(
    "R2",
    ConsultationRequested,
    AdviceGiven,
    ConsultationUnanswered,
    en="Any participant may consult the coordinator at any time; the coordinator advises.",
    sv="Varje deltagare får när som helst rådfråga samordnaren; samordnaren ger råd.",
    source=_SOURCE,
)


@rule(
    "R2",
    ConsultationRequested,
    en="The question goes to the national coordinator or to a regional one.",
    sv="Frågan går till den nationella samordnaren eller till en regional.",
    source=f"{REFERRAL_AND_ASSISTANCE}: “Municipalities which do not have experience in handling cases of THB may at "
    "any time contact the appointed Regional Coordinator in their region.”",
)
def a_coordinator_is_consulted(case: CaseView, event: ConsultationRequested, by: Provenance) -> Missing | None:
    if is_named_as(event.coordinator, AgencyKind.COORDINATOR):
        return None
    return missing(f"{event.coordinator} is no coordinator.", f"{event.coordinator} är ingen samordnare.", COORDINATOR)


@rule(
    "R2",
    AdviceGiven,
    en="Advice answers a consultation.",
    sv="Ett råd besvarar en rådfrågning.",
    source=_SOURCE,
)
def advice_answers_a_consultation(case: CaseView, event: AdviceGiven, by: Provenance) -> Missing | None:
    if with_id(case.consultations, event.consultation_id) is not None:
        return None
    return missing("There is no such consultation.", "Det finns ingen sådan rådfrågning.", "any participant")


@falls_due(DeadlineKind.CONSULTATION)
def consultation_is_unanswered(deadline: Deadline) -> ConsultationUnanswered:
    return ConsultationUnanswered(occurred_at=deadline.due_at, consultation_id=deadline.subject)


consultation_is_unanswered_after_three_days = runs_out(
    "R2",
    ConsultationUnanswered,
    "consultation_id",
    "A question is unanswered when three Swedish days after that of its recording are over without advice, not before.",
    "En fråga är obesvarad när tre svenska dagar efter den då den registrerades är slut utan råd, inte tidigare.",
)
