"""Applications to the return programme."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.view.parts.begun import Begun
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
