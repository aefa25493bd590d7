"""The criminal case in court: the charge, the victim's claim for damages, the trial and the judgment (R27)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, model_validator

from contracts.calendar.days import Day
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.rule import NOT_IN_THE_SOURCES, TO_BE_CHECKED, Missing, mandate, missing, rule
from contracts.sweden.chapters.identification import Offence
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.identification import Identification
from contracts.view.parts.participants import Participation
from contracts.view.parts.proceedings import Charge, CourtInstance, Verdict
from contracts.vocabulary.agencies import AgencyId, AgencyKind, Role, kinds
from contracts.vocabulary.codes import SEK
from contracts.vocabulary.parts import Part

PROSECUTORS: Final = kinds(AgencyKind.PROSECUTOR)
COURTS: Final = kinds(AgencyKind.COURT)
SPEAK_FOR_THE_VICTIM: Final = kinds(AgencyKind.PROSECUTOR, AgencyKind.LEGAL_COUNSEL)
WHO_LEARNS_OF_IT: Final = SPEAK_FOR_THE_VICTIM | COURTS
"""The court itself, and those who record for a court that is not on the bus."""

_COURT_DECIDES: Final = {AgencyKind.COURT: Role.DECISION_MAKER}


class Protection(StrEnum):
    """A measure that spares the victim in court."""

    CLOSED_DOORS = "closed-doors"
    HEARD_BY_VIDEO = "heard-by-video"
    SUSPECT_OUT_OF_THE_ROOM = "suspect-out-of-the-room"
    SUPPORT_PERSON = "support-person"
    RECORDED_INTERVIEW_PLAYED = "recorded-interview-played"
    PROTECTED_IDENTITY = "protected-identity"


class ChargeBrought(
    CaseEvent,
    chapter=Chapter.LEGAL_PROCEEDINGS,
    issuers=PROSECUTORS,
    role=Role.INVESTIGATION_LEADER,
    part=Part.INVESTIGATION,
    details=("offences",),
):
    """A prosecutor charges somebody with exploiting the victim; a court that is on the bus takes part."""

    charged_on: Day
    offences: Annotated[tuple[Offence, ...], Field(min_length=1, max_length=4)]
    court: Annotated[AgencyId | None, Field(description="The court, where it is on the bus.")] = None

    example: ClassVar[Example] = {
        "occurred_at": "2024-08-20T15:00:00Z",
        "charged_on": "2024-08-20",
        "offences": ["trafficking-4-1a"],
        "court": "court-stockholm",
    }

    def addressees(self) -> Mapping[AgencyId, frozenset[AgencyKind]]:
        return {} if self.court is None else {self.court: COURTS}


class DamagesClaimed(CaseEvent, chapter=Chapter.LEGAL_PROCEEDINGS, issuers=SPEAK_FOR_THE_VICTIM):
    """The victim claims damages from the accused, through counsel or the prosecutor; a later claim replaces it."""

    charge_id: EventId
    claimed_on: Day
    amount_sek: Annotated[SEK, Field(ge=1)]

    example: ClassVar[Example] = {
        "occurred_at": "2024-09-02T09:00:00Z",
        "charge_id": "018e0a00-0000-7000-8000-000000000085",
        "claimed_on": "2024-09-02",
        "amount_sek": 250000,
    }


class TrialScheduled(
    CaseEvent,
    chapter=Chapter.LEGAL_PROCEEDINGS,
    issuers=WHO_LEARNS_OF_IT,
    role=_COURT_DECIDES,
    part=Part.INVESTIGATION,
    details=("protections",),
):
    """The court has set the days of the trial, and what spares the victim there; a later date replaces it."""

    charge_id: EventId
    starts_on: Day
    ends_on: Day
    protections: Annotated[tuple[Protection, ...], Field(max_length=6)] = ()

    example: ClassVar[Example] = {
        "occurred_at": "2024-09-09T09:00:00Z",
        "charge_id": "018e0a00-0000-7000-8000-000000000085",
        "starts_on": "2024-10-14",
        "ends_on": "2024-10-18",
        "protections": ["closed-doors", "support-person"],
    }

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("ends before it starts")
        return self


class JudgmentGiven(CaseEvent, chapter=Chapter.LEGAL_PROCEEDINGS, issuers=WHO_LEARNS_OF_IT, role=_COURT_DECIDES):
    """A court has judged the charge, and what the accused pays the victim. `final`: nobody can appeal any more."""

    charge_id: EventId
    judged_on: Day
    instance: CourtInstance
    verdict: Verdict
    damages_awarded_sek: SEK = 0
    final: bool = False

    example: ClassVar[Example] = {
        "occurred_at": "2024-11-01T10:00:00Z",
        "charge_id": "018e0a00-0000-7000-8000-000000000085",
        "judged_on": "2024-11-01",
        "instance": "district-court",
        "verdict": "convicted",
        "damages_awarded_sek": 180000,
    }


@evolves(ChargeBrought)
def charge_brought(case: CaseView, event: ChargeBrought, by: Provenance) -> CaseView:
    charge = Charge(id=by.event_id, charged_on=event.charged_on, court=event.court)
    if event.court is not None:
        case = case.joined(
            event.court, participation=Participation.DECIDES, since=event.occurred_at, parts=(Part.INVESTIGATION,)
        )
    return case.advanced(charges=(*case.charges, charge))


@evolves(DamagesClaimed)
def damages_claimed(case: CaseView, event: DamagesClaimed, by: Provenance) -> CaseView:
    return case.advanced(charges=replaced(case.charges, event.charge_id, damages_claimed_sek=event.amount_sek))


@evolves(TrialScheduled)
def trial_scheduled(case: CaseView, event: TrialScheduled, by: Provenance) -> CaseView:
    days = {"trial_starts_on": event.starts_on, "trial_ends_on": event.ends_on}
    return case.advanced(charges=replaced(case.charges, event.charge_id, **days))


@evolves(JudgmentGiven)
def judgment_given(case: CaseView, event: JudgmentGiven, by: Provenance) -> CaseView:
    judged = event.model_dump(include={"judged_on", "instance", "verdict", "damages_awarded_sek", "final"})
    return case.advanced(charges=replaced(case.charges, event.charge_id, **judged))


_TRIAL: Final = (
    f"{NOT_IN_THE_SOURCES}: Code of Judicial Procedure (1942:740), chapter 45, section 1, on the charge, chapter 22, "
    "sections 1 and 2, on the victim's claim, chapter 5, section 1, and chapter 36, section 18, on what spares a "
    f"witness, chapter 30 on the judgment ({TO_BE_CHECKED})."
)

prosecutors_charge_courts_judge = mandate(
    "R27",
    ChargeBrought,
    DamagesClaimed,
    TrialScheduled,
    JudgmentGiven,
    en="A prosecutor brings the charge; counsel or the prosecutor claims damages for the victim; a court sets the "
    "trial and judges, or they record it for a court that is not on the bus.",
    sv="En åklagare väcker åtal; biträdet eller åklagaren för den utsattas skadeståndstalan; en domstol bestämmer "
    "rättegången och dömer, eller de registrerar det för en domstol som inte är ansluten.",
    source=_TRIAL,
)


@rule(
    "R27",
    ChargeBrought,
    en="A charge follows an investigation, and is recorded when it is brought.",
    sv="Ett åtal följer på en förundersökning och registreras när det har väckts.",
    source=_TRIAL,
)
def charge_follows_an_investigation(case: CaseView, event: ChargeBrought, by: Provenance) -> Missing | None:
    if event.charged_on > event.occurred_on:
        return missing("The charge is not brought yet.", "Åtalet är inte väckt ännu.", by.agency)
    if case.identification is Identification.FORMAL:
        return None
    return missing(
        "No preliminary investigation has been opened.",
        "Ingen förundersökning har inletts.",
        AgencyKind.POLICE,
        AgencyKind.PROSECUTOR,
    )


_INSTANCES: Final = tuple(CourtInstance)

Step = DamagesClaimed | TrialScheduled | JudgmentGiven


@rule(
    "R27",
    DamagesClaimed,
    TrialScheduled,
    JudgmentGiven,
    en="A claim, a trial and a judgment belong to a charge that is not finally judged; no court awards more than was "
    "claimed, and none judges after a higher one.",
    sv="En skadeståndstalan, en rättegång och en dom hör till ett åtal som inte är slutligt avgjort; ingen domstol "
    "dömer ut mer än det yrkade, och ingen dömer efter en högre.",
    source=f"{_TRIAL} Chapter 17, section 3: no court goes beyond what is claimed.",
)
def trial_is_of_a_charge(case: CaseView, event: Step, by: Provenance) -> Missing | None:
    charge = with_id(case.charges, event.charge_id)
    if charge is None:
        return missing("There is no such charge.", "Det finns inget sådant åtal.", *sorted(PROSECUTORS))
    if charge.final:
        return missing("The charge is finally judged.", "Åtalet är slutligt avgjort.", *sorted(COURTS))
    if not isinstance(event, JudgmentGiven):
        return None
    if event.judged_on > event.occurred_on:
        return missing("The judgment is not given yet.", "Domen är inte meddelad ännu.", *sorted(COURTS))
    if charge.instance is not None and _INSTANCES.index(event.instance) < _INSTANCES.index(charge.instance):
        return missing("A higher court has judged.", "En högre domstol har dömt.", *sorted(COURTS))
    if event.damages_awarded_sek <= (charge.damages_claimed_sek or 0):
        return None
    return missing(
        "More is awarded than was claimed.", "Det utdömda överstiger det yrkade.", *sorted(SPEAK_FOR_THE_VICTIM)
    )
