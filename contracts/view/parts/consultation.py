"""Questions to the coordinator."""

from __future__ import annotations

from datetime import date

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class Consultation(Begun):
    """A question to the coordinator, who can know of it from the Swedish day on which it was recorded."""

    asked_by: AgencyId
    coordinator: AgencyId
    asked_on: date
    answered: bool = False
    overdue: bool = False
