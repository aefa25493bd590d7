"""Readers: the agencies that the keys of a case are for. Pure; the bus grants keys to these and to no others.

An agency that has had a key can go on opening with it. So the bus makes the next key when one falls out of these sets.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from contracts.chapters.erasure import erased_case_is_over
from contracts.chapters.referral import issuer_takes_part
from contracts.law.personal_details import personal_details_open_to_whom
from contracts.law.rule import Rule
from contracts.view.case_view import CaseView
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import DataClass

NARROWING: Final = frozenset(
    {"ConsentWithdrawn", "ConsentExpired", "ReferralDeclined", "ReferralWithdrawn", "ReferralExpired"}
    | {"TransnationalReferralDeclined", "CaseClosed", "InvestigationClosed", "LeadHandedOver", "ErasureRequested"}
)
"""The events, by name, after which somebody may no longer read what it could before; time alone closes nothing here."""


def may_read_case(case: CaseView) -> frozenset[AgencyId]:
    """The readers of the de-identified facts: everyone who takes part now; nobody once the case is erased."""
    if case.status is CaseStatus.ERASED:
        return frozenset()
    return frozenset(participant.agency for participant in case.participants)


def may_read_personal(case: CaseView, data_class: DataClass, on: date) -> frozenset[AgencyId]:
    """The holders of the key to personal data of a class on a day: those it is open to, and those who recorded it."""
    recorders = {record.recorded_by for record in case.personal_records if record.data_class is data_class}
    return may_read_case(case) & (recorders | personal_details_open_to_whom(case, data_class, on))


def closed_to(case: CaseView, agency: AgencyId) -> Rule | None:
    """The rule that objects to whatever an agency seals for this case, so that nobody need open it to refuse it."""
    if case.status is CaseStatus.ERASED:
        return erased_case_is_over
    return issuer_takes_part if case.participants and not case.takes_part(agency) else None
