"""Closure: the lead agency closes the case, and any participant may reopen it (R18)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final, Self

from pydantic import model_validator

from contracts.event.case_event import CaseEvent, Chapter, Provenance
from contracts.event.fact import CaseId, Example, Text
from contracts.event.upcasting import PUBLICATIONS, Data
from contracts.law.rule import NOT_IN_THE_SOURCES, Missing, mandate, missing, rule
from contracts.view.case_view import CaseView
from contracts.view.evolution import evolves
from contracts.view.parts.status import CaseStatus, ClosureReason
from contracts.vocabulary.agencies import ANY_AGENCY
from contracts.vocabulary.parts import Part


class ReopeningReason(StrEnum):
    """Why a participant reopens a case."""

    VICTIM_ASKED_FOR_HELP = "victim-asked-for-help"
    EXPLOITED_AGAIN = "exploited-again"
    NEW_INFORMATION = "new-information"
    CLOSED_IN_ERROR = "closed-in-error"
    OTHER = "other"


class CaseClosed(
    CaseEvent, chapter=Chapter.CLOSURE, issuers=ANY_AGENCY, version=2, part=Part.SUPPORT, details=("note",)
):
    """The lead agency closes the case, and why; a duplicate names the case in which the same person is helped."""

    reason: ClosureReason
    duplicate_of: CaseId | None = None
    note: Text | None = None

    example: ClassVar[Example] = {"occurred_at": "2024-09-02T12:00:00Z", "reason": "returned"}

    @model_validator(mode="after")
    def _a_duplicate_names_the_other_case(self) -> Self:
        if (self.reason is ClosureReason.DUPLICATE) != (self.duplicate_of is not None):
            raise ValueError("a duplicate names the other case, and nothing else does")
        return self


@PUBLICATIONS.upcasts("se.nrm.CaseClosed.v1")
def no_case_was_a_duplicate(data: Data) -> Data:
    """Upcast from version 1, in which no case was closed as a duplicate."""
    return {**data, "duplicate_of": None}


class CaseReopened(
    CaseEvent, chapter=Chapter.CLOSURE, issuers=ANY_AGENCY, after_closure=True, part=Part.SUPPORT, details=("note",)
):
    """A participant opens the case again, and why."""

    reason: ReopeningReason
    note: Text | None = None

    example: ClassVar[Example] = {"occurred_at": "2024-11-11T10:00:00Z", "reason": "victim-asked-for-help"}


@evolves(CaseClosed)
def case_closed(case: CaseView, event: CaseClosed, by: Provenance) -> CaseView:
    return case.advanced(status=CaseStatus.CLOSED, closed_for=event.reason, duplicate_of=event.duplicate_of)


@evolves(CaseReopened)
def case_reopened(case: CaseView, event: CaseReopened, by: Provenance) -> CaseView:
    return case.advanced(status=CaseStatus.OPEN, closed_for=None, duplicate_of=None)


_SOURCE: Final = f"{NOT_IN_THE_SOURCES}: the agency that answers for a case is the one that may end it."

lead_closes_participants_reopen = mandate(
    "R18",
    CaseClosed,
    CaseReopened,
    en="The lead agency closes a case and any participant reopens it; an auditor does neither.",
    sv="Den ansvariga aktören avslutar ett ärende och varje deltagare får öppna det; en granskare gör ingetdera.",
    source=_SOURCE,
)


@rule(
    "R18",
    CaseClosed,
    en="Only the lead agency closes a case.",
    sv="Endast den ansvariga aktören avslutar ett ärende.",
    source=_SOURCE,
)
def only_the_lead_closes(case: CaseView, event: CaseClosed, by: Provenance) -> Missing | None:
    if case.lead is None or by.agency == case.lead:
        return None
    return missing(f"{case.lead} leads the case.", f"{case.lead} ansvarar för ärendet.", case.lead)


@rule(
    "R18",
    CaseClosed,
    en="A case is a duplicate of another case.",
    sv="Ett ärende är en dubblett av ett annat ärende.",
    source=f"{NOT_IN_THE_SOURCES}: each presumed victim is counted once.",
)
def duplicate_is_of_another_case(case: CaseView, event: CaseClosed, by: Provenance) -> Missing | None:
    if event.duplicate_of != case.case_id:
        return None
    return missing("A case is no duplicate of itself.", "Ett ärende är ingen dubblett av sig självt.", by.agency)


@rule(
    "R18",
    CaseEvent,
    en="A closed case is reopened before anything else happens; even so, consent and offers end, money is settled and "
    "data erased.",
    sv="Ett avslutat ärende öppnas innan något annat händer; samtycke och erbjudanden får ändå upphöra, pengar "
    "regleras och uppgifter raderas.",
    source=f"{NOT_IN_THE_SOURCES}: what is closed by the one who answers for it does not go on unseen.",
)
def closed_case_rests(case: CaseView, event: CaseEvent, by: Provenance) -> Missing | None:
    if case.status is CaseStatus.CLOSED:
        # Some events may follow a closure, and declare that themselves (`after_closure`). The victim may withdraw a
        # consent and have data erased at any time; an open offer still ends, though not by a yes; and the state pays
        # late.
        if event.after_closure:
            return None
        return missing("The case is closed.", "Ärendet är avslutat.", "any participant, by reopening the case")
    if isinstance(event, CaseReopened):
        return missing("The case is not closed.", "Ärendet är inte avslutat.")
    return None
