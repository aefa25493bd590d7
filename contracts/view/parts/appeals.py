"""Appeals against decisions on the right to stay."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from contracts.event.fact import EventId, Fact
from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import ResidenceSituation


class Appealed(StrEnum):
    """The decisions on the right to stay that are appealed."""

    REFLECTION_PERIOD = "reflection-period"
    PERMIT = "permit"
    ASYLUM = "asylum"


class AppealOutcome(StrEnum):
    """How an appeal ended. `changed`: the person is to get what was refused; `remitted`: it is decided anew."""

    CHANGED = "changed"
    REMITTED = "remitted"
    REJECTED = "rejected"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


class RefusedClaim(Fact):
    """The claim for asylum that was refused, and when."""

    refused_on: date


class Appeal(Begun):
    """An appeal. `application_id`: the application that was refused; None for asylum, of which there is one claim.

    `stays_removal`: while it is tried, the person may not be removed.
    """

    of: Appealed
    application_id: EventId | None
    lodged_by: AgencyId
    lodged_on: date
    court: AgencyId | None
    stays_removal: bool
    residence_before: ResidenceSituation
    outcome: AppealOutcome | None = None
