"""Children: whether a person must be presumed to be a child, and the only referral that needs no consent."""

from __future__ import annotations

from contracts.view.case_view import CaseView
from contracts.vocabulary.agencies import AgencyId, AgencyKind, is_named_as
from contracts.vocabulary.choices import AgeBand, Purpose


def may_be_a_child(case: CaseView) -> bool:
    """True if the person is a child, or is presumed to be one because their age is unknown (R14)."""
    return case.age_band is not AgeBand.ADULT


def is_concern_for_a_child(case: CaseView, recipient: AgencyId, purposes: tuple[Purpose, ...]) -> bool:
    """True if an offer for these purposes is a report of concern to social services, which needs no consent (R3).

    Only for a person who is known to be a child. For a person of unknown age, social services first need a
    `ChildConcernReported`.
    """
    return (
        case.age_band is AgeBand.MINOR
        and purposes == (Purpose.CHILD_PROTECTION,)
        and is_named_as(recipient, AgencyKind.MUNICIPALITY)
    )
