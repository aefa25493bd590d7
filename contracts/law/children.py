"""Children: whether a person must be presumed to be a child, who answers for the child, and the referral to social
services that needs no consent.
"""

from __future__ import annotations

from typing import Final

from contracts.view.case_view import CaseView
from contracts.view.parts.child_protection import BestInterests, GuardianKind, InterestsStep
from contracts.view.parts.referral import Offer
from contracts.vocabulary.agencies import AgencyId, AgencyKind, is_named_as
from contracts.vocabulary.choices import AgeBand, Purpose
from contracts.vocabulary.codes import CountryCode

ANSWERING: Final = frozenset({GuardianKind.GUARDIAN, GuardianKind.SPECIAL_CUSTODIAN})
"""The guardians who answer for a child in everything; a special representative does so in a criminal case only."""


def may_be_a_child(case: CaseView) -> bool:
    """True if the person is a child, or is presumed to be one because their age is unknown (R14)."""
    return case.age_band is not AgeBand.ADULT


def is_concern_for_a_child(case: CaseView, recipient: AgencyId, purposes: tuple[Purpose, ...]) -> bool:
    """True if an offer for these purposes is a report of concern to social services, which needs no consent (R3)."""
    return may_be_a_child(case) and _protects(recipient, purposes)


def is_concern_for_a_known_child(case: CaseView, recipient: AgencyId, purposes: tuple[Purpose, ...]) -> bool:
    """As `is_concern_for_a_child`, but only for a person who is known to be a child: the law until SE-2022-08."""
    return case.age_band is AgeBand.MINOR and _protects(recipient, purposes)


def stands_by_duty(case: CaseView, offer: Offer) -> bool:
    """True if an offer needs no consent: it is a concern for a known child, or it was made without consent as one for
    somebody who may be a child.
    """
    return is_concern_for_a_known_child(case, offer.recipient, offer.purposes) or (
        offer.by_duty and may_be_a_child(case)
    )


def _protects(recipient: AgencyId, purposes: tuple[Purpose, ...]) -> bool:
    return purposes == (Purpose.CHILD_PROTECTION,) and is_named_as(recipient, AgencyKind.MUNICIPALITY)


def has_safe_custodian(case: CaseView) -> bool:
    """True if a custodian is traced with whom the child is safe, and nothing newer says otherwise."""
    return case.custodian_traced and not case.custodian_in_doubt


def has_guardian(case: CaseView, *purposes: Purpose) -> bool:
    """True if somebody is appointed who may answer for the child, for each of these purposes.

    A special representative may for an investigation alone.
    """
    appointed = {guardian.kind for guardian in case.guardians}
    if appointed & ANSWERING:
        return True
    return (
        GuardianKind.SPECIAL_REPRESENTATIVE in appointed and bool(purposes) and {*purposes} == {Purpose.INVESTIGATION}
    )


def somebody_answers(case: CaseView) -> bool:
    """True if a safe custodian or an appointed guardian answers for the child."""
    return has_safe_custodian(case) or has_guardian(case)


def best_interests(case: CaseView, step: InterestsStep, country: CountryCode) -> BestInterests | None:
    """The latest assessment of the child's best interests for this step to this country, or None."""
    return next((one for one in reversed(case.best_interests) if (one.step, one.country) == (step, country)), None)
