"""Applications to the return programme."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.view.parts.begun import Begun, newer
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import Reintegration
from contracts.vocabulary.codes import CountryCode


class ReturnStage(StrEnum):
    """The stage that a voluntary return has reached."""

    REQUESTED = "requested"
    COUNTERSIGNED = "countersigned"
    APPROVED = "approved"
    REFUSED = "refused"
    TRAVEL_ARRANGED = "travel-arranged"
    RETURNED = "returned"


class VoluntaryReturn(Begun):
    """An application to the return programme, and the journey that follows it."""

    requested_by: AgencyId
    destination: CountryCode
    coordinator: AgencyId
    stage: ReturnStage = ReturnStage.REQUESTED
    departs_on: date | None = None
    returned_on: date | None = None
    reintegration: tuple[Reintegration, ...] = ()
    reception_confirmed: bool = newer(default=False)


class ChildsView(StrEnum):
    """What the child says of returning."""

    AGREES = "agrees"
    OBJECTS = "objects"
    TOO_YOUNG = "too-young-to-say"


class ReturnChoice(Begun):
    """The victim's informed choice to return to a country; for a child also what the child and the guardian say."""

    destination: CountryCode
    child_view: ChildsView | None
    guardian_consents: bool
