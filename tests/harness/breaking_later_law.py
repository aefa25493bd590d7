"""Breaking the rules of the rulesets since 2024: what each refuses, although it is looser or stricter than before."""

from datetime import UTC, datetime
from typing import Any

from contracts.chapters import assistance
from contracts.chapters.assistance import NeedsAssessed, SupportProvided
from contracts.chapters.detection import VictimDetected
from contracts.chapters.referral import ReferralAccepted
from contracts.event.case_event import CaseEvent
from contracts.sweden.chapters import before_a_plan, exploitation, long_term, reflection_period, reimbursement
from contracts.sweden.chapters.identification import InvestigationOpened
from contracts.sweden.chapters.long_term import IntegrationPlanDrafted
from contracts.sweden.chapters.reflection_period import ReflectionPeriodRequested
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.testing.canonical_cases import CANONICAL_CASE, OTHER_CASES
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE
from contracts.testing.given_when_then import Issued, issued
from contracts.vocabulary.agencies import MIGRATION, AgencyId
from harness.breaking import Broken, new

SINCE_ADOPTION = datetime(2026, 12, 1, 12, tzinfo=UTC)
"""A moment after that from which the services judge by the rulesets since 2024."""


def lately(event: type[CaseEvent], by: AgencyId, on: str = "2024-04-02", **changes: Any) -> Issued:
    """An event of a day since April 2024 that is recorded when its law had been adopted."""
    return issued(event, by, occurred_at=f"{on}T10:00:00Z", recorded_at=SINCE_ADOPTION, **changes)


def found(residence: str) -> tuple[Issued, ...]:
    """A person found with a right to be in Sweden, or without one, and what follows until a municipality takes part."""
    return (issued(VictimDetected, NGO, residence=residence), *WITH_MUNICIPALITY[1:])


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
    Broken(
        assistance.coordinators_assess_too,
        "the police assess needs",
        CANONICAL_CASE[:8],
        lately(NeedsAssessed, POLICE),
    ),
    *(
        Broken(
            exploitation.form_is_known_to_the_law_of_its_day,
            f"{form} on the last day of the older law",
            (),
            lately(VictimDetected, NGO, "2026-07-14", exploitation_forms=["sexual", form]),
        )
        for form in ("forced-marriage", "illegal-adoption", "surrogacy")
    ),
    Broken(
        exploitation.form_is_known_to_the_law_of_its_day,
        "an investigation of forced marriage under the older law",
        CANONICAL_CASE[:7],
        issued(InvestigationOpened, POLICE, exploitation_forms=["forced-marriage"]),
    ),
    *(
        Broken(
            reflection_period.board_applies_for_whom_has_no_right_to_stay,
            f"a board applies for {who}",
            found(residence),
            lately(ReflectionPeriodRequested, MUNICIPALITY, without_right_to_stay=stated),
        )
        for who, residence, stated in (
            ("a resident", "resident", True),
            ("an asylum seeker", "asylum-seeker", True),
            ("an EU citizen of whom it does not say that there is no right of residence", "eu-citizen", False),
            ("a work permit holder", "work-permit", False),
            ("the holder of a temporary permit", "temporary-permit", False),
        )
    ),
    Broken(
        reflection_period.board_applies_for_whom_has_no_right_to_stay,
        "a board applies for somebody whose permit is in force in the case",
        OTHER_CASES["a permit, and its end"][:-1],
        lately(ReflectionPeriodRequested, MUNICIPALITY, "2024-10-04", id=new(1), without_right_to_stay=True),
    ),
    Broken(
        reimbursement.municipalities_and_regions_claim_migration_decides,
        "an NGO claims reimbursement",
        CANONICAL_CASE[:13],
        lately(ReimbursementClaimed, NGO),
    ),
    *(
        Broken(
            reimbursement.share_fits_the_amount,
            f"48000 kronor of 54000 as {share} per cent",
            CANONICAL_CASE[:14],
            lately(ReimbursementDecided, MIGRATION, share_percent=share),
        )
        for share in (88, 90)
    ),
    Broken(
        long_term.integration_follows_right_to_work,
        "integration of somebody found with a temporary permit",
        found("temporary-permit"),
        lately(IntegrationPlanDrafted, MUNICIPALITY),
    ),
    Broken(
        long_term.migration_integrates_too,
        "the Migration Agency drafts an integration plan",
        OTHER_CASES["settled in Sweden"],
        lately(IntegrationPlanDrafted, MIGRATION, "2024-09-02"),
    ),
]
"""What the law since 2024 still refuses."""
