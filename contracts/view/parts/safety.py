"""The plan by which the person stays safe."""

from __future__ import annotations

from datetime import date

from contracts.view.parts.begun import Begun
from contracts.vocabulary.agencies import AgencyId


class SafetyPlan(Begun):
    """The safety plan in force: who made it, and until when it holds without being looked at again."""

    made_by: AgencyId
    review_on: date
