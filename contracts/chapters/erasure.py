"""Erasure: the lead agency has a case, or the personal details in it, erased, and each holder confirms that (R22).

A holder that a law obliges to keep records objects (R31): it keeps its own records of some kinds outside the case, and
erases all others. All three events travel in clear: every holder must learn of the erasure, even one that can no longer
read the case. The view of an erased case says only that it is erased, and who keeps which kind of own record. It
rests on no earlier event, so it is the same for everybody.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from contracts.chapters.erasure_objection import ErasureObjected
from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import EventId, Example
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolve_core, evolves
from contracts.view.parts.begun import replaced, with_id
from contracts.view.parts.erasure import Erasure, ErasureScope
from contracts.view.parts.participants import Participant, Participation
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import ANY_AGENCY, COORDINATOR, AgencyId, Role

MOST_HOLDERS: Final = 400
"""The most agencies that may ever hold something of one case: an erasure can name no more."""


class ErasureReason(StrEnum):
    """Why data is erased, for everybody on the bus to read."""

    PERSON_ASKED = "person-asked"
    NO_LONGER_NEEDED = "no-longer-needed"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    RECORDED_IN_ERROR = "recorded-in-error"
    ORDERED = "ordered"
    OTHER = "other"


class ErasureRequested(
    CaseEvent, chapter=Chapter.ERASURE, issuers=ANY_AGENCY, role=Role.RECORDS_OFFICER, sealed=False, after_closure=True
):
    """The lead agency has a case, or all personal details in it, erased at everyone who holds any of it."""

    scope: ErasureScope
    reason: ErasureReason
    holders: Annotated[
        tuple[AgencyId, ...],
        Field(
            min_length=1,
            max_length=MOST_HOLDERS,
            description="All who take or took part, and the national coordinator.",
        ),
    ]

    example: ClassVar[Example] = {
        "occurred_at": "2024-12-02T09:00:00Z",
        "scope": "case",
        "reason": "person-asked",
        "holders": ["ngo-fyren", "coordinator", "municipality-0180"],
    }


class ErasureConfirmed(
    CaseEvent, chapter=Chapter.ERASURE, issuers=ANY_AGENCY, role=Role.SERVICE, sealed=False, after_closure=True
):
    """A holder's service has erased what was asked: its copies, its keys and what it derived from them."""

    request_id: EventId

    example: ClassVar[Example] = {
        "occurred_at": "2024-12-02T09:00:05Z",
        "request_id": "018e0a00-0000-7000-8000-000000000053",
    }


ERASURE_EVENTS: Final = (ErasureRequested, ErasureObjected, ErasureConfirmed)
"""The events of an erasure, which an agency may have to read and to issue although it cannot read the case."""

HOLDERS_ANSWER: Final = (ErasureObjected, ErasureConfirmed)
"""The events by which a holder answers a request to erase."""


@evolves(ErasureRequested)
def erasure_requested(case: CaseView, event: ErasureRequested, by: Provenance) -> CaseView:
    erasure = Erasure(
        id=by.event_id,
        scope=event.scope,
        requested_by=by.agency,
        requested_at=event.occurred_at,
        holders=event.holders,
    )
    if event.scope is ErasureScope.PERSONAL_DETAILS:
        return case.advanced(personal_records=(), erasures=(*case.erasures, erasure))
    # Keep nothing of the earlier view but its version: an agency that could not read the case must get the same view.
    return (
        CaseView.unopened(case.case_id)
        .changed(version=case.version)
        .advanced(
            status=CaseStatus.ERASED,
            participants=tuple(
                Participant(agency=holder, participation=Participation.HOLDS, since=event.occurred_at)
                for holder in event.holders
            ),
            erasures=(erasure,),
        )
    )


@evolves(ErasureConfirmed)
def erasure_confirmed(case: CaseView, event: ErasureConfirmed, by: Provenance) -> CaseView:
    erasure = with_id(case.erasures, event.request_id)
    confirmed_by = (*(erasure.confirmed_by if erasure else ()), by.agency)
    return case.advanced(erasures=replaced(case.erasures, event.request_id, confirmed_by=confirmed_by))


def holders_of(case: CaseView) -> tuple[AgencyId, ...]:
    """Every agency that may hold something of the case: participants, former participants, the national coordinator."""
    present, former = (each.agency for each in case.participants), (each.agency for each in case.former)
    return tuple(dict.fromkeys((*present, *former, COORDINATOR)))


