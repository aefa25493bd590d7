"""Readers: the agencies that may have the keys of a case. Pure; the bus grants keys to these and to no others.

An agency that has had a key can always open content with it. So the bus makes a new key when a reader is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from contracts.chapters.erasure import erased_case_is_over
from contracts.chapters.referral import issuer_takes_part
from contracts.law.parts import readers_of
from contracts.law.personal_details import personal_details_open_to_whom
from contracts.law.rule import Rule
from contracts.view.case_view import CaseView
from contracts.view.parts.status import CaseStatus
from contracts.vocabulary.agencies import AgencyId
from contracts.vocabulary.choices import DataClass
from contracts.vocabulary.parts import OFFERS, Part

NARROWING: Final = frozenset(
    {"ConsentWithdrawn", "ConsentExpired", "ReferralDeclined", "ReferralWithdrawn", "ReferralExpired"}
    | {"TransnationalReferralDeclined", "CaseClosed", "InvestigationClosed", "LeadHandedOver", "ErasureRequested"}
    | {
        "ReferralHandedBack",
        "PoliceAlertAnswered",
        "InvestigationOpened",
        "AgeAssessed",
        "AppealDecided",
        "ReceiptShown",
    }
)
"""The names of the events after which a reader of some part may be lost.

A date that passes changes no readers until its event.
"""


def may_read_case(case: CaseView) -> frozenset[AgencyId]:
    """The agencies that may read the de-identified facts: those that take part; none once the case is erased."""
    if case.status is CaseStatus.ERASED:
        return frozenset()
    return frozenset(participant.agency for participant in case.participants if not participant.is_offered)


def may_read(case: CaseView, part: Part) -> frozenset[AgencyId]:
    """The agencies that may hold the keys of a part of the case."""
    return may_read_case(case) if part is Part.CORE else readers_of(case, part)


def may_read_personal(case: CaseView, data_class: DataClass, on: date) -> frozenset[AgencyId]:
    """The agencies that may hold the key to a class of personal data on a Swedish day.

    They are the participants that may read the class on that day, and those that recorded data of the class.
    """
    recorders = {record.recorded_by for record in case.personal_records if record.data_class is data_class}
    return may_read_case(case) & (recorders | personal_details_open_to_whom(case, data_class, on))


def may_read_each(case: CaseView) -> Mapping[str, frozenset[AgencyId]]:
    """The agencies that may hold the keys of each compartment: of each part, of offers, of each class of personal data.

    The keys of an offer follow from the case's, so whoever accepts it may go on holding them. A consent whose last day
    has passed ends with the clock's event about it.
    """
    offered = may_read_case(case) | {each.agency for each in case.participants if each.is_offered}
    return (
        {part.compartment: may_read(case, part) for part in Part}
        | dict.fromkeys(OFFERS.values(), offered)
        | {str(each): may_read_personal(case, each, date.min) for each in DataClass}
    )


def closed_to(case: CaseView, agency: AgencyId) -> Rule | None:
    """The rule that objects to every sealed event of an agency in this case, or None.

    When there is one, a replica can refuse the event without opening it.
    """
    if case.status is CaseStatus.ERASED:
        return erased_case_is_over
    inside = not case.participants or case.takes_part(agency) or case.is_offered(agency)
    return None if inside else issuer_takes_part
