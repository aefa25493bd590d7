"""Breaking the rules of the rulesets since 2024: what each refuses, although it is looser or stricter than before."""

from datetime import UTC, datetime
from typing import Any

from contracts.chapters.assistance import NeedsAssessed, SupportProvided
from contracts.chapters.referral import ReferralAccepted
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters import before_a_plan
from contracts.testing.canonical_cases import CANONICAL_CASE
from contracts.testing.example_ids import MUNICIPALITY, NGO
from contracts.testing.given_when_then import Issued, issued
from contracts.vocabulary.agencies import AgencyId
from harness.breaking import Broken

SINCE_ADOPTION = datetime(2026, 12, 1, 12, tzinfo=UTC)
"""A moment after that from which the services judge by the rulesets since 2024."""


def lately(event: type[CaseEvent], by: AgencyId, on: str = "2024-04-02", **changes: Any) -> Issued:
    """An event of a day since April 2024 that is recorded when its law had been adopted."""
    return issued(event, by, occurred_at=f"{on}T10:00:00Z", recorded_at=SINCE_ADOPTION, **changes)


WITH_MUNICIPALITY = (*CANONICAL_CASE[:5], issued(ReferralAccepted, MUNICIPALITY))

LATER_LAW = [
    Broken(
        before_a_plan.service_follows_plan_unless_it_cannot_wait,
        "a language course before a plan",
        WITH_MUNICIPALITY,
        lately(SupportProvided, NGO, service="language-courses", emergency=True, plan_id=None),
    ),
    Broken(
        before_a_plan.service_follows_plan_unless_it_cannot_wait,
        "health care before a plan that could wait",
        WITH_MUNICIPALITY,
        lately(SupportProvided, NGO, service="health-care", plan_id=None),
    ),
    Broken(
        before_a_plan.service_follows_plan_unless_it_cannot_wait,
        "legal support that the assessment does not call urgent",
        (*WITH_MUNICIPALITY, issued(NeedsAssessed, MUNICIPALITY)),
        lately(SupportProvided, NGO, service="legal-support", emergency=True, plan_id=None),
    ),
    Broken(
        before_a_plan.service_follows_plan_unless_it_cannot_wait,
        "a municipality's counselling without an assessment before July 2025",
        WITH_MUNICIPALITY,
        lately(SupportProvided, MUNICIPALITY, "2025-06-30", service="counselling-and-guidance", plan_id=None),
    ),
    Broken(
        before_a_plan.service_follows_plan_unless_it_takes_no_assessment,
        "an NGO's counselling without a plan",
        WITH_MUNICIPALITY,
        lately(SupportProvided, NGO, "2025-07-01", service="counselling-and-guidance", plan_id=None),
    ),
    Broken(
        before_a_plan.service_follows_plan_unless_it_takes_no_assessment,
        "a municipality's money without an assessment",
        WITH_MUNICIPALITY,
        lately(
            SupportProvided,
            MUNICIPALITY,
            "2025-07-01",
            service="reception-allowance-or-social-assistance",
            plan_id=None,
        ),
    ),
]
"""What the law since 2024 still refuses."""
