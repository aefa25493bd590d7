"""Questions to the coordinator."""

from __future__ import annotations

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class Consultation(Begun):
    """A question to the coordinator."""

    asked_by: AgencyId
    coordinator: AgencyId
    answered: bool = False
