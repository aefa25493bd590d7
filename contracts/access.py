"""Who may read what of a case: the policy by which its keys are granted."""

from __future__ import annotations

from contracts.agencies import AgencyId
from contracts.view import CaseView


def may_read_case(case: CaseView) -> frozenset[AgencyId]:
    """Who may read the case's de-identified facts: whoever takes part now."""
    return frozenset(participant.agency for participant in case.participants)
