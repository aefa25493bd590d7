"""Breaking the rules of appeals on assistance and reimbursement, and of interim orders."""

from typing import Any

from contracts.sweden.chapters import benefit_appeals, interim_orders
from contracts.sweden.chapters.benefit_appeals import AssistanceDecided, BenefitAppealDecided, BenefitAppealLodged
from contracts.sweden.chapters.interim_orders import InterimOrderMade
from contracts.sweden.chapters.reimbursement import ReimbursementClaimed, ReimbursementDecided
from contracts.testing.canonical_cases import OTHER_CASES, since_2026
from contracts.testing.example_ids import MUNICIPALITY, NGO, POLICE, event_id
from contracts.testing.given_when_then import Issued, issued
from contracts.vocabulary.agencies import MIGRATION
from harness.breaking import UNKNOWN, Broken, after, new

COURT = "court-administrative"
ASSISTANCE = OTHER_CASES["assistance is refused and appealed"]
ACCEPTED, REFUSED, LODGED = ASSISTANCE[:-3], ASSISTANCE[:-2], ASSISTANCE[:-1]
STAYED = OTHER_CASES["a removal is stayed"]
CLAIMED = after(ReimbursementClaimed)
PAID_IN_PART = (*CLAIMED, since_2026(ReimbursementDecided, MIGRATION))
CLAIM = event_id(14)


def appeal_of_the_claim(by: str, **changes: Any) -> Issued:
    """The claimant appeals the decision on its claim, which was made on 10 June 2024."""
    facts = {
        "decision": "reimbursement",
        "decision_id": CLAIM,
        "occurred_at": "2024-07-01T09:00:00Z",
        "learned_on": "2024-06-12",
        "lodged_on": "2024-07-01",
    }
    return since_2026(BenefitAppealLodged, by, id=new(50), **{**facts, **changes})


BENEFITS = [
    Broken(
        benefit_appeals.the_claimant_or_the_person_appeals,
        "the police appeal",
        REFUSED,
        issued(BenefitAppealLodged, POLICE),
    ),
    Broken(
        benefit_appeals.assistance_has_been_decided,
        "a decision of tomorrow",
        ACCEPTED,
        issued(AssistanceDecided, MUNICIPALITY, decided_on="2026-12-02"),
    ),
    *(
        Broken(benefit_appeals.benefit_is_appealed_in_time, how, so_far, event)
        for how, so_far, event in (
            ("nothing was refused", ACCEPTED, issued(BenefitAppealLodged, NGO)),
            (
                "all was granted",
                (*ACCEPTED, issued(AssistanceDecided, MUNICIPALITY, outcome="granted")),
                issued(BenefitAppealLodged, NGO),
            ),
            ("a claim that is not decided", CLAIMED, appeal_of_the_claim(MUNICIPALITY)),
            ("an NGO appeals a claim of the municipality", PAID_IN_PART, appeal_of_the_claim(NGO)),
            ("it is appealed twice", LODGED, issued(BenefitAppealLodged, NGO, id=new(51))),
            ("before it was decided", REFUSED, issued(BenefitAppealLodged, NGO, learned_on="2026-11-30")),
            (
                "before it was known",
                REFUSED,
                issued(BenefitAppealLodged, NGO, learned_on="2026-12-13", lodged_on="2026-12-12"),
            ),
            (
                "the fourth week has begun",
                REFUSED,
                issued(BenefitAppealLodged, NGO, occurred_at="2026-12-24T09:00:00Z", lodged_on="2026-12-24"),
            ),
            (
                "a public party's weeks run from the decision",
                PAID_IN_PART,
                appeal_of_the_claim(MUNICIPALITY, occurred_at="2024-07-02T09:00:00Z", lodged_on="2024-07-02"),
            ),
        )
    ),
    *(
        Broken(benefit_appeals.benefit_appeal_is_decided_once, how, so_far, event)
        for how, so_far, event in (
            ("no such appeal", LODGED, issued(BenefitAppealDecided, COURT, appeal_id=UNKNOWN)),
            ("it is decided twice", ASSISTANCE, issued(BenefitAppealDecided, COURT, id=new(52))),
            ("tomorrow's judgment", LODGED, issued(BenefitAppealDecided, COURT, decided_on="2027-02-11")),
        )
    ),
    Broken(
        interim_orders.a_court_orders_a_stay,
        "an NGO orders a stay",
        STAYED[:-1],
        since_2026(InterimOrderMade, NGO),
    ),
    *(
        Broken(interim_orders.order_is_about_an_open_appeal, how, so_far, event)
        for how, so_far, event in (
            ("no such appeal", STAYED[:-1], since_2026(InterimOrderMade, "court-migration", appeal_id=UNKNOWN)),
            (
                "the appeal is decided",
                OTHER_CASES["a refusal is appealed"],
                since_2026(InterimOrderMade, "court-migration", occurred_at="2024-12-11T09:00:00Z"),
            ),
            (
                "an order before the appeal",
                STAYED[:-1],
                since_2026(InterimOrderMade, "court-migration", decided_on="2024-08-29"),
            ),
            (
                "an order of tomorrow",
                STAYED[:-1],
                since_2026(InterimOrderMade, "court-migration", decided_on="2024-09-03"),
            ),
        )
    ),
]
