"""Records at every agency: its service records readings of personal details, and erases when the lead asks for it."""

from __future__ import annotations

from bus.mandate import Mandate
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.vocabulary.agencies import Role


def keeps_records(agency: Mandate) -> None:
    """Let the agency's service record details, readings and erasures, and let its records officer request erasures."""
    agency.may_issue(PersonalDetailsRecorded, PersonalDetailsRead, ErasureConfirmed, role=Role.SERVICE)
    agency.may_issue(ErasureRequested, role=Role.RECORDS_OFFICER)
