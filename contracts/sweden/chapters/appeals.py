"""Appeals: a refusal is appealed within three weeks, a court decides, and meanwhile the person stays (R27).

When a court changes or remits a refusal, the application awaits the Migration Agency's decision again: it grants what
the court says, or decides anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.awaiting import also_evolves, timed
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.sweden.chapters.asylum import AsylumDecided
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.appeals import Appeal, Appealed, AppealOutcome, RefusedClaim
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.legal_status import Decision, Permit, ReflectionPeriod
from contracts.view.parts.participants import Participation
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role, kinds
from contracts.vocabulary.choices import ResidenceSituation
from contracts.vocabulary.parts import Part

COURTS: Final = kinds(AgencyKind.COURT)
APPEAL_FOR_THE_PERSON: Final = kinds(
    AgencyKind.LEGAL_COUNSEL, AgencyKind.NGO, AgencyKind.MUNICIPALITY, AgencyKind.MIGRATION
)
"""Who helps the person to appeal; the Migration Agency receives the appeal, and sends it on to the court."""
WHO_LEARNS_OF_IT: Final = COURTS | kinds(AgencyKind.LEGAL_COUNSEL, AgencyKind.MIGRATION)

DAYS_TO_APPEAL: Final = 21
"""Three weeks, from the day on which the person learned of the decision."""


class AppealLodged(CaseEvent, chapter=Chapter.LEGAL_STATUS, issuers=APPEAL_FOR_THE_PERSON):
    """The person appeals a refusal. While it is tried, the person may not be removed, unless the refusal is to be
    enforced at once.
    """

    decision: Appealed
    application_id: Annotated[
        EventId | None, Field(description="The application that was refused; left out for asylum.")
    ] = None
    learned_on: Annotated[Day, Field(description="The day on which the person learned of the refusal.")]
    lodged_on: Day
    court: Annotated[AgencyId | None, Field(description="The court, where it is on the bus.")] = None
    stays_removal: bool = True

    example: ClassVar[Example] = {
        "occurred_at": "2024-08-30T09:00:00Z",
        "decision": "asylum",
        "learned_on": "2024-08-13",
        "lodged_on": "2024-08-30",
        "court": "court-migration",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {} if self.court is None else {self.court: COURTS}


class AppealDecided(
    CaseEvent,
    chapter=Chapter.LEGAL_STATUS,
    issuers=WHO_LEARNS_OF_IT,
    role={AgencyKind.COURT: Role.DECISION_MAKER, AgencyKind.MIGRATION: Role.DECISION_MAKER},
):
    """A court has decided the appeal, or it was withdrawn."""

    appeal_id: EventId
    decided_on: Day
    outcome: AppealOutcome

    example: ClassVar[Example] = {
        "occurred_at": "2024-12-10T09:00:00Z",
        "appeal_id": "018e0a00-0000-7000-8000-000000000092",
        "decided_on": "2024-12-10",
        "outcome": "remitted",
    }


@also_evolves(AsylumDecided)
def refusal_is_remembered(case: CaseView, event: AsylumDecided, by: Provenance) -> CaseView:
    if event.granted or not timed(by):
        return case if case.refused_claim is None else case.changed(refused_claim=None)
    return case.changed(refused_claim=RefusedClaim(refused_on=event.decided_on))


@evolves(AppealLodged)
def appeal_lodged(case: CaseView, event: AppealLodged, by: Provenance) -> CaseView:
    appeal = Appeal(
        id=by.event_id,
        of=event.decision,
        application_id=event.application_id,
        lodged_by=by.agency,
        lodged_on=event.lodged_on,
        court=event.court,
        stays_removal=event.stays_removal,
        residence_before=case.residence,
    )
    if event.court is not None:
        case = case.joined(
            event.court, participation=Participation.DECIDES, since=event.occurred_at, parts=(Part.STAY,)
        )
    if event.decision is Appealed.ASYLUM and case.residence is ResidenceSituation.IRREGULAR:
        case = case.changed(residence=ResidenceSituation.ASYLUM_SEEKER)
    return case.advanced(appeals=(*case.appeals, appeal))


@evolves(AppealDecided)
def appeal_decided(case: CaseView, event: AppealDecided, by: Provenance) -> CaseView:
    appeal = with_id(case.appeals, event.appeal_id)
    if appeal is None:
        return case.advanced()
    case = case.changed(appeals=replaced(case.appeals, appeal.id, outcome=event.outcome))
    if event.outcome in DECIDED_ANEW:
        return _open_again(case, appeal, event.decided_on).advanced()
    if appeal.of is Appealed.ASYLUM and case.residence is ResidenceSituation.ASYLUM_SEEKER:
        case = case.changed(residence=appeal.residence_before)
    return case.advanced()


DECIDED_ANEW: Final = frozenset({AppealOutcome.CHANGED, AppealOutcome.REMITTED})


def _open_again(case: CaseView, appeal: Appeal, on: date) -> CaseView:
    """The case in which the application that was refused awaits a decision again."""
    if appeal.of is Appealed.ASYLUM:
        return case.changed(asylum_claimed_on=on, refused_claim=None, residence=ResidenceSituation.ASYLUM_SEEKER)
    about = appeal.application_id or ""
    return case.changed(
        reflection_periods=replaced(case.reflection_periods, about, decision=Decision.PENDING),
        permits=replaced(case.permits, about, decision=Decision.PENDING),
    )


def removal_is_stayed(case: CaseView) -> bool:
    """True if an appeal is tried that keeps the person from being removed."""
    return any(appeal.outcome is None and appeal.stays_removal for appeal in case.appeals)


_APPEAL: Final = (
    f"{NOT_IN_THE_SOURCES}: Administrative Procedure Act (2017:900), sections 40 to 46; Aliens Act (2005:716), chapter "
    "14 on what is appealed, chapter 16 on the migration courts, and chapter 12 on enforcement. That a refused "
    f"reflection period is appealed at all, and when a refusal is enforced before its appeal, is {TO_BE_CHECKED}."
)

the_person_appeals_a_court_decides = mandate(
    "R27",
    AppealLodged,
    AppealDecided,
    en="Counsel, an NGO or a municipality appeals for the person, or the Migration Agency records the appeal that it "
    "received; a court decides, or counsel or the Migration Agency records it for a court that is not on the bus.",
    sv="Ett biträde, en ideell organisation eller en kommun överklagar för personen, eller Migrationsverket "
    "registrerar överklagandet som det tog emot; en domstol avgör, eller biträdet eller Migrationsverket registrerar "
    "det för en domstol som inte är ansluten.",
    source=_APPEAL,
)


@rule(
    "R27",
    AppealLodged,
    en="A refusal is appealed within three weeks from the day on which the person learned of it, once.",
    sv="Ett avslag överklagas inom tre veckor från den dag då personen fick del av det, en gång.",
    source=_APPEAL,
)
def refusal_is_appealed_in_time(case: CaseView, event: AppealLodged, by: Provenance) -> Missing | None:
    if not _is_refused(case, event):
        return missing("There is no such refusal.", "Det finns inget sådant avslag.", AgencyKind.MIGRATION)
    if any((each.of, each.application_id, each.outcome) == _open(event) for each in case.appeals):
        return missing("The refusal is already appealed.", "Avslaget är redan överklagat.", *sorted(COURTS))
    if not event.learned_on <= event.lodged_on <= event.occurred_on:
        return missing(
            "The days of learning of the refusal and of appealing are not in their order.",
            "Dagarna för delgivning och överklagande är inte i rätt ordning.",
            by.agency,
        )
    if (event.lodged_on - event.learned_on).days <= DAYS_TO_APPEAL:
        return None
    return missing(
        "The three weeks have passed. Counsel can say whether the time may be restored.",
        "De tre veckorna har gått. Ett biträde kan bedöma om tiden kan återställas.",
        AgencyKind.LEGAL_COUNSEL,
    )


def _open(event: AppealLodged) -> tuple[Appealed, EventId | None, None]:
    return event.decision, event.application_id, None


def _is_refused(case: CaseView, event: AppealLodged) -> bool:
    if event.decision is Appealed.ASYLUM:
        refused = case.refused_claim is not None and case.asylum_claimed_on is None
        return refused and event.application_id is None
    applications: tuple[ReflectionPeriod | Permit, ...] = (
        case.reflection_periods if event.decision is Appealed.REFLECTION_PERIOD else case.permits
    )
    application = with_id(applications, event.application_id or "")
    return application is not None and application.decision is Decision.REFUSED


@rule(
    "R27",
    AppealDecided,
    en="An appeal is decided once, when it has been.",
    sv="Ett överklagande avgörs en gång, när det har skett.",
    source=_APPEAL,
)
def appeal_is_decided_once(case: CaseView, event: AppealDecided, by: Provenance) -> Missing | None:
    appeal = with_id(case.appeals, event.appeal_id)
    if appeal is None or appeal.outcome is not None:
        return missing("No such appeal is open.", "Inget sådant överklagande är öppet.", *sorted(APPEAL_FOR_THE_PERSON))
    if event.decided_on <= event.occurred_on:
        return None
    return missing("It is not decided yet.", "Det är inte avgjort ännu.", *sorted(COURTS))