_SOURCE: Final = f"{NOT_IN_THE_SOURCES}: General Data Protection Regulation (EU) 2016/679, article 17, on erasure"

lead_asks_holders_confirm = mandate(
    "R22",
    ErasureRequested,
    ErasureConfirmed,
    en="Agencies have data erased and confirm that they did; an auditor does neither.",
    sv="Aktörer låter radera uppgifter och bekräftar att de har gjort det; en granskare gör ingetdera.",
    source=f"{_SOURCE}.",
)


@rule(
    "R22",
    CaseEvent,
    en="In an erased case nothing happens any more but that its holders confirm, or object on a legal duty to keep.",
    sv="I ett raderat ärende händer inget mer än att innehavarna bekräftar, eller invänder på grund av en lagstadgad "
    "skyldighet att bevara.",
    source=f"{_SOURCE}: what is erased does not go on.",
)
def erased_case_is_over(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
    if case.status is not CaseStatus.ERASED or isinstance(event, HOLDERS_ANSWER):
        return None
    return missing("The case is erased.", "Ärendet är raderat.", "any agency, by detecting anew in another case")


@rule(
    "R22",
    ErasureRequested,
    en="The lead agency has data erased, at all who hold any: each participant, each that left, the coordinator.",
    sv="Den ansvariga aktören låter radera, hos alla som har något: varje deltagare, varje tidigare, samordnaren.",
    source=f"{_SOURCE}, and article 19, on telling every recipient of it.",
)
def lead_erases_at_every_holder(case: CaseView, event: ErasureRequested, by: Provenance) -> Missing | None:
    if case.lead is not None and by.agency != case.lead:
        return missing(f"{case.lead} leads the case.", f"{case.lead} ansvarar för ärendet.", case.lead)
    holders = holders_of(case)
    if sorted(event.holders) == sorted(holders):
        return None
    return missing(
        f"The holders are, each named once: {', '.join(holders)}.",
        f"Innehavarna är, var och en angiven en gång: {', '.join(holders)}.",
        by.agency,
    )


@rule(
    "R22",
    ErasureRequested,
    en="Nothing is erased while a preliminary investigation is open.",
    sv="Inget raderas medan en förundersökning pågår.",
    source=f"{_SOURCE}, paragraph 3: not where the data is needed by law or for a legal claim.",
)
def investigation_keeps_the_case(case: CaseView, event: ErasureRequested, by: Provenance) -> Missing | None:
    if case.investigation is None or not case.under_investigation:
        return None
    return missing("An investigation is open.", "En förundersökning pågår.", case.investigation.led_by)


@rule(
    "R22",
    CaseEvent,
    en=f"At most {MOST_HOLDERS} agencies ever take part in a case, those that have left among them, so that all can be "
    "named when it is erased.",
    sv=f"Högst {MOST_HOLDERS} aktörer deltar någonsin i ett ärende, de som har lämnat det medräknade, så att alla kan "
    "anges när det raderas.",
    source=f"{_SOURCE}: a case that reached more could not be erased at all.",
)
def every_holder_can_be_told(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
    if len(case.participants) + len(case.former) < MOST_HOLDERS // 2:
        return None  # no single event adds so many participants that the limit could be passed
    after = holders_of(evolve_core(case, event, by))
    if len(after) <= MOST_HOLDERS or len(after) <= len(holders_of(case)):
        return None
    return missing(
        f"{MOST_HOLDERS} agencies take or took part in the case; no other can be brought in.",
        f"{MOST_HOLDERS} aktörer deltar eller har deltagit i ärendet; ingen fler kan tas in.",
        "any agency, by detecting anew in another case",
    )


@rule(
    "R22",
    ErasureConfirmed,
    en="Each holder confirms once what was asked of it.",
    sv="Varje innehavare bekräftar en gång det som har begärts av den.",
    source=f"{_SOURCE}: who has not confirmed must be seen.",
)
def each_holder_confirms_once(case: CaseView, event: ErasureConfirmed, by: Provenance) -> Missing | None:
    erasure = with_id(case.erasures, event.request_id)
    if erasure is None:
        return missing("No such erasure is asked for.", "Ingen sådan radering har begärts.", "the lead agency")
    if by.agency not in erasure.holders:
        return missing(f"{by.agency} is no holder.", f"{by.agency} är ingen innehavare.", *erasure.holders)
    if by.agency in erasure.confirmed_by:
        return missing(f"{by.agency} has already confirmed.", f"{by.agency} har redan bekräftat.", by.agency)
    return None
