"""Records at every agency: its service records readings of personal details, and erases when the lead asks for it.

An authority keeps what an act obliges it to keep, and says so.
"""

from __future__ import annotations

from bus.mandate import Mandate
from contracts.chapters.erasure import ErasureConfirmed, ErasureRequested
from contracts.chapters.erasure_objection import ErasureObjected
from contracts.chapters.personal_data import PersonalDetailsRead, PersonalDetailsRecorded
from contracts.chapters.receipts import ReceiptHandedOver, ReceiptShown
from contracts.sweden.chapters.duty_to_keep import duties_of
from contracts.vocabulary.agencies import AUTHORITIES, Role


def keeps_records(agency: Mandate) -> None:
    """Let the agency's service record details, readings and erasures, and let its records officer request erasures."""
    agency.may_issue(PersonalDetailsRecorded, PersonalDetailsRead, ErasureConfirmed, role=Role.SERVICE)
    agency.may_issue(ReceiptHandedOver, ReceiptShown, role=Role.SERVICE)
    agency.may_issue(ErasureRequested, role=Role.RECORDS_OFFICER)
    if agency.kind in AUTHORITIES:
        agency.may_issue(ErasureObjected, role=Role.SERVICE)
        agency.keeps = duties_of(agency.kind)
