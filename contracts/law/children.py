"""Children: the predicate that takes a person for one, and the one referral that needs no consent."""

from __future__ import annotations

from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId, AgencyKind, is_named_as
from contracts.vocabulary.choices import AgeBand, Purpose


def may_be_a_child(case: CaseView) -> bool:
    """Whether the person is a child, or presumed to be one: their age is unknown (R14)."""
    return case.age_band is not AgeBand.ADULT


def is_concern_for_a_child(case: CaseView, recipient: AgencyId, purposes: tuple[Purpose, ...]) -> bool:
    """Whether an offer with these purposes is a report of concern to social services: the one exception from consent
    (R3). The person is known as a child; who only may be one is taken for one after a `ChildConcernReported`.
    """
    return (
        case.age_band is AgeBand.MINOR
        and purposes == (Purpose.CHILD_PROTECTION,)
        and is_named_as(recipient, AgencyKind.MUNICIPALITY)
    )
