"""Voluntary return: a professional applies, the coordinator countersigns, IOM decides and arranges the journey (R10).

The victim need not cooperate with the police: no event here can even say whether they do. The file has over 250 lines
because the rules judge the application and the journey (`return_journey`) together, step by step.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example, Text
from contracts.law.rule import REFERRAL_AND_ASSISTANCE, Missing, mandate, missing, rule
from contracts.sweden.chapters.return_journey import IOM_DECIDES, ReintegrationProvided, Returned, TravelArranged
from contracts.sweden.geography.regions import CoordinatorRegion
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves, evolves_part
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.participants import Participation
from contracts.view.parts.voluntary_return import ReturnStage, VoluntaryReturn
from contracts.vocabulary.agencies import (
    COORDINATOR,
    IOM,
    SWEDISH_PROFESSIONALS,
    AgencyId,
    AgencyKind,
    Role,
    is_named_as,
    kinds,
)
from contracts.vocabulary.codes import CountryCode
from contracts.vocabulary.parts import Part


class ReturnSupport(StrEnum):
    """What the programme gives before, during and after the journey."""

    COUNSELLING = "counselling"
    TRAVEL_DOCUMENTS = "travel-documents"
    ACCOMMODATION_UNTIL_DEPARTURE = "accommodation-until-departure"
    TICKETS = "tickets"
    AIRPORT_ASSISTANCE = "airport-assistance"
    ESCORT = "escort"
    RECEPTION_ON_ARRIVAL = "reception-on-arrival"
    REINTEGRATION = "reintegration"


class ReturnRefusal(StrEnum):
    """Why IOM refuses an application."""

    RETURN_NOT_SAFE = "return-not-safe"
    NOT_VOLUNTARY = "not-voluntary"
    OUTSIDE_THE_PROGRAMME = "outside-the-programme"
    INCOMPLETE = "incomplete-application"
    OTHER = "other"


class ReturnRequested(
    CaseEvent,
    chapter=Chapter.VOLUNTARY_RETURN,
    issuers=SWEDISH_PROFESSIONALS,
    part=Part.SUPPORT,
    details=("plan_id", "destination", "note"),
):
    """A professional applies for the victim, who wishes to return; the coordinator and IOM take part from now on."""

    plan_id: EventId
    destination: CountryCode
    coordinator: Annotated[
        AgencyId, Field(description="The coordinator who was contacted first, and countersigns.")
    ] = COORDINATOR
    note: Text | None = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-06T09:00:00Z",
        "plan_id": "018e0a00-0000-7000-8000-000000000012",
        "destination": "RO",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {self.coordinator: kinds(AgencyKind.COORDINATOR), IOM: IOM_DECIDES}


class ReturnCountersigned(
    CaseEvent,
    chapter=Chapter.VOLUNTARY_RETURN,
    issuers=kinds(AgencyKind.COORDINATOR),
    role=Role.REGIONAL_COORDINATOR,
    part=Part.SUPPORT,
):
    """The coordinator has completed and signed the same application."""

    request_id: EventId
    region: CoordinatorRegion

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-07T13:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000016",
        "region": "stockholm",
    }


class ReturnApproved(
    CaseEvent, chapter=Chapter.VOLUNTARY_RETURN, issuers=IOM_DECIDES, role=Role.DECISION_MAKER, part=Part.SUPPORT
):
    """IOM approves, with support before, during and after the journey."""

    request_id: EventId
    decided_on: Day
    before: Annotated[tuple[ReturnSupport, ...], Field(min_length=1, max_length=8)]
    during: Annotated[tuple[ReturnSupport, ...], Field(min_length=1, max_length=8)]
    after: Annotated[tuple[ReturnSupport, ...], Field(min_length=1, max_length=8)]

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-20T08:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000016",
        "decided_on": "2024-05-20",
        "before": ["counselling", "travel-documents"],
        "during": ["tickets", "airport-assistance"],
        "after": ["reception-on-arrival", "reintegration"],
    }


class ReturnRefused(
    CaseEvent, chapter=Chapter.VOLUNTARY_RETURN, issuers=IOM_DECIDES, role=Role.DECISION_MAKER, part=Part.SUPPORT
):
    """IOM refuses, and why."""

    request_id: EventId
    decided_on: Day
    reason: ReturnRefusal

    example: ClassVar[Example] = {
        "occurred_at": "2024-05-20T08:00:00Z",
        "request_id": "018e0a00-0000-7000-8000-000000000016",
        "decided_on": "2024-05-20",
        "reason": "return-not-safe",
    }


@evolves(ReturnRequested)
def deciders_join(case: CaseView, event: ReturnRequested, by: Provenance) -> CaseView:
    deciders, since = (event.coordinator, IOM), event.occurred_at
    return case.joined(*deciders, participation=Participation.DECIDES, since=since, parts=(Part.SUPPORT,)).advanced()


@evolves_part(ReturnRequested)
def return_requested(case: CaseView, event: ReturnRequested, by: Provenance) -> CaseView:
    application = VoluntaryReturn(
        id=by.event_id, requested_by=by.agency, destination=event.destination, coordinator=event.coordinator
    )
    return case.changed(returns=(*case.returns, application))


@evolves_part(ReturnCountersigned)
def return_countersigned(case: CaseView, event: ReturnCountersigned, by: Provenance) -> CaseView:
    return case.changed(returns=replaced(case.returns, event.request_id, stage=ReturnStage.COUNTERSIGNED))


@evolves_part(ReturnApproved)
def return_approved(case: CaseView, event: ReturnApproved, by: Provenance) -> CaseView:
    return case.changed(returns=replaced(case.returns, event.request_id, stage=ReturnStage.APPROVED))


@evolves_part(ReturnRefused)
def return_refused(case: CaseView, event: ReturnRefused, by: Provenance) -> CaseView:
    return case.changed(returns=replaced(case.returns, event.request_id, stage=ReturnStage.REFUSED))


_STEPS: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “The process requires that the professional and the Regional Coordinator fill out the "
    "application for the voluntary return. The application is processed by the IOM Helsinki.” Council of Europe "
    "Convention on Action against Trafficking in Human Beings (CETS 197), article 16."
)

_PROGRAMME: Final = (
    "The programme is for the victim “regardless of her/his willingness to cooperate in criminal proceedings”, and "
    "“financed and run by the Swedish Gender Equality Agency in its capacity as the national coordinator”."
)

_PLAN: Final = (
    f"{REFERRAL_AND_ASSISTANCE}: “The return is tailored according to an individual support plan drafted by the "
    "responsible professional”; “Any Swedish professional may refer a victim of THB to the voluntary return program.”"
)

professionals_apply_coordinator_countersigns_iom_decides = mandate(
    "R10",
    ReturnRequested,
    ReturnCountersigned,
    ReturnApproved,
    ReturnRefused,
    TravelArranged,
    Returned,
    ReintegrationProvided,
    en="Any professional in Sweden applies, whether or not the victim cooperates with the police; the regional "
    "coordinator countersigns, IOM decides and carries it out, and the national coordinator pays.",
    sv="Alla yrkesverksamma i Sverige får ansöka, oavsett om den utsatta samarbetar med polisen; den regionala "
    "samordnaren undertecknar, IOM beslutar och genomför, och den nationella samordnaren betalar.",
    source=f"{_STEPS} {_PROGRAMME}",
)


@rule(
    "R10",
    ReturnRequested,
    en="A return builds on the individual support plan in force, and one application is settled before the next.",
    sv="Ett återvändande bygger på den gällande individuella stödplanen, och en ansökan avslutas före nästa.",
    source=_PLAN,
    part=Part.SUPPORT,
)
def return_builds_on_plan(case: CaseView, event: ReturnRequested, by: Provenance) -> Missing | None:
    if not is_named_as(event.coordinator, AgencyKind.COORDINATOR):
        return missing(
            "The application does not name a coordinator.", "Ansökan anger ingen samordnare.", "any professional"
        )
    if case.plan is None or case.plan.id != event.plan_id:
        return missing(
            "The application does not name the support plan in force.",
            "Ansökan anger inte den gällande stödplanen.",
            "the responsible professional, usually the social services or the coordinator",
        )
    if any(one.stage not in (ReturnStage.REFUSED, ReturnStage.RETURNED) for one in case.returns):
        return missing(
            "An earlier application is not settled.", "En tidigare ansökan är inte avslutad.", COORDINATOR, IOM
        )
    return None


_AFTER: Final[dict[type[CaseEvent], tuple[ReturnStage, ...]]] = {
    ReturnCountersigned: (ReturnStage.REQUESTED,),
    ReturnApproved: (ReturnStage.COUNTERSIGNED,),
    ReturnRefused: (ReturnStage.REQUESTED, ReturnStage.COUNTERSIGNED),
    TravelArranged: (ReturnStage.APPROVED, ReturnStage.TRAVEL_ARRANGED),
    Returned: (ReturnStage.TRAVEL_ARRANGED,),
    ReintegrationProvided: (ReturnStage.RETURNED,),
}
"""The stages in which each step of an application may come; a journey may be booked again."""

Step = ReturnCountersigned | ReturnApproved | ReturnRefused | TravelArranged | Returned | ReintegrationProvided


@rule(
    "R10",
    *_AFTER,
    en="A return is applied for, countersigned, approved or refused, travelled and followed up, in that order.",
    sv="Ett återvändande ansöks om, undertecknas, beviljas eller avslås, genomförs och följs upp, i den ordningen.",
    source=_STEPS,
    part=Part.SUPPORT,
)
def return_goes_step_by_step(case: CaseView, event: Step, by: Provenance) -> Missing | None:
    application = with_id(case.returns, event.request_id)
    if application is None:
        return missing("There is no such application.", "Det finns ingen sådan ansökan.", "any professional")
    if isinstance(event, ReturnCountersigned) and by.agency != application.coordinator:
        return missing(
            f"The application is for {application.coordinator} to countersign.",
            f"Ansökan ska undertecknas av {application.coordinator}.",
            application.coordinator,
        )
    if isinstance(event, ReturnCountersigned) and by.agency not in (COORDINATOR, f"{COORDINATOR}-{event.region}"):
        return missing(
            f"{by.agency} does not sign for the region {event.region}.",
            f"{by.agency} undertecknar inte för regionen {event.region}.",
            by.agency,
        )
    if application.stage in _AFTER[type(event)]:
        return None
    if isinstance(event, ReturnApproved) and application.stage is ReturnStage.REQUESTED:
        return missing(
            "The coordinator has not countersigned the application.",
            "Samordnaren har inte undertecknat ansökan.",
            application.coordinator,
        )
    return missing(
        f"The application is {application.stage}; this step does not come next.",
        f"Ansökan har läget {application.stage}; det här steget kommer inte näst.",
        application.coordinator,
        IOM,
    )
