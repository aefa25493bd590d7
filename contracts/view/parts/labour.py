"""Joint inspections of workplaces."""

from __future__ import annotations

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class Inspection(Begun):
    """A joint inspection of a workplace: who takes part, and who has reported."""

    requested_by: AgencyId
    partners: tuple[AgencyId, ...]
    reported_by: tuple[AgencyId, ...] = ()

    @property
    def inspectors(self) -> tuple[AgencyId, ...]:
        """Everyone whose report completes the inspection."""
        return (self.requested_by, *self.partners)
