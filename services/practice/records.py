"""What every agency does about records: its service keeps account of personal details, and erases what it must."""

from __future__ import annotations

from bus.mandate import Mandate
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.vocabulary.agencies import Role


def keeps_records(agency: Mandate) -> None:
    """Let its service record, account for readings and confirm erasures, and its records officer have data erased."""
    agency.may_issue(PersonalDetailsRecorded, PersonalDetailsRead, ErasureConfirmed, role=Role.SERVICE)
    agency.may_issue(ErasureRequested, role=Role.RECORDS_OFFICER)
